"""Any interleaving and repetition of the events gives the same facts, and the numbers that a plain
recount of the events gives.
"""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from examples import examples
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseErased, CaseOpened, CaseWithdrawn, Preferences
from sebaya_contracts.matching import MatchAccepted, MatchClosed, MatchOffered, MeetingLogged
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    CaseTopic,
    Door,
    Level,
    MatchEnd,
)
from sebaya_evaluation.domain import facts as rules
from sebaya_evaluation.domain.counting import count_period
from sebaya_evaluation.domain.facts import About, Change, Fact
from sebaya_evaluation.domain.periods import UNPLACED
from sebaya_evaluation.domain.tally import Tally, merge_all

ZONE = "Asia/Jakarta"
START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
Source = tuple[str, str]
Told = tuple[Source, int, Event]

RULES: dict[type[Event], Any] = {
    CaseOpened: rules.record_opening,
    CaseWithdrawn: rules.record_withdrawal,
    CaseErased: lambda event: rules.erase_case(event, ZONE),
    MatchOffered: rules.record_offer,
    MatchAccepted: rules.record_acceptance,
    MeetingLogged: rules.record_meeting,
    MatchClosed: rules.record_match_end,
    AlertRaised: rules.record_alert,
    AlertRose: rules.record_rise,
    AlertAcknowledged: rules.record_acknowledgement,
    ContactRecorded: rules.record_contact,
    AlertClosed: rules.record_alert_end,
}

minutes = st.integers(0, 60 * 24 * 40).map(lambda value: START + timedelta(minutes=value))


@st.composite
def case(draw: st.DrawFn, number: int) -> list[Told]:
    """One case's events, by source document, in that document's order."""
    case_id = f"c{number}"
    intake: list[Event] = [
        CaseOpened(
            school_id="s1",
            case_id=case_id,
            topic=draw(st.sampled_from(list(CaseTopic)[:3])),
            door=Door.WEB,
            preferences=Preferences(language="id"),
            opening_message_id="m",
            consent_version="1",
            consented_at=START,
            opened_at=draw(minutes),
        )
    ]
    if draw(st.booleans()):
        intake.append(CaseWithdrawn(school_id="s1", case_id=case_id, withdrawn_at=draw(minutes)))
    if draw(st.integers(0, 4)) == 0:
        intake.append(CaseErased(school_id="s1", case_id=case_id, erased_at=draw(minutes)))
    told = [(("cases", case_id), at, event) for at, event in enumerate(intake)]
    told += [(("matches", case_id), at, event) for at, event in enumerate(draw(matches(case_id)))]
    for alert in range(draw(st.integers(0, 2))):
        alert_id = f"{case_id}-a{alert}"
        told += [
            (("alerts", alert_id), at, event)
            for at, event in enumerate(draw(alerts(case_id, alert_id)))
        ]
    return told


@st.composite
def matches(draw: st.DrawFn, case_id: str) -> list[Event]:
    made: list[Event] = []
    for number in range(draw(st.integers(0, 3))):
        who: dict[str, Any] = {
            "school_id": "s1",
            "case_id": case_id,
            "match_id": f"{case_id}-m{number}",
        }
        peer = {"supporter_id": f"p{number}"}
        whole: list[Event] = [
            MatchOffered(**who, **peer, offered_at=draw(minutes), lapses_at=START),
            MatchAccepted(**who, **peer, accepted_at=draw(minutes), waited_seconds=1.0),
            MeetingLogged(**who, met_at=draw(minutes)),
            MeetingLogged(**who, met_at=draw(minutes)),
            MatchClosed(
                **who,
                **peer,
                end=draw(st.sampled_from(MatchEnd)),
                closed_at=draw(minutes),
                case_closed=draw(st.booleans()),
            ),
        ]
        made += whole[: draw(st.integers(1, 5))]
    return made


@st.composite
def alerts(draw: st.DrawFn, case_id: str | None, alert_id: str) -> list[Event]:
    about: dict[str, Any] = {"school_id": "s1", "case_id": case_id, "alert_id": alert_id}
    level = draw(st.sampled_from([Level.AMBER, Level.RED]))
    whole: list[Event] = [
        AlertRaised(
            **about, episode=1, level=level, cause=AlertCause.MESSAGE, raised_at=draw(minutes)
        ),
        AlertRose(
            **about,
            level=draw(st.sampled_from([Level.RED, Level.IMMINENT])),
            cause=AlertCause.MESSAGE,
        ),
        AlertAcknowledged(
            **about, level=level, person_id="x", acknowledged_at=draw(minutes), waited_seconds=1.0
        ),
        ContactRecorded(**about, level=level, contacted_at=draw(minutes), waited_seconds=1.0),
        AlertClosed(
            **about,
            level=level,
            outcome=draw(st.sampled_from(AlertOutcome)),
            peer_may_continue=True,
            closed_at=draw(minutes),
        ),
    ]
    return whole[: draw(st.integers(1, 5))]


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    told = [one for number in range(draw(st.integers(1, 5))) for one in draw(case(number))]
    if draw(st.booleans()):
        told += [
            (("alerts", "school-a"), at, event)
            for at, event in enumerate(draw(alerts(None, "school-a")))
        ]
    return told


