"""The assignment against brute force, and against input that breaks naive solvers."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_contracts.words import CaseTopic, SupporterState, Urgency, WaitDetail, WaitReason
from sebaya_matching.domain.assignment import assign, solve
from sebaya_matching.domain.case import Case, FormerMatch, Request, Wait
from sebaya_matching.domain.eligibility import find_ineligibility
from sebaya_matching.domain.enums import MatchEndReason, ScoreReason
from sebaya_matching.domain.scoring import count_days, score
from sebaya_matching.domain.supporter import Profile, Supporter
from sebaya_matching.domain.tables import CODES, ELIGIBLE, build_tables
from unit.matching.examples import NOW, SCHOOL, a_supporter, waiting_case

TOPICS = [CaseTopic.LONELINESS, CaseTopic.GRIEF]
HOURS = ["mon-lunch", "tue-lunch"]
IDS = ["p0", "p1", "p2", "p3"]


def best(
    allowed: np.ndarray, scores: np.ndarray, free: Sequence[int], row: int = 0
) -> tuple[int, float]:
    """The most pairs and, among those, the highest sum, by trying everything."""
    if row == len(allowed):
        return 0, 0.0
    found = [best(allowed, scores, free, row + 1)]
    for column in range(len(free)):
        if allowed[row, column] and free[column] > 0:
            left = [slots - (at == column) for at, slots in enumerate(free)]
            pairs, total = best(allowed, scores, left, row + 1)
            found.append((pairs + 1, total + scores[row, column]))
    return max(found)


@st.composite
def instances(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[int]]:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    cells = rows * columns
    allowed = draw(st.lists(st.booleans(), min_size=cells, max_size=cells))
    scores = draw(
        st.lists(
            st.sampled_from([0.0, 0.0, 1.0, 7.5, 40.0, 640.0, -3.0]), min_size=cells, max_size=cells
        )
    )
    free = draw(st.lists(st.integers(-1, 3), min_size=columns, max_size=columns))
    return np.array(allowed).reshape(rows, columns), np.array(scores).reshape(rows, columns), free


@examples(400)
@given(instances())
def test_as_many_as_possible_then_as_well_as_possible_and_never_a_forbidden_pair(
    instance: tuple[np.ndarray, np.ndarray, list[int]],
) -> None:
    allowed, scores, free = instance
    chosen = solve(scores, allowed, free)
    assert all(allowed[pair] for pair in chosen)
    assert len({row for row, _ in chosen}) == len(chosen)
    assert all(
        sum(column == at for _, column in chosen) <= max(0, slots) for at, slots in enumerate(free)
    )
    pairs, total = best(allowed, scores, free)
    assert len(chosen) == pairs
    assert math.isclose(sum(scores[pair] for pair in chosen), total, abs_tol=1e-6)


def test_a_forbidden_pair_is_never_chosen_even_if_a_case_stays_alone_and_a_zero_can_be() -> None:
    allowed = np.array([[True, False], [True, False]])
    assert len(solve(np.zeros((2, 2)), allowed, [1, 5])) == 1
    assert solve(np.zeros((1, 1)), np.array([[True]]), [1]) == [(0, 0)]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, 1e300])
def test_an_odd_score_spoils_nobody_elses(odd: float) -> None:
    scores = np.array([[odd, 5.0], [1.0, 2.0], [3.0, odd]])
    assert len(solve(scores, np.ones((3, 2), dtype=bool), [2, 1])) == 3


def test_nothing_to_assign_is_an_answer() -> None:
    assert assign([], [], NOW).offers == ()
    assert assign([], [a_supporter()], NOW).waits == ()
    assert assign([waiting_case()], [], NOW).waits == (
        ("c1", Wait(WaitReason.NO_SUPPORTER_FOR_TOPIC)),
    )


def test_more_cases_than_slots_a_cap_that_is_used_up_and_a_case_excluded_from_all() -> None:
    full = a_supporter("full", slots={"m": "c"}, cap=1)
    lowered = a_supporter("lowered", slots={"m1": "a", "m2": "b"}, cap=1)
    excluded = waiting_case("lonely", excluded=("free", "full", "lowered"))
    plan = assign(
        [waiting_case("c1"), waiting_case("c2"), excluded],
        [full, lowered, a_supporter("free", cap=1)],
        NOW,
    )
    assert [one.supporter_id for one in plan.offers] == ["free"]
    assert dict(plan.waits)["lonely"] == Wait(WaitReason.ALL_EXCLUDED)
    assert sorted(wait.reason for _, wait in plan.waits) == [
        WaitReason.ALL_BUSY,
        WaitReason.ALL_EXCLUDED,
    ]


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"topics": (CaseTopic.GRIEF,)}, WaitReason.NO_SUPPORTER_FOR_TOPIC),
        ({"languages": ("en",)}, WaitReason.NO_SUPPORTER_FOR_LANGUAGE),
        ({"hours": ("fri-lunch",)}, WaitReason.NO_COMMON_HOURS),
        ({"state": SupporterState.PAUSED}, WaitReason.NO_SUPPORTER_FOR_TOPIC),
        ({"certified_until": None}, WaitReason.NO_SUPPORTER_FOR_TOPIC),
        ({"certified_until": NOW}, WaitReason.NO_SUPPORTER_FOR_TOPIC),
    ],
)
def test_who_waits_is_told_what_is_missing(profile: dict[str, object], reason: WaitReason) -> None:
    plan = assign([waiting_case(hours=("mon-lunch",))], [a_supporter(**profile)], NOW)
    assert plan.offers == ()
    assert plan.waits == (("c1", Wait(reason)),)


def test_the_reason_is_that_of_the_supporter_who_came_closest() -> None:
    stranger = a_supporter("stranger", topics=(CaseTopic.GRIEF,))
    speaker = a_supporter("speaker", languages=("en",))
    busy = a_supporter("busy", slots={"m": "c"}, cap=1)
    assert assign([waiting_case()], [stranger, speaker, busy], NOW).waits == (
        ("c1", Wait(WaitReason.ALL_BUSY)),
    )
    assert assign([waiting_case()], [speaker, stranger], NOW).waits == (
        ("c1", Wait(WaitReason.NO_SUPPORTER_FOR_LANGUAGE)),
    )


def test_who_declined_is_never_asked_again_and_who_let_it_lapse_only_when_alone() -> None:
    declined = replace(
        waiting_case(), former=(FormerMatch("m1", "sari", MatchEndReason.DECLINED, NOW),)
    )
    assert assign([declined], [a_supporter("sari")], NOW).waits == (
        ("c1", Wait(WaitReason.ALL_EXCLUDED, WaitDetail.ALL_DECLINED)),
    )
    lapsed = replace(
        waiting_case(preferred=("sari",)),
        former=(FormerMatch("m1", "sari", MatchEndReason.LAPSED, NOW),),
    )
    assert [
        one.supporter_id
        for one in assign([lapsed], [a_supporter("sari"), a_supporter("budi")], NOW).offers
    ] == ["budi"]
    assert [one.supporter_id for one in assign([lapsed], [a_supporter("sari")], NOW).offers] == [
        "sari"
    ]


def test_the_preferred_supporter_is_chosen_and_the_offer_says_why() -> None:
    plan = assign(
        [waiting_case(preferred=("budi",), hours=("mon-lunch",))],
        [a_supporter("sari"), a_supporter("budi", hours=("mon-lunch",))],
        NOW,
    )
    assert plan.offers[0].supporter_id == "budi"
    assert {ScoreReason.PREFERRED, ScoreReason.COMMON_HOURS, ScoreReason.FIRST_LANGUAGE} <= set(
        plan.offers[0].reasons
    )


def test_of_two_cases_and_one_slot_the_longer_wait_wins_over_a_wish() -> None:
    patient = waiting_case("patient", opened_at=NOW - timedelta(days=5))
    plan = assign(
        [waiting_case("new", preferred=("sari",)), patient], [a_supporter("sari", cap=1)], NOW
    )
    assert [one.case_id for one in plan.offers] == ["patient"]


@st.composite
def some_cases(draw: st.DrawFn) -> Case:
    few = st.lists(st.sampled_from(IDS), max_size=3, unique=True).map(tuple)
    request = Request(
        topic=draw(st.sampled_from(TOPICS)),
        language=draw(st.sampled_from(["id", "en"])),
        opened_at=NOW - timedelta(hours=draw(st.integers(0, 2000))),
        hours=tuple(draw(st.lists(st.sampled_from(HOURS), max_size=2, unique=True))),
        preferred=draw(few),
        excluded=draw(few),
        urgency=draw(st.sampled_from(Urgency)),
    )
    former = tuple(
        FormerMatch("m", who, draw(st.sampled_from(list(MatchEndReason))), NOW)
        for who in (*draw(few), *draw(few))
    )
    case = waiting_case(f"c{draw(st.integers(0, 10**6))}")
    return replace(
        case,
        request=draw(st.sampled_from([request, request, request, None])),
        former=former,
    )


@st.composite
def some_supporters(draw: st.DrawFn) -> list[Supporter]:
    return [
        Supporter(
            SCHOOL,
            supporter_id,
            Profile(
                "x",
                tuple(draw(st.lists(st.sampled_from(TOPICS), min_size=1, max_size=2, unique=True))),
                tuple(draw(st.permutations(["id", "en"])))[: draw(st.integers(1, 2))],
                tuple(draw(st.lists(st.sampled_from(HOURS), max_size=2, unique=True))),
                draw(st.integers(1, 3)),
                NOW + timedelta(days=1),
                SupporterState.ACTIVE,
            ),
            {f"m{n}": "c" for n in range(draw(st.integers(0, 4)))},
            unanswered=draw(st.integers(0, 5)),
            rests_until=draw(st.sampled_from([None, NOW, NOW + timedelta(hours=1)])),
        )
        for supporter_id in IDS[: draw(st.integers(1, 4))]
    ]


@examples(200)
@given(st.lists(some_cases(), min_size=1, max_size=4), some_supporters())
def test_the_tables_say_what_the_rules_say_of_each_pair(
    cases: list[Case], supporters: list[Supporter]
) -> None:
    found = build_tables(cases, supporters, NOW)
    for row, case in enumerate(cases):
        for column, supporter in enumerate(supporters):
            met = find_ineligibility(case, supporter, NOW)
            assert found.ineligibilities[row, column] == (ELIGIBLE if met is None else CODES[met])
            if case.request is not None:
                assert math.isclose(
                    found.scores[row, column],
                    score(case.request, supporter, count_days(case.aged_since, NOW)).value,
                )


def test_five_hundred_cases_and_supporters_take_bounded_time() -> None:
    cases = [waiting_case(f"c{n}") for n in range(500)]
    supporters = [a_supporter(f"p{n}", cap=3) for n in range(150)]
    started = time.perf_counter()
    plan = assign(cases, supporters, NOW)
    assert (len(plan.offers), len(plan.waits)) == (450, 50)
    # 0.1 s on an idle core; the machine of a test may be busy.
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("urgency", [Urgency.SOON, Urgency.TODAY])
def test_of_two_cases_and_one_slot_the_urgent_one_wins_but_not_over_two_days_more_of_waiting(
    urgency: Urgency,
) -> None:
    urgent = waiting_case("urgent", urgency=urgency)
    for waited, first in ((timedelta(hours=47), "urgent"), (timedelta(hours=49), "patient")):
        patient = waiting_case("patient", opened_at=NOW - waited)
        plan = assign([patient, urgent], [a_supporter(cap=1)], NOW)
        assert [one.case_id for one in plan.offers] == [first]
    assert ScoreReason.NEEDED_SOON in assign([urgent], [a_supporter()], NOW).offers[0].reasons


@pytest.mark.parametrize(
    "wish", [{"topic": CaseTopic.GRIEF}, {"language": "en"}, {"excluded": ("sari",)}]
)
def test_no_urgency_moves_a_barrier(wish: dict[str, object]) -> None:
    assert (
        assign([waiting_case(urgency=Urgency.TODAY, **wish)], [a_supporter("sari")], NOW).offers
        == ()
    )
