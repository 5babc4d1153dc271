"""`sebaya instruments change`: what changed between two waves of answers, and how well it is
measured.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import msgspec

from sebaya_cli.instruments import load, read_sheet, score_sheet
from sebaya_cli.refusal import Refusal
from sebaya_evaluation.domain.instruments.change import (
    compare_groups,
    correlate,
    judge_changes,
    measure_change,
)
from sebaya_evaluation.domain.instruments.instrument import Adds, Higher, Instrument
from sebaya_evaluation.domain.instruments.reliability import compute_alpha, compute_omega
from sebaya_evaluation.domain.instruments.scoring import Scored

TOTAL = "total"
NOTE = (
    "Without a group for comparison a change may be time alone, or extreme scores that return to "
    "the mean."
)


class Wave(StrEnum):
    """When a sheet was answered; `retest` a short while after `pre`, with nothing in between."""

    PRE = "pre"
    RETEST = "retest"
    MID = "mid"
    POST = "post"
    FOLLOWUP = "followup"


class WaveSheet(msgspec.Struct, forbid_unknown_fields=True):
    """One person's answers in a wave; `group` names what the person was given, or the waiting."""

    person: str
    wave: Wave
    answers: dict[str, str]
    group: str = ""
    age: int | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """One score of an instrument: its name, direction and items."""

    name: str
    higher: Higher
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Person:
    """One person's group, and per wave what was scored and the values of the answers."""

    group: str
    scored: dict[Wave, Scored]
    values: dict[Wave, Mapping[str, int]]

    def find(self, wave: Wave, part: str) -> float | None:
        """Find the score of a part in a wave."""
        scored = self.scored.get(wave)
        if scored is None:
            return None
        score = scored.total if part == TOTAL else scored.subscales[part]
        return None if score is None else score.value


def report_change(named: str, lines: Iterable[str], until: Wave) -> Iterator[str]:
    """Report the change from `pre` to a later wave, as one line of JSON for each score.

    Raises Refusal naming the line.
    """
    instrument = load(named)
    people = _read_people(instrument, lines)
    for part in _list_parts(instrument):
        report = {"score": part.name, **_report_part(part, [*people.values()], until)}
        yield json.dumps(report, ensure_ascii=False)


def _read_people(instrument: Instrument, lines: Iterable[str]) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        sheet: WaveSheet = read_sheet(number, line, WaveSheet)
        person = people.setdefault(sheet.person, _Person(sheet.group, {}, {}))
        if sheet.wave in person.scored:
            raise Refusal(f"Line {number}: {sheet.person} has answered {sheet.wave} before.")
        if sheet.group != person.group:
            raise Refusal(f"Line {number}: {sheet.person} was in the group {person.group!r}.")
        person.scored[sheet.wave] = score_sheet(instrument, number, sheet.answers, sheet.age)
        person.values[sheet.wave] = {
            item.item_id: instrument.find_values(item)[sheet.answers[item.item_id]]
            for item in instrument.items
            if item.item_id in sheet.answers
        }
    return people


def _list_parts(instrument: Instrument) -> Iterator[_Part]:
    for one in instrument.subscales:
        yield _Part(one.subscale_id, one.higher, one.items)
    total = instrument.total
    if total is None:
        return
    counted = {name for one in instrument.subscales if one.in_total for name in one.items}
    yield _Part(
        TOTAL,
        total.higher,
        tuple(
            item.item_id
            for item in instrument.items
            if (item.summed if total.adds is Adds.ITEMS else item.item_id in counted)
        ),
    )


def _report_part(part: _Part, people: Sequence[_Person], until: Wave) -> dict[str, Any]:
    began = [person for person in people if person.find(Wave.PRE, part.name) is not None]
    ended = [person for person in began if person.find(until, part.name) is not None]
    before, after = _pair(part.name, ended, until)
    rows = [
        [person.values[Wave.PRE][item] for item in part.items]
        for person in began
        if all(item in person.values[Wave.PRE] for item in part.items)
    ]
    alpha = compute_alpha(rows)
    again = [person for person in began if person.find(Wave.RETEST, part.name) is not None]
    effect = measure_change(before, after)
    reliable = (
        None if alpha is None or alpha < 0 else judge_changes(before, after, alpha, part.higher)
    )
    groups = _compare(part.name, ended, until)
    return {
        "higher": part.higher.value,
        "pre": len(began),
        until.value: len(ended),
        "completion": len(ended) / len(began) if began else None,
        "effect": None if effect is None else asdict(effect),
        "reliable_change": None if reliable is None else asdict(reliable),
        "comparison": groups,
        "alpha": alpha,
        "omega": compute_omega(rows),
        "retest": correlate(*_pair(part.name, again, Wave.RETEST)),
        "note": NOTE if groups is None else "",
    }


def _pair(part: str, people: Sequence[_Person], until: Wave) -> tuple[list[float], list[float]]:
    pairs = [(person.find(Wave.PRE, part), person.find(until, part)) for person in people]
    known = [(early, late) for early, late in pairs if early is not None and late is not None]
    return [early for early, _ in known], [late for _, late in known]


def _compare(part: str, people: Sequence[_Person], until: Wave) -> dict[str, Any] | None:
    """Compare the changes of two groups; the first by name against the second."""
    by_group: dict[str, list[_Person]] = defaultdict(list)
    for person in people:
        by_group[person.group].append(person)
    if len(by_group) != 2:
        return None
    first, second = sorted(by_group)
    changes = {}
    for name in (first, second):
        before, after = _pair(part, by_group[name], until)
        changes[name] = [late - early for early, late in zip(before, after, strict=True)]
    effect = compare_groups(changes[first], changes[second])
    return None if effect is None else {"group": first, "against": second, **asdict(effect)}
