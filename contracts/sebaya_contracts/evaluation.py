"""evaluation.responses.v1: filled-in questionnaires and feedback, numbers only."""

from datetime import datetime

from sebaya_contracts.event import Event
from sebaya_contracts.words import Side


class FeedbackGiven(Event, frozen=True, kw_only=True):
    """One side says how a match went: answers by question id, each on its own scale."""

    response_id: str
    case_id: str
    match_id: str
    side: Side
    answers: dict[str, int]
    given_at: datetime


ResponseEvent = FeedbackGiven
