"""All waiting cases of a school at once: as many as possible are offered, and among the
assignments that do so the best fit is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.optimize import linear_sum_assignment

from sebaya_matching.domain.case import Case, Wait
from sebaya_matching.domain.eligibility import explain_wait
from sebaya_matching.domain.enums import Ineligibility, ScoreReason
from sebaya_matching.domain.scoring import count_days, score
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.domain.tables import ELIGIBLE, Codes, Flags, Numbers, build_tables

_INELIGIBILITIES = tuple(Ineligibility)
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class ProposedOffer:
    """An offer to be made."""

    case_id: str
    supporter_id: str
    reasons: tuple[ScoreReason, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round proposes: offers, and why each of the other cases waits."""

    offers: tuple[ProposedOffer, ...] = ()
    waits: tuple[tuple[str, Wait], ...] = ()


def assign(cases: Sequence[Case], supporters: Sequence[Supporter], now: datetime) -> Plan:
    """Assign cases to supporters: never a forbidden pair, never more than a supporter's free slots;
    the other cases wait with a reason.
    """
    available = [supporter for supporter in supporters if supporter.profile.available(now)]
    pairs = build_tables(cases, available, now)
    chosen = dict(solve(pairs.scores, pairs.allowed, [supporter.free for supporter in available]))
    offers = (_proposed(cases[row], available[column], now) for row, column in chosen.items())
    waits = (
        (case.case_id, _reason(pairs.ineligibilities[row]))
        for row, case in enumerate(cases)
        if row not in chosen
    )
    return Plan(tuple(offers), tuple(waits))


def _proposed(case: Case, supporter: Supporter, now: datetime) -> ProposedOffer:
    reasons = (
        score(case.request, supporter, count_days(case.aged_since, now)).reasons
        if case.request
        else ()
    )
    return ProposedOffer(case.case_id, supporter.supporter_id, reasons)


def _reason(codes: Codes) -> Wait:
    """A supporter that no rule kept away was taken by another case."""
    found = {int(code) for code in np.unique(codes)}
    return explain_wait(
        Ineligibility.BUSY if code == ELIGIBLE else _INELIGIBILITIES[code] for code in found
    )


def solve(scores: Numbers, allowed: Flags, free: Sequence[int]) -> list[tuple[int, int]]:
    """Solve for pairs (row, column): the most pairs first, the highest sum of scores among those.
    A column repeats up to its free slots.

    Each allowed pair is worth more than all scores together, so that one pair more always wins; a
    forbidden pair is worth nothing and is dropped where the solver, which must fill every row, has
    put it.
    """
    slots = np.repeat(
        np.arange(len(free)), np.clip(np.asarray(free, dtype=np.int64), 0, len(scores))
    )
    if not slots.size or not allowed.any():
        return []
    worth = np.where(allowed, _between_zero_and_one(scores, allowed) + len(scores) + 1, 0.0)[
        :, slots
    ]
    rows, columns = linear_sum_assignment(worth, maximize=True)
    pairs = ((int(row), int(slots[column])) for row, column in zip(rows, columns, strict=True))
    return [(row, column) for row, column in pairs if allowed[row, column]]


def _between_zero_and_one(scores: Numbers, allowed: Flags) -> Numbers:
    """An odd score (not a number, without end) must not spoil the others."""
    sound = np.clip(np.nan_to_num(scores, nan=0.0), -_LARGEST, _LARGEST)
    lowest, highest = sound[allowed].min(), sound[allowed].max()
    scaled: Numbers = (sound - lowest) / max(highest - lowest, 1e-9)
    return scaled
