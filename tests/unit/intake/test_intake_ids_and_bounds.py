"""An id is equal or another, whichever comes first in the alphabet; and the last moment counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.escalation import Interval
from sebaya_contracts.intake import AdultRequested, CaseReopened
from sebaya_contracts.matching import MatchQuiet
from sebaya_contracts.words import Author, Door, Level, ReportReason, WorryReason
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.adult_help import WISH_UNDER_WAY, HelpStage, judge_adult_help
from sebaya_intake.domain.case import FIRST_RETENTION_CHECK, Case
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.code_rate_limit import (
    CodeLimits,
    Failures,
    is_under_attack,
    seconds_to_wait,
)
from sebaya_intake.domain.crisis import Coverage, OnCall, find_next_duty, judge_on_call
from sebaya_intake.domain.crowding import (
    LOOK_EVERY,
    Bounds,
    Crowd,
    CrowdEstimate,
    Entrance,
    judge_entrance,
)
from sebaya_intake.domain.linking import link_case, unlink_case
from sebaya_intake.domain.message import (
    MessageDraft,
    ensure_counsellor_may_read,
    new_message,
    peer_readable_since,
    require_same_words,
)
from sebaya_intake.domain.projection import (
    AlertFacts,
    AlertState,
    CaseProjection,
    SearchNews,
    after_matching,
)
from sebaya_intake.domain.queue_place import QueuePlace, SetAside
from sebaya_intake.domain.retention import is_over
from sebaya_intake.domain.screening import (
    Outbox,
    Screening,
    check_verdict,
    start_screening,
)
from sebaya_intake.domain.setting_aside import after_students_word, reopen
from sebaya_intake.errors import CannotLink, IdempotencyKeyReused
from unit.intake.test_intake_case import (
    MINUTE,
    PATIENCE,
    T,
    accepted,
    closed,
    opened,
    opened_for_a_friend,
    raised,
    view_of,
)
from unit.intake.test_intake_crowding import BOUNDS, DRAFT

INSTANT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("who", ["sup-0", "sup-2", ""])
def test_another_peer_reads_nothing(who: str) -> None:
    case = opened(view=view_of(accepted("m")))
    assert peer_readable_since(case, "sup-1") == T
    with pytest.raises(NotFound):
        peer_readable_since(case, who)


@pytest.mark.parametrize("rematch_of", ["l", "n"])
def test_a_peer_reads_on_where_another_match_was_left(rematch_of: str) -> None:
    case = opened(view=view_of(accepted("m")))
    assert peer_readable_since(replace(case, rematch_of=rematch_of), "sup-1") == T
    with pytest.raises(NotFound):
        peer_readable_since(replace(case, rematch_of="m"), "sup-1")
    again, events = cases.ask_for_rematch(replace(case, rematch_of=rematch_of), T)
    assert (again.rematch_of, len(events)) == ("m", 1)


@pytest.mark.parametrize("body", ["a", "c"])
def test_a_key_with_other_words_is_refused(body: str) -> None:
    with pytest.raises(IdempotencyKeyReused):
        cases.require_opening(opened(), body)
    draft = MessageDraft("m2", Author.STUDENT, None, "words", "key", "b")
    message, _ = new_message(opened(), draft, PATIENCE, T)
    assert require_same_words(message, draft) == message
    with pytest.raises(IdempotencyKeyReused):
        require_same_words(message, replace(draft, body=body))


def test_each_call_for_an_adult_opens_the_case_to_a_counsellor() -> None:
    for call in ("adult_asked_at", "reported_at", "worried_at"):
        ensure_counsellor_may_read(opened(**{call: T}), "bk")


def test_words_set_the_clock_of_retention_once_and_tell_when_each_side_wrote() -> None:
    fresh = Case("c1", "s1")
    first = cases.record_message(fresh, Author.STUDENT, T)
    assert (first.words_until, first.last_posted_at, first.student_posted_at) == (
        T + FIRST_RETENTION_CHECK,
        T,
        T,
    )
    assert first.read_at is None, "the student's own words answer nobody"
    later = cases.record_message(first, Author.COUNSELLOR, T + MINUTE)
    assert (later.words_until, later.last_posted_at, later.student_posted_at, later.read_at) == (
        T + FIRST_RETENTION_CHECK,
        T + MINUTE,
        T,
        T + MINUTE,
    )
    private = cases.record_message(fresh, Author.SUPPORTER, T, for_staff=True)
    assert (private.words_until, private.student_posted_at) == (T + FIRST_RETENTION_CHECK, None)


@pytest.mark.parametrize(
    ("after", "heard"), [(0 * SECOND, 0), (MINUTE - INSTANT, 0), (MINUTE, 1), (MINUTE + SECOND, 1)]
)
def test_a_call_is_heard_again_from_the_minute_on(after: timedelta, heard: int) -> None:
    case = opened(
        adult_asked_at=T,
        reported_at=T,
        reported=ReportReason.HURTFUL,
        worried_at=T,
        worried=WorryReason.SELF_HARM,
    )
    now = T + after
    assert len(cases.ask_for_adult(case, now, MINUTE)[1]) == heard
    assert len(cases.report(case, ReportReason.HURTFUL, now, MINUTE)[1]) == heard
    assert len(cases.record_worry(case, "sup-1", WorryReason.SELF_HARM, now, MINUTE)[1]) == heard


@pytest.mark.parametrize("reason", list(ReportReason))
def test_another_report_is_never_taken_for_the_same(reason: ReportReason) -> None:
    for before in ReportReason:
        case = opened(reported_at=T, reported=before)
        after, events = cases.report(case, reason, T + SECOND, MINUTE)
        assert len(events) == (before is not reason)
        assert after.reported is reason


@pytest.mark.parametrize("worry", list(WorryReason))
def test_another_worry_is_never_taken_for_the_same(worry: WorryReason) -> None:
    for before in WorryReason:
        case = opened(worried_at=T, worried=before)
        after, events = cases.record_worry(case, "sup-1", worry, T + SECOND, MINUTE)
        assert len(events) == (before is not worry)
        assert after.worried is worry
        for event in events:
            assert isinstance(event, AdultRequested)
            assert (event.requested_at, event.case_id) == (T + SECOND, "c1")


def test_what_a_friends_worry_says_is_kept_with_its_call() -> None:
    new = opened_for_a_friend()
    asked = new.events[1]
    assert isinstance(asked, AdultRequested)
    assert (asked.worry, asked.by_friend, asked.requested_at) == (WorryReason.DANGER_NOW, True, T)
    assert (new.case.worried, new.case.worried_at) == (WorryReason.DANGER_NOW, T)
    assert (opened().worried, opened().worried_at) == (None, None)


def test_a_timer_looks_at_the_earliest_of_what_is_due() -> None:
    case = opened()
    assert case.screening is not None and case.screening.look_at is not None
    assert cases.next_due(case) == case.screening.look_at
    told = replace(case, screening=None)
    assert cases.next_due(told) == T + FIRST_RETENTION_CHECK
    assert cases.next_due(replace(told, words_end=T + MINUTE)) == T + MINUTE
    assert cases.next_due(replace(told, words_until=None)) is None
    erased = cases.tombstone(case, T)
    assert (cases.next_due(erased), cases.next_due(replace(erased, wiped=True))) == (T, None)


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(days=9)])
def test_an_unseen_case_ends_a_day_after_its_opening_or_later(late: timedelta) -> None:
    case, ends = opened(), T + FIRST_RETENTION_CHECK
    assert cases.ends_unseen(case, ends + late)
    assert not cases.ends_unseen(case, ends - INSTANT)
    assert not cases.ends_unseen(replace(case, view=view_of(raised("a1"))), ends + late)
    assert not cases.ends_unseen(cases.tombstone(case, T), ends + late)
    erased = replace(case, erased_at=T)
    assert not cases.ends_unseen(erased, ends + late), "once is enough"


@pytest.mark.parametrize("wish", ["adult_asked_at", "reported_at", "worried_at"])
def test_a_wish_is_under_way_for_ten_minutes_or_until_its_alert_changed(wish: str) -> None:
    case = opened(**{wish: T})
    help_ = judge_adult_help(case, None, T + WISH_UNDER_WAY - INSTANT)
    assert help_ is not None and help_.stage is HelpStage.CALLING
    assert judge_adult_help(case, None, T + WISH_UNDER_WAY) is None

    def answered(at: timedelta) -> Case:
        facts = {"a0": AlertFacts(Level.RED, changed_at=T + at)}
        view = CaseProjection(alerts={"a0": AlertState.CLOSED}, alert_facts=facts)
        return replace(case, view=view)

    assert judge_adult_help(answered(timedelta(0)), None, T + SECOND) is None
    assert judge_adult_help(answered(SECOND), None, T + SECOND) is None
    assert judge_adult_help(answered(-SECOND), None, T + SECOND) is not None
    twice = replace(case, adult_asked_at=T, worried_at=T + MINUTE)
    assert judge_adult_help(twice, None, T + WISH_UNDER_WAY) is not None, "the newest counts"


@pytest.mark.parametrize(
    ("level", "shown"), [(Level.AMBER, False), (Level.RED, True), (Level.IMMINENT, True)]
)
def test_a_grave_verdict_without_its_alert_calls_already(level: Level, shown: bool) -> None:
    case = opened(screening=Screening(T, None, level=level))
    assert (judge_adult_help(case, None, T) is not None) is shown
    known = replace(case, view=CaseProjection(alerts={"a1": AlertState.CLOSED}))
    assert judge_adult_help(known, None, T) is None


@pytest.mark.parametrize(
    ("crowd", "entrance"),
    [
        (Crowd(4, 0), Entrance.QUEUED),
        (Crowd(2, 1), Entrance.QUEUED),
        (Crowd(4, 6), Entrance.SCREENED),
        (Crowd(4, 11), Entrance.REFUSED),
    ],
)
def test_over_the_bounds_is_over_the_bounds(crowd: Crowd, entrance: Entrance) -> None:
    assert judge_entrance(crowd, BOUNDS, DRAFT) is entrance
    assert judge_entrance(crowd, BOUNDS, replace(DRAFT, door=Door.STAFF)) is Entrance.ANNOUNCED


def test_a_newer_count_counts_and_an_older_one_of_either_kind_does_not() -> None:
    stored = CrowdEstimate().after_count(Crowd(5, 5), Crowd(), 0.0)
    for entrance in (Entrance.ANNOUNCED, Entrance.QUEUED):
        stored = stored.begin(entrance).end(entrance)
    newer = stored.after_count(Crowd(2, 3), stored.stored, 1.0)
    assert (newer.crowd, newer.counted_at) == (Crowd(2, 3), 1.0)
    for older in (Crowd(0, 1), Crowd(1, 0), Crowd(0, 0)):
        assert newer.after_count(Crowd(9, 9), older, 2.0) == newer
    assert newer.after_count(Crowd(1, 1), stored.stored, 2.0).crowd == Crowd(1, 1)


def test_a_match_that_is_over_is_no_match() -> None:
    assert cases.active_match(opened(view=view_of(accepted("m")))) is not None
    assert cases.active_match(opened(view=view_of(accepted("m"), closed("m")))) is None
    assert cases.active_match(opened(view=view_of(accepted("m")), withdrawn_at=T)) is None


@pytest.mark.parametrize("other", ["c0", "c2"])
def test_two_cases_are_linked_whichever_comes_first(other: str) -> None:
    linked = link_case(opened(), opened(case_id=other), LinkReason.CODE_LOST, "bk", T)
    assert [(one.case_id, one.linked_by) for one in linked.links] == [(other, "bk")]
    assert unlink_case(linked, other).links == ()
    assert unlink_case(linked, "c9") == linked
    with pytest.raises(CannotLink):
        link_case(opened(), opened(), LinkReason.CODE_LOST, "bk", T)


def test_what_a_students_word_opened_is_not_set_aside_again_and_what_staff_opened_may_be() -> None:
    aside = opened(aside=SetAside("g1", T))
    word = after_students_word(lambda case, _now: (case, ()))
    by_student, (event,) = word(aside, T + MINUTE)
    assert isinstance(event, CaseReopened) and event.reopened_at == T + MINUTE
    assert (by_student.aside, by_student.reopened) == (None, True)
    by_staff, _ = reopen(aside, T, by_student=False)
    assert (by_staff.aside, by_staff.reopened) == (None, False)
    again, _ = reopen(replace(by_student, aside=SetAside("g2", T)), T, by_student=False)
    assert again.reopened, "once its student wrote, that stays known"
    queued = replace(aside, queue=QueuePlace(T))
    came, none = word(queued, T + MINUTE)
    assert came.queue == QueuePlace(T, seen_at=T + MINUTE) and none == ()
    assert reopen(queued, T, by_student=False)[0].queue == QueuePlace(T)


def test_the_next_duty_is_the_first_that_begins_later_than_now() -> None:
    duties = tuple(
        Interval(since=T + begins * MINUTE, until=T + (begins + 1) * MINUTE)
        for begins in (-9, 0, 7, 3)
    )
    coverage = Coverage("s1", duties, T, T + 60 * MINUTE)
    assert find_next_duty(coverage, T) == T + 3 * MINUTE
    assert find_next_duty(coverage, T + 3 * MINUTE) == T + 7 * MINUTE
    assert find_next_duty(coverage, T + 7 * MINUTE) is None
    assert find_next_duty(coverage, T + 60 * MINUTE) is None
    assert find_next_duty(None, T) is None


@pytest.mark.parametrize("entrance", [Entrance.ANNOUNCED, Entrance.QUEUED])
def test_from_ten_stored_openings_on_a_school_is_counted_again(entrance: Entrance) -> None:
    estimate = CrowdEstimate().after_count(Crowd(), Crowd(), 0.0)
    wide = Bounds(waiting=1000, queued=1000)
    due = []
    for _ in range(LOOK_EVERY + 2):
        estimate = estimate.begin(entrance).end(entrance)
        due.append(estimate.needs_count(wide, 0.0))
    assert due == [False] * (LOOK_EVERY - 1) + [True] * 3


@pytest.mark.parametrize("late", [timedelta(0), INSTANT, timedelta(days=400)])
def test_words_are_over_from_the_end_of_their_time_on(late: timedelta) -> None:
    kept = timedelta(days=365)
    case = opened()
    assert is_over(case, kept, T + kept + late)
    assert not is_over(case, kept, T + kept - INSTANT)
    assert not is_over(replace(case, last_posted_at=None), kept, T + kept + late)


@pytest.mark.parametrize("late", [timedelta(0), INSTANT, timedelta(days=9)])
def test_a_coverage_that_expired_tells_nothing_however_long_ago(late: timedelta) -> None:
    always = Interval(since=T - MINUTE, until=T + timedelta(days=90))
    duties = (always, Interval(since=T + timedelta(days=80), until=T + timedelta(days=81)))
    coverage = Coverage("s1", duties, T, T + 60 * MINUTE)
    over = T + 60 * MINUTE + late
    assert judge_on_call(coverage, over) is OnCall.UNKNOWN
    assert find_next_duty(coverage, over) is None
    assert judge_on_call(coverage, T + 60 * MINUTE - INSTANT) is OnCall.YES
    for published, newest in ((T - late, late == timedelta(0)), (T + late, True)):
        other = replace(coverage, published_at=published, covered=())
        assert (coverage.or_newer(other) is other) is newest


@pytest.mark.parametrize("count", [10, 11, 99])
def test_over_the_limit_of_tries_is_over_the_limit(count: int) -> None:
    limits = CodeLimits(of_a_code=10, of_a_school=10, window=MINUTE)
    for until, waits in ((T + MINUTE, 60), (T, None), (T - MINUTE, None)):
        failures = Failures(count, until)
        assert seconds_to_wait([failures, Failures(1, T + 9 * MINUTE)], limits, T) == waits
        assert is_under_attack(failures, limits, T) is (waits is not None)
    below = Failures(9, T + MINUTE)
    assert seconds_to_wait([below], limits, T) is None
    assert not is_under_attack(below, limits, T) and not is_under_attack(None, limits, T)


@pytest.mark.parametrize(("days", "told"), [(1, False), (2, False), (3, True), (4, True)])
def test_from_the_third_silent_school_day_on_the_student_is_told(days: int, told: bool) -> None:
    event = MatchQuiet(
        school_id="s1", case_id="c1", match_id="m", supporter_id="sup-1", school_days=days
    )
    view = after_matching(view_of(accepted("m")), event)
    assert (view.news is SearchNews.QUIET) is told


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(hours=9)])
def test_a_verdict_that_is_overdue_is_asked_for_again_by_a_timer_that_comes_late(
    late: timedelta,
) -> None:
    waits = start_screening(T, PATIENCE)
    assert waits.look_at == T + MINUTE
    published = Outbox(0, T)
    again, repeats = check_verdict(waits, published, PATIENCE, T + MINUTE + late)
    assert (repeats, again.attempt) == (True, 2)
    assert again.look_at == T + MINUTE + late + 2 * MINUTE
    assert check_verdict(waits, published, PATIENCE, T + MINUTE - INSTANT) == (waits, False)
    stuck, repeats = check_verdict(waits, Outbox(1, T), PATIENCE, T + MINUTE + late)
    assert not repeats and stuck.attempt == 1
    stale = check_verdict(waits, Outbox(0, T - SECOND), PATIENCE, T + MINUTE + late)
    assert not stale[1]


@pytest.mark.parametrize("match_id", ["l", "n"])
def test_the_end_of_another_match_gives_the_peer_of_none(match_id: str) -> None:
    view = after_matching(view_of(accepted("m")), closed(match_id))  # type: ignore[arg-type]
    assert view.match is not None
    assert (view.match.match_id, view.match.accepted_at, view.match.active) == (
        match_id,
        None,
        False,
    )
