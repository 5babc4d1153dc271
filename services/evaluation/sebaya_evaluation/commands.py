"""The use cases of evaluation: feedback is given, reports are read from releases, totals are
summed.

What a caller may do at all is decided before, by the skins.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sebaya_chassis.base.problems import FieldError, Invalid, NotFound, Problem
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.words import Side
from sebaya_evaluation.domain.feedback import Respondent, Response, create_response
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.reading import read_district, read_school
from sebaya_evaluation.domain.report import Figures
from sebaya_evaluation.domain.spans import (
    RHYTHM,
    Calendar,
    Span,
    choose_span,
    find_release,
    list_spans,
)
from sebaya_evaluation.domain.tally import Tally, merge_all
from sebaya_evaluation.domain.waves import (
    WaveStudent,
    build_wave_response_id,
    choose_instrument,
    create_wave_response,
)
from sebaya_evaluation.errors import UnknownMatch
from sebaya_evaluation.library import list_assigned
from sebaya_evaluation.metrics import FEEDBACK, WAVES
from sebaya_evaluation.store import EvaluationStore, StoreOf

# Schools whose releases are read at the same time, so that a district of many stays quick and a
# store is not asked by hundreds at once.
SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """A response, and whether it is new: the same answers again change nothing."""

    response: Response
    new: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a span, the other spans that there are, the date of the release, and the
    minimum cell.
    """

    figures: Figures
    span: Span
    spans: tuple[Span, ...]
    released_on: date
    smallest: int

    @property
    def next_on(self) -> date:
        """Return the date of the next release."""
        return self.released_on + RHYTHM


@dataclass(frozen=True, slots=True)
class ExactTotals:
    """Exact sums over all schools; `dirty` months and responses still wait to be counted."""

    sums: Tally
    dirty: int


async def give_feedback(
    store: EvaluationStore,
    respondent: Respondent,
    answers: Mapping[str, int],
    match_id: str | None = None,
) -> GivenFeedback:
    """Store one response a match and side. A supporter names the match, a student's link does.

    Raises UnknownSchool, NotFound, UnknownMatch, Invalid, and AlreadyAnswered for other answers
    than before.
    """
    await store.load_school()
    try:
        case_id, match_id = await _find_match(store, respondent, match_id)
        response, event = create_response(
            store.school_id, case_id, match_id, respondent.side, answers, store.now()
        )
        new = await store.create_response(response, event)
    except Problem:
        FEEDBACK.labels(respondent.side.value, "refused").inc()
        raise
    FEEDBACK.labels(respondent.side.value, "new" if new else "repeated").inc()
    return GivenFeedback(response, new)


async def find_next_instrument(store: EvaluationStore, student: WaveStudent) -> Instrument | None:
    """Find the first instrument of the school's policy that is not answered in the wave yet; None
    where nothing is asked any more.

    Raises UnknownSchool, and NotFound for an erased case.
    """
    asked = await _list_asked(store, student)
    ids = {
        one.instrument_id: build_wave_response_id(store.school_id, student, one.instrument_id)
        for one in asked
    }
    answered = await store.find_answered(ids.values())
    return next((one for one in asked if ids[one.instrument_id] not in answered), None)


async def answer_wave(
    store: EvaluationStore, student: WaveStudent, instrument_id: str, answers: Mapping[str, str]
) -> GivenFeedback:
    """Store one response a case, wave and instrument.

    Raises UnknownSchool, NotFound for an erased case, Invalid, and AlreadyAnswered for other
    answers than before.
    """
    try:
        instrument = choose_instrument(await _list_asked(store, student), instrument_id)
        response, event = create_wave_response(
            store.school_id, student, instrument, answers, store.now()
        )
        new = await store.create_response(response, event)
    except Problem:
        WAVES.labels(student.wave.value, "refused").inc()
        raise
    WAVES.labels(student.wave.value, "new" if new else "repeated").inc()
    return GivenFeedback(response, new)


async def _list_asked(store: EvaluationStore, student: WaveStudent) -> tuple[Instrument, ...]:
    school = await store.load_school()
    fact = await store.find_fact(student.case_id)
    if fact is not None and fact.erased:
        raise NotFound
    return list_assigned(school.policies.wave_instruments)


async def _find_match(
    store: EvaluationStore, respondent: Respondent, named: str | None
) -> tuple[str, str]:
    """The case and match that a respondent may speak of. A student's link says it; a supporter's
    match must be known here as theirs.
    """
    if respondent.side is Side.STUDENT:
        if named not in {None, respondent.match_id}:
            raise NotFound
        fact = await store.find_fact(respondent.case_id)
        if fact is not None and fact.erased:
            raise NotFound
        return respondent.case_id, respondent.match_id
    if named is None:
        raise Invalid(errors=[FieldError(field="match_id", message="Name the match")])
    fact = await store.find_fact_of_match(named)
    match = fact.find_match(named) if fact else None
    if (
        fact is None
        or match is None
        or match.supporter_id != respondent.supporter_id
        or match.accepted_at is None
    ):
        raise UnknownMatch
    return fact.fact_id, named


async def report_school(store: EvaluationStore, name: str | None, calendar: Calendar) -> Report:
    """Read a school's report of a span from the release that stands. Raises UnknownSchool and
    Invalid.
    """
    released_on = await store.find_release_date()
    spans = list_spans(released_on, calendar)
    span = choose_span(name, spans)
    release = await store.load_release(released_on, calendar)
    figures = read_school(release, span, calendar)
    return Report(figures, span, spans, released_on, release.smallest)


async def report_district(
    schools: Schools, store_of: StoreOf, now: datetime, name: str | None, calendar: Calendar
) -> Report:
    """Read the report over all schools, of the newest release that all of them have.

    Its minimum cell is the largest of the schools'. Raises Invalid.
    """
    known = await schools.all()
    zones = {school.time_zone for school in known} or {"UTC"}
    released_on = min(find_release(now, zone) for zone in zones)
    spans = list_spans(released_on, calendar)
    span = choose_span(name, spans)
    releases = [
        release
        for at in range(0, len(known), SIDE_BY_SIDE)
        for release in await asyncio.gather(
            *(
                store_of(school.school_id).load_release(released_on, calendar)
                for school in known[at : at + SIDE_BY_SIDE]
            )
        )
    ]
    figures = await asyncio.to_thread(read_district, releases, span, calendar)
    smallest = max((release.smallest for release in releases), default=1)
    return Report(figures, span, spans, released_on, smallest)


async def sum_totals(schools: Schools, store_of: StoreOf) -> ExactTotals:
    """Sum everything counted so far over all schools, without suppression."""
    sums, dirty = Tally(), 0
    for school in await schools.all():
        store = store_of(school.school_id)
        dirty += len(await store.list_dirty_periods()) + await store.count_dirty_responses()
        for strata in (await store.load_tallies()).values():
            sums.merge(merge_all(strata.values()))
    return ExactTotals(sums, dirty)
