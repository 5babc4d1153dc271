"""The case: what its student is told whatever the order of the others' events, and what its student
may do.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertAcknowledged, AlertClosed, AlertRaised
from sebaya_contracts.event import Event
from sebaya_contracts.intake import (
    AdultRequested,
    CaseErased,
    MessagePosted,
    Preferences,
    SafetyAnswers,
)
from sebaya_contracts.matching import (
    CaseHeld,
    CaseReferred,
    CaseReleased,
    CaseWaited,
    MatchAccepted,
    MatchClosed,
    MatchDeclined,
    MatchOffered,
)
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    Author,
    CaseTopic,
    DeclineReason,
    Door,
    Level,
    MatchEnd,
    ReportReason,
    WaitReason,
    WorryReason,
)
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.case import Case, Digests, Opening, StudentState, state_for_student
from sebaya_intake.domain.consent import AGE_NOT_ASKED, Consent, record_consent
from sebaya_intake.domain.first_words import is_hidden_from_peer, share_first_words
from sebaya_intake.domain.message import (
    STUDENT,
    Message,
    Participant,
    ensure_counsellor_may_read,
    peer_readable_since,
    wipe,
)
from sebaya_intake.domain.projection import (
    AlertState,
    CaseProjection,
    after_alert,
    after_matching,
)
from sebaya_intake.domain.screening import VerdictTimeout
from sebaya_intake.errors import (
    CaseGone,
    ConsentOutdated,
    IdempotencyKeyReused,
    NoAlert,
    NoMatch,
)
from sebaya_intake.thread_store import ThreadPage
from sebaya_intake.views import thread_view

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATIENCE = VerdictTimeout(MINUTE, 60 * MINUTE)
BASE = {"school_id": "s1", "case_id": "c1"}
SCHOOL = School(
    school_id="s1", name="SMA 1", time_zone="Asia/Jakarta", country="ID", languages=("id",)
)
SECRET_WORDS = "nobody must read this later"


def opened(**more: object) -> Case:
    opening = Opening(
        message_id="m1",
        text=SECRET_WORDS,
        topic=CaseTopic.GRIEF,
        door=Door.WEB,
        preferences=Preferences(language="id", excluded_supporters=("sup-9",)),
        safety=SafetyAnswers(),
        consent=Consent("1", 15, T),
        opened_at=T,
        crisis_reason=None,
    )
    new = cases.new_case("s1", "c1", opening, Digests("i", "b", "h"), PATIENCE)
    (words,) = new.events
    assert isinstance(words, MessagePosted)
    # Escalation reads the words alone.
    told = new.announcement
    assert (words.topic, words.posted_at) == (told.topic, told.opened_at)
    return replace(new.case, **more)  # type: ignore[arg-type]


def opened_for_a_friend() -> cases.NewCase:
    opening = replace(opened().opening, door=Door.FRIEND)  # type: ignore[type-var]
    return cases.new_case(
        "s1", "c1", opening, Digests("i", "b", "h"), PATIENCE, worry=WorryReason.DANGER_NOW
    )


def waited() -> Event:
    return CaseWaited(**BASE, reason=WaitReason.ALL_BUSY)


def offered(match_id: str) -> Event:
    return MatchOffered(
        **BASE, match_id=match_id, supporter_id="sup-1", offered_at=T, lapses_at=T + MINUTE
    )


def declined(match_id: str) -> Event:
    return MatchDeclined(
        **BASE, match_id=match_id, supporter_id="sup-1", reason=DeclineReason.NO_TIME
    )


def accepted(match_id: str) -> Event:
    return MatchAccepted(
        **BASE, match_id=match_id, supporter_id="sup-1", accepted_at=T, waited_seconds=1.0
    )


def closed(match_id: str, *, case_closed: bool = True) -> Event:
    end = MatchEnd.COMPLETED if case_closed else MatchEnd.STUDENT_LEFT
    return MatchClosed(
        **BASE,
        match_id=match_id,
        supporter_id="sup-1",
        end=end,
        closed_at=T + MINUTE,
        case_closed=case_closed,
    )


def raised(alert_id: str) -> Event:
    return AlertRaised(
        **BASE, alert_id=alert_id, episode=1, level=Level.RED, cause=AlertCause.MESSAGE, raised_at=T
    )


def acknowledged(alert_id: str) -> Event:
    return AlertAcknowledged(
        **BASE,
        alert_id=alert_id,
        level=Level.RED,
        person_id="p1",
        acknowledged_at=T,
        waited_seconds=1.0,
    )


def alert_closed(alert_id: str) -> Event:
    return AlertClosed(
        **BASE,
        alert_id=alert_id,
        level=Level.RED,
        outcome=AlertOutcome.SUPPORTED,
        peer_may_continue=True,
        closed_at=T,
    )


HELD, RELEASED, REFERRED = (
    CaseHeld(**BASE, alert_id="a1"),
    CaseReleased(**BASE, alert_id="a1"),
    CaseReferred(**BASE, alert_id="a1"),
)


def view_of(*events: Event) -> CaseProjection:
    view = CaseProjection()
    for event in events:
        view = (
            after_alert(view, event)
            if isinstance(event, AlertRaised | AlertAcknowledged | AlertClosed)
            else after_matching(view, event)
        )  # type: ignore[arg-type]
    return view


def test_a_case_that_is_held_is_referred_no_more() -> None:
    view = view_of(REFERRED, HELD)
    assert (view.held, view.referred) == (True, False)


def told(*events: Event) -> StudentState:
    return state_for_student(opened(view=view_of(*events)))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], StudentState.RECEIVED),
        ([waited()], StudentState.WAITING),
        ([offered("m")], StudentState.OFFERED),
        ([offered("m"), declined("m")], StudentState.WAITING),
        ([offered("m"), accepted("m")], StudentState.MATCHED),
        ([offered("m"), accepted("m"), closed("m")], StudentState.CLOSED),
        ([offered("m"), accepted("m"), closed("m", case_closed=False)], StudentState.WAITING),
        (
            [offered("m"), accepted("m"), closed("m", case_closed=False), offered("n")],
            StudentState.OFFERED,
        ),
        ([raised("a1")], StudentState.RECEIVED),
        ([raised("a1"), HELD], StudentState.WITH_COUNSELLOR),
        ([raised("a1"), acknowledged("a1")], StudentState.WITH_COUNSELLOR),
        ([raised("a1"), acknowledged("a1"), alert_closed("a1")], StudentState.RECEIVED),
        ([HELD, RELEASED, waited()], StudentState.WAITING),
        ([HELD, REFERRED], StudentState.WITH_COUNSELLOR),
        ([accepted("m"), raised("a1"), acknowledged("a1")], StudentState.MATCHED),
        ([accepted("m"), closed("m"), REFERRED], StudentState.WITH_COUNSELLOR),
        ([accepted("m"), closed("m"), REFERRED, RELEASED], StudentState.WAITING),
        ([REFERRED, HELD], StudentState.WITH_COUNSELLOR),
        ([REFERRED, HELD, RELEASED, waited()], StudentState.WAITING),
    ],
)
def test_what_the_student_is_told(events: list[Event], state: StudentState) -> None:
    assert told(*events) is state


def test_a_closed_case_stays_closed_under_a_late_alert() -> None:
    """Side-effect state change."""
    assert told(accepted("m"), closed("m"), raised("a9"), acknowledged("a9")) is StudentState.CLOSED


MATCHING_LIVES = st.sampled_from(
    [
        [waited(), offered("m"), declined("m"), offered("n"), accepted("n"), closed("n")],
        [offered("m"), HELD, REFERRED],
        [HELD, RELEASED, offered("m"), accepted("m")],
        [accepted("m"), closed("m", case_closed=False), waited()],
    ]
)
ALERT_LIFE = st.integers(1, 3)


@given(MATCHING_LIVES, ALERT_LIFE, ALERT_LIFE, st.randoms())
def test_the_view_is_the_same_whatever_the_order_between_documents(
    matching: list[Event], first: int, second: int, chance: object
) -> None:
    lives = [
        matching,
        [f("a1") for f in (raised, acknowledged, alert_closed)][:first],
        [f("a2") for f in (raised, acknowledged, alert_closed)][:second],
    ]
    in_turn = [event for life in lives for event in life]
    mixed: list[Event] = []
    queues = [list(life) for life in lives]
    while any(queues):
        mixed.append(chance.choice([queue for queue in queues if queue]).pop(0))  # type: ignore[attr-defined]
    assert view_of(*mixed) == view_of(*in_turn)
    assert told(*mixed) is told(*in_turn)


def test_a_withdrawn_case_says_so_whatever_comes_later() -> None:
    case, events = cases.withdraw(opened(), T)
    assert len(events) == 1
    assert state_for_student(replace(case, view=view_of(accepted("m")))) is StudentState.WITHDRAWN
    assert cases.withdraw(case, T + MINUTE) == (case, ())


def test_asking_for_an_adult_twice_in_a_minute_is_asking_once() -> None:
    case, events = cases.ask_for_adult(opened(), T, MINUTE)
    assert [type(event) for event in events] == [AdultRequested]
    assert cases.ask_for_adult(case, T + MINUTE - timedelta(seconds=1), MINUTE) == (case, ())
    assert len(cases.ask_for_adult(case, T + MINUTE, MINUTE)[1]) == 1


def test_a_wish_or_a_report_is_heard_again_once_its_alert_is_closed() -> None:
    soon = T + timedelta(seconds=1)
    for view, heard in (
        (view_of(raised("a1")), 0),
        (view_of(raised("a1"), alert_closed("a1")), 1),
        (view_of(raised("a1"), alert_closed("a1"), raised("a2")), 0),
    ):
        asked = opened(view=view, adult_asked_at=T)
        assert len(cases.ask_for_adult(asked, soon, MINUTE)[1]) == heard
        told = opened(view=view, reported_at=T, reported=ReportReason.SEXUAL)
        assert len(cases.report(told, ReportReason.SEXUAL, soon, MINUTE)[1]) == heard


def test_a_report_names_the_peer_and_is_heard_after_a_wish_for_an_adult() -> None:
    asked, _ = cases.ask_for_adult(opened(view=view_of(accepted("m"))), T, MINUTE)
    case, events = cases.report(asked, ReportReason.HURTFUL, T, MINUTE)
    (event,) = events
    assert isinstance(event, AdultRequested)
    assert (event.report, event.reported_supporter_id) == (ReportReason.HURTFUL, "sup-1")
    assert cases.report(case, ReportReason.HURTFUL, T + timedelta(seconds=1), MINUTE) == (case, ())
    assert len(cases.report(case, ReportReason.SEXUAL, T + timedelta(seconds=1), MINUTE)[1]) == 1
    assert len(cases.report(case, ReportReason.HURTFUL, T + MINUTE, MINUTE)[1]) == 1


def test_a_peers_worry_calls_an_adult_and_the_same_one_twice_in_a_minute_is_one() -> None:
    case, events = cases.record_worry(opened(), "sup-1", WorryReason.SELF_HARM, T, MINUTE)
    (event,) = events
    assert isinstance(event, AdultRequested)
    assert (event.worry, event.worried_supporter_id) == (WorryReason.SELF_HARM, "sup-1")
    assert case.adult_asked_at is None, "the student asked for nothing"
    ensure_counsellor_may_read(case, "bk")
    soon = T + timedelta(seconds=1)
    assert cases.record_worry(case, "sup-1", WorryReason.SELF_HARM, soon, MINUTE) == (case, ())
    graver = cases.record_worry(case, "sup-1", WorryReason.DANGER_NOW, soon, MINUTE)
    assert len(graver[1]) == 1
    assert len(cases.record_worry(case, "sup-1", WorryReason.SELF_HARM, T + MINUTE, MINUTE)[1]) == 1
    over = replace(case, view=view_of(raised("a1"), alert_closed("a1")))
    assert len(cases.record_worry(over, "sup-1", WorryReason.SELF_HARM, soon, MINUTE)[1]) == 1


def test_words_between_peer_and_counsellor_answer_no_student() -> None:
    """They begin the retention's clock like all others, but nothing was read by them."""
    case = opened()
    private = cases.record_message(case, Author.SUPPORTER, T + MINUTE, for_staff=True)
    assert (private.last_posted_at, private.read_at) == (T + MINUTE, None)
    assert cases.record_message(case, Author.SUPPORTER, T + MINUTE).read_at == T + MINUTE


