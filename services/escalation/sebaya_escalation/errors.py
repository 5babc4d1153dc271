"""What a person is told when a decision on an alert cannot be taken."""

from sebaya_chassis.base.problems import NotFound, Problem


class AlertTaken(Problem):
    """Somebody else has acknowledged this alert; `person_id` says who."""

    slug = "alert-taken"
    title = "Somebody else has this alert"

    @classmethod
    def by(cls, person_id: str) -> "AlertTaken":
        return cls(person_id=person_id)


class AlertIsClosed(Problem):
    """The alert is closed; what is new raises a new one."""

    slug = "alert-closed"
    title = "This alert is closed"


class AlertNotTaken(Problem):
    """Nobody has this alert at the moment, so nobody can hand it over."""

    slug = "alert-not-taken"
    title = "Nobody has this alert right now"


class CannotTakeOver(Problem):
    """The person named is not another counsellor of this school who can be called."""

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
    """Nobody has asked who the student of this alert is."""

    slug = "identity-not-asked"
    title = "Nobody has asked who this student is"


class AlreadyAnswered(Problem):
    """The question was answered."""

    slug = "identity-answered"
    title = "This question is answered already"


class SecondPersonNeeded(Problem):
    """Who asked cannot answer; it takes a second person."""

    slug = "second-person-needed"
    title = "Somebody else than who asked must answer"


class SignalsUnseen(Problem):
    """Signals came after the version that was seen; read them before closing."""

    slug = "signals-unseen"
    title = "There is something new in this alert; read it before you close"
