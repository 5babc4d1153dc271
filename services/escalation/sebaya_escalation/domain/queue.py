"""The queue of a person's alerts over all schools, by what is due next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sebaya_contracts.district import School
from sebaya_escalation.domain.alert import Alert, Status


class DueStep(StrEnum):
    """What happens to an alert, or must be done, next."""

    CALL = "call"
    """The next person of the ladder is called."""
    CONTACT = "contact"
    """Its holder must have spoken with the student."""
    REVIEW = "review"
    """Its holder looks after the student again."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """An alert of one school that is open or owes a look, and when its student last wrote."""

    school: School
    alert: Alert
    student_wrote_at: datetime | None = None

    @property
    def next_step(self) -> tuple[DueStep, datetime | None]:
        """What is due next, and when."""
        alert = self.alert
        if alert.status is Status.OPEN:
            return DueStep.CALL, alert.next_step_at
        if alert.contacted_at is None and alert.status is not Status.CLOSED:
            return DueStep.CONTACT, alert.contact_due_at
        return DueStep.REVIEW, alert.review.due_at if alert.review else None


def sort_queue(entries: Iterable[QueueEntry]) -> list[QueueEntry]:
    """Sort by what is due next; of the same moment the higher level first, then the older.

    What has no next moment stands first: nothing would remind of it.
    """

    def place(entry: QueueEntry) -> tuple[float, int, datetime]:
        _, due = entry.next_step
        alert = entry.alert
        return (due.timestamp() if due else 0.0, -alert.level.rank, alert.raised_at)

    return sorted(entries, key=place)