def test_a_peer_is_reported_after_the_match_has_ended_too() -> None:
    (event,) = cases.report(
        opened(view=view_of(accepted("m"), closed("m"))), ReportReason.TOLD_OTHERS, T, MINUTE
    )[1]
    assert isinstance(event, AdultRequested) and event.reported_supporter_id == "sup-1"
    (event,) = cases.report(opened(), ReportReason.SOMETHING_ELSE, T, MINUTE)[1]
    assert isinstance(event, AdultRequested) and event.reported_supporter_id is None


def test_somebody_else_is_asked_for_once_a_match() -> None:
    for nobody in [view_of(offered("m")), view_of(accepted("m"), closed("m"))]:
        with pytest.raises(NoMatch):
            cases.ask_for_rematch(opened(view=nobody), T)
    case, events = cases.ask_for_rematch(opened(view=view_of(accepted("m"))), T)
    assert [event.match_id for event in events] == ["m"]  # type: ignore[union-attr]
    assert cases.ask_for_rematch(case, T)[1] == ()
    again = replace(case, view=view_of(accepted("m"), closed("m"), accepted("n")))
    assert [event.match_id for event in cases.ask_for_rematch(again, T)[1]] == ["n"]  # type: ignore[union-attr]


def test_an_erased_case_keeps_its_ids_and_the_digest_of_its_key_alone() -> None:
    """Promise in text not kept by code."""
    rich = opened(
        view=view_of(accepted("m"), raised("a1")),
        adult_asked_at=T,
        reported_at=T,
        withdrawn_at=T,
        rematch_of="m",
    )
    case, events = cases.erase(rich, T + MINUTE)
    assert [type(event) for event in events] == [CaseErased]
    stored = {name: value for name, value in msgspec.to_builtins(case).items() if value}
    assert set(stored) == {"case_id", "school_id", "idempotency", "erased_at", "view"}
    assert stored["view"] == msgspec.to_builtins(CaseProjection())
    assert SECRET_WORDS not in str(msgspec.to_builtins(case))


