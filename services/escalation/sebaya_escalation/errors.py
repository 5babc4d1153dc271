"""The reasons for which a person's decision is refused."""

from collections.abc import Mapping
from http import HTTPStatus

from sebaya_chassis.base.problems import FieldError, NotFound, Problem


class AlertTaken(Problem):
    """Another person has acknowledged this alert: `person_id`."""

    slug = "alert-taken"
    title = "Somebody else has this alert"

    @classmethod
    def by(cls, person_id: str) -> "AlertTaken":
        """Name the person that holds the alert."""
        return cls(person_id=person_id)


class AlertIsClosed(Problem):
    """The alert is closed; what is new raises a new one."""

    slug = "alert-closed"
    title = "This alert is closed"


class AlertNotClosed(Problem):
    """The alert is not closed, so that nothing of its closing can be changed."""

    slug = "alert-not-closed"
    title = "This alert is not closed"


class AnotherAlertOpen(Problem):
    """The case has another alert that is not closed: `alert_id`."""

    slug = "another-alert-open"
    title = "This case has another alert that is not closed"


class NeverForPeers(Problem):
    """A case about a friend is a counsellor's from the start: nothing is decided about peers."""

    slug = "never-for-peers"
    title = "A case about a friend is never a peer's"


class ClosingIncomplete(Problem):
    """Of this level, an alert cannot be closed so; `errors` names the fields and the reasons."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "closing-incomplete"
    title = "Something is missing before this alert can be closed"

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "ClosingIncomplete":
        """Name the fields that are not right, and why."""
        return cls(errors=[FieldError(field=name, message=why) for name, why in fields.items()])

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are not right."""
        return frozenset(error.field for error in self.members.get("errors", ()))


class AlertNotTaken(Problem):
    """The alert has no holder at the moment that could hand it over."""

    slug = "alert-not-taken"
    title = "Nobody has this alert right now"


class CannotTakeOver(Problem):
    """The person named is not another reachable counsellor of this school."""

    slug = "cannot-take-over"
    title = "This person cannot take over"


class NotYourDuty(Problem):
    """The person is not on duty at that instant, or the duty is over."""

    slug = "not-your-duty"
    title = "You have no duty at that time"


class ShiftOfferGone(Problem):
    """The duty was taken already, or is over."""

    slug = "shift-offer-gone"
    title = "This change of duty is no longer open"


class NoStudent(Problem):
    """The alert is a whole school's, and of no one student."""

    slug = "no-student"
    title = "This alert is of no one student"


class NotAsked(NotFound):
    """The identity of this alert's student was not asked for."""

    slug = "identity-not-asked"
    title = "Nobody has asked who this student is"


class AlreadyAnswered(Problem):
    """The question was answered."""

    slug = "identity-answered"
    title = "This question is answered already"


class SecondPersonNeeded(Problem):
    """The person that asked cannot answer; it takes a second one."""

    slug = "second-person-needed"
    title = "Somebody else than who asked must answer"


class ContactMissing(Problem):
    """The student was not spoken to yet."""

    slug = "contact-missing"
    title = "Speak with the student first"


class NotLower(Problem):
    """The level named is not lower than the alert's."""

    slug = "not-lower"
    title = "Choose a lower level than the alert has"


class SignalsUnseen(Problem):
    """Signals came after the version that was read; they must be read before closing."""

    slug = "signals-unseen"
    title = "There is something new in this alert; read it before you close"
