"""The life of a case: facts in any order, and never an offer while an alert is open."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from examples import examples
from sebaya_chassis.base.problems import NotFound, Problem
from sebaya_contracts import matching as match_events
from sebaya_contracts.words import CaseTopic, DeclineReason, Door, Level, MatchEnd, WaitReason
from sebaya_matching.domain import lifecycle, offers
from sebaya_matching.domain.case import REMEMBERED, Case, Wait
from sebaya_matching.domain.enums import AlertState, MatchEndReason, Stage
from sebaya_matching.domain.lifecycle import Decision, derive_stage
from sebaya_matching.errors import (
    CaseHeld,
    MeetingImpossible,
    NoActiveMatch,
    NotAvailable,
    NotWaiting,
    OfferGone,
)
from sebaya_matching.schemas.matches import MatchView
from unit.matching.examples import LAPSE, NOW, SCHOOL, a_supporter, case_opened, ready_case

SARI = a_supporter("sari")


def offered(
    case: Case | None = None, match_id: str = "m1", supporter_id: str = "sari", now: datetime = NOW
) -> Case:
    who = a_supporter(supporter_id)
    return offers.offer(case or ready_case(), match_id, who, (), LAPSE, now)[0]


def matched() -> Case:
    return offers.accept(offered(), "m1", SARI, NOW)[0]


def match_closed(
    end: MatchEnd, closed_at: datetime, *, case_closed: bool
) -> match_events.MatchClosed:
    return match_events.MatchClosed(
        school_id=SCHOOL,
        case_id="c1",
        match_id="m1",
        supporter_id="sari",
        end=end,
        closed_at=closed_at,
        case_closed=case_closed,
    )


def kinds(decision: Decision) -> list[str]:
    return [event.kind() for event in decision[1]]


def test_no_offer_before_the_openings_verdict() -> None:
    case, events = lifecycle.record_request(Case("c1", SCHOOL), case_opened(), NOW)
    assert (case.stage, events) == (Stage.PENDING, ())
    with pytest.raises(NotWaiting):
        offers.offer(case, "m1", SARI, (), LAPSE, NOW)


@pytest.mark.parametrize("first", ["request", "alert"])
def test_a_worry_about_a_friend_is_never_a_peers(first: str) -> None:
    """Whatever comes first, and though a counsellor says that a peer may go on."""
    about_friend = msgspec.structs.replace(case_opened(), door=Door.FRIEND)

    def request(case: Case) -> Case:
        return lifecycle.record_request(case, about_friend, NOW)[0]

    def alert(case: Case) -> Case:
        return lifecycle.record_alert(case, "a1", NOW)[0]

    case = Case("c1", SCHOOL)
    for step in (request, alert) if first == "request" else (alert, request):
        case = step(case)
    case, _ = lifecycle.record_verdict(case, Level.NONE, None, NOW, opening=True)
    case, events = lifecycle.close_alert(case, "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert (case.stage, case.due_at, events) == (Stage.REFERRED, None, ())
    with pytest.raises(NotWaiting):
        offers.offer(case, "m1", SARI, (), LAPSE, NOW)


def test_what_is_set_aside_is_nobodys_until_it_goes_on() -> None:
    decision = lifecycle.set_aside(offered(), NOW)
    assert kinds(decision) == ["MatchWithdrawn"]
    aside = decision[0]
    assert (aside.stage, aside.due_at, aside.match) == (Stage.ASIDE, None, None)
    with pytest.raises(NotWaiting):
        offers.offer(aside, "m2", SARI, (), LAPSE, NOW)
    later = NOW + timedelta(hours=1)
    back, events = lifecycle.reopen(aside, later)
    assert (back.stage, back.due_at, back.since, events) == (Stage.WAITING, later, NOW, ())


def test_danger_counts_in_what_is_set_aside_and_a_match_outlives_it() -> None:
    aside, _ = lifecycle.set_aside(ready_case(), NOW)
    held = lifecycle.record_alert(aside, "a1", NOW)
    assert (held[0].stage, kinds(held)) == (Stage.HELD, ["CaseHeld"])
    released = lifecycle.close_alert(held[0], "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert (released[0].stage, kinds(released)) == (Stage.ASIDE, ["CaseReleased"])
    assert lifecycle.set_aside(matched(), NOW)[0].stage is Stage.MATCHED


def test_another_messages_verdict_does_not_stand_for_the_openings() -> None:
    case, _ = lifecycle.record_request(Case("c1", SCHOOL), case_opened(), NOW)
    case, _ = lifecycle.record_verdict(case, Level.AMBER, "a1", NOW, opening=False)
    case, _ = lifecycle.close_alert(case, "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert case.stage is Stage.PENDING


def test_a_grave_opening_without_its_alert_is_not_offered() -> None:
    case, _ = lifecycle.record_request(Case("c1", SCHOOL), case_opened(), NOW)
    case, _ = lifecycle.record_verdict(case, Level.RED, None, NOW, opening=True)
    assert case.stage is Stage.PENDING


@pytest.mark.parametrize("level", [Level.AMBER, Level.RED, Level.IMMINENT])
def test_an_alert_of_any_level_takes_an_offer_back(level: Level) -> None:
    decision = lifecycle.record_verdict(offered(), level, "a1", NOW, opening=False)
    assert kinds(decision) == ["MatchWithdrawn", "CaseHeld"]
    assert decision[0].stage is Stage.HELD
    assert decision[0].match is None


def test_in_an_active_match_the_peer_stays() -> None:
    case, events = lifecycle.record_alert(matched(), "a1", NOW)
    assert (case.stage, events) == (Stage.MATCHED, ())
    assert case.open_alert == "a1"


def test_a_counsellor_gives_the_case_back() -> None:
    held, _ = lifecycle.record_alert(ready_case(), "a1", NOW)
    later = NOW + timedelta(hours=1)
    decision = lifecycle.close_alert(held, "a1", later, peer_may_continue=True, closed_at=later)
    assert kinds(decision) == ["CaseReleased"]
    assert (decision[0].stage, decision[0].due_at) == (Stage.WAITING, later)


def test_the_last_open_alert_decides() -> None:
    held, _ = lifecycle.record_alert(ready_case(), "a1", NOW)
    held, _ = lifecycle.record_alert(held, "a2", NOW)
    held, events = lifecycle.close_alert(held, "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert (held.stage, events) == (Stage.HELD, ())


def test_a_counsellor_keeps_the_case_and_ends_a_running_match() -> None:
    decision = lifecycle.close_alert(matched(), "a1", NOW, peer_may_continue=False, closed_at=NOW)
    assert decision[1] == (
        match_closed(MatchEnd.COUNSELLOR_ENDED, NOW, case_closed=True),
        match_events.CaseReferred(school_id=SCHOOL, case_id="c1", alert_id="a1"),
    )
    assert decision[0].stage is Stage.REFERRED


def test_a_closed_alert_stays_closed_whatever_comes_late() -> None:
    case, _ = lifecycle.close_alert(ready_case(), "a1", NOW, peer_may_continue=True, closed_at=NOW)
    for late in (
        lifecycle.record_alert(case, "a1", NOW),
        lifecycle.record_verdict(case, Level.RED, "a1", NOW, opening=False),
    ):
        assert (late[0].stage, late[0].alerts) == (Stage.WAITING, {"a1": AlertState.CLOSED})


def test_a_reopened_alert_takes_an_offer_back_and_leaves_an_active_match() -> None:
    decision = lifecycle.reopen_alert(offered(), "a1", NOW)
    assert kinds(decision) == ["MatchWithdrawn", "CaseHeld"]
    case, events = lifecycle.reopen_alert(matched(), "a1", NOW)
    assert (case.stage, case.open_alert, events) == (Stage.MATCHED, "a1", ())
    over, _ = lifecycle.close_alert(ready_case(), "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert kinds(lifecycle.reopen_alert(over, "a1", NOW)) == ["CaseHeld"]


def change(case: Case, hours: int, *, may: bool) -> Decision:
    at = NOW + timedelta(hours=hours)
    return lifecycle.change_peer_decision(case, "a1", at, peer_may_continue=may, changed_at=at)


def test_that_no_peer_goes_on_is_taken_back_by_a_changed_word_alone() -> None:
    case, _ = lifecycle.close_alert(ready_case(), "a1", NOW, peer_may_continue=False, closed_at=NOW)
    other, _ = lifecycle.close_alert(case, "a2", NOW, peer_may_continue=True, closed_at=NOW)
    assert other.stage is Stage.REFERRED
    decision = change(other, 1, may=True)
    assert (decision[0].stage, kinds(decision)) == (Stage.WAITING, ["CaseReleased"])
    assert decision[0].due_at is not None


def test_a_changed_word_ends_a_match_and_a_later_closing_counts_again() -> None:
    ended = change(matched(), 1, may=False)
    assert kinds(ended) == ["MatchClosed", "CaseReferred"]
    back, _ = change(ended[0], 2, may=True)
    late, _ = lifecycle.close_alert(back, "a2", NOW, peer_may_continue=False, closed_at=NOW)
    assert late.stage is Stage.WAITING
    later = NOW + timedelta(hours=3)
    again, _ = lifecycle.close_alert(late, "a3", NOW, peer_may_continue=False, closed_at=later)
    assert again.stage is Stage.REFERRED


def test_a_case_given_back_while_another_alert_is_open_is_held() -> None:
    case, _ = lifecycle.close_alert(ready_case(), "a1", NOW, peer_may_continue=False, closed_at=NOW)
    case, _ = lifecycle.record_alert(case, "a2", NOW)
    decision = change(case, 1, may=True)
    assert (decision[0].stage, kinds(decision)) == (Stage.HELD, ["CaseHeld"])


def test_accepting_again_is_the_same_answer_and_no_second_event() -> None:
    assert offers.accept(matched(), "m1", SARI, NOW + timedelta(days=3)) == (matched(), ())


def test_an_offer_is_gone_at_its_time_even_if_no_timer_ran() -> None:
    for answer in (
        lambda: offers.accept(offered(), "m1", SARI, NOW + LAPSE),
        lambda: offers.decline(offered(), "m1", "sari", DeclineReason.NO_TIME, NOW + LAPSE),
    ):
        with pytest.raises(OfferGone):
            answer()


def test_accepting_what_a_hold_took_back_says_so() -> None:
    held, _ = lifecycle.record_alert(offered(), "a1", NOW)
    with pytest.raises(CaseHeld):
        offers.accept(held, "m1", SARI, NOW)


def test_whoever_is_paused_or_uncertified_cannot_accept() -> None:
    with pytest.raises(NotAvailable):
        offers.accept(offered(), "m1", a_supporter("sari", certified_until=NOW), NOW)


def test_anothers_match_does_not_exist() -> None:
    budi = a_supporter("budi")
    attempts: list[Callable[[], Decision]] = [
        lambda: offers.accept(offered(), "m1", budi, NOW),
        lambda: offers.decline(offered(), "m1", "budi", DeclineReason.OTHER, NOW),
        lambda: offers.log_meeting(matched(), "m1", "budi", NOW, NOW),
        lambda: offers.close_match(matched(), "m1", "budi", MatchEnd.COMPLETED, NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def test_a_lapsed_offer_waits_again_where_it_was_in_the_queue() -> None:
    assert offers.lapse(offered(), NOW + LAPSE - timedelta(seconds=1)) == (offered(), ())
    decision = offers.lapse(offered(), NOW + LAPSE)
    assert kinds(decision) == ["MatchLapsed"]
    assert (decision[0].stage, decision[0].since, decision[0].lapsed) == (
        Stage.WAITING,
        NOW,
        {"sari"},
    )


def test_a_rematch_ends_the_match_and_excludes_that_supporter() -> None:
    later = NOW + timedelta(days=2)
    decision = lifecycle.rematch(matched(), "m1", later)
    assert decision[1] == (match_closed(MatchEnd.STUDENT_LEFT, later, case_closed=False),)
    assert (decision[0].stage, decision[0].excluded, decision[0].since) == (
        Stage.WAITING,
        {"sari"},
        later,
    )
    assert decision[0].aged_since == NOW


def test_a_rematch_while_an_alert_is_open_waits_for_the_counsellor() -> None:
    alerted, _ = lifecycle.record_alert(matched(), "a1", NOW)
    decision = lifecycle.rematch(alerted, "m1", NOW)
    assert kinds(decision) == ["MatchClosed", "CaseHeld"]
    assert decision[0].stage is Stage.HELD


def test_a_rematch_of_another_match_changes_nothing() -> None:
    assert lifecycle.rematch(matched(), "m0", NOW) == (matched(), ())


@pytest.mark.parametrize("end", [MatchEnd.COMPLETED, MatchEnd.STUDENT_LEFT])
def test_a_closed_case_stays_closed_whatever_comes_late(end: MatchEnd) -> None:
    closed, events = offers.close_match(matched(), "m1", "sari", end, NOW)
    assert [event.kind() for event in events] == ["MatchClosed"]
    late = [
        lifecycle.record_alert(closed, "a1", NOW),
        lifecycle.close_alert(closed, "a1", NOW, peer_may_continue=False, closed_at=NOW),
        lifecycle.record_verdict(closed, Level.RED, "a2", NOW, opening=False),
        lifecycle.rematch(closed, "m1", NOW),
        lifecycle.withdraw(closed, NOW),
        lifecycle.record_request(closed, case_opened(), NOW),
        offers.lapse(closed, NOW + 9 * LAPSE),
        offers.keep_waiting(closed, Wait(WaitReason.ALL_BUSY), NOW),
        offers.close_match(closed, "m1", "sari", end, NOW),
    ]
    assert [(case.stage, events) for case, events in late] == [(Stage.CLOSED, ())] * len(late)


@pytest.mark.parametrize("end", [MatchEnd.SUPPORTER_LEFT, MatchEnd.NO_SHOW])
def test_after_a_handing_on_and_a_no_show_the_student_waits_for_another(end: MatchEnd) -> None:
    case, events = offers.close_match(matched(), "m1", "sari", end, NOW)
    assert (case.stage, case.excluded) == (Stage.WAITING, {"sari"})
    assert isinstance(events[0], match_events.MatchClosed)
    assert not events[0].case_closed


def test_meetings_are_logged_once_each_and_only_in_the_life_of_the_match() -> None:
    at = NOW + timedelta(hours=2)
    case, events = offers.log_meeting(matched(), "m1", "sari", at, at)
    assert [event.kind() for event in events] == ["MeetingLogged"]
    assert offers.log_meeting(case, "m1", "sari", at, at) == (case, ())
    for impossible in (NOW - timedelta(days=1), at + timedelta(days=1)):
        with pytest.raises(MeetingImpossible):
            offers.log_meeting(case, "m1", "sari", impossible, at)
    with pytest.raises(NoActiveMatch):
        offers.log_meeting(offered(), "m1", "sari", at, at)


def test_erasure_ends_the_match_and_leaves_a_tombstone() -> None:
    decision = lifecycle.erase(matched(), NOW)
    assert kinds(decision) == ["MatchClosed"]
    assert decision[0] == Case("c1", SCHOOL, stage=Stage.ERASED)


def test_a_reason_is_told_once_until_it_changes() -> None:
    case, events = offers.keep_waiting(
        ready_case(), Wait(WaitReason.ALL_BUSY), NOW + timedelta(seconds=30)
    )
    assert [event.kind() for event in events] == ["CaseWaited"]
    assert offers.keep_waiting(case, Wait(WaitReason.ALL_BUSY), NOW)[1] == ()
    assert len(offers.keep_waiting(case, Wait(WaitReason.NO_COMMON_HOURS), NOW)[1]) == 1


def test_who_declined_is_remembered_for_ever_and_what_lapsed_within_bounds() -> None:
    case, _ = offers.decline(
        offered(match_id="m0", supporter_id="budi"), "m0", "budi", DeclineReason.KNOWS_STUDENT, NOW
    )
    for number in range(REMEMBERED + 5):
        case, _ = offers.lapse(offered(case, f"l{number}", f"s{number}"), NOW + LAPSE)
    assert len(case.former) == REMEMBERED + 1
    assert case.excluded == {"budi"}


Fact = Callable[[Case], Decision]
SOURCES: list[list[Fact]] = [
    [lambda case: lifecycle.record_request(case, case_opened(), NOW)],
    [lambda case: lifecycle.record_verdict(case, Level.RED, "a1", NOW, opening=True)],
    [lambda case: lifecycle.record_verdict(case, Level.AMBER, "a2", NOW, opening=False)],
    [
        lambda case: lifecycle.record_alert(case, "a1", NOW),
        lambda case: lifecycle.close_alert(case, "a1", NOW, peer_may_continue=True, closed_at=NOW),
    ],
    [
        lambda case: lifecycle.record_alert(case, "a2", NOW),
        lambda case: lifecycle.close_alert(case, "a2", NOW, peer_may_continue=True, closed_at=NOW),
    ],
]
REFERRAL: list[Fact] = [
    lambda case: lifecycle.close_alert(case, "a3", NOW, peer_may_continue=False, closed_at=NOW)
]


def changed_after(hours: int, *, may: bool) -> list[Fact]:
    at = NOW + timedelta(hours=hours)
    return [
        lambda case: lifecycle.change_peer_decision(
            case, "a3", NOW, peer_may_continue=may, changed_at=at
        )
    ]


GIVEN_BACK = changed_after(1, may=True)
TAKEN_AFTER_ALL = changed_after(2, may=False)
REOPENING: list[Fact] = [
    lambda case: lifecycle.close_alert(case, "a4", NOW, peer_may_continue=True, closed_at=NOW),
    lambda case: lifecycle.reopen_alert(case, "a4", NOW),
]
WITHDRAWAL: list[Fact] = [lambda case: lifecycle.withdraw(case, NOW)]


@examples(200)
@given(st.data())
def test_facts_in_any_order_lead_to_the_same_place(data: st.DataObject) -> None:
    sources = SOURCES + data.draw(
        st.lists(
            st.sampled_from([REFERRAL, WITHDRAWAL, GIVEN_BACK, TAKEN_AFTER_ALL, REOPENING]),
            unique_by=id,
            max_size=4,
        )
    )
    ends = []
    for _ in range(2):
        order = data.draw(
            st.permutations([at for at, source in enumerate(sources) for _ in source])
        )
        queues = [list(source) for source in sources]
        case = Case("c1", SCHOOL)
        for at in order:
            case, _ = queues[at].pop(0)(case)
        ends.append((case.stage, dict(sorted(case.alerts.items())), case.request, case.opening))
    assert ends[0] == ends[1]


ALERTS = st.sampled_from(["a1", "a2", "a3"])


class Life(RuleBasedStateMachine):
    """Everything that may happen to a case, in any order, with time going on."""

    def __init__(self) -> None:
        super().__init__()
        self.case = Case("c1", SCHOOL)
        self.now = NOW
        self.number = 0
        self.slots: set[str] = set()
        self.over: Stage | None = None

    def _decide(self, decision: Decision) -> None:
        before, (after, events) = self.case, decision
        for event in events:
            match event:
                case match_events.MatchOffered():
                    assert before.open_alert is None
                    assert before.opening is not None
                    self.slots.add(event.match_id)
                case (
                    match_events.MatchDeclined()
                    | match_events.MatchLapsed()
                    | match_events.MatchWithdrawn()
                    | match_events.MatchClosed()
                ):
                    self.slots.remove(event.match_id)
                case match_events.MatchAccepted():
                    assert before.open_alert is None
                case _:
                    pass
        self.case = after

    def _try(self, attempt: Callable[[], Decision]) -> None:
        with contextlib.suppress(Problem):
            self._decide(attempt())

    @rule(hours=st.integers(0, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.case.request is None)
    @rule()
    def open(self) -> None:
        self._decide(lifecycle.record_request(self.case, case_opened(), self.now))

    @rule(level=st.sampled_from(list(Level)), alert=ALERTS, opening=st.booleans())
    def screen(self, level: Level, alert: str, opening: bool) -> None:
        self._decide(
            lifecycle.record_verdict(
                self.case, level, alert if level > Level.NONE else None, self.now, opening=opening
            )
        )

    @rule(alert=ALERTS)
    def raise_alert(self, alert: str) -> None:
        self._decide(lifecycle.record_alert(self.case, alert, self.now))

    @rule(alert=ALERTS, may=st.sampled_from([True, True, True, False]))
    def close_alert(self, alert: str, may: bool) -> None:
        self._decide(
            lifecycle.close_alert(
                self.case, alert, self.now, peer_may_continue=may, closed_at=self.now
            )
        )

    @rule(alert=ALERTS)
    def reopen_alert(self, alert: str) -> None:
        self._decide(lifecycle.reopen_alert(self.case, alert, self.now))

    @rule(may=st.booleans())
    def change_peer_decision(self, may: bool) -> None:
        self._decide(
            lifecycle.change_peer_decision(
                self.case, "a1", self.now, peer_may_continue=may, changed_at=self.now
            )
        )
        if self.over is Stage.REFERRED:
            self.over = None

    @rule(who=st.sampled_from(["sari", "budi"]))
    def offer(self, who: str) -> None:
        self.number += 1
        self._try(
            lambda: offers.offer(
                self.case, f"m{self.number}", a_supporter(who), (), LAPSE, self.now
            )
        )

    @precondition(lambda self: self.case.match is not None)
    @rule()
    def accept(self) -> None:
        match = self.case.match
        assert match is not None
        self._try(
            lambda: offers.accept(
                self.case, match.match_id, replace(SARI, supporter_id=match.supporter_id), self.now
            )
        )

    @precondition(lambda self: self.case.match is not None)
    @rule()
    def decline(self) -> None:
        match = self.case.match
        assert match is not None
        self._try(
            lambda: offers.decline(
                self.case, match.match_id, match.supporter_id, DeclineReason.NO_TIME, self.now
            )
        )

    @precondition(lambda self: self.case.match is not None)
    @rule(
        end=st.sampled_from([MatchEnd.COMPLETED, MatchEnd.SUPPORTER_LEFT, MatchEnd.SUPPORTER_LEFT])
    )
    def close(self, end: MatchEnd) -> None:
        match = self.case.match
        assert match is not None
        self._try(
            lambda: offers.close_match(self.case, match.match_id, match.supporter_id, end, self.now)
        )

    @rule()
    def lapse(self) -> None:
        self._decide(offers.lapse(self.case, self.now))

    @rule()
    def ask_for_somebody_else(self) -> None:
        self._decide(
            lifecycle.rematch(
                self.case, self.case.match.match_id if self.case.match else "m0", self.now
            )
        )

    @rule(aside=st.booleans())
    def set_aside_or_reopen(self, aside: bool) -> None:
        change = lifecycle.set_aside if aside else lifecycle.reopen
        self._decide(change(self.case, self.now))

    @precondition(lambda self: self.number > 5)
    @rule()
    def withdraw(self) -> None:
        self._decide(lifecycle.withdraw(self.case, self.now))

    @invariant()
    def it_stands_where_its_facts_put_it(self) -> None:
        assert self.case.stage is derive_stage(self.case)

    @invariant()
    def an_offer_means_no_open_alert(self) -> None:
        if self.case.stage in {Stage.OFFERED, Stage.WAITING}:
            assert self.case.open_alert is None
            assert self.case.ready
            assert not self.case.aside

    @invariant()
    def a_slot_is_taken_exactly_while_there_is_a_match(self) -> None:
        assert self.slots == ({self.case.match.match_id} if self.case.match else set())

    @invariant()
    def what_is_stored_without_the_slot_ends_no_match(self) -> None:
        """The rules that `CaseStore.decide` is given; the others go through `decide_with_slot`."""
        match_id = self.case.match.match_id if self.case.match else "m0"
        for decide in (
            lambda: lifecycle.record_request(self.case, case_opened(), self.now),
            lambda: lifecycle.record_verdict(self.case, Level.NONE, None, self.now, opening=True),
            lambda: lifecycle.record_verdict(self.case, Level.RED, None, self.now, opening=True),
            lambda: offers.accept(self.case, match_id, SARI, self.now),
            lambda: offers.log_meeting(self.case, match_id, "sari", self.now, self.now),
            lambda: offers.keep_waiting(self.case, Wait(WaitReason.ALL_BUSY), self.now),
        ):
            with contextlib.suppress(Problem):
                after, _ = decide()
                assert (after.match is None) == (self.case.match is None)

    @invariant()
    def the_timer_knows_what_to_act_on(self) -> None:
        assert (self.case.due_at is not None) == (self.case.stage in {Stage.WAITING, Stage.OFFERED})

    @invariant()
    def what_is_over_stays_over(self) -> None:
        if self.over is Stage.CLOSED:
            assert self.case.stage is Stage.CLOSED
        if self.over is not None:
            assert self.case.stage in lifecycle.OVER
            assert self.case.match is None
        self.over = self.case.stage if self.case.stage in lifecycle.OVER else self.over


TestLife = Life.TestCase
TestLife.settings = examples(150, steps=40)


def test_a_former_supporter_who_left_is_excluded_but_not_one_whose_offer_was_taken_back() -> None:
    held, _ = lifecycle.record_alert(offered(), "a1", NOW)
    assert held.former[0].parting is MatchEndReason.WITHDRAWN
    assert held.excluded == frozenset()


def test_a_peer_tells_their_students_apart_by_topic_and_since_when() -> None:
    (shown,) = MatchView.list_of([matched()], "sari")
    assert (shown.topic, shown.accepted_at) == (CaseTopic.LONELINESS, NOW)
