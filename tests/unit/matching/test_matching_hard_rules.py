"""One function of hard rules, asked at every moment at which a pair can come to be wrong."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sebaya_contracts.district import Policies, School
from sebaya_contracts.intake import Preferences
from sebaya_contracts.words import CaseTopic, Level, SupporterState
from sebaya_matching.domain import lifecycle, offers
from sebaya_matching.domain.case import CHOOSING, Case, Danger, FormerMatch
from sebaya_matching.domain.eligibility import find_ineligibility
from sebaya_matching.domain.enums import Ineligibility, MatchEndReason, Stage
from sebaya_matching.domain.supporter import Supporter, hold_debriefs, owe_debrief
from sebaya_matching.errors import NoSlot, NotAvailable, OfferGone
from unit.matching.examples import LAPSE, NOW, SCHOOL, a_supporter, case_opened, waiting_case

SLOT = {"m1": "c1"}
BROKEN: dict[str, dict[str, Any]] = {
    "topics": {"topics": (CaseTopic.GRIEF,)},
    "languages": {"languages": ("en",)},
    "hours": {"hours": ("tue-lunch",)},
    "state": {"state": SupporterState.PAUSED},
    "no certificate": {"certified_until": None},
    "certificate over": {"certified_until": NOW},
}


def offered(**supporter: Any) -> Case:
    case = waiting_case(hours=("mon-lunch",))
    return offers.offer(case, "m1", a_supporter(**supporter), (), LAPSE, NOW)[0]


def holder(slots: dict[str, str] | None = None, **profile: Any) -> Supporter:
    return a_supporter(slots=slots or SLOT, **profile)


def a_school(**more: Any) -> School:
    return School(
        school_id=SCHOOL,
        name="S",
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id",),
        **more,
    )


@pytest.mark.parametrize("change", BROKEN.values(), ids=list(BROKEN))
def test_what_breaks_a_rule_is_neither_offered_nor_accepted_and_falls_at_once(
    change: dict[str, Any],
) -> None:
    case = offered()
    with pytest.raises(NoSlot):
        offers.offer(
            waiting_case(hours=("mon-lunch",)), "m1", a_supporter(**change), (), LAPSE, NOW
        )
    with pytest.raises((NotAvailable, OfferGone)):
        offers.accept(case, "m1", holder(**change), NOW)
    fallen, events = offers.judge(case, holder(**change), NOW)
    assert [event.kind() for event in events] == ["MatchWithdrawn"]
    assert (fallen.stage, fallen.due_at) == (Stage.WAITING, NOW)


def test_a_student_who_excludes_after_the_offer_is_heard() -> None:
    case = offered()
    assert case.request is not None
    case = replace(case, request=replace(case.request, excluded=("sari",)))
    with pytest.raises(OfferGone):
        offers.accept(case, "m1", holder(), NOW)
    assert offers.judge(case, holder(), NOW)[0].match is None


def wished(**wishes: Any) -> Preferences:
    return Preferences(language="id", **wishes)


def test_a_student_who_changes_their_wishes_is_heard_at_once() -> None:
    without_sari = wished(excluded_supporters=("sari",))
    fallen, events = lifecycle.change_wishes(offered(), without_sari, NOW)
    assert (fallen.stage, [event.kind() for event in events]) == (Stage.WAITING, ["MatchWithdrawn"])
    matched = offers.accept(offered(), "m1", holder(), NOW)[0]
    ended, events = lifecycle.change_wishes(matched, without_sari, NOW)
    assert (ended.stage, [event.kind() for event in events]) == (Stage.WAITING, ["MatchClosed"])
    other_hours, events = lifecycle.change_wishes(offered(), wished(hours=("tue-lunch",)), NOW)
    assert (other_hours.stage, events) == (Stage.OFFERED, ())
    busy_then = holder(hours=("mon-lunch",))
    assert offers.judge(other_hours, busy_then, NOW)[0].stage is Stage.WAITING


def test_no_offer_before_the_student_has_named_whom_they_would_not_like_for_a_day_at_most() -> None:
    opened = case_opened(choosing=True)
    case, _ = lifecycle.record_request(Case("c1", SCHOOL), opened, NOW)
    case, _ = lifecycle.record_verdict(case, Level.NONE, None, NOW, opening=True)
    assert (case.stage, case.due_at) == (Stage.PENDING, NOW + CHOOSING)
    chosen, _ = lifecycle.change_wishes(case, wished(excluded_supporters=("sari",)), NOW)
    assert (chosen.stage, chosen.excluded) == (Stage.WAITING, {"sari"})
    early = NOW + CHOOSING - timedelta(seconds=1)
    assert lifecycle.begin_search(case, early) == (case, ())
    assert lifecycle.begin_search(case, NOW + CHOOSING)[0].stage is Stage.WAITING


def test_an_offers_own_slot_does_not_count_against_it() -> None:
    assert offers.accept(offered(), "m1", holder(cap=1), NOW)[0].stage is Stage.MATCHED
    assert offers.judge(offered(), holder(cap=1), NOW)[0].stage is Stage.OFFERED
    beside = holder(SLOT | {"m0": "c0"}, cap=1)
    assert offers.find_broken_rule(offered(), "m1", beside, NOW) is Ineligibility.BUSY
    with pytest.raises(OfferGone):
        offers.accept(offered(), "m1", beside, NOW)


def test_the_clock_judges_an_offer_when_the_certificate_runs_out() -> None:
    until = NOW + timedelta(hours=2)
    case = offered(certified_until=until)
    assert case.due_at == until
    assert offers.judge(case, holder(certified_until=until), until)[0].stage is Stage.WAITING
    renewed, events = offers.judge(case, holder(certified_until=NOW + 9 * LAPSE), NOW)
    assert (renewed.due_at, events) == (NOW + LAPSE, ())


def test_an_offer_that_breaks_no_rule_lapses_in_its_time() -> None:
    case, events = offers.judge(offered(), holder(), NOW + LAPSE)
    assert ([event.kind() for event in events], case.lapsed) == (["MatchLapsed"], {"sari"})


def test_what_is_accepted_outlives_a_changed_profile() -> None:
    matched = offers.accept(offered(), "m1", holder(), NOW)[0]
    assert offers.judge(matched, holder(topics=(CaseTopic.GRIEF,)), NOW) == (matched, ())
    assert offers.find_broken_rule(matched, "m1", holder(cap=0), NOW) is None


def test_a_school_that_changes_its_policy_changes_its_open_offers() -> None:
    quicker = a_school(policies=Policies(offer_lapse_seconds=7200.0))
    case, events = offers.apply_policy(offered(), quicker, NOW)
    assert (case.due_at, events) == (NOW + timedelta(hours=2), ())
    slower = a_school(policies=Policies(offer_lapse_seconds=9e6))
    assert offers.apply_policy(offered(), slower, NOW + LAPSE) == (offered(), ())
    closed, events = offers.apply_policy(offered(), a_school(active=False), NOW)
    assert (closed.stage, [event.kind() for event in events]) == (Stage.WAITING, ["MatchWithdrawn"])


def test_beside_the_student_was_who_was_matched_while_the_danger_stood() -> None:
    """A former match counts by its times, an offer never; the active one always does."""
    hour = timedelta(hours=1)
    ended = {
        "over before": (NOW - 3 * hour, NOW - 2 * hour),
        "left on its way": (NOW - 3 * hour, NOW),
        "left as it was raised": (NOW - 3 * hour, NOW - hour),
        "came as it was closed": (NOW + hour, NOW + 2 * hour),
        "came after": (NOW + 2 * hour, NOW + 3 * hour),
        "was only asked": (None, NOW),
    }
    former = tuple(
        FormerMatch(who, who, MatchEndReason.ENDED, parted_at, accepted_at)
        for who, (accepted_at, parted_at) in ended.items()
    )
    case = replace(waiting_case(), former=former)
    danger = Danger("a1", NOW - hour, NOW + hour)
    left = ("left on its way", "left as it was raised", "came as it was closed")
    assert case.list_supporters_beside(danger) == left
    matched, _ = offers.accept(offered(), "m1", holder(), NOW)
    assert replace(matched, former=former).list_supporters_beside(danger) == (*left, "sari")
    assert offered().list_supporters_beside(danger) == ()


def test_to_whom_a_debrief_is_owed_nothing_is_offered_nor_kept_open_and_a_match_stays() -> None:
    owing = owe_debrief(holder(), "a1", NOW)
    with pytest.raises((NotAvailable, OfferGone)):
        offers.accept(offered(), "m1", owing, NOW)
    fallen, _ = offers.judge(offered(), owing, NOW)
    assert fallen.stage is Stage.WAITING
    case = waiting_case(hours=("mon-lunch",))
    assert find_ineligibility(case, owing, NOW) is Ineligibility.DEBRIEF
    matched, _ = offers.accept(offered(), "m1", holder(), NOW)
    assert offers.judge(matched, owing, NOW) == (matched, ())
    talked = hold_debriefs(owing, NOW)
    assert find_ineligibility(case, talked, NOW) is None
