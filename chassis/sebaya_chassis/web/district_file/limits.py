"""How long things may take: each bound with its reason, and no level slower than a graver one's."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sebaya_chassis.web.district_file.durations import format_duration
from sebaya_chassis.web.district_file.fault import Path
from sebaya_contracts.district import Ladder, School
from sebaya_contracts.words import Level

HOUR = 3_600.0
DAY = 24 * HOUR
LONGEST_OFFER = 31 * DAY
LONGEST_KEPT_DAYS = 36_500
LATEST_WAVE_DAYS = 366


@dataclass(frozen=True, slots=True)
class LevelLimits:
    """The longest wait of one rung, and the longest time until a contact, in seconds."""

    wait: float
    contact: float
    reason: str


# Far above what a school should set (minutes; an hour; the same day), and far below a slip of the
# pen that leaves a child without an adult.
LIMITS = {
    Level.IMMINENT: LevelLimits(HOUR, 2 * HOUR, "a life may be in danger now"),
    Level.RED: LevelLimits(12 * HOUR, DAY, "a red alert is for an adult of the same day"),
    Level.AMBER: LevelLimits(3 * DAY, 7 * DAY, "an amber alert must be seen within days"),
}
_BY_GRAVITY = (Level.AMBER, Level.RED, Level.IMMINENT)


def list_limit_breaches(school: School) -> Iterator[tuple[Path, str]]:
    """List what takes longer than it may, with its path."""
    for level, ladder in school.ladders.items():
        if level in LIMITS:
            yield from _list_long(level, ladder, LIMITS[level])
    yield from _list_slower(school)
    if school.policies.offer_lapse_seconds > LONGEST_OFFER:
        yield (
            ("policies", "offer_lapse_seconds"),
            f"{format_duration(school.policies.offer_lapse_seconds)} is longer than 31 days: a "
            "student would wait for an answer that never comes",
        )
    if school.policies.retention_days > LONGEST_KEPT_DAYS:
        yield (
            ("policies", "retention_days"),
            f"{school.policies.retention_days} days is longer than a hundred years: words must end",
        )
    for name in ("mid_wave_days", "follow_up_wave_days"):
        days = getattr(school.policies, name)
        if days > LATEST_WAVE_DAYS:
            says = f"{days} days is longer than a year: by then the student may have left"
            yield ("policies", name), says


def _list_long(level: Level, ladder: Ladder, limits: LevelLimits) -> Iterator[tuple[Path, str]]:
    waits = [
        (
            ("ladders", level.value, "contact_within_seconds"),
            ladder.contact_within_seconds,
            limits.contact,
        ),
        *(
            (
                ("ladders", level.value, "rungs", place, "wait_seconds"),
                rung.wait_seconds,
                limits.wait,
            )
            for place, rung in enumerate(ladder.rungs)
        ),
    ]
    for path, seconds, longest in waits:
        if seconds is not None and seconds > longest:
            yield (
                path,
                f"{format_duration(seconds)} is longer than {format_duration(longest)} at level "
                f"{level.value}: {limits.reason}",
            )


def _list_slower(school: School) -> Iterator[tuple[Path, str]]:
    written = [level for level in _BY_GRAVITY if level in school.ladders]
    for milder, graver in pairwise(written):
        yield from _compare(school, milder, graver)


def _compare(school: School, milder: Level, graver: Level) -> Iterator[tuple[Path, str]]:
    slow, quick = school.ladders[graver], school.ladders[milder]
    pairs = (
        ("contact_within_seconds", slow.contact_within_seconds, quick.contact_within_seconds),
        ("rungs", _longest_wait(slow), _longest_wait(quick)),
    )
    for field, own, other in pairs:
        if own is not None and other is not None and own > other:
            what = "waits" if field == "rungs" else "contact after"
            yield (
                ("ladders", graver.value, field),
                f"{graver.value} is slower than {milder.value}: {what} {format_duration(own)}, "
                f"and {milder.value} {format_duration(other)}",
            )


def _longest_wait(ladder: Ladder) -> float | None:
    waits = [rung.wait_seconds for rung in ladder.rungs if rung.wait_seconds is not None]
    return max(waits, default=None)
