"""The question for a student's identity, on the alert that gives the reason for it."""

from dataclasses import replace
from datetime import datetime

from sebaya_escalation.domain import identity
from sebaya_escalation.domain.alert import Alert, AlertDecision, Status
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityReason
from sebaya_escalation.errors import AlertIsClosed, NoStudent


def ask_identity(
    alert: Alert, person_id: str, reason: IdentityReason, now: datetime
) -> AlertDecision:
    """Ask for the student's identity.

    Raises AlertIsClosed; NoStudent for the alert of a whole school.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.case_id is None:
        raise NoStudent
    return AlertDecision(
        replace(alert, identity=identity.open_inquiry(alert.identity, person_id, reason, now))
    )


def answer_identity(
    alert: Alert, person_id: str, answer: IdentityAnswer, now: datetime
) -> AlertDecision:
    """Answer the question for the student's identity; a closed alert is no reason for it any more.

    Raises AlertIsClosed, NotAsked, AlreadyAnswered, SecondPersonNeeded.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    return AlertDecision(
        replace(alert, identity=identity.answer_inquiry(alert.identity, person_id, answer, now))
    )
