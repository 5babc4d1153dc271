"""Offers, matches and slots at the instants and numbers where their rules change."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from sebaya_contracts import matching as events
from sebaya_contracts.words import DeclineReason, Level, MatchEnd, SupporterState, WaitReason
from sebaya_matching.domain import lifecycle, offers, supporter
from sebaya_matching.domain.case import CHOOSING, Case, FormerMatch, Match, Wait
from sebaya_matching.domain.eligibility import explain_wait, find_ineligibility
from sebaya_matching.domain.enums import AlertState, Ineligibility, MatchEndReason, Stage
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.errors import (
    MeetingImpossible,
    NoActiveMatch,
    NoSlot,
    NotAvailable,
    NotWaiting,
    OfferGone,
)
from unit.matching.examples import (
    LAPSE,
    NOW,
    SCHOOL,
    a_profile,
    a_school,
    a_supporter,
    case_opened,
    waiting_case,
)

INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SARI = a_supporter("sari")
OFFERED, (OFFER,) = offers.offer(waiting_case(), "m1", SARI, (), LAPSE, NOW)
MATCHED, (ACCEPTANCE,) = offers.accept(OFFERED, "m1", SARI, NOW + MINUTE, NOW + DAY)
A_SCHOOL = a_school(30 * MINUTE)


def the_match(case: Case) -> Match:
    assert case.match is not None
    return case.match


def test_an_offer_says_until_when_and_an_acceptance_how_long_the_student_waited() -> None:
    assert isinstance(OFFER, events.MatchOffered) and isinstance(ACCEPTANCE, events.MatchAccepted)
    assert (OFFER.offered_at, OFFER.lapses_at) == (NOW, NOW + LAPSE)
    assert ACCEPTANCE.waited_seconds == 60
    assert (the_match(MATCHED).accepted_at, the_match(MATCHED).quiet_at) == (
        NOW + MINUTE,
        NOW + DAY,
    )
    early = offers.accept(OFFERED, "m1", SARI, NOW - MINUTE)[1][0]
    assert isinstance(early, events.MatchAccepted) and early.waited_seconds == 0
    assert OFFERED.due_at == NOW + LAPSE and MATCHED.due_at == NOW + DAY


def test_an_offer_is_open_until_the_instant_it_lapses() -> None:
    last = NOW + LAPSE - INSTANT
    assert offers.accept(OFFERED, "m1", SARI, last)[0].stage is Stage.MATCHED
    assert offers.lapse(OFFERED, last) == (OFFERED, ())
    assert offers.lapse(MATCHED, NOW + 9 * LAPSE) == (MATCHED, ())
    with pytest.raises(OfferGone):
        offers.decline(MATCHED, "m1", "sari", DeclineReason.NO_TIME, NOW)


def test_only_what_waits_is_offered_and_only_to_whom_it_may_be() -> None:
    for case in (OFFERED, MATCHED):
        with pytest.raises(NotWaiting):
            offers.offer(case, "m2", SARI, (), LAPSE, NOW)
    with pytest.raises(NoSlot):
        offers.offer(waiting_case(), "m2", a_supporter(cap=0), (), LAPSE, NOW)


def test_a_no_is_final_and_said_once() -> None:
    declined, (event,) = offers.decline(OFFERED, "m1", "sari", DeclineReason.NO_TIME, NOW)
    assert isinstance(event, events.MatchDeclined) and event.reason is DeclineReason.NO_TIME
    assert (declined.stage, declined.excluded) == (Stage.WAITING, {"sari"})
    assert offers.decline(declined, "m1", "sari", DeclineReason.OTHER, NOW) == (declined, ())
    lapsed, _ = offers.lapse(OFFERED, NOW + LAPSE)
    with pytest.raises(OfferGone):
        offers.decline(lapsed, "m1", "sari", DeclineReason.OTHER, NOW)


def test_a_broken_rule_is_found_in_an_open_offer_alone() -> None:
    gone = a_supporter("sari", state=SupporterState.PAUSED)
    assert offers.find_broken_rule(OFFERED, "m1", gone, NOW) is Ineligibility.UNAVAILABLE
    assert offers.find_broken_rule(OFFERED, "m1", SARI, NOW) is None
    assert offers.find_broken_rule(OFFERED, "m2", gone, NOW) is None
    assert offers.find_broken_rule(OFFERED, "m1", gone, NOW + LAPSE) is None
    assert offers.find_broken_rule(MATCHED, "m1", gone, NOW) is None
    assert isinstance(offers.make_refusal(Ineligibility.UNAVAILABLE), NotAvailable)
    assert isinstance(offers.make_refusal(Ineligibility.BUSY), OfferGone)


def test_a_changed_policy_moves_an_open_offer_and_a_closed_school_takes_it_back() -> None:
    moved, nothing = offers.apply_policy(OFFERED, A_SCHOOL, NOW)
    assert nothing == () and the_match(moved).lapses_at == NOW + 30 * MINUTE
    assert offers.apply_policy(OFFERED, A_SCHOOL, NOW + LAPSE) == (OFFERED, ())
    assert offers.apply_policy(MATCHED, A_SCHOOL, NOW) == (MATCHED, ())
    shut = msgspec.structs.replace(A_SCHOOL, active=False)
    after, (event,) = offers.apply_policy(OFFERED, shut, NOW)
    assert isinstance(event, events.MatchWithdrawn)
    assert (after.stage, after.excluded) == (Stage.WAITING, frozenset())


def test_a_judgement_keeps_lapses_or_takes_back() -> None:
    longer = a_supporter("sari", certified_until=NOW + 2 * MINUTE)
    kept, _ = offers.judge(OFFERED, longer, NOW)
    assert kept.due_at == NOW + 2 * MINUTE, "judged when the certificate runs out"
    assert offers.judge(MATCHED, longer, NOW) == (MATCHED, ())
    lapsed, (event,) = offers.judge(OFFERED, SARI, NOW + LAPSE)
    assert isinstance(event, events.MatchLapsed) and lapsed.lapsed == {"sari"}
    taken, (event,) = offers.judge(OFFERED, a_supporter("sari", cap=0), NOW)
    assert isinstance(event, events.MatchWithdrawn) and taken.lapsed == frozenset()


def test_a_meeting_lies_between_the_match_and_now_give_or_take_two_minutes() -> None:
    accepted, now = NOW + MINUTE, NOW + DAY
    for met_at in (accepted - 2 * MINUTE, now + 2 * MINUTE):
        case, (event,) = offers.log_meeting(MATCHED, "m1", "sari", met_at, now)
        assert isinstance(event, events.MeetingLogged) and event.met_at == met_at
        assert the_match(case).meetings == (met_at,)
    for met_at in (accepted - 2 * MINUTE - INSTANT, now + 2 * MINUTE + INSTANT):
        with pytest.raises(MeetingImpossible) as refused:
            offers.log_meeting(MATCHED, "m1", "sari", met_at, now)
        assert "met_at" in str(refused.value.__dict__)


def test_the_last_fifty_meetings_are_remembered() -> None:
    case, now = MATCHED, NOW + 99 * DAY
    times = [NOW + (2 + number) * MINUTE for number in range(51)]
    for met_at in times:
        case, _ = offers.log_meeting(case, "m1", "sari", met_at, now)
    assert the_match(case).meetings == tuple(times[1:])


def test_words_of_the_moment_of_the_match_end_its_silence() -> None:
    heard, _ = offers.note_words(MATCHED, NOW + MINUTE)
    assert the_match(heard).quiet_at is None
    assert offers.note_words(MATCHED, NOW + MINUTE - INSTANT) == (MATCHED, ())
    assert offers.note_words(OFFERED, NOW + DAY) == (OFFERED, ())
    assert offers.note_words(waiting_case(), NOW) == (waiting_case(), ())
    assert offers.note_words(heard, NOW + DAY) == (heard, ())
    assert offers.note_quiet(OFFERED, A_SCHOOL, NOW + 9 * DAY) == (OFFERED, ())


def test_a_supporter_that_retires_leaves_the_matches_and_not_the_offers() -> None:
    after, (event,) = offers.replace_retired(MATCHED, "m1", NOW + DAY)
    assert isinstance(event, events.MatchClosed)
    assert (event.end, event.case_closed) == (MatchEnd.SUPPORTER_LEFT, False)
    assert (after.stage, after.excluded) == (Stage.WAITING, {"sari"})
    assert offers.replace_retired(OFFERED, "m1", NOW) == (OFFERED, ())
    assert offers.replace_retired(MATCHED, "m0", NOW) == (MATCHED, ())


def test_closing_twice_with_another_end_is_no_repeat() -> None:
    left, _ = offers.close_match(MATCHED, "m1", "sari", MatchEnd.NO_SHOW, NOW)
    assert offers.close_match(left, "m1", "sari", MatchEnd.NO_SHOW, NOW) == (left, ())
    with pytest.raises(NoActiveMatch):
        offers.close_match(left, "m1", "sari", MatchEnd.COMPLETED, NOW)
    with pytest.raises(NoActiveMatch):
        offers.close_match(OFFERED, "m1", "sari", MatchEnd.COMPLETED, NOW)


def test_a_changed_reason_or_detail_is_told() -> None:
    wait = Wait(WaitReason.ALL_BUSY)
    case, (event,) = offers.keep_waiting(waiting_case(), wait, NOW + MINUTE)
    assert isinstance(event, events.CaseWaited) and case.try_at == NOW + MINUTE
    assert case.due_at == NOW + MINUTE
    assert len(offers.keep_waiting(case, Wait(WaitReason.ALL_EXCLUDED), NOW)[1]) == 1
    assert offers.keep_waiting(OFFERED, wait, NOW) == (OFFERED, ())


def test_a_case_waits_in_order_of_its_first_opening() -> None:
    again, _ = offers.lapse(OFFERED, NOW + LAPSE)
    assert (again.since, again.try_at, again.aged_since) == (NOW, NOW + LAPSE, NOW)
    unknown, _ = lifecycle.apply_facts(
        replace(waiting_case(), stage=Stage.PENDING, since=None), NOW
    )
    assert unknown.since == NOW
    assert Case("c1", SCHOOL, since=NOW).aged_since == NOW
    assert MATCHED.since is None


def test_a_student_that_chooses_has_a_day() -> None:
    choosing, _ = lifecycle.record_request(
        Case("c1", SCHOOL, opening=Level.NONE), case_opened(choosing=True), NOW
    )
    assert choosing.stage is Stage.PENDING and choosing.due_at == NOW + CHOOSING == NOW + DAY
    assert lifecycle.begin_search(choosing, NOW + DAY - INSTANT) == (choosing, ())
    assert lifecycle.begin_search(choosing, NOW + DAY)[0].stage is Stage.WAITING
    assert lifecycle.begin_search(waiting_case(), NOW + DAY) == (waiting_case(), ())


def test_a_match_is_ended_by_its_student_and_an_offer_taken_back() -> None:
    wishes = case_opened(excluded_supporters=("sari",)).preferences
    after, (event,) = lifecycle.change_wishes(MATCHED, wishes, NOW)
    assert isinstance(event, events.MatchClosed) and event.end is MatchEnd.STUDENT_LEFT
    assert after.former[0].parting is MatchEndReason.LEFT
    after, (event,) = lifecycle.change_wishes(OFFERED, wishes, NOW)
    assert isinstance(event, events.MatchWithdrawn)
    assert after.former[0].parting is MatchEndReason.WITHDRAWN
    assert lifecycle.change_wishes(Case("c1", SCHOOL), wishes, NOW) == (Case("c1", SCHOOL), ())


def test_a_held_case_is_announced_with_its_alert_and_its_release_too() -> None:
    held, (event,) = lifecycle.record_alert(waiting_case(), "a1", NOW)
    assert isinstance(event, events.CaseHeld) and event.alert_id == "a1"
    assert held.due_at is None and held.open_alert == "a1"
    free, (event,) = lifecycle.close_alert(held, "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert isinstance(event, events.CaseReleased) and event.alert_id == "a1"
    assert free.alerts == {"a1": AlertState.CLOSED} and not free.referred
    kept, (event,) = lifecycle.close_alert(held, "a1", NOW, peer_may_continue=False, closed_at=NOW)
    assert isinstance(event, events.CaseReferred) and kept.stage is Stage.REFERRED
    still, _ = lifecycle.close_alert(kept, "a1", NOW, peer_may_continue=True, closed_at=NOW)
    assert still.referred, "a counsellor's word is final"
    quiet, nothing = lifecycle.record_verdict(waiting_case(), Level.NONE, "a1", NOW, opening=False)
    assert (quiet.alerts, nothing) == ({}, ())


def test_slots_are_counted_against_the_cap_to_the_last_one() -> None:
    one = a_supporter(slots={"m1": "c1"}, cap=2)
    assert (one.taken, one.free) == (1, 1)
    assert not one.is_busy_beside("m1") and not one.is_busy_beside("m9")
    full = a_supporter(slots={"m1": "c1", "m2": "c2"}, cap=2)
    assert full.free == 0 and full.is_busy_beside("m9") and not full.is_busy_beside("m1")
    lowered = a_supporter(slots={"m1": "c1", "m2": "c2"}, cap=1)
    assert lowered.free == 0 and lowered.is_busy_beside("m1")


def test_a_lowered_cap_is_remembered_with_its_moment_and_a_raised_one_forgets_what_was_over() -> (
    None
):
    full = a_supporter(slots={"m1": "c1", "m2": "c2"}, cap=2)
    low, (event,) = supporter.change_profile(full, a_profile(cap=1), NOW)
    assert (low.over, low.lowered_at, event.kind()) == (1, NOW, "SupporterProfiled")
    high, _ = supporter.change_profile(low, a_profile(cap=5), NOW + DAY)
    assert (high.over, high.lowered_at) == (0, NOW)
    named, _ = supporter.change_profile(low, replace(low.profile, display_name="S"), NOW + DAY)
    assert (named.over, named.lowered_at) == (1, NOW)
    freed, (event,) = supporter.free_slot(low, "m1")
    assert isinstance(event, events.SlotFreed)
    assert (freed.over, event.taken, event.cap) == (0, 1, 1)
    assert supporter.free_slot(freed, "m1") == (freed, ())
    far = replace(low, slots={"m1": "c1", "m2": "c2", "m3": "c3"}, over=1)
    assert supporter.free_slot(far, "m1")[0].over == 1


def test_a_slot_is_taken_by_the_active_and_certified_alone() -> None:
    taken, (event,) = supporter.take_slot(a_supporter(cap=1), "m1", "c1", NOW)
    assert isinstance(event, events.SlotTaken)
    assert (taken.slots, event.taken, event.cap) == ({"m1": "c1"}, 1, 1)
    for refused in (
        taken,
        a_supporter(state=SupporterState.PAUSED),
        a_supporter(certified_until=NOW),
        a_supporter(certified_until=None),
    ):
        with pytest.raises(NoSlot):
            supporter.take_slot(refused, "m2", "c2", NOW)
    assert a_profile(certified_until=NOW + INSTANT).available(NOW)


@pytest.mark.parametrize(
    ("unanswered", "days"), [(1, None), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 16), (9, 16)]
)
def test_a_rest_doubles_from_the_second_silence_on(unanswered: int, days: int | None) -> None:
    before = replace(SARI, unanswered=unanswered - 1)
    after = supporter.note_silence(before, NOW)
    assert after.unanswered == unanswered
    assert after.rests_until == (NOW + days * DAY if days else None)
    if days:
        assert after.rests(NOW + days * DAY - INSTANT) and not after.rests(NOW + days * DAY)
    else:
        assert not after.rests(NOW)
    answered = supporter.note_answer(after)
    assert (answered.unanswered, answered.rests_until) == (0, None)


def test_practice_grows_a_cap_once_and_never_one_that_was_chosen() -> None:
    def grown(cap: int, *, chosen: bool) -> int:
        profile = a_profile(cap=cap, cap_chosen=chosen)
        return supporter.note_completed(Supporter(SCHOOL, "sari", profile))[0].profile.cap

    assert grown(1, chosen=False) == 2
    assert grown(1, chosen=True) == 1
    assert grown(2, chosen=False) == 2 and grown(5, chosen=False) == 5


def test_how_a_match_ended_is_an_answer_or_practice() -> None:
    tired = replace(SARI, unanswered=3, rests_until=NOW + DAY, slots={"m1": "c1"})
    no = FormerMatch("m1", "sari", MatchEndReason.DECLINED, NOW)
    assert supporter.end_match(tired, "m1", no)[0].unanswered == 0
    assert supporter.end_match(tired, "m1", None)[0].unanswered == 3
    lapsed = replace(no, parting=MatchEndReason.LAPSED)
    assert supporter.end_match(tired, "m1", lapsed)[0].unanswered == 3


def test_the_first_rule_that_keeps_two_apart_is_named() -> None:
    case = waiting_case(hours=("a",))
    assert find_ineligibility(case, a_supporter(hours=("b",)), NOW) is Ineligibility.HOURS
    for hours in (("a", "b"), ()):
        assert find_ineligibility(case, a_supporter(hours=hours), NOW) is None
    assert find_ineligibility(waiting_case(), a_supporter(hours=("b",)), NOW) is None
    bare = Case("c1", SCHOOL)
    assert find_ineligibility(bare, SARI, NOW) is Ineligibility.UNAVAILABLE
    assert explain_wait([]) == Wait(WaitReason.NO_SUPPORTER_FOR_TOPIC)
    assert explain_wait([Ineligibility.BUSY, Ineligibility.TOPIC]) == Wait(WaitReason.ALL_BUSY)
