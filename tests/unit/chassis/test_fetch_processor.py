"""The path of a fetch: others', suspects, in bulk, the rest; each record is counted by its end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from conformance.harness import Sourced, delivery_of
from sample_service import asked
from sebaya_chassis.consuming.bulk_apply import BulkApplier
from sebaya_chassis.consuming.crash_recovery import Suspects
from sebaya_chassis.consuming.dead_letter_limit import DeadLetterLimit, TooManyParked
from sebaya_chassis.consuming.delivery import Delivery
from sebaya_chassis.consuming.document_queues import FetchProgress, OnOwnFault
from sebaya_chassis.consuming.fetch_processor import FetchProcessor
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.record_processor import RecordProcessor
from sebaya_contracts.topics import CASES


@dataclass
class Path:
    """Stands for all that a fetch meets, and notes what comes by; records are named by offset."""

    for_others: set[int] = field(default_factory=set)
    suspected: set[int] = field(default_factory=set)
    killers: set[int] = field(default_factory=set)
    in_bulk: set[int] = field(default_factory=set)
    outcome: Outcome = Outcome.APPLIED
    seen: list[tuple[str, int]] = field(default_factory=list)
    service: str = "toy"
    writes_in_bulk: bool = True

    @property
    def handlers(self) -> "Path":
        return self

    def note(self, what: str, delivery: Delivery) -> None:
        self.seen.append((what, delivery.record.offset))

    def skips(self, delivery: Delivery) -> bool:
        return delivery.record.offset in self.for_others

    def among(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        return [one for one in deliveries if one.record.offset in self.suspected]

    async def enter(self, delivery: Delivery) -> bool:
        self.note("enter", delivery)
        return delivery.record.offset in self.killers

    async def leave(self, delivery: Delivery) -> None:
        self.note("leave", delivery)

    async def process(self, delivery: Delivery, _on_own_fault: OnOwnFault) -> Outcome:
        self.note("alone", delivery)
        return self.outcome

    async def park_killer(self, delivery: Delivery) -> Outcome:
        self.note("parked", delivery)
        return Outcome.PARKED

    async def apply(self, queues: Sequence[Sequence[Delivery]]) -> list[tuple[Delivery, Outcome]]:
        done = [one for queue in queues for one in queue if one.record.offset in self.in_bulk]
        for delivery in done:
            self.note("bulk", delivery)
        return [(delivery, Outcome.APPLIED) for delivery in done]

    def processor(self, limit: DeadLetterLimit | None = None) -> FetchProcessor:
        stand_in: Any = self
        return FetchProcessor(
            cast(RecordProcessor, stand_in),
            cast(BulkApplier, stand_in),
            cast(Suspects, stand_in),
            4,
            limit or DeadLetterLimit(0.5, 100, 50),
        )


def fetched(count: int) -> FetchProgress:
    deliveries = [
        delivery_of(Sourced(CASES, f"c{at}", 1, asked(f"c{at}")), at) for at in range(count)
    ]
    return FetchProgress({deliveries[0].partition: deliveries})


async def test_a_record_meets_the_first_step_that_is_for_it_and_no_other() -> None:
    path = Path(for_others={0}, suspected={3, 4}, killers={4}, in_bulk={2, 3, 5})
    fetch = fetched(6)
    await path.processor().process(fetch)
    assert path.seen == [
        *[("enter", 3), ("alone", 3), ("leave", 3), ("enter", 4), ("parked", 4), ("leave", 4)],
        *[("bulk", 2), ("bulk", 5)],
        ("alone", 1),
    ]
    assert fetch.complete
    assert fetch.finished.is_set()


async def test_what_is_for_others_is_no_suspect() -> None:
    path = Path(for_others={0, 1}, suspected={0, 1})
    await path.processor().process(fetched(2))
    assert path.seen == []


async def test_nothing_is_asked_to_go_in_bulk_where_no_handler_does() -> None:
    path = Path(in_bulk={0}, writes_in_bulk=False)
    await path.processor().process(fetched(1))
    assert path.seen == [("alone", 0)]


async def test_a_stop_at_the_limit_leaves_the_last_record_to_come_again() -> None:
    path = Path(outcome=Outcome.PARKED)
    fetch = fetched(9)
    with pytest.raises(ExceptionGroup) as stopped:
        await path.processor(DeadLetterLimit(0.5, 100, 2)).process(fetch)
    assert stopped.group_contains(TooManyParked)
    assert not fetch.complete
    assert fetch.finished.is_set(), "a partition that is revoked waits for it"