@pytest.mark.parametrize(
    "act",
    [
        cases.withdraw,
        cases.erase,
        cases.ask_for_rematch,
        lambda case, now: cases.record_message(case, Author.STUDENT, now),
        lambda case, now: cases.ask_for_adult(case, now, MINUTE),
        lambda case, now: cases.report(case, ReportReason.HURTFUL, now, MINUTE),
        lambda case, _now: peer_readable_since(case, "sup-1"),
        lambda case, _now: ensure_counsellor_may_read(case, "bk"),
    ],
)
def test_nothing_is_done_for_an_erased_case(act: object) -> None:
    case, _ = cases.erase(opened(view=view_of(accepted("m"), raised("a1"))), T)
    with pytest.raises(NotFound):
        act(case, T)  # type: ignore[operator]


def test_an_erased_case_is_due_until_its_messages_are_wiped() -> None:
    case, _ = cases.erase(opened(), T)
    assert cases.next_due(case) == T
    assert cases.next_due(replace(case, wiped=True)) is None


def test_a_wiped_message_keeps_its_ids_alone() -> None:
    message = Message(
        "m2", "c1", "s1", text=SECRET_WORDS, author_id="p", posted_at=T, idempotency="i", body="b"
    )
    stored = {name: value for name, value in msgspec.to_builtins(wipe(message, T)).items() if value}
    assert set(stored) == {"message_id", "case_id", "school_id", "erased_at"}


