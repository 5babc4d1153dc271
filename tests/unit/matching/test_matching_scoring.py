"""What a pair earns, part by part: the sum is that of the parts, and each reason stands where its
part is earned.
"""

from datetime import timedelta
from typing import Any

import pytest

from sebaya_contracts.words import CaseTopic, Urgency
from sebaya_matching.domain.case import Request
from sebaya_matching.domain.enums import ScoreReason
from sebaya_matching.domain.scoring import count_days, score
from sebaya_matching.domain.supporter import Supporter
from unit.matching.examples import NOW, SCHOOL, a_profile, a_supporter

DAY = timedelta(days=1)
TOPICS = (CaseTopic.GRIEF, CaseTopic.FAMILY)
# Fits in nothing: the topic of another, the second language, no hours, no free hands.
PLAIN: dict[str, Any] = {
    "slots": {"m0": "c0", "m1": "c9"},
    "topics": TOPICS,
    "languages": ("en", "id"),
    "cap": 2,
}


def asked(**more: Any) -> Request:
    return Request(**{"topic": CaseTopic.LONELINESS, "language": "id", "opened_at": NOW} | more)


def earned(request: Request, who: Supporter, days: float = 0.0) -> tuple[float, set[ScoreReason]]:
    found = score(request, who, days)
    return found.value, set(found.reasons)


def test_a_pair_that_fits_in_nothing_earns_the_few_topics_alone() -> None:
    assert earned(asked(), a_supporter(**PLAIN)) == (10.0, set())


@pytest.mark.parametrize(
    ("request_", "profile", "days", "points", "reason"),
    [
        ({"preferred": ("sari",)}, {}, 0, 40, ScoreReason.PREFERRED),
        ({"preferred": ("budi",)}, {}, 0, 0, None),
        ({"topic": CaseTopic.GRIEF}, {}, 0, 0, ScoreReason.TOPIC_EXPERTISE),
        ({}, {"topics": TOPICS[:1]}, 0, 10, None),
        ({}, {"topics": ()}, 0, 10, None),
        ({"language": "en"}, {}, 0, 10, ScoreReason.FIRST_LANGUAGE),
        ({"hours": ("a", "b")}, {"hours": ("b", "c")}, 0, 3, ScoreReason.COMMON_HOURS),
        ({"hours": ("a", "b", "c")}, {"hours": ("a", "b", "c")}, 0, 9, ScoreReason.COMMON_HOURS),
        ({"hours": tuple("abcde")}, {"hours": tuple("abcde")}, 0, 9, ScoreReason.COMMON_HOURS),
        ({"hours": ("a",)}, {"hours": ("b",)}, 0, 0, None),
        ({}, {"cap": 4}, 0, 5, None),
        ({}, {"slots": {}}, 0, 10, ScoreReason.FREE_HANDS),
        ({}, {"cap": 0, "slots": {}}, 0, 0, ScoreReason.FREE_HANDS),
        ({}, {}, 0.5, 5, None),
        ({}, {}, 1, 10, ScoreReason.LONG_WAIT),
        ({}, {}, 60, 600, ScoreReason.LONG_WAIT),
        ({}, {}, 90, 600, ScoreReason.LONG_WAIT),
        ({"urgency": Urgency.SOON}, {}, 0, 20, ScoreReason.NEEDED_SOON),
        ({"urgency": Urgency.TODAY}, {}, 0, 20, ScoreReason.NEEDED_SOON),
    ],
)
def test_each_part_is_earned_by_itself(
    request_: dict[str, Any],
    profile: dict[str, Any],
    days: float,
    points: float,
    reason: ScoreReason | None,
) -> None:
    who = a_supporter(**PLAIN | profile)
    assert earned(asked(**request_), who, days) == (10 + points, {reason} if reason else set())


@pytest.mark.parametrize(("unanswered", "points"), [(0, 0), (1, -30), (3, -90), (7, -90)])
def test_what_was_not_answered_weighs_more_than_free_hands(unanswered: int, points: float) -> None:
    given = {name: value for name, value in PLAIN.items() if name != "slots"}
    who = Supporter(SCHOOL, "sari", a_profile(**given), PLAIN["slots"], unanswered=unanswered)
    assert earned(asked(), who) == (10 + points, set())


def test_days_are_counted_from_a_moment_that_has_been() -> None:
    assert count_days(NOW, NOW + 1.5 * DAY) == 1.5
    assert count_days(NOW + DAY, NOW) == 0
    assert count_days(None, NOW) == 0
