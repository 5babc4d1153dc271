"""One function of hard rules, asked at every moment at which a pair can come to be wrong."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sebaya_contracts.district import Policies, School
from sebaya_contracts.words import CaseTopic, SupporterState
from sebaya_matching.domain import offers
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.enums import Ineligibility, Stage
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.errors import NoSlot, NotAvailable, OfferGone
from unit.matching.examples import LAPSE, NOW, SCHOOL, a_supporter, waiting_case

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
