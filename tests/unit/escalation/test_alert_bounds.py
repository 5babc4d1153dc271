"""An alert at the instants and numbers where its rules change, and what its records keep."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
    AlertRose,
)
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    Level,
    Role,
    WorryReason,
)
from sebaya_escalation.domain import holding
from sebaya_escalation.domain.alert import (
    Alert,
    AlertDecision,
    Status,
    acknowledge,
    find_name,
    join_signal,
    note_student,
    raise_alert,
    record_contact,
)
from sebaya_escalation.domain.barring import Bar, BarReason
from sebaya_escalation.domain.closing import AlertClosing, close, erase_words, wipe_words
from sebaya_escalation.domain.ladder import is_wanted, list_channels, take_step
from sebaya_escalation.domain.page import Channel, PageKind
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.signal import Signal, find_lead, judge_worry, limit_signals
from sebaya_escalation.domain.timeline import Entry, Happening, add_entry, add_once_a_round
from unit.escalation.examples import STAFF, a_ladder, a_person, a_school

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


SCHOOL = a_school(
    ladders={
        Level.AMBER: a_ladder("a", "b"),
        Level.RED: a_ladder("a", "b"),
        Level.IMMINENT: a_ladder("a", "b", wait=10),
    }
)
KEEP = timedelta(days=SCHOOL.policies.retention_days)


def signal(name: str, level: Level, at: datetime = NOW) -> Signal:
    return Signal(name, level, AlertCause.MESSAGE, at, text="words")


RAISED = raise_alert("s1", "al", "c1", 3, signal("m1", Level.RED), NOW)
ALERT = RAISED.alert
TAKEN = acknowledge(ALERT, "a", SCHOOL, NOW + MINUTE).alert
MET = record_contact(TAKEN, "a", SCHOOL, NOW + 2 * MINUTE).alert
CLOSING = AlertClosing(
    1, AlertOutcome.SUPPORTED, "a note", peer_may_continue=True, review_after=ReviewAfter.WEEK
)


def joined(alert: Alert, name: str, level: Level, now: datetime = NOW) -> AlertDecision:
    return join_signal(alert, signal(name, level, now), now)


def test_a_new_alert_is_due_at_once_and_owes_everything_from_now() -> None:
    (event,) = RAISED.events
    assert isinstance(event, AlertRaised)
    assert (event.episode, event.level, event.raised_at) == (3, Level.RED, NOW)
    assert (ALERT.due_at, ALERT.open_since, ALERT.owed_since) == (NOW, NOW, NOW)
    assert (ALERT.turn, ALERT.rung, ALERT.signals_version) == (1, 0, 1)
    assert ALERT.paging and not ALERT.erased and not ALERT.holder_called
    assert (
        len(ALERT.code) == 5
        and ALERT.code == raise_alert("s2", "al", None, 1, signal("m", Level.RED), NOW).alert.code
    )


def test_a_code_of_an_alert_is_spread_over_all_its_letters() -> None:
    codes = {
        raise_alert("s1", str(n), None, 1, signal("m", Level.RED), NOW).alert.code
        for n in range(400)
    }
    assert len(codes) >= 399
    for place in range(5):
        assert len({code[place] for code in codes}) == 32
    assert not set("".join(codes)) & set("01IO")


def test_a_signal_that_is_known_counts_again_only_where_it_says_more() -> None:
    assert joined(ALERT, "m1", Level.RED) == AlertDecision(ALERT)
    assert joined(ALERT, "m1", Level.AMBER) == AlertDecision(ALERT)
    more = joined(ALERT, "m1", Level.IMMINENT, NOW + MINUTE)
    assert [one.level for one in more.alert.signals] == [Level.IMMINENT]
    assert more.alert.signals_version == 2
    (event,) = more.events
    assert isinstance(event, AlertRose) and event.rose_at == NOW + MINUTE


def test_a_lower_signal_joins_without_a_new_step() -> None:
    after = joined(ALERT, "m2", Level.AMBER, NOW + MINUTE)
    assert after.events == ()
    assert (after.alert.level, after.alert.next_step_at) == (Level.RED, NOW)
    assert [one.signal_id for one in after.alert.signals] == ["m1", "m2"]
    assert after.alert.timeline[-1] == Entry(
        NOW + MINUTE, Happening.SIGNALLED, about="message", level=Level.AMBER
    )


def test_what_comes_after_the_contact_is_owed_anew() -> None:
    met = record_contact(TAKEN, "a", SCHOOL, NOW + 2 * MINUTE).alert
    later = NOW + 9 * MINUTE
    again = joined(met, "m2", Level.AMBER, later)
    (event,) = again.events
    assert isinstance(event, AlertOpenedAgain) and event.opened_at == later
    assert (again.alert.owed_since, again.alert.open_since) == (later, later)
    assert (again.alert.contacted_at, again.alert.tell_at) == (None, later)
    assert (again.alert.turn, again.alert.rung, again.alert.turn_began_at) == (2, 0, None)


def test_what_comes_before_the_contact_is_told_to_its_holder() -> None:
    after = joined(TAKEN, "m2", Level.RED, NOW + 5 * MINUTE)
    assert after.alert.status is Status.ACKNOWLEDGED
    assert (after.alert.tell_at, after.alert.due_at) == (NOW + 5 * MINUTE, NOW + 5 * MINUTE)


def test_a_rise_restarts_the_clocks() -> None:
    later = NOW + 9 * MINUTE
    rose = joined(ALERT, "m2", Level.IMMINENT, later).alert
    assert (rose.open_since, rose.owed_since, rose.next_step_at) == (later, later, later)
    assert rose.turn == 2


def test_a_wait_is_counted_from_when_the_alert_was_open_last() -> None:
    (event,) = acknowledge(ALERT, "a", SCHOOL, NOW + 90 * SECOND).events
    assert isinstance(event, AlertAcknowledged)
    assert (event.waited_seconds, event.person_name) == (90, "Bu a")
    (early,) = acknowledge(ALERT, "a", SCHOOL, NOW - SECOND).events
    assert isinstance(early, AlertAcknowledged) and early.waited_seconds == 0
    old = replace(ALERT, open_since=None, owed_since=None, raised_at=NOW - SECOND)
    (event,) = acknowledge(old, "nobody", SCHOOL, NOW).events
    assert isinstance(event, AlertAcknowledged) and event.waited_seconds == 1
    assert event.person_name == "" == find_name(SCHOOL, "nobody")
    assert acknowledge(old, "a", SCHOOL, NOW).alert.contact_due_at == NOW + 999 * SECOND


def test_acknowledging_again_moves_no_deadline() -> None:
    assert acknowledge(TAKEN, "a", SCHOOL, NOW + 9 * MINUTE) == AlertDecision(TAKEN)
    assert TAKEN.contact_due_at == NOW + 1000 * SECOND
    running = replace(ALERT, contact_due_at=NOW + 2 * MINUTE)
    assert acknowledge(running, "a", SCHOOL, NOW).alert.contact_due_at == NOW + 2 * MINUTE
    over = acknowledge(running, "a", SCHOOL, NOW + 2 * MINUTE).alert
    assert over.contact_due_at == NOW + 1000 * SECOND, "one that has passed begins anew"


def test_an_answer_is_told_again_after_five_minutes() -> None:
    first = note_student(TAKEN, Happening.ANSWERED, NOW)
    assert note_student(first, Happening.ANSWERED, NOW + 5 * MINUTE - INSTANT) == first
    again = note_student(first, Happening.ANSWERED, NOW + 5 * MINUTE)
    assert [entry.at for entry in again.timeline if entry.what is Happening.ANSWERED] == [
        NOW,
        NOW + 5 * MINUTE,
    ]


def test_what_was_erased_keeps_no_note_and_has_nothing_to_wipe() -> None:
    amber, no_look = replace(MET, level=Level.AMBER), replace(CLOSING, review_after=None)
    closed = close(erase_words(amber), "a", no_look, SCHOOL, NOW)
    assert (closed.alert.note, closed.alert.wipe_at, closed.alert.due_at) == ("", None, None)
    noted = close(wipe_words(amber), "a", no_look, SCHOOL, NOW).alert
    assert (noted.note, noted.wipe_at) == ("a note", NOW + KEEP), "an end of its own"
    red = close(erase_words(MET), "a", CLOSING, SCHOOL, NOW).alert
    assert (red.note, red.wipe_at, red.due_at) == ("", None, NOW + timedelta(days=7))
    kept = close(MET, "b", CLOSING, SCHOOL, NOW + 5 * MINUTE)
    assert (kept.alert.note, kept.alert.holder, kept.alert.closed_by) == ("a note", "a", "b")
    assert kept.alert.acknowledged_at == NOW + MINUTE
    assert [type(event) for event in kept.events] == [AlertClosed]
    wiped = wipe_words(kept.alert)
    assert wiped.erased and wiped.wipe_at is None and wiped.signals[0].text == ""
    unreachable = replace(CLOSING, outcome=AlertOutcome.UNREACHABLE)
    at_once = close(ALERT, "b", unreachable, SCHOOL, NOW).alert
    assert (at_once.holder, at_once.acknowledged_at, at_once.tell_at) == ("b", NOW, None)


def test_of_equal_signals_the_first_posted_leads_and_the_lowest_and_oldest_goes() -> None:
    early, late = signal("z", Level.RED, NOW), signal("a", Level.RED, NOW + SECOND)
    assert find_lead((late, early)) is early
    many = tuple(signal(str(n), Level.AMBER, NOW + n * SECOND) for n in range(40))
    assert limit_signals(many) == many
    more = (signal("high", Level.RED, NOW - SECOND), *many[1:], signal("n", Level.AMBER, NOW))
    assert [one.signal_id for one in limit_signals(more)] == [
        one.signal_id for one in more if one.signal_id != "n"
    ]


@pytest.mark.parametrize(
    ("worry", "level"),
    [
        (WorryReason.DANGER_NOW, Level.IMMINENT),
        (WorryReason.TOO_HEAVY, Level.AMBER),
        (WorryReason.KNOWS_STUDENT, Level.AMBER),
        (WorryReason.SELF_HARM, Level.RED),
        (None, Level.RED),
    ],
)
def test_a_request_is_red_unless_a_peer_says_more_or_less(
    worry: WorryReason | None, level: Level
) -> None:
    assert judge_worry(worry) is level


def test_what_a_ladder_meets_stands_once_between_two_openings() -> None:
    empty = Entry(NOW, Happening.RUNG_EMPTY, about="1")
    for opening in (Happening.RAISED, Happening.ROSE, Happening.OPENED_AGAIN):
        line = (empty, Entry(NOW, opening))
        assert add_once_a_round(line, empty) == (*line, empty)
    line = (Entry(NOW, Happening.RAISED), empty, Entry(NOW, Happening.SIGNALLED))
    assert add_once_a_round(line, replace(empty, at=NOW + MINUTE)) == line
    assert add_once_a_round(line, replace(empty, about="2"))[-1].about == "2"


def test_where_only_humans_wrote_the_oldest_line_goes() -> None:
    humans = tuple(Entry(NOW + n * SECOND, Happening.CONTACTED, "a") for n in range(400))
    added = add_entry(humans, Entry(NOW, Happening.CLOSED, "a"))
    assert len(added) == 400 and added[0] is humans[1]
    assert len(add_entry(humans[1:], humans[0])) == 400


def test_a_step_plans_the_pages_of_its_rung() -> None:
    step = take_step(ALERT, SCHOOL, "s.test", NOW)
    (page,), (event,) = step.pages, step.events
    assert isinstance(event, AlertPaged)
    assert (event.turn, event.rung, event.recipients, event.level) == (1, 0, 1, Level.RED)
    assert (page.page_id, page.kind, page.planned_at) == ("al/1/0/a/email", PageKind.STEP, NOW)
    assert page.message_id.startswith("<") and page.message_id.endswith("@s.test>")
    assert len(page.message_id) == len("<@s.test>") + 40
    assert (step.alert.rung, step.alert.next_step_at) == (1, NOW + 100 * SECOND)
    assert not step.alert.holder_called
    news = take_step(replace(TAKEN, tell_at=NOW), SCHOOL, "s.test", NOW)
    assert [page.kind for page in news.pages] == [PageKind.NEWS]
    assert (news.pages[0].turn, news.pages[0].rung) == (0, -1)
    assert (news.alert.tell_at, news.alert.status) == (None, Status.ACKNOWLEDGED)
    assert news.events == ()


def test_a_round_lasts_thirty_seconds_at_least() -> None:
    end = replace(ALERT, rung=2, turn_began_at=NOW)
    early = take_step(end, SCHOOL, "s.test", NOW + 10 * SECOND)
    assert early.pages == ()
    assert (early.alert.turn, early.alert.rung) == (2, 0)
    assert early.alert.next_step_at == NOW + 30 * SECOND
    late = take_step(end, SCHOOL, "s.test", NOW + 30 * SECOND)
    assert [page.person_id for page in late.pages] == ["a"]
    assert late.alert.turn_began_at == NOW + 30 * SECOND
    unknown = take_step(replace(end, turn_began_at=None), SCHOOL, "s.test", NOW)
    assert [page.person_id for page in unknown.pages] == ["a"]


def test_a_page_has_a_purpose_while_the_ladder_runs_or_its_person_holds_the_alert() -> None:
    step = take_step(ALERT, SCHOOL, "s.test", NOW).pages[0]
    assert is_wanted(step, ALERT) and not is_wanted(step, TAKEN)
    news = replace(step, kind=PageKind.NEWS)
    assert is_wanted(news, TAKEN) and not is_wanted(news, replace(TAKEN, holder="b"))
    assert not is_wanted(news, ALERT)
    out = replace(ALERT, bars=(Bar("a", BarReason.NAMED),))
    assert not is_wanted(step, out)


@pytest.mark.parametrize(
    ("contact", "channels"),
    [
        ({"email": None}, ()),
        ({}, (Channel.EMAIL,)),
        ({"email": None, "webhook_url": "https://h.test/"}, (Channel.WEBHOOK,)),
        ({"webhook_url": "https://h.test/"}, (Channel.EMAIL, Channel.WEBHOOK)),
    ],
)
def test_a_person_is_paged_by_each_channel_that_is_known(
    contact: dict[str, object], channels: tuple[Channel, ...]
) -> None:
    assert list_channels(a_person("a", **contact)) == channels


def test_a_colleague_is_another_reachable_counsellor_that_is_not_barred() -> None:
    school = a_school(staff=(*STAFF, a_person("mute", Role.COUNSELLOR, email=None)))
    assert [one.person_id for one in holding.list_colleagues(school, "a")] == ["b"]
    assert holding.list_colleagues(school, "a", {"b"}) == ()
    handed = holding.hand_over(TAKEN, "a", "b", SCHOOL, NOW + 5 * MINUTE).alert
    assert (handed.holder, handed.handed_over_at) == ("b", NOW + 5 * MINUTE)
    assert (handed.rung, handed.tell_at, handed.next_step_at) == (-1, None, NOW + 5 * MINUTE)


def test_bars_that_change_nothing_call_nobody() -> None:
    later = NOW + 9 * MINUTE
    bars = (Bar("h", BarReason.NAMED),)
    known = replace(ALERT, bars=bars)
    assert holding.bar_from_alert(known, bars, later).alert == known
    running = holding.bar_from_alert(ALERT, bars, later).alert
    assert (running.next_step_at, running.timeline[-1].about) == (later, "h")
    held = holding.bar_from_alert(TAKEN, bars, later).alert
    assert held.next_step_at is None and held.status is Status.ACKNOWLEDGED
    handed = replace(ALERT, holder="b", rung=-1, tell_at=NOW)
    lost = holding.bar_from_alert(handed, (Bar("b", BarReason.STEPPED_OUT),), later).alert
    assert (lost.holder, lost.tell_at, lost.rung, lost.next_step_at) == (None, None, 0, later)
    assert lost.timeline == handed.timeline, "stepping out has a line of its own"
    over = close(MET, "a", CLOSING, SCHOOL, NOW).alert
    assert holding.bar_from_alert(over, bars, later).alert == replace(over, bars=bars)