def test_a_key_opens_one_case_with_one_body() -> None:
    case = opened()
    assert cases.require_opening(case, "b") == case.opening
    with pytest.raises(IdempotencyKeyReused):
        cases.require_opening(case, "other")
    with pytest.raises(CaseGone):
        cases.require_opening(cases.erase(case, T)[0], "b")


def test_a_peer_sees_from_its_own_match_on_and_only_while_it_lasts() -> None:
    assert peer_readable_since(opened(view=view_of(accepted("m"))), "sup-1") == T
    for view in [view_of(), view_of(offered("m")), view_of(accepted("m"), closed("m"))]:
        with pytest.raises(NotFound):
            peer_readable_since(opened(view=view), "sup-1")
    with pytest.raises(NotFound):
        peer_readable_since(opened(view=view_of(accepted("m"))), "sup-2")
    with pytest.raises(NotFound):
        peer_readable_since(opened(view=view_of(accepted("m")), withdrawn_at=T), "sup-1")


def test_for_a_counsellor_that_is_barred_there_is_no_such_case() -> None:
    view = replace(view_of(raised("a1")), barred=("bk",))
    with pytest.raises(NotFound):
        ensure_counsellor_may_read(opened(view=view), "bk")
    ensure_counsellor_may_read(opened(view=view), "bk-2")


