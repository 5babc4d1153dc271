"""What routes and pages take and give of the question for a student's identity."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from sebaya_contracts.words import DetailsReason, Level
from sebaya_escalation.commands.details import OpenedDetails
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityInquiry, IdentityReason


class AskIdentityRequest(BaseModel):
    """Why the counsellor must know the student's identity."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "life_in_danger"}]}
    )

    reason: IdentityReason


class AnswerIdentityRequest(BaseModel):
    """How the question is answered; a name has no place here."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answer": "told_in_person"}]}
    )

    answer: IdentityAnswer


class IdentityView(BaseModel):
    """A counsellor's question for a student's identity. A name is told in person; here stands only
    how the question was answered.
    """

    asked_by: str
    asked_at: datetime
    reason: IdentityReason
    answered_by: str | None
    answered_at: datetime | None
    answer: IdentityAnswer | None

    @classmethod
    def of(cls, inquiry: IdentityInquiry) -> "IdentityView":
        """Build the view of an inquiry."""
        return cls(**{name: getattr(inquiry, name) for name in cls.model_fields})


class IdentityQuestion(BaseModel):
    """An open question, as a coordinator sees it: without words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alert_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0001",
                    "case_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0002",
                    "level": "imminent",
                    "reason": "life_in_danger",
                    "asked_by": "bk-1",
                    "asked_at": "2026-11-25T10:00:00Z",
                }
            ]
        }
    )

    alert_id: str
    case_id: str
    level: Level
    reason: IdentityReason
    asked_by: str
    asked_at: datetime

    @classmethod
    def of(cls, alert: Alert) -> "IdentityQuestion | None":
        """Build the view of an alert's question; None where it has none."""
        if alert.identity is None or alert.case_id is None:
            return None
        inquiry = alert.identity
        return cls(
            alert_id=alert.alert_id,
            case_id=alert.case_id,
            level=alert.level,
            reason=inquiry.reason,
            asked_by=inquiry.asked_by,
            asked_at=inquiry.asked_at,
        )


class OpenedDetailsView(BaseModel):
    """That a counsellor opened the contact details that a student had left, and why."""

    opened_by: str
    reason: DetailsReason
    student_told: bool = Field(description="False where it would endanger the student")
    opened_at: datetime

    @classmethod
    def of(cls, opened: OpenedDetails) -> "OpenedDetailsView":
        """Build the view of an opening."""
        return cls(
            opened_by=opened.person_id,
            reason=opened.reason,
            student_told=opened.student_told,
            opened_at=opened.opened_at,
        )


class OpenedDetailsList(BaseModel):
    """The newest first."""

    openings: list[OpenedDetailsView]


class IdentityQuestions(BaseModel):
    """The longest open first."""

    questions: list[IdentityQuestion]

    @classmethod
    def of(cls, alerts: Iterable[Alert]) -> "IdentityQuestions":
        """Build the view of the questions of some alerts."""
        found = map(IdentityQuestion.of, alerts)
        return cls(questions=[question for question in found if question])
