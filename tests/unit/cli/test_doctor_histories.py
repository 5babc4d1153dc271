"""What the checker keeps of a document's events: orders that must not be, and copies that change
nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sebaya_cli.doctor.history import History
from sebaya_cli.doctor.match_history import Matches
from sebaya_cli.doctor.sequence_numbers import MOST, SequenceNumbers
from sebaya_cli.doctor.slot_history import Slots
from sebaya_cli.topic_events import TopicEvent
from sebaya_contracts.audit import AuditChained
from sebaya_contracts.envelope import Attributes, Sequence
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseWithdrawn
from sebaya_contracts.matching import (
    CaseHeld,
    CaseReleased,
    MatchAccepted,
    MatchClosed,
    MatchDeclined,
    MatchOffered,
    SlotFreed,
    SlotTaken,
    SupporterProfiled,
)
from sebaya_contracts.topics import AUDIT, topic_of
from sebaya_contracts.words import DeclineReason, MatchEnd, SupporterState

AT = datetime(2026, 3, 2, tzinfo=UTC)


def seen(event: Event, number: int = 1, epoch: int = 1) -> TopicEvent:
    subject = str(getattr(event, "case_id", "x"))
    about = Attributes(
        f"e{number}",
        f"/{topic_of(event).writer}",
        event.kind(),
        subject,
        "s",
        Sequence(epoch, number),
        AT,
    )
    return TopicEvent(about, event, AT)


def matched(kind: type[Event], match_id: str, supporter_id: str = "ana", **more: Any) -> Event:
    return kind(school_id="s", case_id="c", match_id=match_id, supporter_id=supporter_id, **more)  # type: ignore[call-arg]


def offered(match_id: str, supporter_id: str = "ana") -> Event:
    return matched(
        MatchOffered, match_id, supporter_id, offered_at=AT, lapses_at=AT + timedelta(days=1)
    )


ACCEPTED = matched(MatchAccepted, "m1", accepted_at=AT, waited_seconds=1.0)
CLOSED = matched(MatchClosed, "m1", end=MatchEnd.SUPPORTER_LEFT, closed_at=AT, case_closed=False)
DECLINED = matched(MatchDeclined, "m1", reason=DeclineReason.NO_TIME)
HELD = CaseHeld(school_id="s", case_id="c", alert_id="a")
RELEASED = CaseReleased(school_id="s", case_id="c", alert_id="a")


def told(*events: Event) -> Matches:
    matches = Matches()
    for event in events:
        matches.see(seen(event))
    return matches


def test_one_match_after_the_other_is_as_it_should_be() -> None:
    matches = told(HELD, RELEASED, offered("m1"), ACCEPTED, CLOSED, offered("m2", "budi"))
    assert (matches.twice, matches.refused, matches.held) == ([], [], [])


def test_two_offers_at_once_are_told() -> None:
    assert "m2" in told(offered("m1"), offered("m2", "budi")).twice[0]


def test_an_acceptance_beside_the_match_is_told() -> None:
    assert (
        "m1 was accepted beside m2"
        in told(offered("m1"), DECLINED, offered("m2", "budi"), ACCEPTED).twice[0]
    )


def test_an_offer_after_a_no_or_an_ended_match_is_told() -> None:
    assert told(offered("m1"), DECLINED, offered("m2")).refused
    assert told(offered("m1"), ACCEPTED, CLOSED, offered("m2")).refused


def test_an_offer_or_an_acceptance_of_a_held_case_is_told() -> None:
    assert told(HELD, offered("m1")).held
    assert told(offered("m1"), HELD, ACCEPTED).held


def profiled(cap: int) -> Event:
    return SupporterProfiled(
        school_id="s",
        supporter_id="ana",
        display_name="Ana",
        state=SupporterState.ACTIVE,
        topics=(),
        languages=(),
        hours=(),
        cap=cap,
        certified_until=None,
    )


def slot(kind: type[SlotTaken] | type[SlotFreed], match_id: str) -> Event:
    return kind(school_id="s", supporter_id="ana", match_id=match_id, case_id="c", taken=0, cap=9)


def over(*events: Event) -> list[str]:
    slots = Slots()
    for event in events:
        slots.see(seen(event))
    return slots.over


def test_the_cap_counts_at_the_moment_of_taking() -> None:
    one, two, freed = slot(SlotTaken, "m1"), slot(SlotTaken, "m2"), slot(SlotFreed, "m1")
    assert over(profiled(2), one, two, profiled(1)) == [], "a lowered cap takes nothing away"
    assert over(profiled(1), one, freed, two) == []
    assert over(profiled(1), one, two) != []
    assert over(profiled(2), one, two, profiled(1), freed, one) != [], "and lets nothing new in"
    assert over(profiled(1), freed) != []


def numbers(*given: tuple[int, int]) -> SequenceNumbers:
    kept = SequenceNumbers()
    event = CaseWithdrawn(school_id="s", case_id="c", withdrawn_at=AT)
    for epoch, number in given:
        kept.see(topic_of(event), seen(event, number, epoch), whole=True)
    return kept


def test_a_relay_that_slept_publishes_again_and_nothing_is_missing() -> None:
    kept = numbers((1, 1), (1, 2), (1, 1), (1, 2), (1, 3))
    assert (kept.backwards, kept.gaps("intake", "c"), kept.last("intake", "c")) == ([], [], 3)


def test_gaps_and_a_first_event_that_comes_late_are_told() -> None:
    assert numbers((1, 2), (1, 4)).gaps("intake", "c") == [1, 3]
    assert numbers((1, 2), (1, 1)).backwards


def test_a_restored_store_goes_on_from_where_it_stood() -> None:
    kept = numbers((1, 1), (1, 2), (1, 3), (2, 3), (2, 4))
    assert (kept.gaps("intake", "c"), kept.last("intake", "c")) == ([], 4)


def test_each_service_has_its_own_chain_of_a_school_in_the_one_topic() -> None:
    """Their documents bear one name. What one service has told says nothing of another's."""
    history = History(began=AT)
    for service, number in (("matching", 1), ("matching", 2), ("escalation", 1)):
        event = AuditChained(
            school_id="s", service=service, number=number, digest=f"{service}-{number}"
        )
        about = Attributes(
            f"{service}{number}",
            f"/{service}",
            event.kind(),
            "audit-s",
            "s",
            Sequence(1, number),
            AT,
        )
        history.see(AUDIT, TopicEvent(about, event, AT), whole=True)
    assert history.numbers.backwards == []
    assert {service: head.number for (service, _), head in history.heads.items()} == {
        "matching": 2,
        "escalation": 1,
    }


def test_a_forged_number_fills_no_memory() -> None:
    kept = numbers((1, 1), (1, MOST * 1000))
    assert kept.last("intake", "c") == 1
    assert kept.backwards
