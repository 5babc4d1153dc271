"""One value of the file: what a field needs, from what was written. Each refusal says both."""

import math
import re
from datetime import date, datetime

from msgspec import inspect

from sebaya_chassis.web.district_file.durations import (
    UNIT_OF_FIELD,
    format_duration,
    parse_duration,
)
from sebaya_chassis.web.district_file.fault import guess, quote
from sebaya_chassis.web.district_file.tree import Tree

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
# What a pattern wants, by the field's name.
_WANTED = {
    "school_id": "lower-case letters, digits and dashes, at most 63 of them",
    "country": "two capital letters such as ID",
    "since": "a time of day such as 07:30",
    "until": "a time of day such as 16:00, or 24:00",
}
# Why a bound is where it is, by the field's name.
_REASONS = {
    "minimum_cell": "a smaller group tells of single students",
}


class Unfit(Exception):
    """The value does not fit its field; the message says why, and what was meant."""


def read_text(tree: Tree, name: str, wanted: inspect.StrType) -> str:
    """Read text. Raises Unfit for what YAML reads as something else, and by length or pattern."""
    if tree.is_empty:
        raise Unfit("is empty")
    if not tree.is_text:
        raise Unfit(_needs_quotes(tree, name))
    text = tree.text
    if not text.strip():
        raise Unfit("is empty")
    if wanted.pattern is not None and re.fullmatch(wanted.pattern.strip("^$"), text) is None:
        raise Unfit(f"{quote(text)} is not {_WANTED.get(name, wanted.pattern)}{_mend(name, text)}")
    if wanted.max_length is not None and len(text) > wanted.max_length:
        raise Unfit(f"{quote(text)} is longer than {wanted.max_length} letters")
    return text


def _needs_quotes(tree: Tree, name: str) -> str:
    meant = _as_clock(tree.text) or tree.text if name in {"since", "until"} else tree.text
    read = str(tree.means).lower() if isinstance(tree.means, bool) else str(tree.means)
    return f'{quote(tree.text)} must stand in quotes, "{meant}": YAML reads it as {read}'


def _mend(name: str, text: str) -> str:
    if name in {"since", "until"} and (clock := _as_clock(text)):
        return f'; did you mean "{clock}"?'
    if name == "country" and re.fullmatch(r"[a-z]{2}", text.lower()):
        return f"; did you mean {quote(text.upper())}?"
    return ""


def _as_clock(text: str) -> str | None:
    found = _CLOCK.fullmatch(text.strip())
    if found is None or int(found[1]) > 24 or int(found[2]) > 59:
        return None
    return f"{int(found[1]):02}:{found[2]}"


def read_number(tree: Tree, name: str, wanted: inspect.IntType | inspect.FloatType) -> float:
    """Read a number that is written in plain decimals. Raises Unfit."""
    whole = isinstance(wanted, inspect.IntType)
    kind = "whole number" if whole else "number"
    form = _WHOLE if whole else _NUMBER
    if tree.is_empty:
        raise Unfit(f"is empty, and needs a {kind}")
    if form.fullmatch(tree.text) is None:
        how = "" if tree.is_text else f": YAML reads it as {tree.means}"
        raise Unfit(f"{quote(tree.text)} is not a plain {kind}{how}")
    if tree.quoted:
        raise Unfit(f"{quote(tree.text)} is text: write it without quotes")
    value = int(tree.text) if whole else float(tree.text)
    if not math.isfinite(value):
        raise Unfit(f"{quote(tree.text)} has no end")
    ensure_bounds(value, tree, name, wanted)
    return value


def ensure_bounds(
    value: float, tree: Tree, name: str, wanted: inspect.IntType | inspect.FloatType
) -> None:
    """Ensure that a number is within the bounds of its type. Raises Unfit with the reason."""
    reason = f": {_REASONS[name]}" if name in _REASONS else ""
    says = ""
    if wanted.gt is not None and value <= wanted.gt:
        says = f"is not above {wanted.gt:g}"
    elif wanted.ge is not None and value < wanted.ge:
        says = f"is below {wanted.ge:g}"
    elif (wanted.lt is not None and value >= wanted.lt) or (
        wanted.le is not None and value > wanted.le
    ):
        says = f"is above {wanted.le if wanted.lt is None else wanted.lt:g}"
    if says:
        raise Unfit(f"{quote(tree.text)} {says}{reason}")


def read_duration(
    tree: Tree,
    name: str,
    wanted: inspect.IntType | inspect.FloatType,
    unit: int,
    *,
    words_alone: bool,
) -> float:
    """Read a length of time, in `unit` seconds: words, or a number where the field names the unit.

    Raises Unfit.
    """
    seconds = parse_duration(tree.text) if tree.is_text else None
    if seconds is None:
        if words_alone:
            raise Unfit(
                f"{quote(tree.text)} is no length of time: write words such as `15 min`, `2 h` or "
                "`90 days`"
            )
        try:
            return read_number(tree, name, wanted)
        except Unfit as unfit:
            unit_word = next(word for word, size in UNIT_OF_FIELD.items() if size == unit)
            words = f"write a number of {unit_word}, or words such as `15 min`"
            raise Unfit(f"{unfit}; {words}") from None
    value = seconds / unit
    if isinstance(wanted, inspect.IntType):
        if value != int(value):
            raise Unfit(f"{quote(tree.text)} is no whole number of {format_duration(unit)}")
        value = int(value)
    ensure_bounds(value, tree, name, wanted)
    return value


def read_flag(tree: Tree) -> bool:
    """Read `true` or `false`. Raises Unfit."""
    if not isinstance(tree.means, bool):
        raise Unfit(f"{quote(tree.text)} is neither true nor false")
    return tree.means


def read_moment(tree: Tree) -> datetime:
    """Read an instant. Raises Unfit for one without a time zone."""
    moment = tree.means
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise Unfit(
            f"{quote(tree.text)} is not a day and time with its time zone, such as "
            "2026-12-01T08:00:00+07:00"
        )
    return moment


def read_day(tree: Tree) -> date:
    """Read a day of the calendar. Raises Unfit."""
    day = tree.means
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise Unfit(f"{quote(tree.text)} is not a day such as 2026-12-01")
    return day


def read_choice(tree: Tree, choices: tuple[str, ...]) -> str:
    """Read one of a closed list of words. Raises Unfit with the word that was probably meant."""
    if tree.text not in choices:
        listed = ", ".join(choices)
        raise Unfit(f"{quote(tree.text)} is none of {listed}{guess(tree.text, choices)}")
    return tree.text
