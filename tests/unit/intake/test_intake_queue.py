"""What waits in a school's queue and what leaves it; what is set aside and opened again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.intake import (
    CaseErased,
    CaseOpened,
    CaseReopened,
    CaseSetAside,
    CaseWithdrawn,
    MessagePosted,
    Preferences,
    PreferencesChanged,
    SafetyAnswers,
)
from sebaya_contracts.words import Answer, CaseTopic, Door, Level, ReportReason
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.case import Case, Digests, Opening, Wishes
from sebaya_intake.domain.consent import Consent
from sebaya_intake.domain.crowding import Entrance
from sebaya_intake.domain.projection import AlertState, Match, Phase
from sebaya_intake.domain.queue import (
    end_refused,
    enqueue,
    leave_queue,
    may_leave_queue,
    never_seen,
    note_seen,
    was_refused,
)
from sebaya_intake.domain.queue_place import SetAside
from sebaya_intake.domain.screening import VerdictTimeout
from sebaya_intake.domain.setting_aside import (
    LONGEST,
    OLDEST,
    after_students_word,
    finish_work,
    make_group,
    reopen,
    set_aside,
    undo_group,
)
from sebaya_intake.errors import CannotSetAside

T = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LATER = T + timedelta(minutes=5)
CALM = SafetyAnswers(self_harm_thoughts=Answer.NO, danger_now=Answer.NO)
TIMEOUT = VerdictTimeout(timedelta(minutes=1), timedelta(hours=1))
OPENING = Opening(
    message_id="m1",
    text="Halo.",
    topic=CaseTopic.LONELINESS,
    door=Door.WEB,
    preferences=Preferences(language="id"),
    safety=CALM,
    consent=Consent("2026-1", 15, T),
    opened_at=T,
    crisis_reason=None,
)
NEW = cases.new_case("s1", "c1", OPENING, Digests("i", "b", "h"), TIMEOUT)


def alerted(case: Case) -> Case:
    return replace(case, view=replace(case.view, alerts={"a1": AlertState.OPEN}))


def screened(case: Case, level: Level = Level.NONE) -> Case:
    return cases.record_verdict(case, level, T)


ANNOUNCED = screened(NEW.case)
QUEUED = enqueue(NEW, Entrance.QUEUED, T).case
REFUSED = enqueue(NEW, Entrance.SCREENED, T).case
SEEN = note_seen(QUEUED, LATER)[0]


def test_what_is_queued_goes_to_the_screen_and_not_to_matching() -> None:
    queued = enqueue(NEW, Entrance.QUEUED, T)
    assert [type(event) for event in queued.events] == [MessagePosted]
    assert queued.announcement is None and NEW.announcement is not None


@pytest.mark.parametrize(
    ("case", "leaves"),
    [
        (QUEUED, False),
        (SEEN, True),
        (alerted(QUEUED), True),
        (replace(SEEN, aside=SetAside("g1", T)), False),
        (note_seen(REFUSED, T)[0], False),
        (alerted(REFUSED), True),
        (ANNOUNCED, False),
    ],
)
def test_a_case_leaves_the_queue_once_its_student_came_or_an_adult_was_needed(
    case: Case, leaves: bool
) -> None:
    assert may_leave_queue(case) is leaves
    after, events = leave_queue(case, LATER)
    assert [type(event) for event in events] == [CaseOpened] * leaves
    assert after == (replace(case, queue=None) if leaves else case)


def test_a_student_comes_once() -> None:
    assert note_seen(SEEN, LATER + timedelta(hours=1)) == (SEEN, ())
    assert (never_seen(QUEUED), never_seen(SEEN), never_seen(ANNOUNCED)) == (True, False, False)
    aside, _ = set_aside(screened(QUEUED), "g1", LATER)
    assert not never_seen(aside), "what is set aside is kept"


def test_the_announcement_says_what_the_student_wishes_by_then() -> None:
    wishing, none = cases.change_wishes(SEEN, Wishes(hours=("mon-lunch",)), LATER)
    assert none == ()
    _, (announced,) = leave_queue(wishing, LATER)
    assert isinstance(announced, CaseOpened)
    assert announced.preferences.hours == ("mon-lunch",)
    _, (changed,) = cases.change_wishes(ANNOUNCED, Wishes(hours=("mon-lunch",)), LATER)
    assert isinstance(changed, PreferencesChanged)


def test_what_is_withdrawn_in_the_queue_is_counted_among_what_was_asked() -> None:
    withdrawn, events = cases.withdraw(SEEN, LATER)
    assert [type(event) for event in events] == [CaseOpened, CaseWithdrawn]
    assert withdrawn.queue is None
    assert [type(event) for event in cases.withdraw(ANNOUNCED, LATER)[1]] == [CaseWithdrawn]


@pytest.mark.parametrize(
    ("case", "ends"),
    [
        (REFUSED, False),
        (screened(REFUSED), True),
        (screened(REFUSED, Level.RED), False),
        (alerted(screened(REFUSED)), False),
        (screened(QUEUED), False),
        (ANNOUNCED, False),
    ],
)
def test_what_was_refused_goes_once_the_screen_found_it_calm(case: Case, ends: bool) -> None:
    after, events = end_refused(case, LATER)
    assert [type(event) for event in events] == [CaseErased] * ends
    assert (after.erased_at is not None) is ends


def test_danger_makes_a_refused_opening_one_that_was_taken() -> None:
    assert was_refused(REFUSED) and was_refused(screened(REFUSED))
    assert not was_refused(alerted(REFUSED)) and not was_refused(QUEUED)


# --- set aside


def test_a_calm_request_is_set_aside_and_opened_again() -> None:
    aside, (event,) = set_aside(ANNOUNCED, "g1", LATER)
    assert isinstance(event, CaseSetAside)
    assert set_aside(aside, "g2", LATER) == (aside, ())
    for by_student in (True, False):
        back, (again,) = reopen(aside, LATER, by_student=by_student)
        assert isinstance(again, CaseReopened)
        assert (back.aside, back.reopened) == (None, by_student)
        assert reopen(back, LATER, by_student=True) == (back, ())
        once_more, _ = set_aside(back, "g3", LATER)
        assert (once_more.aside is None) is by_student, "the student's word holds"


def test_in_the_queue_it_keeps_its_place() -> None:
    aside, none = set_aside(screened(SEEN), "g1", LATER)
    assert none == () and not may_leave_queue(aside)
    back, none = reopen(aside, LATER, by_student=False)
    assert none == () and may_leave_queue(back)
    unseen, _ = set_aside(screened(QUEUED), "g1", LATER)
    assert may_leave_queue(reopen(unseen, LATER, by_student=True)[0])
    assert not may_leave_queue(reopen(unseen, LATER, by_student=False)[0])


MATCHED = Match("m", "sup-1", T)
KEPT = {
    "not read yet": NEW.case,
    "amber": screened(NEW.case, Level.AMBER),
    "alert": alerted(ANNOUNCED),
    "held": replace(ANNOUNCED, view=replace(ANNOUNCED.view, held=True)),
    "adult": cases.ask_for_adult(ANNOUNCED, T, timedelta(minutes=1))[0],
    "report": cases.report(ANNOUNCED, ReportReason.HURTFUL, T, timedelta(minutes=1))[0],
    "worry": replace(ANNOUNCED, worried_at=T),
    "match": replace(ANNOUNCED, view=replace(ANNOUNCED.view, match=MATCHED)),
    "over": replace(ANNOUNCED, view=replace(ANNOUNCED.view, phase=Phase.CLOSED)),
    "wrote again": replace(ANNOUNCED, student_posted_at=LATER),
    "withdrawn": cases.withdraw(ANNOUNCED, T)[0],
    "erased": cases.erase(ANNOUNCED, T)[0],
    "staff": replace(ANNOUNCED, opening=replace(OPENING, door=Door.STAFF)),
}


@pytest.mark.parametrize("why", KEPT)
def test_what_speaks_for_a_request_keeps_it_from_being_set_aside(why: str) -> None:
    assert set_aside(KEPT[why], "g1", LATER) == (KEPT[why], ())


def test_what_its_student_does_opens_it_first() -> None:
    aside, _ = set_aside(ANNOUNCED, "g1", LATER)
    rule = after_students_word(lambda case, now: cases.ask_for_adult(case, now, timedelta(0)))
    after, events = rule(aside, LATER)
    assert after.aside is None
    assert [type(event).__name__ for event in events] == ["CaseReopened", "AdultRequested"]


HOUR = timedelta(hours=1)
NOW = T + timedelta(days=10)


@pytest.mark.parametrize(
    ("since", "until", "possible"),
    [
        (NOW - HOUR, NOW, True),
        (NOW - LONGEST, NOW, True),
        (NOW - OLDEST, NOW - OLDEST + HOUR, True),
        (NOW - HOUR, NOW - HOUR, False),
        (NOW - HOUR, NOW + HOUR, False),
        (NOW - LONGEST - HOUR, NOW, False),
        (NOW - OLDEST - HOUR, NOW - OLDEST, False),
    ],
)
def test_a_group_is_of_some_hours_of_the_last_days(
    since: datetime, until: datetime, possible: bool
) -> None:
    try:
        made = make_group("g1", "s1", since, until, "ko-1", NOW)
    except CannotSetAside:
        made = None
    assert (made is not None) is possible


def test_a_decision_that_came_while_a_worker_was_at_it_stays_due() -> None:
    made = make_group("g1", "s1", NOW - HOUR, NOW, "ko-1", NOW)
    done = finish_work(made, made, 7)
    assert (done.work_at, done.size) == (None, 7)
    undone = undo_group(made, "ko-2", NOW + HOUR)
    assert finish_work(undone, made, 7).work_at == NOW + HOUR
    assert undo_group(undone, "ko-3", NOW + 2 * HOUR) == undone
    assert finish_work(undone, undone, 0).work_at is None
