"""What becomes of a case: it is withdrawn, or erased."""

from collections.abc import Callable
from datetime import datetime

from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.words import Level
from sebaya_escalation.collections import VERDICTS
from sebaya_escalation.domain import case as cases
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.closing import wipe_words
from sebaya_escalation.store import EscalationStore

# What is left of a verdict when its case is erased (`verdict.erase_verdict`).
ERASED_VERDICT = {
    "state.level": Level.NONE.value,
    "state.alert_id": None,
    "state.author": None,
    "state.posted_at": None,
    "state.topic": None,
}


async def withdraw_case(
    store: EscalationStore, case_id: str, withdrawn_at: datetime, mark: AppliedSequence
) -> None:
    """Note that a student withdrew a case, which closes no alert: whether the student is safe is
    for a human to find out. Raises AlreadyApplied.
    """
    await _change_case(store, case_id, lambda case: cases.note_withdrawal(case, withdrawn_at), mark)


async def erase_case(store: EscalationStore, case_id: str, mark: AppliedSequence) -> None:
    """Erase a case: a tombstone stays, all words go, and its verdicts lose their level.

    An open alert stays for its human, without words. Raises AlreadyApplied.
    """

    async def work(tx: EscalationStore) -> None:
        await _change_case(tx, case_id, cases.erase, mark)
        for loaded in await tx.alerts.find({"state.case_id": case_id}):
            await tx.alerts.save(loaded.state.alert_id, loaded, wipe_words(loaded.state))
        await tx.store.collection(VERDICTS.collection).update_many(
            {"state.case_id": case_id}, {"$set": ERASED_VERDICT, "$inc": {"version": 1}}
        )

    await store.transaction(work)


async def _change_case(
    store: EscalationStore, case_id: str, change: Callable[[Case], Case], mark: AppliedSequence
) -> None:
    await store.cases.upsert(
        case_id,
        lambda _now: Case(store.school_id, case_id),
        lambda case, _now: (change(case), ()),
        mark,
    )
