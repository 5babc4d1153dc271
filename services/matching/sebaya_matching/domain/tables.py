"""All pairs of cases and supporters at once, as the rules of `eligibility` and `scoring` see each
of them.

The rules applied pair by pair took 3.5 s for 500 x 500, with the interpreter's lock held; with the
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

CODES = {rule: code for code, rule in enumerate(Ineligibility)}
# Beyond every rule: the case may be offered.
ELIGIBLE = len(CODES)


@dataclass(frozen=True, slots=True)
class PairTables:
    """A row a case, a column a supporter (all available). `ineligibilities` holds codes; `scores`
    are meant where the code is ELIGIBLE.
    """

    ineligibilities: Codes
    scores: Numbers
    lapsed: Flags

    @property
    def allowed(self) -> Flags:
        """Pairs that may be made. A supporter that let an offer of a case lapse is a candidate only
        when no other is.
        """
        eligible: Flags = self.ineligibilities == ELIGIBLE
        fresh = eligible & ~self.lapsed
        chosen: Flags = np.where(fresh.any(axis=1, keepdims=True), fresh, eligible)
        return chosen


def build_tables(
    cases: Sequence[Case], supporters: Sequence[Supporter], now: datetime
) -> PairTables:
    """Build the tables. Supporters must be available; a case without a request may be offered to
    none.
    """
    topic = (
        _common([_topic(case) for case in cases], [one.profile.topics for one in supporters]) > 0
    )
    language = (
        _common([_language(case) for case in cases], [one.profile.languages for one in supporters])
        > 0
    )
    hours = _common([_hours(case) for case in cases], [one.profile.hours for one in supporters])
    conditions = {
        Ineligibility.UNAVAILABLE: np.asarray(
            [case.request is None for case in cases], dtype=np.bool_
        ).reshape(-1, 1),
        Ineligibility.TOPIC: ~topic,
        Ineligibility.LANGUAGE: ~language,
        Ineligibility.EXCLUDED: _named([case.excluded_by_student for case in cases], supporters),
        Ineligibility.DECLINED: _named([case.excluded_by_history for case in cases], supporters),
        Ineligibility.SILENT: _named([case.silent for case in cases], supporters),
        Ineligibility.HOURS: _both_give_hours(cases, supporters) & (hours == 0),
        Ineligibility.DEBRIEF: np.asarray(
            [[bool(one.debriefs_owed) for one in supporters]], dtype=np.bool_
        ),
        Ineligibility.RESTING: np.asarray([[one.rests(now) for one in supporters]], dtype=np.bool_),
        Ineligibility.BUSY: np.asarray([[one.free == 0 for one in supporters]], dtype=np.bool_),
    }
    shape = (len(cases), len(supporters))
    rules = [np.broadcast_to(flags, shape) for flags in conditions.values()]
    ineligibilities = np.select(rules, [CODES[rule] for rule in conditions], default=ELIGIBLE)
    return PairTables(
        ineligibilities,
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
    of_supporter = [
        [
            scoring.score_topics(one) + scoring.score_free_hands(one) + scoring.score_silence(one)
            for one in supporters
        ]
    ]
    scores: Numbers = (
        scoring.PREFERRED * preferred
        + scoring.FIRST_LANGUAGE * first
        + scoring.COMMON_HOUR * np.minimum(hours, scoring.COMMON_HOURS_COUNTED)
        + np.asarray(of_case).reshape(-1, 1)
        + np.asarray(of_supporter).reshape(1, -1)
    )
    return scores


def _of_case(case: Case, now: datetime) -> float:
    waited = scoring.score_waiting(scoring.count_days(case.aged_since, now))
    return waited + (scoring.score_urgency(case.request) if case.request else 0.0)


def _topic(case: Case) -> tuple[str, ...]:
    return (case.request.topic,) if case.request else ()


def _language(case: Case) -> tuple[str, ...]:
    return (case.request.language,) if case.request else ()


def _hours(case: Case) -> tuple[str, ...]:
    return case.request.hours if case.request else ()


def _common(ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> Numbers:
    """How many terms each row has in common with each column."""
    terms = {
        term: at
        for at, term in enumerate(
            sorted({term for side in (ours, theirs) for one in side for term in one})
        )
    }
    common: Numbers = _incidence(ours, terms) @ _incidence(theirs, terms).T
    return common


def _incidence(holders: Sequence[Sequence[str]], terms: dict[str, int]) -> Numbers:
    table = np.zeros((len(holders), len(terms)))
    for row, held in enumerate(holders):
        for term in held:
            table[row, terms[term]] = 1.0
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
