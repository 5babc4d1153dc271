"""A student's answers in a wave: one response a case, wave and instrument."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sebaya_chassis.base.problems import FieldError, Invalid
from sebaya_contracts.evaluation import WaveAnswered
from sebaya_contracts.words import Side, Wave
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.instruments.scoring import score_answers
from sebaya_evaluation.domain.sheet import Sheet, find_scores


@dataclass(frozen=True, slots=True)
class WaveStudent:
    """The student of a link, in the wave that the link is for."""

    case_id: str
    wave: Wave


def build_wave_response_id(school_id: str, student: WaveStudent, instrument_id: str) -> str:
    """Build the id of the one response of a case to an instrument in a wave, of any version."""
    named = f"{school_id}/{student.case_id}/wave/{student.wave}/{instrument_id}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def choose_instrument(instruments: Iterable[Instrument], instrument_id: str) -> Instrument:
    """Choose one of the instruments that a school asks. Raises Invalid."""
    for instrument in instruments:
        if instrument.instrument_id == instrument_id:
            return instrument
    raise Invalid(
        errors=[FieldError(field="instrument", message="This school does not ask that instrument")]
    )


def create_wave_response(
    school_id: str,
    student: WaveStudent,
    instrument: Instrument,
    answers: Mapping[str, str],
    now: datetime,
) -> tuple[Response, WaveAnswered]:
    """Create a response and its event. A question may be left out, all of them may not.

    Raises Invalid, which names each item and option that the instrument does not have.
    """
    scores = find_scores(score_answers(instrument, answers))
    if not answers:
        raise Invalid(errors=[FieldError(field="answers", message="Answer at least one question")])
    response_id = build_wave_response_id(school_id, student, instrument.instrument_id)
    given = WaveAnswered(
        school_id=school_id,
        response_id=response_id,
        case_id=student.case_id,
        wave=student.wave,
        instrument_id=instrument.instrument_id,
        version=instrument.version,
        answers=dict(answers),
        given_at=now,
    )
    sheet = Sheet(student.wave, instrument.instrument_id, instrument.version, dict(answers), scores)
    response = Response(
        response_id, student.case_id, Side.STUDENT, given_at=now, dirty_since=now, sheet=sheet
    )
    return response, given
