"""The closed lists of the glossary that more than one service speaks."""

from enum import StrEnum


class Level(StrEnum):
    """How urgently a human is needed. Ordered: none < amber < red < imminent."""

    NONE = "none"
    AMBER = "amber"
    RED = "red"
    IMMINENT = "imminent"

    @property
    def rank(self) -> int:
        """Its place in that order, from 0."""
        return _RANKS[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


_RANKS = {level: rank for rank, level in enumerate(Level)}


class CaseTopic(StrEnum):
    """What a student says the case is about."""

    LONELINESS = "loneliness"
    BULLYING = "bullying"
    FAMILY = "family"
    SCHOOL = "school"
    FRIENDSHIP = "friendship"
    RELATIONSHIP = "relationship"
    GRIEF = "grief"
    ANXIETY = "anxiety"
    BODY_IMAGE = "body_image"
    IDENTITY = "identity"
    OTHER = "other"


class Answer(StrEnum):
    """An answer to a safety question."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class Door(StrEnum):
    """The way by which a case came in."""

    WEB = "web"
    API = "api"
    STAFF = "staff"
    FRIEND = "friend"


class Urgency(StrEnum):
    """How soon a student says they need support.

    It orders the cases that wait; by itself it never makes an alert.
    """

    CAN_WAIT = "can_wait"
    SOON = "soon"
    TODAY = "today"


class ReportReason(StrEnum):
    """What a student reports about a peer or a thread, chosen from a list.

    Each is a sentence on the student's page.
    """

    HURTFUL = "hurtful"
    PRESSURED = "pressured"
    CONTACT_OUTSIDE = "contact_outside"
    SEXUAL = "sexual"
    TOLD_OTHERS = "told_others"
    SOMETHING_ELSE = "something_else"


class WorryReason(StrEnum):
    """Why a peer calls an adult for a student, chosen from a list.

    The last two go with handing the student on.
    """

    DANGER_NOW = "danger_now"
    SELF_HARM = "self_harm"
    HURT_BY_OTHERS = "hurt_by_others"
    MAY_HURT_OTHERS = "may_hurt_others"
    SOMETHING_ELSE = "something_else"
    TOO_HEAVY = "too_heavy"
    KNOWS_STUDENT = "knows_student"


class DetailsReason(StrEnum):
    """Why a counsellor opens the contact details that a student left, chosen from a list."""

    LIFE_IN_DANGER = "life_in_danger"
    CANNOT_BE_REACHED = "cannot_be_reached"
    DUTY_TO_REPORT = "duty_to_report"
    MEETING_AGREED = "meeting_agreed"


class Author(StrEnum):
    """The writer of a message."""

    STUDENT = "student"
    SUPPORTER = "supporter"
    COUNSELLOR = "counsellor"


class Role(StrEnum):
    """What a person may do; the token of a person names roles and schools."""

    SUPPORTER = "supporter"
    COUNSELLOR = "counsellor"
    COORDINATOR = "coordinator"
    DISTRICT_LEAD = "district_lead"
    OPERATOR = "operator"


class SupporterState(StrEnum):
    """The life of a supporter; only an active one is offered cases."""

    APPLIED = "applied"
    TRAINED = "trained"
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class WaitReason(StrEnum):
    """Why a case waits; each is a sentence on the student's and the coordinator's page."""

    NO_SUPPORTER_FOR_TOPIC = "no_supporter_for_topic"
    NO_SUPPORTER_FOR_LANGUAGE = "no_supporter_for_language"
    ALL_EXCLUDED = "all_excluded"
    ALL_BUSY = "all_busy"
    NO_COMMON_HOURS = "no_common_hours"


class WaitDetail(StrEnum):
    """What a wait's reason leaves open, since a released list of words takes no new one."""

    ALL_DECLINED = "all_declined"
    ALL_RESTING = "all_resting"


class DeclineReason(StrEnum):
    """Why a supporter says no, chosen from a list so that no free text arises."""

    NO_TIME = "no_time"
    KNOWS_STUDENT = "knows_student"
    TOO_HEAVY = "too_heavy"
    OTHER = "other"


class MatchEnd(StrEnum):
    """How an active match ended."""

    COMPLETED = "completed"
    STUDENT_LEFT = "student_left"
    SUPPORTER_LEFT = "supporter_left"
    NO_SHOW = "no_show"
    COUNSELLOR_ENDED = "counsellor_ended"


class AlertCause(StrEnum):
    """What raised an alert."""

    MESSAGE = "message"
    SAFETY_ANSWERS = "safety_answers"
    ADULT_REQUESTED = "adult_requested"
    UNSCREENED = "unscreened"


class OpenAgainCause(StrEnum):
    """Why an alert that a person held is open again."""

    HANDED_OVER = "handed_over"
    CONTACT_OVERDUE = "contact_overdue"
    NEW_SIGNAL = "new_signal"
    ROSE = "rose"


class AlertOutcome(StrEnum):
    """How a counsellor closes an alert."""

    SUPPORTED = "supported"
    REFERRED = "referred"
    EMERGENCY_SERVICES = "emergency_services"
    FALSE_ALARM = "false_alarm"
    UNREACHABLE = "unreachable"


class Wave(StrEnum):
    """When a student answers a questionnaire: before support begins, during it, when the case has
    closed, and a while later.
    """

    PRE = "pre"
    MID = "mid"
    POST = "post"
    FOLLOWUP = "followup"


class Side(StrEnum):
    """Which side of a match gives feedback."""

    STUDENT = "student"
    SUPPORTER = "supporter"
