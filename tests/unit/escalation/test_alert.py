"""An alert's life: it rises by itself, only a human lowers or closes it, and no page is planned
once a person has it.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from examples import examples
from sebaya_contracts.district import Day, Ladder, Person, Rung, School, Shift
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertOpenedAgain,
    AlertPaged,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.words import AlertCause, AlertOutcome, Level, OpenAgainCause, Role
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import care, holding, inquiry
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.barring import BarReason, add_bars
from sebaya_escalation.domain.closing import AlertClosing, wipe_words
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityReason
from sebaya_escalation.domain.ladder import (
    ROUND_AT_LEAST,
    LadderStep,
    is_wanted,
    leave_failed_rung,
    open_if_contact_overdue,
    take_review_step,
    take_step,
)
from sebaya_escalation.domain.page import Channel, PageKind
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.school_ladder import choose_ladder
from sebaya_escalation.domain.signal import SIGNALS_KEPT, Signal
from sebaya_escalation.domain.timeline import ENTRIES_KEPT, Happening
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotClosed,
    AlertNotTaken,
    AlertTaken,
    AlreadyAnswered,
    CannotTakeOver,
    ContactMissing,
    NoStudent,
    NotAsked,
    NotLower,
    SecondPersonNeeded,
    SignalsUnseen,
)
from unit.escalation.examples import a_school

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEVELS = [Level.AMBER, Level.RED, Level.IMMINENT]


def person(person_id: str, *roles: Role, **more: object) -> Person:
    return Person(
        person_id=person_id, name=person_id, roles=roles, **{"email": f"{person_id}@s.test", **more}
    )


def ladder(*rungs: tuple[str, ...], wait: float = 100, contact: float = 1000) -> Ladder:
    return Ladder(
        rungs=tuple(Rung(who=who, wait_seconds=wait) for who in rungs),
        contact_within_seconds=contact,
    )


SCHOOL = School(
    school_id="s1",
    name="S",
    time_zone="Asia/Jakarta",
    country="ID",
    languages=("id",),
    staff=(
        person("a", Role.COUNSELLOR),
        person("b", Role.COUNSELLOR),
        person("h", Role.COUNSELLOR, Role.COORDINATOR),
        person("mute", Role.COUNSELLOR, email=None),
    ),
    rota=(Shift(person_id="a", days=tuple(Day), since="00:00", until="24:00"),),
    ladders={
        Level.RED: ladder(("on_call",), ("b",), ("h",)),
        Level.IMMINENT: ladder(("on_call", "b"), ("h",), wait=10, contact=300),
        Level.AMBER: ladder(("on_call",), wait=5000, contact=50000),
    },
)


def signal(name: str, level: Level, at: datetime = NOW) -> Signal:
    return Signal(name, level, AlertCause.MESSAGE, at, text=f"words of {name}")


def raised(level: Level = Level.RED) -> Alert:
    return domain.raise_alert("s1", "al", "c1", 1, signal("m1", level), NOW).alert


def taken_by(alert: Alert, who: str, now: datetime = NOW) -> Alert:
    return domain.acknowledge(alert, who, SCHOOL, now).alert


def paged(alert: Alert, now: datetime, school: School = SCHOOL) -> tuple[Alert, list[str]]:
    done = take_step(alert, school, "s.test", now)
    asked = [page for page in done.pages if page.kind is not PageKind.UNANSWERED]
    return done.alert, [page.person_id for page in asked]


def test_the_ladder_goes_up_and_round_again_until_somebody_answers() -> None:
    alert, now, called = raised(), NOW, []
    for _ in range(5):
        alert, people = paged(alert, now)
        called.append((alert.turn, people))
        now = alert.next_step_at or now
    assert called == [(1, ["a"]), (1, ["b"]), (1, ["h"]), (2, ["a"]), (2, ["b"])]
    assert now == NOW + 500 * SECOND


def test_empty_rungs_are_left_at_once() -> None:
    school = School(
        **{f: getattr(SCHOOL, f) for f in SCHOOL.__struct_fields__}
        | {"ladders": {Level.RED: ladder(("ghost",), ("mute",), ("h",))}}
    )
    alert, people = paged(raised(), NOW, school)
    assert people == ["h"]
    assert alert.rung == 3


def test_with_nobody_at_all_it_is_tried_again_soon_and_for_ever() -> None:
    school = a_school(staff=())
    alert, now = raised(), NOW
    for _ in range(3):
        alert, people = paged(alert, now, school)
        assert people == []
        assert alert.next_step_at is not None
        assert SECOND < alert.next_step_at - now <= ROUND_AT_LEAST
        now = alert.next_step_at


def test_each_channel_of_a_person_is_a_page_of_its_own_and_a_repeat_has_the_same_message_id() -> (
    None
):
    both = person("b", Role.COUNSELLOR, webhook_url="https://hook.test/")
    school = a_school(
        staff=(both,),
        ladders={Level.RED: ladder(("b",))},
    )
    pages = take_step(raised(), school, "s.test", NOW).pages
    assert {page.channel for page in pages} == {Channel.EMAIL, Channel.WEBHOOK}
    assert len({page.message_id for page in pages}) == 2
    assert pages == take_step(raised(), school, "s.test", NOW).pages


def test_a_rung_that_failed_whole_is_left_at_once_but_only_if_it_is_the_current_one() -> None:
    alert, _ = paged(raised(), NOW)
    assert leave_failed_rung(alert, 1, 0, NOW + SECOND).next_step_at == NOW + SECOND
    assert leave_failed_rung(alert, 1, 1, NOW + SECOND) == alert
    assert leave_failed_rung(taken_by(alert, "b"), 1, 0, NOW + SECOND).next_step_at is None


def test_failing_rungs_do_not_spin() -> None:
    alert, now, steps = raised(), NOW, 0
    while now < NOW + 10 * ROUND_AT_LEAST and steps < 1000:
        alert, people = paged(alert, now)
        if people:
            alert = leave_failed_rung(alert, alert.turn, alert.rung - 1, now)
        now = max(now, alert.next_step_at or now)
        steps += 1
    assert steps < 60


def test_a_rise_takes_the_higher_ladder_at_once() -> None:
    alert, _ = paged(raised(Level.AMBER), NOW)
    later = NOW + 60 * SECOND
    rose = domain.join_signal(alert, signal("m2", Level.IMMINENT, later), later)
    assert [type(event) for event in rose.events] == [AlertRose]
    assert rose.alert.next_step_at == later
    alert, people = paged(rose.alert, later)
    assert people == ["a", "b"]
    assert alert.next_step_at == later + 10 * SECOND


def test_a_rise_after_the_acknowledgement_calls_the_ladder_and_tells_the_holder() -> None:
    alert = taken_by(paged(raised(), NOW)[0], "h")
    alert = domain.join_signal(alert, signal("m2", Level.IMMINENT), NOW + SECOND).alert
    assert alert.status is Status.OPEN
    alert, people = paged(alert, NOW + SECOND)
    assert people == ["h", "a", "b"]


def told(alert: Alert, now: datetime = NOW) -> tuple[Alert, list[tuple[str, PageKind]]]:
    done = take_step(alert, SCHOOL, "s.test", now)
    return done.alert, [(page.person_id, page.kind) for page in done.pages]


@pytest.mark.parametrize("cause", [AlertCause.MESSAGE, AlertCause.ADULT_REQUESTED])
def test_before_the_contact_the_holder_hears_of_each_new_thing_and_keeps_the_alert(
    cause: AlertCause,
) -> None:
    alert, deadline = taken_by(raised(), "b"), taken_by(raised(), "b").contact_due_at
    for name in ("m2", "m3"):
        alert = domain.join_signal(alert, replace(signal(name, Level.RED), cause=cause), NOW).alert
        assert alert.due_at == NOW
        alert, pages = told(alert)
        assert pages == [("b", PageKind.NEWS)]
        assert (alert.status, alert.due_at) == (Status.ACKNOWLEDGED, deadline)


def test_a_new_imminent_signal_on_a_held_alert_pages_the_ladder_and_tells_the_holder() -> None:
    held = taken_by(paged(raised(Level.IMMINENT), NOW)[0], "h")
    again = domain.join_signal(held, signal("m2", Level.IMMINENT), NOW + SECOND).alert
    assert (again.status, again.contact_due_at) == (Status.OPEN, held.contact_due_at)
    assert paged(again, NOW + SECOND)[1] == ["h", "a", "b"]


def test_an_alert_whose_holder_cannot_be_told_is_open_again() -> None:
    held = taken_by(paged(raised(), NOW)[0], "left-the-school")
    done = take_step(domain.join_signal(held, signal("m2", Level.RED), NOW).alert, SCHOOL, "d", NOW)
    assert done.alert.status is Status.OPEN
    assert [type(event) for event in done.events] == [AlertOpenedAgain, AlertPaged]
    assert [page.person_id for page in done.pages] == ["a"]


def test_after_the_contact_something_new_opens_the_alert_again() -> None:
    met = domain.record_contact(taken_by(raised(), "b"), "b", SCHOOL, NOW).alert
    again = domain.join_signal(met, signal("m3", Level.AMBER), NOW).alert
    assert (again.status, again.level) == (Status.OPEN, Level.RED)
    assert paged(again, NOW)[1] == ["b", "a"]


def opened_again(decision: domain.AlertDecision) -> list[OpenAgainCause]:
    return [event.cause for event in decision.events if isinstance(event, AlertOpenedAgain)]


def test_whatever_takes_an_alert_from_its_holder_is_announced_and_nothing_else_is() -> None:
    held = taken_by(raised(), "a")
    met = domain.record_contact(held, "a", SCHOOL, NOW).alert
    imminent, red = signal("m2", Level.IMMINENT), signal("m3", Level.RED)
    assert opened_again(holding.hand_over(held, "a", "b", SCHOOL, NOW)) == ["handed_over"]
    assert opened_again(domain.join_signal(held, imminent, NOW)) == ["rose"]
    assert opened_again(domain.join_signal(met, red, NOW)) == ["new_signal"]
    due = held.contact_due_at
    assert due is not None
    assert opened_again(open_if_contact_overdue(held, due)) == ["contact_overdue"]
    assert opened_again(open_if_contact_overdue(held, due - SECOND)) == []
    assert opened_again(domain.join_signal(raised(), imminent, NOW)) == []


def test_a_rise_and_an_acknowledgement_say_when_and_by_which_name() -> None:
    later = NOW + 60 * SECOND
    (rose,) = domain.join_signal(raised(), signal("m2", Level.IMMINENT), later).events
    assert isinstance(rose, AlertRose)
    assert rose.rose_at == later
    named = replace_staff(Person(person_id="a", name="Bu Lestari", roles=(Role.COUNSELLOR,)))
    (taken,) = domain.acknowledge(raised(), "a", named, NOW).events
    assert isinstance(taken, AlertAcknowledged)
    assert (taken.person_id, taken.person_name) == ("a", "Bu Lestari")


def test_the_first_to_acknowledge_has_it() -> None:
    alert = taken_by(raised(), "a", NOW + SECOND)
    with pytest.raises(AlertTaken) as refused:
        taken_by(alert, "b")
    assert refused.value.members == {"person_id": "a"}
    assert domain.acknowledge(alert, "a", SCHOOL, NOW + 2 * SECOND) == domain.AlertDecision(alert)
    assert alert.next_step_at is None
    assert alert.contact_due_at == NOW + 1000 * SECOND


def test_an_overdue_contact_calls_the_next_rung_at_once() -> None:
    """By the ladder a, b, h: a forgot, b is called at the deadline, h after one wait."""
    alert = taken_by(paged(raised(), NOW)[0], "a")
    due = alert.contact_due_at
    assert due is not None
    assert open_if_contact_overdue(alert, due - SECOND).alert == alert
    called = []
    for wait in (0, 100, 200):
        alert, people = paged(alert, due + wait * SECOND)
        called.append(people)
    assert called == [["a", "b"], ["h"], ["a"]]
    assert taken_by(alert, "h").holder == "h"


def test_an_overdue_contact_passes_over_the_rung_of_the_holder_alone() -> None:
    first, _ = paged(raised(), NOW)
    alert = taken_by(first, "b")
    due = alert.contact_due_at
    assert due is not None
    alert, people = paged(alert, due)
    assert people == ["b", "h"]


def test_a_hand_over_moves_no_deadline() -> None:
    alert = taken_by(raised(), "a")
    deadline = alert.contact_due_at
    assert deadline is not None
    for second, (giver, taker) in enumerate([("a", "b"), ("b", "a"), ("a", "b"), ("b", "a")]):
        at = deadline - (90 - second) * SECOND
        alert = handed(alert, giver, taker, at)
        assert alert.due_at == at
        alert = taken_by(paged(alert, at)[0], taker, at)
        assert alert.contact_due_at == deadline
    given = paged(handed(alert, now=deadline - SECOND), deadline - SECOND)[0]
    assert given.due_at == deadline
    assert paged(given, deadline)[1] == ["a"], "the next rung, though the colleague's time runs"


def barred(alert: Alert, *people: str, now: datetime = NOW) -> domain.AlertDecision:
    bars = add_bars(alert.bars, people, BarReason.NAMED)
    return holding.bar_from_alert(alert, bars, now)


def test_the_accused_is_passed_over_and_the_next_person_called_at_once() -> None:
    assert paged(barred(raised(), "a").alert, NOW)[1] == ["b"]


def test_a_holder_that_the_words_name_holds_it_no_more_and_is_not_told() -> None:
    held = taken_by(paged(raised(), NOW)[0], "a")
    lost = barred(held, "a")
    assert (lost.alert.status, lost.alert.holder) == (Status.OPEN, None)
    assert opened_again(lost) == ["handed_over"]
    assert lost.alert.contact_due_at == held.contact_due_at
    assert paged(lost.alert, NOW)[1] == ["b"]
    waiting = taken_by(raised(), "b")
    news = take_step(
        domain.join_signal(waiting, signal("m2", Level.RED), NOW).alert, SCHOOL, "d", NOW
    )
    assert not is_wanted(news.pages[0], barred(news.alert, "b").alert)


def test_any_counsellor_steps_out_and_the_ladder_goes_on_at_once() -> None:
    held = taken_by(paged(raised(), NOW)[0], "b")
    by_holder = holding.step_out(held, "b", NOW + SECOND)
    assert opened_again(by_holder) == ["handed_over"]
    assert paged(by_holder.alert, NOW + SECOND)[1] == ["h"]
    running, _ = paged(raised(), NOW)
    assert paged(holding.step_out(running, "a", NOW + SECOND).alert, NOW + SECOND)[1] == ["b"]
    by_another = holding.step_out(held, "a", NOW + SECOND)
    assert (by_another.alert.holder, by_another.events) == ("b", ())
    with pytest.raises(CannotTakeOver):
        handed(by_another.alert, "b", "a")


def test_the_holder_hears_of_an_answer_once_in_a_while_and_of_a_withdrawal() -> None:
    held = taken_by(raised(), "b")
    alert = domain.note_student(held, Happening.ANSWERED, NOW)
    alert, pages = told(alert)
    assert pages == [("b", PageKind.NEWS)]
    assert domain.note_student(alert, Happening.ANSWERED, NOW + SECOND) == alert
    later = NOW + domain.ANSWERS_APART
    assert domain.note_student(alert, Happening.ANSWERED, later).tell_at == later
    assert domain.note_student(alert, Happening.WITHDREW, NOW + SECOND).tell_at == NOW + SECOND
    assert domain.note_student(raised(), Happening.ANSWERED, NOW) == raised()


def test_each_level_has_a_clock_of_its_own() -> None:
    rise = NOW + 60 * SECOND
    alert = domain.join_signal(raised(Level.AMBER), signal("m2", Level.IMMINENT, rise), rise).alert
    taken = domain.acknowledge(alert, "a", SCHOOL, rise + SECOND)
    met = domain.record_contact(taken.alert, "a", SCHOOL, rise + 5 * SECOND)
    (acknowledged,), (contacted,) = taken.events, met.events
    assert isinstance(acknowledged, AlertAcknowledged)
    assert isinstance(contacted, ContactRecorded)
    assert (acknowledged.waited_seconds, contacted.waited_seconds) == (1, 5)
    assert taken.alert.contact_due_at == rise + 300 * SECOND


def test_an_empty_rung_is_a_line_of_the_timeline_once_a_round_of_calls() -> None:
    school = described(ladders={Level.RED: ladder(("ghost",), ("mute",), ("h",))})
    alert, now = raised(), NOW
    for _ in range(3):
        alert, _people = paged(alert, now, school)
        now = alert.next_step_at or now
    empty = [entry.about for entry in alert.timeline if entry.what is Happening.RUNG_EMPTY]
    assert empty == ["1", "2"]


def test_a_timeline_is_bounded_and_keeps_what_humans_did() -> None:
    alert = taken_by(raised(), "a")
    for number in range(2 * ENTRIES_KEPT):
        alert = domain.join_signal(alert, signal(f"n{number}", Level.AMBER), NOW).alert
    assert len(alert.timeline) == ENTRIES_KEPT
    assert [entry.what for entry in alert.timeline[:2]] == [
        Happening.RAISED,
        Happening.ACKNOWLEDGED,
    ]


def test_a_late_acknowledgement_still_gets_the_time_of_one_rung() -> None:
    late = NOW + 5000 * SECOND
    assert taken_by(raised(), "a", late).contact_due_at == late + 100 * SECOND


def test_a_contact_says_i_have_it_too() -> None:
    met = domain.record_contact(raised(), "a", SCHOOL, NOW + SECOND)
    assert [type(event) for event in met.events] == [AlertAcknowledged, ContactRecorded]
    assert met.alert.due_at == NOW + SECOND + timedelta(days=1)
    assert domain.record_contact(met.alert, "b", SCHOOL, NOW) == domain.AlertDecision(met.alert)


def handed(
    alert: Alert, who: str = "a", to: str = "b", now: datetime = NOW, school: School = SCHOOL
) -> Alert:
    return holding.hand_over(alert, who, to, school, now).alert


def test_a_hand_over_calls_the_colleague_at_once_and_then_the_ladder() -> None:
    alert = handed(taken_by(raised(), "a"), now=NOW + SECOND)
    assert alert.status is Status.OPEN
    alert, people = paged(alert, NOW + SECOND)
    assert people == ["b"]
    alert, people = paged(alert, NOW + 101 * SECOND)
    assert people == ["a"]
    assert paged(alert, NOW + 201 * SECOND)[1] == ["h"], "not the colleague once more"
    taken = taken_by(alert, "b", NOW + 20 * SECOND)
    assert (taken.holder, taken.contact_due_at) == ("b", NOW + 1000 * SECOND)


def test_a_contact_that_was_made_stays_made_after_a_hand_over() -> None:
    met = domain.record_contact(raised(), "a", SCHOOL, NOW).alert
    taken = taken_by(handed(met), "b")
    assert (taken.contacted_at, taken.contact_due_at) == (NOW, None)


def test_only_who_has_an_alert_hands_it_over() -> None:
    alert = taken_by(raised(), "a")
    with pytest.raises(AlertTaken):
        handed(alert, who="b", to="a")
    with pytest.raises(AlertNotTaken):
        handed(raised())
    with pytest.raises(AlertNotTaken):
        handed(handed(alert))
    with pytest.raises(AlertIsClosed):
        handed(closings.close(alert, "a", closing(1), SCHOOL, NOW).alert)


@pytest.mark.parametrize("to", ["a", "h", "mute", "nobody", ""])
def test_an_alert_goes_to_no_one_but_another_counsellor_who_can_be_called(to: str) -> None:
    mute = replace_staff(
        person("a", Role.COUNSELLOR),
        person("h", Role.COORDINATOR),
        person("mute", Role.COUNSELLOR, email=None),
    )
    with pytest.raises(CannotTakeOver):
        handed(taken_by(raised(), "a"), to=to, school=mute)


def replace_staff(*staff: Person) -> School:
    return described(staff=staff)


def described(**more: object) -> School:
    return School(**{f: getattr(SCHOOL, f) for f in SCHOOL.__struct_fields__} | more)


def asked(alert: Alert, who: str = "a") -> Alert:
    return inquiry.ask_identity(alert, who, IdentityReason.LIFE_IN_DANGER, NOW).alert


def answered(alert: Alert, who: str, answer: IdentityAnswer = IdentityAnswer.NOT_KNOWN) -> Alert:
    return inquiry.answer_identity(alert, who, answer, NOW + SECOND).alert


def test_who_a_student_is_takes_two_people_and_a_reason() -> None:
    alert = asked(raised())
    assert asked(alert, "b") == alert, "one question at a time"
    with pytest.raises(SecondPersonNeeded):
        answered(alert, "a")
    told = answered(alert, "h", IdentityAnswer.TOLD_IN_PERSON)
    assert told.identity is not None
    assert (told.identity.asked_by, told.identity.answered_by, told.identity.open) == (
        "a",
        "h",
        False,
    )
    with pytest.raises(AlreadyAnswered):
        answered(told, "h")
    again = asked(told, "b")
    assert again.identity is not None
    assert (again.identity.asked_by, again.identity.open) == ("b", True)


def test_who_a_student_is_concerns_an_open_alert_of_one_student_only() -> None:
    with pytest.raises(NotAsked):
        answered(raised(), "h")
    with pytest.raises(NoStudent):
        asked(replace(raised(), case_id=None))
    over = closings.close(asked(raised()), "a", closing(1), SCHOOL, NOW).alert
    for late in (lambda: asked(over), lambda: answered(over, "h")):
        with pytest.raises(AlertIsClosed):
            late()


def test_a_question_stops_no_ladder() -> None:
    alert, _ = paged(raised(), NOW)
    assert (asked(alert).status, asked(alert).next_step_at) == (alert.status, alert.next_step_at)


def closing(version: int) -> AlertClosing:
    return AlertClosing(
        version,
        AlertOutcome.UNREACHABLE,
        "note",
        peer_may_continue=True,
        review_after=ReviewAfter.WEEK,
    )


def test_closing_needs_the_version_of_the_signals_seen() -> None:
    alert = domain.join_signal(taken_by(raised(), "a"), signal("m2", Level.AMBER), NOW).alert
    with pytest.raises(SignalsUnseen):
        closings.close(alert, "a", closing(1), SCHOOL, NOW)
    done = closings.close(alert, "a", closing(2), SCHOOL, NOW)
    assert [type(event) for event in done.events] == [AlertClosed]
    for late in (
        lambda: taken_by(done.alert, "b"),
        lambda: closings.close(done.alert, "b", closing(2), SCHOOL, NOW),
    ):
        with pytest.raises(AlertIsClosed):
            late()


def test_closing_without_acknowledgement_says_both() -> None:
    done = closings.close(raised(), "a", closing(1), SCHOOL, NOW)
    assert [type(event) for event in done.events] == [AlertAcknowledged, AlertClosed]
    assert done.alert.wipe_at == NOW + timedelta(days=SCHOOL.policies.retention_days)


def test_wiping_leaves_no_words() -> None:
    closed = closings.close(raised(), "a", closing(1), SCHOOL, NOW).alert
    assert "words" not in repr(wipe_words(closed))
    assert "note" not in repr(replace(wipe_words(closed), status=Status.CLOSED)).replace(
        "note=''", ""
    )
    assert wipe_words(closed).due_at == closed.review_step_at


def test_the_signals_are_bounded_and_the_decisive_one_stays() -> None:
    alert = raised(Level.IMMINENT)
    for number in range(3 * SIGNALS_KEPT):
        alert = domain.join_signal(
            alert, signal(f"n{number}", Level.AMBER, NOW + number * SECOND), NOW
        ).alert
    assert len(alert.signals) == SIGNALS_KEPT
    assert alert.signals[0].signal_id == "m1"
    assert alert.signals_version == 3 * SIGNALS_KEPT + 1


@given(
    st.permutations(
        [("m1", Level.AMBER, 0), ("m2", Level.RED, 1), ("m3", Level.RED, 2), ("m4", Level.AMBER, 3)]
    )
)
def test_level_and_cause_do_not_depend_on_the_order_of_arrival(
    order: list[tuple[str, Level, int]],
) -> None:
    causes = {
        "m1": AlertCause.MESSAGE,
        "m2": AlertCause.ADULT_REQUESTED,
        "m3": AlertCause.MESSAGE,
        "m4": AlertCause.SAFETY_ANSWERS,
    }
    signals = [
        Signal(name, level, causes[name], NOW + second * SECOND) for name, level, second in order
    ]
    alert = domain.raise_alert("s1", "al", "c1", 1, signals[0], NOW).alert
    for one in signals[1:]:
        alert = domain.join_signal(alert, one, NOW).alert
    assert (alert.level, alert.cause) == (Level.RED, AlertCause.ADULT_REQUESTED)


@pytest.mark.parametrize(
    ("level", "wait", "contact"),
    [(Level.IMMINENT, 120, 300), (Level.RED, 900, 3600), (Level.AMBER, 14400, 86400)],
)
def test_a_school_without_ladders_has_those_of_the_district(
    level: Level, wait: float, contact: float
) -> None:
    school = a_school(
        staff=(*replace_staff(*SCHOOL.staff[:3]).staff, person("co", Role.COORDINATOR)),
    )
    default = choose_ladder(school, level)
    assert [rung.who for rung in default.rungs] == [("on_call",), ("a", "b", "h")]
    assert {rung.wait_seconds for rung in default.rungs} == {wait}
    assert default.contact_within_seconds == contact


class AlertLife(RuleBasedStateMachine):
    """Any mixture of signals, steps, failures, people and time."""

    @initialize(level=st.sampled_from(LEVELS))
    def begin(self, level: Level) -> None:
        self.now = NOW
        self.alert = raised(level)
        self.highest = level
        self.names = 1
        self.deadline: datetime | None = None

    @rule(seconds=st.integers(1, 2000))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @precondition(lambda self: self.alert.status is not Status.CLOSED)
    @rule(level=st.sampled_from(LEVELS))
    def a_signal_joins(self, level: Level) -> None:
        self.names += 1
        self.highest = max(self.highest, level)
        self.alert = domain.join_signal(
            self.alert, signal(f"s{self.names}", level, self.now), self.now
        ).alert
        self.deadline_stays()

    @rule()
    def the_timer_fires(self) -> None:
        if (
            self.alert.due_at is None
            or self.alert.due_at > self.now
            or self.alert.status is Status.CLOSED
        ):
            return
        done = self.due_step()
        assert done.alert.due_at is not None
        assert done.alert.due_at > self.now
        assert done.pages or not any(isinstance(event, AlertPaged) for event in done.events)
        assert not {page.person_id for page in done.pages} & done.alert.barred
        self.alert, self.deadline = done.alert, done.alert.contact_due_at

    def due_step(self) -> LadderStep:
        look_at, review = self.alert.review_step_at, self.alert.review
        if self.alert.paging or review is None or look_at is None or look_at > self.now:
            return take_step(self.alert, SCHOOL, "s.test", self.now)
        return take_review_step(self.alert, review, SCHOOL, "s.test", self.now)

    @rule(who=st.sampled_from(["a", "b"]))
    def somebody_acknowledges(self, who: str) -> None:
        if who in self.alert.barred:
            return
        try:
            self.alert = taken_by(self.alert, who, self.now)
        except (AlertTaken, AlertIsClosed):
            return
        assert not self.alert.paging
        self.deadline_stays()

    @precondition(lambda self: self.alert.status is not Status.CLOSED)
    @precondition(lambda self: "a" not in self.alert.barred)
    @rule()
    def somebody_speaks_with_the_student(self) -> None:
        self.alert = domain.record_contact(self.alert, "a", SCHOOL, self.now).alert
        self.deadline = None

    @rule(who=st.sampled_from(["a", "b"]))
    def somebody_hands_over(self, who: str) -> None:
        try:
            self.alert = handed(self.alert, who, "b" if who == "a" else "a", self.now)
        except (AlertTaken, AlertNotTaken, AlertIsClosed, CannotTakeOver):
            return
        assert self.alert.paging
        self.deadline_stays()

    def deadline_stays(self) -> None:
        """A deadline that has not passed is moved away by no acknowledgement or hand-over."""
        if self.deadline is not None and self.deadline > self.now:
            assert self.alert.contact_due_at is not None
            assert self.alert.contact_due_at <= self.deadline
        self.deadline = self.alert.contact_due_at

    @precondition(lambda self: self.alert.status is not Status.CLOSED)
    @rule(who=st.sampled_from(["a", "b", "h"]), stepped=st.booleans())
    def somebody_is_barred(self, who: str, stepped: bool) -> None:
        after = holding.step_out(self.alert, who, self.now) if stepped else None
        self.alert = after.alert if after else barred(self.alert, who, now=self.now).alert
        assert self.alert.holder != who
        self.deadline_stays()

    @rule(after=st.sampled_from([None, *ReviewAfter]))
    def somebody_looks_again(self, after: ReviewAfter | None) -> None:
        with suppress(ContactMissing):
            self.alert = care.record_review(self.alert, "b", after, "", self.now).alert

    @rule(who=st.sampled_from(["a", "b"]))
    def somebody_takes_over(self, who: str) -> None:
        if who in self.alert.barred:
            return
        with suppress(AlertNotTaken, AlertIsClosed):
            self.alert = holding.take_over(self.alert, who, SCHOOL, self.now).alert
        self.deadline_stays()

    @rule(who=st.sampled_from(["a", "b"]), to=st.sampled_from(LEVELS))
    def somebody_lowers(self, who: str, to: Level) -> None:
        with suppress(AlertNotTaken, AlertIsClosed, AlertTaken, NotLower):
            self.alert = care.lower(self.alert, who, to, "x", SCHOOL, self.now).alert
            self.highest = to
            self.deadline = self.alert.contact_due_at

    @rule()
    def a_rung_fails(self) -> None:
        self.alert = leave_failed_rung(self.alert, self.alert.turn, self.alert.rung - 1, self.now)

    @rule(seen=st.booleans())
    def somebody_closes(self, seen: bool) -> None:
        version = self.alert.signals_version - (not seen)
        try:
            self.alert = closings.close(self.alert, "a", closing(version), SCHOOL, self.now).alert
        except (SignalsUnseen, AlertIsClosed):
            return
        assert seen
        self.deadline = None

    @rule()
    def somebody_reopens(self) -> None:
        with suppress(AlertNotClosed):
            self.alert = closings.reopen(self.alert, "b", "again", self.now).alert
            assert self.alert.holder not in self.alert.barred

    @invariant()
    def the_level_is_that_of_the_highest_signal(self) -> None:
        assert self.alert.level is self.highest

    @invariant()
    def nobody_is_forgotten(self) -> None:
        if self.alert.status is Status.OPEN:
            assert self.alert.next_step_at is not None
        if self.alert.status is Status.ACKNOWLEDGED:
            assert self.alert.next_step_at is None
            assert self.alert.contacted_at is not None or self.alert.contact_due_at is not None
        if self.alert.status is not Status.CLOSED:
            assert self.alert.due_at is not None
            assert self.alert.due_at <= self.alert_began() + timedelta(days=31)

    def alert_began(self) -> datetime:
        return self.alert.timeline[-1].at


def test_the_history_of_any_alert() -> None:
    """Whatever comes in whatever order, the invariants of the machine hold."""
    run_state_machine_as_test(AlertLife, settings=examples(100))
