"""All pairs of cases and supporters at once, as the rules of `eligibility` and `scoring` see each
of them.

Asking the rules pair by pair took 3.5 s for 500 x 500, with the interpreter's lock held; with the
tables it is 0.15 s, solving included. A test compares them with the rules, pair by pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sebaya_matching.domain import scoring
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.enums import Ineligibility
from sebaya_matching.domain.supporter import Supporter

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

CODES = {barrier: code for code, barrier in enumerate(Ineligibility)}
# Beyond every barrier: the two may meet.
NO_BARRIER = len(CODES)


@dataclass(frozen=True, slots=True)
class Tables:
    """A row a case, a column a supporter (all available). `barriers` holds codes, `scores` means
    something where there is none.
    """

    barriers: Codes
    scores: Numbers
    lapsed: Flags

    @property
    def allowed(self) -> Flags:
        """Whoever let an offer of a case lapse is a candidate only when nobody else is."""
        eligible: Flags = self.barriers == NO_BARRIER
        fresh = eligible & ~self.lapsed
        chosen: Flags = np.where(fresh.any(axis=1, keepdims=True), fresh, eligible)
        return chosen


def tables(cases: Sequence[Case], supporters: Sequence[Supporter], now: datetime) -> Tables:
    """Supporters must be available; cases without a request have nobody."""
    topic = (
        _common([_topic(case) for case in cases], [one.profile.topics for one in supporters]) > 0
    )
    language = (
        _common([_language(case) for case in cases], [one.profile.languages for one in supporters])
        > 0
    )
    hours = _common([_hours(case) for case in cases], [one.profile.hours for one in supporters])
    excluded = _named([case.excluded for case in cases], supporters)
    conditions = {
        Ineligibility.UNAVAILABLE: np.asarray(
            [case.request is None for case in cases], dtype=np.bool_
        ).reshape(-1, 1),
        Ineligibility.TOPIC: ~topic,
        Ineligibility.LANGUAGE: ~language,
        Ineligibility.EXCLUDED: excluded,
        Ineligibility.HOURS: _both_give_hours(cases, supporters) & (hours == 0),
        Ineligibility.BUSY: np.asarray([[one.free == 0 for one in supporters]], dtype=np.bool_),
    }
    shape = (len(cases), len(supporters))
    met = [np.broadcast_to(flags, shape) for flags in conditions.values()]
    barriers = np.select(met, [CODES[barrier] for barrier in conditions], default=NO_BARRIER)
    return Tables(
        barriers,
        _scores(cases, supporters, hours, now),
        _named([case.lapsed for case in cases], supporters),
    )


def _scores(
    cases: Sequence[Case], supporters: Sequence[Supporter], hours: Numbers, now: datetime
) -> Numbers:
    preferred = _named(
        [case.request.preferred if case.request else () for case in cases], supporters
    )
    first = _common(
        [_language(case) for case in cases], [one.profile.languages[:1] for one in supporters]
    )
    of_case = [[_of_case(case, now)] for case in cases]
    of_supporter = [[scoring.of_topics(one) + scoring.of_hands(one) for one in supporters]]
    scores: Numbers = (
        scoring.PREFERRED * preferred
        + scoring.FIRST_LANGUAGE * first
        + scoring.COMMON_HOUR * np.minimum(hours, scoring.COMMON_HOURS_COUNTED)
        + np.asarray(of_case).reshape(-1, 1)
        + np.asarray(of_supporter).reshape(1, -1)
    )
    return scores


def _of_case(case: Case, now: datetime) -> float:
    waited = scoring.of_waiting(scoring.days_since(case.since, now))
    return waited + (scoring.of_urgency(case.request) if case.request else 0.0)


def _topic(case: Case) -> tuple[str, ...]:
    return (case.request.topic,) if case.request else ()


def _language(case: Case) -> tuple[str, ...]:
    return (case.request.language,) if case.request else ()


def _hours(case: Case) -> tuple[str, ...]:
    return case.request.hours if case.request else ()


def _common(ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> Numbers:
    """How many words each row has in common with each column."""
    words = {
        word: at
        for at, word in enumerate(
            sorted({word for side in (ours, theirs) for one in side for word in one})
        )
    }
    common: Numbers = _incidence(ours, words) @ _incidence(theirs, words).T
    return common


def _incidence(holders: Sequence[Sequence[str]], words: dict[str, int]) -> Numbers:
    table = np.zeros((len(holders), len(words)))
    for row, held in enumerate(holders):
        for word in held:
            table[row, words[word]] = 1.0
    return table


def _named(named: Sequence[Iterable[str]], supporters: Sequence[Supporter]) -> Flags:
    """Which rows name which column's supporter."""
    columns = {one.supporter_id: column for column, one in enumerate(supporters)}
    table = np.zeros((len(named), len(supporters)), dtype=np.bool_)
    for row, ids in enumerate(named):
        for supporter_id in ids:
            if supporter_id in columns:
                table[row, columns[supporter_id]] = True
    return table


def _both_give_hours(cases: Sequence[Case], supporters: Sequence[Supporter]) -> Flags:
    ours = np.asarray([bool(_hours(case)) for case in cases], dtype=np.bool_)
    theirs = np.asarray([bool(one.profile.hours) for one in supporters], dtype=np.bool_)
    return ours[:, None] & theirs[None, :]
