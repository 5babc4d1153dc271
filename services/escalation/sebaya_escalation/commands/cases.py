"""What becomes of a case: it is withdrawn, or erased."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.words import Level
from sebaya_escalation.collections import VERDICTS
from sebaya_escalation.domain import case as cases
from sebaya_escalation.domain import holding
from sebaya_escalation.domain.alert import Alert, note_student
from sebaya_escalation.domain.barring import BarReason, add_bars
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.closing import erase_words
from sebaya_escalation.domain.timeline import Happening
from sebaya_escalation.store import EscalationStore

# What is left of a verdict when its case is erased (`verdict.erase_verdict`).
ERASED_VERDICT: Document = {
    "state.level": Level.NONE.value,
    "state.alert_id": None,
    "state.author": None,
    "state.posted_at": None,
    "state.topic": None,
    "state.named": [],
}


async def withdraw_case(
    store: EscalationStore, case_id: str, withdrawn_at: datetime, mark: AppliedSequence
) -> Alert | None:
    """Note that a student withdrew a case, which closes no alert: whether the student is safe is
    for a human to find out, and the holder of the alert is told. Raises AlreadyApplied.
    """

    async def work(tx: EscalationStore) -> Alert | None:
        await _change_case(
            tx, case_id, lambda case: cases.note_withdrawal(case, withdrawn_at), mark
        )
        return await _note_student(tx, case_id, Happening.WITHDREW)

    return await store.transaction(work)


async def note_answer(
    store: EscalationStore, case_id: str, named: Sequence[str], *, by_student: bool
) -> Alert | None:
    """Note a message that calls for no human: the holder of an alert hears that the student
    answered; members of staff whom its words name are barred.

    Costs one read where there is neither.
    """
    if not named and (not by_student or await store.find_open_alert(case_id) is None):
        return None

    async def work(tx: EscalationStore) -> Alert | None:
        if named:
            await bar_people(tx, case_id, named, BarReason.NAMED)
        return await _note_student(tx, case_id, Happening.ANSWERED) if by_student else None

    return await store.transaction(work)


async def bar_people(
    tx: EscalationStore, case_id: str, people: Sequence[str], why: BarReason
) -> None:
    """Bar members of staff from a case and its alerts, in a transaction."""
    await tx.cases.upsert(
        case_id,
        lambda _now: Case(tx.school_id, case_id),
        lambda case, now: cases.bar_people(case, people, why, now),
        expect_new=False,
    )
    for loaded in await tx.alerts.find({"state.case_id": case_id}):
        bars = add_bars(loaded.state.bars, people, why)
        decision = holding.bar_from_alert(loaded.state, bars, loaded.now)
        if decision.alert != loaded.state:
            await tx.alerts.save(loaded.state.alert_id, loaded, decision.alert, decision.events)


async def _note_student(tx: EscalationStore, case_id: str, what: Happening) -> Alert | None:
    loaded = await tx.find_open_alert(case_id)
    if loaded is None:
        return None
    noted = note_student(loaded.state, what, loaded.now)
    if noted != loaded.state:
        await tx.alerts.save(noted.alert_id, loaded, noted)
    return noted


async def erase_case(store: EscalationStore, case_id: str, mark: AppliedSequence) -> None:
    """Erase a case: a tombstone stays, all words go, and its verdicts lose their level.

    An open alert stays for its human, without words. Raises AlreadyApplied.
    """

    async def work(tx: EscalationStore) -> None:
        await _change_case(tx, case_id, cases.erase, mark)
        for loaded in await tx.alerts.find({"state.case_id": case_id}):
            await tx.alerts.save(loaded.state.alert_id, loaded, erase_words(loaded.state))
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
