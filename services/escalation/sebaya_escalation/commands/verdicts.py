"""The verdict on a message: stored once, published as often as intake asks again."""

from datetime import datetime

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import Conflict
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.event import Event
from sebaya_escalation.domain.verdict import Verdict
from sebaya_escalation.store import EscalationStore


async def record_verdict(store: EscalationStore, verdict: Verdict, mark: AppliedSequence) -> bool:
    """Record a verdict that raises nothing, by one write; a message that has one is answered from
    the record. Return whether it is the first. Raises AlreadyApplied.
    """
    recorded = await store.verdicts.upsert(
        verdict.message_id, lambda _now: verdict, _publish, mark, expect_new=True
    )
    return recorded.version == 1


async def publish_again(store: EscalationStore, message_id: str, mark: AppliedSequence) -> None:
    """Publish the verdict on a message again, from the record.

    Raises AlreadyApplied; Conflict where the index knows the verdict and a majority does not yet:
    nothing is made up meanwhile.
    """
    try:
        await store.verdicts.update(message_id, _publish, mark)
    except NotFound:
        raise Conflict(message_id) from None


def _publish(verdict: Verdict, _now: datetime) -> tuple[Verdict, tuple[Event, ...]]:
    return verdict, (verdict.event(),)
