"""What routes and pages take of the closing of alerts."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from sebaya_chassis.base.timestamps import Timestamp
from sebaya_contracts.words import AlertOutcome, Level
from sebaya_escalation.commands.closed_alerts import ClosedSearch
from sebaya_escalation.domain.closing import AlertClosing
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.schemas.alerts import Note, WrittenNote, refuse_nul

SEARCH_LIMIT = 64
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


def _written_out(given: object) -> object:
    """pydantic would also read a number, as seconds since 1970."""
    if not isinstance(given, date) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(given)):
        raise ValueError("must be a day, as 2026-03-04")
    return given


Day = Annotated[date, BeforeValidator(_written_out), Field(ge=FIRST_DAY, le=LAST_DAY)]


class CloseAlertRequest(BaseModel):
    """How an alert ends. `version` is the `signals_version` of the alert as it was read. Red and
    imminent need a contact that was made, or the outcome `unreachable`, and a note; a false alarm
    among them a date.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "outcome": "supported",
                    "note": "Spoke with her.",
                    "peer_may_continue": True,
                    "review_after": "week",
                    "version": 1,
                }
            ]
        },
    )

    outcome: AlertOutcome
    note: Note = ""
    peer_may_continue: Annotated[bool, Field(strict=True)] | None = Field(
        None,
        description="Whether a peer goes on with the student. To be said of every alert but one of "
        "a case about a friend, which is never a peer's",
    )
    review_after: ReviewAfter | None = Field(
        None,
        description="When somebody looks after the student again; empty: not any more. Red and "
        "imminent are followed up 24 hours, 7 and 30 days after the closing, whatever it says, "
        "unless it was a false alarm",
    )
    version: int = Field(ge=1, le=1_000_000)

    def closing(self) -> AlertClosing:
        """Convert to a value of the domain."""
        return AlertClosing(
            self.version, self.outcome, self.note, self.peer_may_continue, self.review_after
        )


class ReopenRequest(BaseModel):
    """Why a closed alert is opened again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "Her friend says it has begun again."}]},
    )

    reason: WrittenNote


class PeerDecisionRequest(BaseModel):
    """Whether a peer goes on with the student of a closed alert, and why that is changed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"peer_may_continue": True, "text": "A wrong tap."}]},
    )

    peer_may_continue: Annotated[bool, Field(strict=True)]
    text: Note = ""


class ClosedSearchRequest(BaseModel):
    """What closed alerts are searched by; the days are the school's, both included."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=SEARCH_LIMIT), AfterValidator(refuse_nul)] = Field(
        "", description="The code of an alert, or the whole id of an alert or a case"
    )
    level: Level | None = None
    outcome: AlertOutcome | None = None
    closed_from: Day | None = None
    closed_to: Day | None = None
    before: Timestamp | None = Field(
        None, description="Goes on where a list ended: the `closed_at` of its last alert"
    )

    def search(self) -> ClosedSearch:
        """Convert to what the search takes."""
        return ClosedSearch(**{name: getattr(self, name) for name in type(self).model_fields})