def build(told: list[Told]) -> dict[str, Fact]:
    """As the store does it: one mark a source document, written with the effect."""
    known: dict[str, Fact] = {}
    marks: dict[tuple[str, Source], int] = defaultdict(lambda: -1)
    for source, number, event in told:
        case_id = getattr(event, "case_id", None)
        fact_id = case_id or getattr(event, "alert_id", "")
        if number <= marks[fact_id, source]:
            continue
        marks[fact_id, source] = number
        change: Change = RULES[type(event)](event)
        fact = known.get(fact_id, Fact(fact_id, About.CASE if case_id else About.SCHOOL))
        known[fact_id], _ = rules.apply_change(fact, change, ZONE, START)
    return known


def settled(known: dict[str, Fact]) -> dict[str, Fact]:
    return {name: replace(fact, dirty=(), dirty_since=None) for name, fact in known.items()}


def disturbed(told: list[Told], chance: random.Random) -> list[Told]:
    """Documents interleaved anyhow, with repetitions and stale copies; within a document the first
    copies stay in order.
    """
    queues: dict[Source, list[Told]] = defaultdict(list)
    for one in told:
        queues[one[0]].append(one)
    mixed: list[Told] = []
    while queues:
        source = chance.choice(sorted(queues))
        mixed.append(queues[source].pop(0))
        if not queues[source]:
            del queues[source]
        while chance.random() > 0.7:
            mixed.append(chance.choice(mixed))
    return mixed


def by_period(known: dict[str, Fact]) -> dict[str, dict[str, Tally]]:
    grouped: dict[str, list[Fact]] = defaultdict(list)
    for fact in known.values():
        grouped[fact.find_period(ZONE)].append(fact)
    return {period: count_period(facts, []) for period, facts in grouped.items()}


@examples(150)
@given(histories(), st.randoms(use_true_random=False))
def test_every_order_and_repetition_gives_the_same_facts_and_numbers(
    told: list[Told], chance: random.Random
) -> None:
    expected = build(told)
    found = build(disturbed(told, chance))

    assert settled(found) == settled(expected)
    assert by_period(found) == by_period(expected)


@examples(150)
@given(histories(), st.randoms(use_true_random=False))
def test_the_numbers_are_those_of_a_plain_recount(told: list[Told], chance: random.Random) -> None:
    counted = by_period(build(disturbed(told, chance)))

    assert Counter(
        {
            (p, t, n): c
            for p, strata in counted.items()
            for t, tally in strata.items()
            for n, c in tally.counts.items()
        }
    ) == recount([event for _, _, event in told])


