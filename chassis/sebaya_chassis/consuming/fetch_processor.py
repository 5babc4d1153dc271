"""The path of a fetch through a service, from top to bottom.

 1. what is for other services is done at once
 2. after an unclean death: the suspects, one by one, each between two stored marks
    (crash_recovery)
 3. what changes one document each, in bulk: one load and one write for many documents (bulk_apply)
 4. all that is left, each document's records one after another, documents side by side
    (document_queues); each record is applied or parked (record_processor)

Every record is counted by what became of it. When too many of the last ones were parked the
consumer stops.
"""

from collections import Counter
from dataclasses import dataclass

from sebaya_chassis.base.metrics import RECORDS
from sebaya_chassis.consuming.bulk_apply import BulkApplier
from sebaya_chassis.consuming.crash_recovery import Suspects
from sebaya_chassis.consuming.dead_letter_limit import DeadLetterLimit, TooManyParked
from sebaya_chassis.consuming.delivery import Delivery
from sebaya_chassis.consuming.document_queues import FetchProgress, OnOwnFault, by_document
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.record_processor import RecordProcessor
from sebaya_contracts.topics import Topic


@dataclass(slots=True)
class FetchProcessor:
    """Brings the records of fetches to their ends; `queues_at_once` documents are at work side by
    side.
    """

    records: RecordProcessor
    bulk: BulkApplier
    suspects: Suspects
    queues_at_once: int
    limit: DeadLetterLimit

    async def process(self, fetch: FetchProgress) -> None:
        """Bring every record of a fetch to its end, but for those of documents that are held.

        Raises TooManyParked, and the failures of the last step as a group.
        """
        try:
            self._skip_what_is_for_others(fetch)
            await fetch.run_singly(self._process_suspect, self.suspects.among(fetch.left()))
            if self.bulk.handlers.writes_in_bulk:
                await self._apply_in_bulk(fetch)
            await fetch.run_queues(self._process_record, self.queues_at_once)
        finally:
            fetch.finished.set()

    def _skip_what_is_for_others(self, fetch: FetchProgress) -> None:
        for delivery in fetch.left():
            if self.records.skips(delivery):
                fetch.mark_done(delivery)
                self._count(delivery.topic, Outcome.SKIPPED)

    async def _process_suspect(self, delivery: Delivery, on_own_fault: OnOwnFault) -> None:
        if await self.suspects.enter(delivery):
            outcome = await self.records.park_killer(delivery)
        else:
            outcome = await self.records.process(delivery, on_own_fault)
        await self.suspects.leave(delivery)
        self._count(delivery.topic, outcome)

    async def _apply_in_bulk(self, fetch: FetchProgress) -> None:
        counted: Counter[tuple[Topic, Outcome]] = Counter()
        for delivery, outcome in await self.bulk.apply(by_document(fetch.left())):
            fetch.mark_done(delivery)
            counted[delivery.topic, outcome] += 1
        for (topic, outcome), times in counted.items():
            self._count(topic, outcome, times)

    async def _process_record(self, delivery: Delivery, on_own_fault: OnOwnFault) -> None:
        self._count(delivery.topic, await self.records.process(delivery, on_own_fault))

    def _count(self, topic: Topic, outcome: Outcome, times: int = 1) -> None:
        RECORDS.labels(self.records.service, topic.name, outcome.value).inc(times)
        for _ in range(times):
            self.limit.count(parked=outcome is Outcome.PARKED)
        if self.limit.reached:
            raise TooManyParked(self.records.service)
