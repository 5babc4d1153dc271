"""How much a school may have open, and what becomes of the next opening."""

from dataclasses import replace

import pytest

from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_contracts.words import Answer, CaseTopic, Door, Urgency
from sebaya_intake.domain.case import CaseDraft
from sebaya_intake.domain.crowding import (
    LOOK_AGAIN,
    LOOK_EVERY,
    Bounds,
    Crowd,
    CrowdEstimate,
    Entrance,
    judge_entrance,
)

CALM = SafetyAnswers(self_harm_thoughts=Answer.NO, danger_now=Answer.NO)
DRAFT = CaseDraft(
    topic=CaseTopic.LONELINESS,
    text="Halo.",
    preferences=Preferences(language="id"),
    safety=CALM,
    consent_version="2026-1",
    age=15,
    urgency=Urgency.CAN_WAIT,
    door=Door.WEB,
)
BOUNDS = Bounds(waiting=3, queued=5)


@pytest.mark.parametrize(
    ("waiting", "queued", "entrance"),
    [
        (0, 0, Entrance.ANNOUNCED),
        (2, 0, Entrance.ANNOUNCED),
        (3, 0, Entrance.QUEUED),
        (0, 1, Entrance.QUEUED),
        (3, 4, Entrance.QUEUED),
        (3, 5, Entrance.SCREENED),
        (3, 9, Entrance.SCREENED),
        (3, 10, Entrance.REFUSED),
    ],
)
def test_the_next_opening_by_what_the_school_has(
    waiting: int, queued: int, entrance: Entrance
) -> None:
    assert judge_entrance(Crowd(waiting, queued), BOUNDS, DRAFT) is entrance


def answered(name: str, answer: Answer) -> SafetyAnswers:
    answers = {"self_harm_thoughts": Answer.NO, "danger_now": Answer.NO} | {name: answer}
    return SafetyAnswers(**answers)


CALLING = [
    replace(DRAFT, wants_adult=True),
    replace(DRAFT, door=Door.FRIEND, safety=SafetyAnswers()),
    *(
        replace(DRAFT, safety=answered(name, answer))
        for name in ("self_harm_thoughts", "danger_now")
        for answer in set(Answer) - {Answer.NO}
    ),
]


@pytest.mark.parametrize("calling", CALLING)
def test_what_calls_for_an_adult_is_never_refused(calling: CaseDraft) -> None:
    for queued in (5, 10, 10_000):
        assert judge_entrance(Crowd(3, queued), BOUNDS, calling) is Entrance.QUEUED


def test_unanswered_questions_are_no_call() -> None:
    unanswered = replace(DRAFT, safety=SafetyAnswers())
    assert judge_entrance(Crowd(3, 10), BOUNDS, unanswered) is Entrance.REFUSED


def test_what_staff_open_is_no_flood() -> None:
    staff = replace(DRAFT, door=Door.STAFF)
    assert judge_entrance(Crowd(3, 10), BOUNDS, staff) is Entrance.ANNOUNCED


WIDE = Bounds(waiting=100, queued=5)


def counted(crowd: Crowd, at: float = 0.0) -> CrowdEstimate:
    return CrowdEstimate().after_count(crowd, Crowd(), at)


def test_what_is_at_hand_counts_and_what_is_stored_while_a_count_runs_counts_on_top() -> None:
    estimate = counted(Crowd(1, 0)).begin(Entrance.ANNOUNCED).begin(Entrance.ANNOUNCED)
    assert judge_entrance(estimate.crowd, BOUNDS, DRAFT) is Entrance.QUEUED
    base = estimate.stored
    estimate = estimate.end(Entrance.ANNOUNCED)
    assert estimate.crowd == Crowd(3, 0)
    assert estimate.after_count(Crowd(1, 0), base, 1.0).crowd == Crowd(3, 0)
    assert estimate.after_count(Crowd(2, 0), estimate.stored, 1.0).crowd == Crowd(3, 0)


def test_a_count_that_began_earlier_says_nothing_new() -> None:
    early = counted(Crowd()).begin(Entrance.ANNOUNCED)
    stored = early.end(Entrance.ANNOUNCED)
    newest = stored.after_count(Crowd(1, 0), stored.stored, 1.0)
    assert newest.after_count(Crowd(), early.stored, 2.0) == newest


@pytest.mark.parametrize("entrance", [Entrance.QUEUED, Entrance.SCREENED])
def test_what_is_queued_counts_apart(entrance: Entrance) -> None:
    estimate = counted(Crowd(3, 0)).begin(entrance)
    assert estimate.crowd == Crowd(3, 1)
    assert estimate.end(entrance).crowd == Crowd(3, 1)


def test_a_school_with_room_is_counted_once_in_ten_openings() -> None:
    estimate = counted(Crowd())
    assert CrowdEstimate().needs_count(WIDE, 0.0)
    for _ in range(LOOK_EVERY):
        assert not estimate.needs_count(WIDE, 1000.0)
        estimate = estimate.begin(Entrance.ANNOUNCED).end(Entrance.ANNOUNCED)
    assert estimate.needs_count(WIDE, 1000.0)


@pytest.mark.parametrize("crowd", [Crowd(90, 0), Crowd(0, 1)])
def test_near_the_bound_a_school_is_counted_twice_a_second_at_most(crowd: Crowd) -> None:
    estimate = counted(crowd, 10.0)
    assert not estimate.needs_count(WIDE, 10.0 + LOOK_AGAIN / 2)
    assert estimate.needs_count(WIDE, 10.0 + LOOK_AGAIN)
