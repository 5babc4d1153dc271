"""What a closing says of the screen: whether the alert was right, by what it alarmed at.

The level and kind are those of the leading signal, so that a human's lowering hides no false alarm.
"""

from dataclasses import dataclass
from enum import StrEnum

from sebaya_contracts.words import AlertCause, AlertOutcome, Level
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.judgement import CONSTRUCTS
from sebaya_escalation.domain.signal import ScreenReason, Signal, find_lead

# Of an alert that no rule of the screen raised, or whose words are gone.
NO_KIND = "none"
KINDS = (*CONSTRUCTS, *(cause.value for cause in AlertCause), NO_KIND)
LANGUAGES = ("id", "en", "both")


class Judged(StrEnum):
    """What a human judged by closing; of a student that was not reached, nothing is known."""

    RIGHT = "right"
    FALSE_ALARM = "false_alarm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JudgedAlert:
    """One closing, for the count: `kind` is a construct of the screen, or what else raised it;
    `language` is the one that its rule reads, "both" where it is no rule of one language.
    """

    level: Level
    kind: str
    language: str
    judged: Judged


def judge_closing(alert: Alert, outcome: AlertOutcome) -> JudgedAlert:
    """Judge by its outcome what an alert alarmed at."""
    lead = find_lead(alert.signals)
    reason = next((one for one in lead.why if one.level is lead.level), None)
    return JudgedAlert(lead.level, _kind(lead, reason), _language(reason), _judged(outcome))


def _kind(lead: Signal, reason: ScreenReason | None) -> str:
    if lead.cause is not AlertCause.MESSAGE:
        return lead.cause.value
    return reason.construct if reason else NO_KIND


def _language(reason: ScreenReason | None) -> str:
    prefix = reason.rule.partition("-")[0] if reason else ""
    return prefix if prefix in LANGUAGES else "both"


def _judged(outcome: AlertOutcome) -> Judged:
    match outcome:
        case AlertOutcome.FALSE_ALARM:
            return Judged.FALSE_ALARM
        case AlertOutcome.UNREACHABLE:
            return Judged.UNKNOWN
        case _:
            return Judged.RIGHT
