"""How an alert ends by its level, and the ways back from a closing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sebaya_contracts.escalation import AlertClosed, AlertReopened, PeerDecisionChanged
from sebaya_contracts.words import AlertCause, AlertOutcome, Level
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import care
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.barring import Bar, BarReason
from sebaya_escalation.domain.closing import AlertClosing
from sebaya_escalation.domain.precision import NO_KIND, Judged, JudgedAlert, judge_closing
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.signal import ScreenReason
from sebaya_escalation.domain.timeline import Happening
from sebaya_escalation.errors import AlertNotClosed, ClosingIncomplete, NeverForPeers
from unit.escalation.test_alert import NOW, SCHOOL, paged, raised, taken_by

SERIOUS = [Level.RED, Level.IMMINENT]
WHOLE = AlertClosing(
    1,
    AlertOutcome.SUPPORTED,
    "spoke with her",
    peer_may_continue=True,
    review_after=ReviewAfter.WEEK,
)
BARE = AlertClosing(1, AlertOutcome.SUPPORTED, " ", peer_may_continue=True)
LATER = NOW + timedelta(hours=1)


def met(level: Level = Level.RED) -> Alert:
    return domain.record_contact(taken_by(raised(level), "a"), "a", SCHOOL, NOW).alert


def closed(alert: Alert, closing: AlertClosing = WHOLE) -> Alert:
    return closings.close(alert, "a", closing, SCHOOL, NOW).alert


def refused(alert: Alert, closing: AlertClosing, person_id: str = "a") -> set[str]:
    with pytest.raises(ClosingIncomplete) as refusal:
        closings.close(alert, person_id, closing, SCHOOL, NOW)
    return set(refusal.value.fields)


@pytest.mark.parametrize("level", SERIOUS)
def test_a_serious_alert_needs_a_contact_a_note_and_a_next_look(level: Level) -> None:
    assert refused(taken_by(raised(level), "a"), BARE) == {"outcome", "note"}
    assert refused(taken_by(raised(level), "a"), WHOLE) == {"outcome"}
    assert refused(met(level), replace(WHOLE, note="")) == {"note"}
    false_alarm = replace(WHOLE, outcome=AlertOutcome.FALSE_ALARM)
    read = care.note_reading(met(level), "a", NOW)
    assert refused(read, replace(false_alarm, review_after=None)) == {"review_after"}
    done = closed(read, false_alarm)
    assert done.review is not None
    assert (done.review.due_at, done.review.follow_ups) == (NOW + timedelta(days=7), ())


@pytest.mark.parametrize("after", [None, *ReviewAfter])
@pytest.mark.parametrize("level", SERIOUS)
@pytest.mark.parametrize(
    "outcome", [one for one in AlertOutcome if one is not AlertOutcome.FALSE_ALARM]
)
def test_a_grave_alert_is_followed_up_after_24_hours_7_and_30_days(
    level: Level, outcome: AlertOutcome, after: ReviewAfter | None
) -> None:
    done = closed(met(level), replace(WHOLE, outcome=outcome, review_after=after))
    assert done.review is not None
    assert done.review.follow_ups == tuple(NOW + timedelta(days=days) for days in (1, 7, 30))
    assert done.review.due_at == done.due_at == NOW + timedelta(days=1)


def test_an_amber_alert_is_looked_after_as_its_counsellor_says() -> None:
    done = closed(met(Level.AMBER))
    assert done.review is not None
    assert (done.review.due_at, done.review.follow_ups) == (NOW + timedelta(days=7), ())


def test_follow_ups_end_when_the_case_is_erased_and_begin_anew_after_a_reopening() -> None:
    over = closed(met())
    assert closings.erase_words(over).review is None
    assert closings.erase_words(met()).review == met().review, "an open alert stays for its human"
    opened = closings.reopen(over, "b", "it began again", LATER).alert
    assert opened.review is None
    again = closed(domain.record_contact(taken_by(opened, "b", LATER), "b", SCHOOL, LATER).alert)
    assert again.review is not None
    assert len(again.review.follow_ups) == 3


@pytest.mark.parametrize("level", SERIOUS)
@pytest.mark.parametrize("outcome", [AlertOutcome.SUPPORTED, AlertOutcome.FALSE_ALARM])
def test_after_an_erased_case_no_look_is_demanded_and_one_may_be_chosen(
    level: Level, outcome: AlertOutcome
) -> None:
    erased = closings.erase_words(care.note_reading(met(level), "a", NOW))
    none = replace(WHOLE, outcome=outcome, review_after=None)
    done = closed(erased, none)
    assert (done.status, done.review, done.due_at) == (Status.CLOSED, None, None)
    assert (done.note, done.timeline[-1].text, done.wipe_at) == ("", "", None)
    chosen = closed(erased, replace(none, review_after=ReviewAfter.WEEK)).review
    assert chosen is not None
    assert (chosen.due_at, chosen.follow_ups) == (NOW + timedelta(days=7), ())
    assert refused(erased, replace(none, note="")) == {"note"}


def test_an_alert_whose_words_are_over_is_followed_up_like_any_other() -> None:
    """Its student is still there: the words had their time, and nobody erased the case."""
    over = closings.wipe_words(care.note_reading(met(), "a", NOW))
    done = closed(over, replace(WHOLE, review_after=None))
    assert done.review is not None
    assert len(done.review.follow_ups) == 3
    false_alarm = replace(WHOLE, outcome=AlertOutcome.FALSE_ALARM, review_after=None)
    assert refused(over, false_alarm) == {"review_after"}


def about_friend(level: Level = Level.RED) -> list[Alert]:
    """One that its first signal says it of, and a later one that only its case does."""
    alert = met(level)
    (lead,) = alert.signals
    return [
        replace(alert, signals=(replace(lead, by_friend=True),)),
        replace(alert, by_friend=True),
    ]


def test_of_a_case_about_a_friend_nothing_is_said_of_peers() -> None:
    silent = replace(WHOLE, peer_may_continue=None)
    for alert in about_friend():
        for may in (True, False):
            assert refused(alert, replace(WHOLE, peer_may_continue=may)) == {"peer_may_continue"}
        done = closings.close(alert, "a", silent, SCHOOL, NOW)
        (event,) = (one for one in done.events if isinstance(one, AlertClosed))
        assert (done.alert.peer_may_continue, event.peer_may_continue) == (None, False)
        with pytest.raises(NeverForPeers):
            change(done.alert, may=True)
    assert refused(met(), silent) == {"peer_may_continue"}


def test_a_signal_out_of_worry_about_a_friend_makes_its_alert_one_about_a_friend() -> None:
    alert = raised(Level.AMBER)
    worry = replace(alert.signals[0], signal_id="w", by_friend=True)
    joined = domain.join_signal(alert, worry, NOW).alert
    assert (alert.about_friend, joined.about_friend) == (False, True)
    assert replace(joined, signals=()).about_friend, "also when that signal is kept no longer"


@pytest.mark.parametrize("level", [Level.AMBER, *SERIOUS])
def test_who_could_not_be_reached_needs_what_was_tried(level: Level) -> None:
    unreachable = replace(WHOLE, outcome=AlertOutcome.UNREACHABLE)
    assert refused(raised(level), replace(unreachable, note="")) == {"note"}
    assert closed(raised(level), unreachable).status is Status.CLOSED


def test_an_amber_alert_needs_none_of_it_and_a_new_signal_asks_for_a_contact_anew() -> None:
    assert closed(raised(Level.AMBER), BARE).review is None
    again = domain.open_again(
        replace(met(), contacted_at=None), domain.OpenAgainCause.NEW_SIGNAL, NOW
    ).alert
    assert refused(again, WHOLE) == {"outcome"}


@pytest.mark.parametrize("level", [Level.AMBER, *SERIOUS])
def test_a_false_alarm_is_said_by_a_person_that_has_read_the_alert(level: Level) -> None:
    false_alarm = replace(WHOLE, outcome=AlertOutcome.FALSE_ALARM)
    read = care.note_reading(met(level), "a", NOW)
    assert refused(met(level), false_alarm) == {"outcome"}
    assert refused(read, false_alarm, "b") == {"outcome"}
    assert closed(read, false_alarm).outcome is AlertOutcome.FALSE_ALARM
    if level > Level.AMBER:
        unmet = care.note_reading(taken_by(raised(level), "a"), "a", NOW)
        assert refused(unmet, false_alarm) == {"outcome"}


def test_an_alert_of_a_whole_school_has_no_student_to_speak_with() -> None:
    of_school = replace(raised(), case_id=None)
    assert refused(of_school, BARE) == {"note"}
    assert closed(of_school, replace(BARE, note="the screen runs again")).review is None


def test_a_reading_is_noted_once_a_person() -> None:
    alert = raised()
    for who in ("a", "a", "b", "a"):
        alert = care.note_reading(alert, who, NOW)
    read = [entry.person_id for entry in alert.timeline if entry.what is Happening.READ]
    assert read == ["a", "b"] == list(alert.read_by)


def test_a_reopened_alert_calls_at_once_and_owes_the_contact_anew() -> None:
    over = closed(met())
    done = closings.reopen(over, "b", "it began again", LATER)
    alert = done.alert
    assert [type(event) for event in done.events] == [AlertReopened]
    assert (alert.status, alert.contacted_at, alert.review) == (Status.OPEN, None, None)
    assert (alert.closed_at, alert.outcome, alert.wipe_at) == (None, None, None)
    assert alert.due_at == LATER
    called, people = paged(alert, LATER)
    assert people == ["a", "b"], "the last holder is told, and waited for no second time"
    assert called.turn > over.turn, "no page of before is taken for one of these"
    told = [(entry.what, entry.text) for entry in alert.timeline[-2:]]
    assert told == [
        (Happening.CLOSED, "spoke with her"),
        (Happening.REOPENED, "it began again"),
    ]
    taken = taken_by(called, "b", LATER)
    assert taken.contact_due_at is not None
    assert taken.contact_due_at > LATER
    assert refused(taken, WHOLE) == {"outcome"}
    with pytest.raises(AlertNotClosed):
        closings.reopen(alert, "b", "x", LATER)


def test_a_holder_that_is_barred_after_the_closing_is_not_told_of_the_reopening() -> None:
    over = replace(closed(met()), bars=(Bar("a", BarReason.NAMED),))
    alert = closings.reopen(over, "b", "x", LATER).alert
    assert (alert.holder, alert.tell_at) == (None, None)
    assert paged(alert, LATER)[1] == ["b"]


def change(alert: Alert, *, may: bool) -> domain.AlertDecision:
    return closings.change_peer_decision(alert, "b", "a slip", LATER, peer_may_continue=may)


def test_whether_a_peer_goes_on_can_be_changed_after_the_closing() -> None:
    over = closed(met(), replace(WHOLE, peer_may_continue=False))
    done = change(over, may=True)
    (event,) = done.events
    assert isinstance(event, PeerDecisionChanged)
    assert (event.peer_may_continue, event.changed_at) == (True, LATER)
    last = done.alert.timeline[-1]
    assert (last.what, last.person_id, last.text) == (Happening.PEER_DECIDED, "b", "a slip")
    assert change(done.alert, may=True) == domain.AlertDecision(done.alert)
    with pytest.raises(AlertNotClosed):
        change(met(), may=True)


def test_a_second_closing_that_says_otherwise_of_peers_changes_the_first_word() -> None:
    over = closed(met(), replace(WHOLE, peer_may_continue=False))
    alert = closings.reopen(over, "b", "x", LATER).alert
    alert = domain.record_contact(alert, "b", SCHOOL, LATER).alert
    same = closings.close(alert, "b", replace(WHOLE, peer_may_continue=False), SCHOOL, LATER)
    assert [type(event) for event in same.events] == [AlertClosed]
    other = closings.close(alert, "b", WHOLE, SCHOOL, LATER)
    assert [type(event) for event in other.events] == [AlertClosed, PeerDecisionChanged]


def alarmed(*whys: ScreenReason, **more: Any) -> Alert:
    alert = raised()
    (lead,) = alert.signals
    return replace(alert, signals=(replace(lead, why=whys, **more),))


RULE = ScreenReason("id-plan", "plan_or_means", Level.RED, 0, 1)


@pytest.mark.parametrize(
    ("alert", "outcome", "judged"),
    [
        (alarmed(RULE), AlertOutcome.SUPPORTED, ("plan_or_means", "id", Judged.RIGHT)),
        (
            alarmed(
                replace(RULE, level=Level.AMBER), replace(RULE, rule="en-x", construct="abuse")
            ),
            AlertOutcome.FALSE_ALARM,
            ("abuse", "en", Judged.FALSE_ALARM),
        ),
        (
            alarmed(replace(RULE, rule="meaning")),
            AlertOutcome.UNREACHABLE,
            ("plan_or_means", "both", Judged.UNKNOWN),
        ),
        (
            alarmed(cause=AlertCause.ADULT_REQUESTED),
            AlertOutcome.REFERRED,
            ("adult_requested", "both", Judged.RIGHT),
        ),
        (alarmed(), AlertOutcome.EMERGENCY_SERVICES, (NO_KIND, "both", Judged.RIGHT)),
    ],
)
def test_a_closing_says_whether_the_screen_was_right(
    alert: Alert, outcome: AlertOutcome, judged: tuple[str, str, Judged]
) -> None:
    assert judge_closing(alert, outcome) == JudgedAlert(Level.RED, *judged)


def test_a_lowered_alert_is_judged_by_what_it_alarmed_at() -> None:
    lowered = care.lower(taken_by(alarmed(RULE), "a"), "a", Level.AMBER, "x", SCHOOL, NOW).alert
    assert judge_closing(lowered, AlertOutcome.FALSE_ALARM).level is Level.RED
