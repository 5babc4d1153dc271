"""The score of an allowed pair, with its reasons. First guesses, to be learnt from outcomes."""

from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.words import Urgency
from sebaya_matching.domain.case import Request
from sebaya_matching.domain.enums import ScoreReason
from sebaya_matching.domain.supporter import Supporter

PREFERRED = 40.0
# A supporter of few topics knows them; it also leaves the all-rounders to cases that have no other.
TOPIC_EXPERTISE = 20.0
FIRST_LANGUAGE = 10.0
COMMON_HOUR = 3.0
COMMON_HOURS_COUNTED = 3
FREE_HANDS = 10.0
# A supporter who does not answer has free hands for ever: what was not answered weighs more than
# every free slot, and less than a student's wish for one supporter until it is repeated.
SILENCE = -30.0
SILENCE_COUNTED = 3
# Four days of waiting outweigh a student's wish for one supporter; no case waits for ever behind
# better fits.
DAY_WAITED = 10.0
LONG_WAIT_DAYS = 1.0
MOST_DAYS_COUNTED = 60.0
# A student in a hurry goes before those that have waited up to two days longer, and after those
# that have waited more: saying so costs nothing, so it must never keep a quieter student waiting
# for ever.
HEAD_START_DAYS = {Urgency.CAN_WAIT: 0.0, Urgency.SOON: 2.0, Urgency.TODAY: 2.0}


@dataclass(frozen=True, slots=True)
class Score:
    """A sum of points, and what earned them."""

    value: float
    reasons: tuple[ScoreReason, ...]


def score(request: Request, supporter: Supporter, days_waited: float) -> Score:
    """Score how well an allowed pair fits. Zero is allowed, and a worse fit is still a fit."""
    profile = supporter.profile
    common = min(len(set(request.hours) & set(profile.hours)), COMMON_HOURS_COUNTED)
    preferred = supporter.supporter_id in request.preferred
    first = request.language in profile.languages[:1]
    parts = (
        (ScoreReason.PREFERRED, preferred, PREFERRED * preferred),
        (
            ScoreReason.TOPIC_EXPERTISE,
            request.topic in profile.topics,
            score_topics(supporter),
        ),
        (ScoreReason.FIRST_LANGUAGE, first, FIRST_LANGUAGE * first),
        (ScoreReason.COMMON_HOURS, common > 0, COMMON_HOUR * common),
        (ScoreReason.FREE_HANDS, supporter.taken == 0, score_free_hands(supporter)),
        (ScoreReason.LONG_WAIT, days_waited >= LONG_WAIT_DAYS, score_waiting(days_waited)),
        (ScoreReason.NEEDED_SOON, request.urgency is not Urgency.CAN_WAIT, score_urgency(request)),
    )
    return Score(
        sum(value for _, _, value in parts) + score_silence(supporter),
        tuple(reason for reason, holds, _ in parts if holds),
    )


def score_topics(supporter: Supporter) -> float:
    """Score how few topics the supporter has."""
    return TOPIC_EXPERTISE / max(1, len(supporter.profile.topics))


def score_free_hands(supporter: Supporter) -> float:
    """Score the share of the supporter's slots that is free."""
    return FREE_HANDS * supporter.free / max(1, supporter.profile.cap)


def score_silence(supporter: Supporter) -> float:
    """Score the offers that the supporter has not answered lately: below zero."""
    return SILENCE * min(supporter.unanswered, SILENCE_COUNTED)


def score_waiting(days: float) -> float:
    """Score the days that the case has waited."""
    return DAY_WAITED * min(days, MOST_DAYS_COUNTED)


def score_urgency(request: Request) -> float:
    """Score how soon the student says they need support."""
    return DAY_WAITED * HEAD_START_DAYS[request.urgency]


def count_days(since: datetime | None, now: datetime) -> float:
    """Count the days since a moment; 0 where there was none, or it is still to come."""
    return max(0.0, (now - since).total_seconds() / 86_400) if since else 0.0