def test_a_counsellor_reads_where_an_adult_was_needed_or_asked_for() -> None:
    with pytest.raises(NoAlert):
        ensure_counsellor_may_read(opened(view=view_of(accepted("m"))), "bk")
    ensure_counsellor_may_read(
        opened(view=view_of(raised("a1"), acknowledged("a1"), alert_closed("a1"))), "bk"
    )
    ensure_counsellor_may_read(opened(adult_asked_at=T), "bk")
    ensure_counsellor_may_read(opened(reported_at=T), "bk")


def test_a_wish_for_an_adult_goes_with_the_opening_and_waits_for_no_answer() -> None:
    opening = opened().opening
    assert opening is not None
    new = cases.new_case("s1", "c1", opening, Digests("i", "b", "h"), PATIENCE, wants_adult=True)
    assert [type(event) for event in new.events] == [MessagePosted, AdultRequested]
    assert new.case.adult_asked_at == T


@pytest.mark.parametrize(
    ("after", "alerts", "ends"),
    [
        (timedelta(hours=23), {}, False),
        (timedelta(days=1), {}, True),
        (timedelta(days=1), {"a1": AlertState.OPEN}, False),
        (timedelta(days=1), {"a1": AlertState.ACKNOWLEDGED}, False),
        (timedelta(days=1), {"a1": AlertState.CLOSED}, True),
    ],
)
def test_a_case_whose_code_was_never_given_ends_after_a_day_but_for_an_open_alert(
    after: timedelta, alerts: dict[str, AlertState], ends: bool
) -> None:
    case = opened(view=CaseProjection(alerts=alerts))
    assert cases.ends_unseen(case, T + after) is ends
    assert not cases.ends_unseen(cases.tombstone(case, T), T + after)


def test_a_worry_about_a_friend_calls_an_adult_and_looks_for_no_peer() -> None:
    new = opened_for_a_friend()
    words, asked = new.events
    assert isinstance(words, MessagePosted) and isinstance(asked, AdultRequested)
    assert (asked.by_friend, asked.worry) == (True, WorryReason.DANGER_NOW)
    assert words.safety is None, "what was not asked is no answer"
    assert new.announcement.door is Door.FRIEND, "matching knows it by this"
    assert not cases.may_wish(new.case)
    ensure_counsellor_may_read(new.case, "bk-1")


def test_a_friend_of_any_age_is_heard() -> None:
    consent = record_consent(SCHOOL, SCHOOL.policies.consent_version, T)
    assert consent.age == AGE_NOT_ASKED
    with pytest.raises(ConsentOutdated):
        record_consent(SCHOOL, "of-last-year", T)


def test_the_peer_reads_the_first_words_where_the_student_says_so_and_the_student_can_tell() -> (
    None
):
    case = opened(last_posted_at=T)
    asked = opened().opening
    assert asked is not None and is_hidden_from_peer(case, asked.opened_at, shared=False)
    case = replace(case, view=after_matching(case.view, accepted("m")))
    before, since = T - MINUTE, T + MINUTE
    assert is_hidden_from_peer(case, before, shared=False)
    assert not is_hidden_from_peer(case, since, shared=False)
    assert not is_hidden_from_peer(case, before, shared=True)
    peer, page = Participant(Author.SUPPORTER, "sup-1"), ThreadPage((), earlier=False)
    assert thread_view(case, page, peer).messages == []
    (mine,) = thread_view(case, page, STUDENT).messages
    assert mine.opening
    shared, events = share_first_words(case, peer_may_read=True)
    assert events == ()
    (seen,) = thread_view(shared, page, peer).messages
    assert (seen.text, seen.mine, seen.hidden_from_peer) == (SECRET_WORDS, False, False)
    assert thread_view(share_first_words(shared, peer_may_read=False)[0], page, peer).messages == []
    over, _ = cases.withdraw(case, T)
    with pytest.raises(NoMatch):
        share_first_words(over, peer_may_read=True)
