"""evaluation.responses.v1: filled-in questionnaires and feedback, numbers only."""

from datetime import datetime

from sebaya_contracts.event import Event
from sebaya_contracts.words import Side, Wave


class FeedbackGiven(Event, frozen=True, kw_only=True):
    """One side says how a match went: answers by question id, each on its own scale."""

    response_id: str
    case_id: str
    match_id: str
    side: Side
    answers: dict[str, int]
    given_at: datetime


class WaveAnswered(Event, frozen=True, kw_only=True):
    """A student has answered one instrument in one wave: option ids by item id."""

    response_id: str
    case_id: str
    wave: Wave
    instrument_id: str
    version: int
    answers: dict[str, str]
    given_at: datetime


ResponseEvent = FeedbackGiven | WaveAnswered
