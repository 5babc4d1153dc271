"""The closed lists of matching alone."""

from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands; always what its facts say (`lifecycle.derive_stage`)."""

    PENDING = "pending"
    WAITING = "waiting"
    OFFERED = "offered"
    MATCHED = "matched"
    HELD = "held"
    ASIDE = "aside"
    REFERRED = "referred"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


# Those that are not the end.
LIVE_STAGES = (Stage.PENDING, Stage.WAITING, Stage.OFFERED, Stage.MATCHED, Stage.HELD)


class AlertState(StrEnum):
    """What is known of an alert; once closed it stays closed, whatever arrives late, unless a
    counsellor opens it again.
    """

    OPEN = "open"
    CLOSED = "closed"


class MatchEndReason(StrEnum):
    """How an offer or a match came to its end."""

    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    LEFT = "left"
    ENDED = "ended"


class Ineligibility(StrEnum):
    """Why a supporter cannot take a case, in the order in which the rules are applied."""

    UNAVAILABLE = "unavailable"
    TOPIC = "topic"
    LANGUAGE = "language"
    EXCLUDED = "excluded"
    DECLINED = "declined"
    SILENT = "silent"
    HOURS = "hours"
    DEBRIEF = "debrief"
    RESTING = "resting"
    BUSY = "busy"


class ScoreReason(StrEnum):
    """Why a supporter fits a case; each is a sentence on the supporter's page."""

    PREFERRED = "preferred"
    TOPIC_EXPERTISE = "topic_expertise"
    FIRST_LANGUAGE = "first_language"
    COMMON_HOURS = "common_hours"
    FREE_HANDS = "free_hands"
    LONG_WAIT = "long_wait"
    NEEDED_SOON = "needed_soon"
