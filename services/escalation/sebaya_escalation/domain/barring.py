"""The members of staff that must neither see an alert nor be called about it.

Named by the student's words, or stepped out by themselves. A name is found by rules, not judged:
praise bars like an accusation, for nothing tells the two apart safely, and a colleague is called
meanwhile. Where there is no colleague, only words that tell of harm by a person bar: a student that
asks for the school's one counsellor by name must not be left with nobody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sebaya_contracts.district import School
from sebaya_escalation.domain.rota import can_answer

# How Indonesian and English pupils address staff, folded as `_fold` does.
_TITLES = (
    "bu|ibu|buk|pak|bapak|pa|mam|mama|mem|miss|mis|mr|mrs|ms|sir|kak|kakak|bang|ustad|ustadz|"
    "ustadzah|guru|teacher|konselor|counselor|counsellor"
)
# Not names, though they stand beside one in the district's file.
_BESIDE_NAMES = frozenset(
    {*_TITLES.split("|"), "dr", "drs", "dra", "prof", "haji", "hj", "ir", "spd", "mpd", "mm", "msi"}
)
# Shorter ones are initials or particles.
NAME_LENGTH = 3


class BarReason(StrEnum):
    """Why a member of staff is barred."""

    NAMED = "named"
    STEPPED_OUT = "stepped_out"


@dataclass(frozen=True, slots=True)
class Bar:
    """A person that is barred from a case and its alerts."""

    person_id: str
    why: BarReason


def add_bars(bars: tuple[Bar, ...], people: Iterable[str], why: BarReason) -> tuple[Bar, ...]:
    """Bar people; of one that is barred the first reason stays, unless it was weaker."""
    known = {bar.person_id: bar for bar in bars}
    for person_id in people:
        if person_id not in known or why is BarReason.STEPPED_OUT:
            known[person_id] = Bar(person_id, why)
    return tuple(known.values())


def list_barred(bars: Iterable[Bar]) -> frozenset[str]:
    """List the ids of the people that are barred."""
    return frozenset(bar.person_id for bar in bars)


def find_named(school: School, text: str) -> tuple[str, ...]:
    """Find the members of staff that a text names: with a title ("Bu Ratna"), or by the
    whole name.
    """
    folded = _fold(text)
    return tuple(
        person.person_id
        for person in school.staff
        if (pattern := _name_pattern(person.name)) and pattern.search(folded)
    )


def choose_barred(
    school: School, named: tuple[str, ...], *, tells_of_harm: bool
) -> tuple[str, ...]:
    """Choose the people to bar of those that a text names: all of them, unless no other counsellor
    of the school could be called and the text tells of no harm by a person.
    """
    others = any(can_answer(person) and person.person_id not in named for person in school.staff)
    if others or tells_of_harm:
        return named
    counsellors = {person.person_id for person in school.staff if can_answer(person)}
    return tuple(person_id for person_id in named if person_id not in counsellors)


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str] | None:
    # What follows a comma is a degree.
    words = [
        word
        for word in _fold(name.partition(",")[0]).split()
        if len(word) >= NAME_LENGTH and word not in _BESIDE_NAMES
    ]
    if not words:
        return None
    titled = rf"(?:{_TITLES})\s+(?:{'|'.join(map(re.escape, words))})"
    whole = [r"\s+".join(map(re.escape, words))] if len(words) > 1 else []
    return re.compile(rf"\b(?:{'|'.join([titled, *whole])})\b")


def _fold(text: str) -> str:
    """Small letters without marks, a stretched letter ("Ratnaaa") once, all else a space."""
    letters = re.sub(r"[^\w\s]|_", " ", text.casefold())
    return re.sub(r"(\w)\1+", r"\1", letters)
