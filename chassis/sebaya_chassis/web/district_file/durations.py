"""Lengths of time as people write them: `15 min`, `1 h 30 min`, `2 jam`, `90 days`."""

import re

_SECONDS = {
    1: ("s", "sec", "secs", "second", "seconds", "detik"),
    60: ("m", "min", "mins", "minute", "minutes", "menit"),
    3_600: ("h", "hour", "hours", "jam"),
    86_400: ("d", "day", "days", "hari"),
    604_800: ("w", "week", "weeks", "minggu"),
    31_536_000: ("y", "year", "years", "tahun"),
}
_UNITS = {word: seconds for seconds, words in _SECONDS.items() for word in words}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
# A year and a half in seconds has eight digits; more is a slip of the pen.
_LONGEST_NUMBER = 12

UNIT_OF_FIELD = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
"""The seconds in one, by what a field's name ends with."""


def parse_duration(text: str) -> float | None:
    """Parse words into seconds; None for what is no length of time."""
    words = text.strip().lower()
    if not words or re.sub(r"[\s,]", "", _PIECE.sub("", words)):
        return None
    total = 0.0
    for number, unit in _PIECE.findall(words):
        if unit not in _UNITS or len(number) > _LONGEST_NUMBER:
            return None
        total += float(number) * _UNITS[unit]
    return total


def format_duration(seconds: float) -> str:
    """Format seconds in the largest unit that leaves no rest: `2 h`, `90 s`."""
    for unit, word in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {word}"
    return f"{seconds:g} s"


def split_unit(name: str) -> tuple[str, int] | None:
    """Split a field's name such as `wait_seconds` into `wait` and the seconds of its unit."""
    stem, _, unit = name.rpartition("_")
    return (stem, UNIT_OF_FIELD[unit]) if stem and unit in UNIT_OF_FIELD else None