def recount(events: list[Event]) -> Counter[tuple[str, str, str]]:
    """Plainly, over the list: (period, topic, what) → how many."""
    opened = {e.case_id: e for e in events if isinstance(e, CaseOpened)}
    erased = {e.case_id for e in events if isinstance(e, CaseErased)}
    place = {
        case_id: (e.opened_at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m"), e.topic.value)
        for case_id, e in opened.items()
    }
    numbers: Counter[tuple[str, str, str]] = Counter()

    def add(case_ids: set[str], what: str) -> None:
        for case_id in case_ids - erased:
            numbers[(*place[case_id], what)] += 1

    ids = {
        kind: {e.case_id for e in events if isinstance(e, kind)}
        for kind in (MatchOffered, MatchAccepted, MeetingLogged, CaseWithdrawn)
    }
    add(set(opened), "asked")
    add(ids[MatchOffered], "offered")
    add(ids[MatchAccepted], "matched")
    add(ids[MeetingLogged], "met")
    add(ids[CaseWithdrawn], "withdrawn")
    add({e.case_id for e in events if isinstance(e, MatchClosed) and e.case_closed}, "closed")
    for case_id in erased:
        numbers[place[case_id][0], "none", "erased"] += 1
    for raised in (e for e in events if isinstance(e, AlertRaised)):
        where = _where(raised, place)
        if raised.case_id in erased:
            continue
        own = [e for e in events if getattr(e, "alert_id", None) == raised.alert_id]
        level = max((e.level for e in own), key=lambda one: one.rank)
        for kind, step in (
            (AlertRaised, "raised"),
            (AlertAcknowledged, "acknowledged"),
            (ContactRecorded, "contacted"),
            (AlertClosed, "closed"),
        ):
            numbers[(*where, f"alert/{level.value}/{step}")] += any(
                isinstance(e, kind) for e in own
            )
        for closed in (e for e in own if isinstance(e, AlertClosed)):
            numbers[(*where, f"outcome/{closed.outcome.value}")] += 1
    return +numbers


def _where(raised: AlertRaised, place: dict[str, tuple[str, str]]) -> tuple[str, str]:
    if raised.case_id is not None:
        return place[raised.case_id]
    return raised.raised_at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m"), "none"


def test_a_wait_is_counted_on_the_clock_of_the_highest_level_in_any_order() -> None:
    about: dict[str, Any] = {"school_id": "s1", "case_id": "c1", "alert_id": "a1"}
    cause, later = AlertCause.MESSAGE, START + timedelta(hours=1)
    raised = AlertRaised(**about, episode=1, level=Level.AMBER, cause=cause, raised_at=START)
    rose = AlertRose(**about, level=Level.IMMINENT, cause=cause, rose_at=later)
    answers = [
        AlertAcknowledged(
            **about, level=level, person_id="x", acknowledged_at=at, waited_seconds=1.0
        )
        for level, at in (
            (Level.AMBER, START + timedelta(minutes=1)),
            (Level.IMMINENT, later + timedelta(seconds=3)),
        )
    ]
    for order in permutations([raised, rose, *answers]):
        fact = Fact("c1")
        for event in order:
            fact, _ = rules.apply_change(fact, RULES[type(event)](event), ZONE, START)
        clock = fact.alerts[0].clock
        assert (clock.since, clock.acknowledged_at) == (later, later + timedelta(seconds=3))


def test_the_month_is_that_of_the_schools_own_time() -> None:
    late = datetime(2026, 1, 31, 17, 30, tzinfo=UTC)
    fact = Fact("c1", placed_at=late)

    assert fact.find_period("Asia/Jakarta") == "2026-02"
    assert fact.find_period("UTC") == "2026-01"


def test_a_fact_dirties_the_month_it_leaves_and_the_month_it_enters() -> None:
    alert = AlertRaised(
        school_id="s1",
        case_id="c1",
        alert_id="a1",
        episode=1,
        level=Level.RED,
        cause=AlertCause.MESSAGE,
        raised_at=START,
    )
    before, _ = rules.apply_change(Fact("c1"), rules.record_alert(alert), ZONE, START)
    assert before.dirty == (UNPLACED,)
    clean = replace(before, dirty=(), dirty_since=None)

    after, _ = rules.apply_change(clean, lambda fact: replace(fact, placed_at=START), ZONE, START)

    assert after.dirty == ("2026-01", UNPLACED)
    assert after.dirty_since == START


def test_a_change_that_changes_nothing_dirties_nothing() -> None:
    fact = Fact("c1", placed_at=START)

    assert rules.apply_change(fact, lambda same: same, ZONE, START) == (fact, ())


def test_a_tombstone_keeps_its_month_and_takes_nothing_more() -> None:
    full = replace(Fact("c1", placed_at=START, topic=CaseTopic.GRIEF), language="id")
    gone, _ = rules.apply_change(
        full,
        rules.erase_case(CaseErased(school_id="s1", case_id="c1", erased_at=START), ZONE),
        ZONE,
        START,
    )

    assert replace(gone, dirty=(), dirty_since=None) == Fact("c1", erased=True, period="2026-01")
    assert gone.dirty == ("2026-01",)
    withdrawn = rules.record_withdrawal(
        CaseWithdrawn(school_id="s1", case_id="c1", withdrawn_at=START)
    )
    assert rules.apply_change(gone, withdrawn, ZONE, START) == (gone, ())
    assert merge_all(count_period([gone], []).values()).counts == {"erased": 1}


@pytest.mark.parametrize("microsecond", [1000, 1998, 1999])
def test_moments_are_as_fine_as_the_store_keeps_them(microsecond: int) -> None:
    withdrawn = CaseWithdrawn(
        school_id="s1", case_id="c1", withdrawn_at=START.replace(microsecond=microsecond)
    )
    fact, _ = rules.apply_change(Fact("c1"), rules.record_withdrawal(withdrawn), ZONE, START)
    assert fact.withdrawn_at == START.replace(microsecond=1000)
