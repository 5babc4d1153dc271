"""One signal's way to its pages. `record_signal` is the one entrance, whatever the signal comes
from: a message, a student's request for an adult, a record that cannot be screened.

One transaction writes

    1. the case, at which a signal and the erasure of its case meet,
    2. the pages of the step that is due,
    3. the alert that the signal raises or joins,
    4. the receipt, by which a repetition changes nothing.

The step is part of it so that no alert is ever stored without its call: no timer has to come by and
take it. Whatever is wrong with a school or its rota, the alert is stored: its step stays due, and
the timer says why it cannot be taken.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import AlreadyExists
from sebaya_chassis.storage.layout import AppliedSequence, LoadedDocument, NewDocument
from sebaya_chassis.storage.tenant_store import TenantCollection
from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertEvent, AlertRaised, AlertRose
from sebaya_contracts.event import Event
from sebaya_escalation import metrics
from sebaya_escalation.commands.paging import (
    PagingTimers,
    count_step,
    plan_pages,
    prepare_pages,
)
from sebaya_escalation.commands.verdicts import publish_again
from sebaya_escalation.domain import alert as alerts
from sebaya_escalation.domain import case as cases
from sebaya_escalation.domain import holding, ladder
from sebaya_escalation.domain.alert import Alert, AlertDecision
from sebaya_escalation.domain.barring import BarReason
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.ladder import LadderStep
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.domain.verdict import Verdict, erase_verdict, raise_verdict
from sebaya_escalation.store import EscalationStore, parse_school

log = get_logger()


@dataclass(frozen=True, slots=True)
class VerdictReceipt:
    """The verdict on the message: a message that has one signals no more."""

    verdict: Verdict
    mark: AppliedSequence


@dataclass(frozen=True, slots=True)
class RaisedReceipt:
    """The verdict on a message that has one, raised by the second stage."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CaseReceipt:
    """The mark of a student's request, on its case."""

    mark: AppliedSequence


@dataclass(frozen=True, slots=True)
class UnscreenedReceipt:
    """The name of what could not be screened: a message, or the record that held one."""

    record_id: str


@dataclass(frozen=True, slots=True)
class RequestReceipt:
    """The name of a request for an adult that came without a case."""

    request_id: str


NamedReceipt = UnscreenedReceipt | RequestReceipt
SignalReceipt = VerdictReceipt | RaisedReceipt | CaseReceipt | NamedReceipt


@dataclass(frozen=True, slots=True)
class RecordedSignal:
    """The alert that a signal raised or joined, and what is published of it.

    `step` was taken in the same write; None where none was due or could be taken.
    """

    alert: Alert
    events: tuple[AlertEvent, ...]
    step: LadderStep | None = None

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages that the step planned."""
        return self.step.pages if self.step else ()


class NotRecorded(Enum):
    """Why a signal raised and joined nothing."""

    REPEATED = "repeated"
    CASE_ERASED = "case_erased"


async def record_signal(
    store: EscalationStore,
    timers: PagingTimers,
    case_id: str | None,
    signal: Signal,
    receipt: SignalReceipt,
) -> RecordedSignal | NotRecorded:
    """Record a signal once: raise an alert or join the open one, and page.

    `case_id` is None for a signal of the whole school. Raises AlreadyApplied, Conflict,
    OfAnotherSchool.
    """
    recorded = await _record(store, case_id, signal, receipt)
    if isinstance(recorded, RecordedSignal):
        _announce(recorded, timers)
    return recorded


def _announce(recorded: RecordedSignal, timers: PagingTimers) -> None:
    """After the commit: count it, and wake the timer that has something to do at once."""
    for event in recorded.events:
        if isinstance(event, AlertRaised):
            metrics.RAISED.labels(event.level, event.cause).inc()
        elif isinstance(event, AlertRose):
            metrics.ROSE.labels(event.level).inc()
    if recorded.step is None:
        timers.wake_ladder()
        return
    count_step(recorded.step)
    if recorded.step.pages:
        timers.wake_pages()


async def _record(
    store: EscalationStore, case_id: str | None, signal: Signal, receipt: SignalReceipt
) -> RecordedSignal | NotRecorded:
    if isinstance(receipt, VerdictReceipt) and receipt.verdict.opening:
        # Where it is there already, it goes the way of a case that was heard of before.
        with suppress(AlreadyExists):
            return await _record_opening(store, signal, receipt)
    alert_id = new_id()

    async def work(tx: EscalationStore) -> RecordedSignal | NotRecorded:
        if await _has_named_receipt(tx, receipt):
            return NotRecorded.REPEATED
        subject = await _load_subject(store, case_id)
        recorded = await _write(tx, subject, signal, alert_id, receipt)
        await _write_receipt(tx, receipt, recorded)
        return recorded

    try:
        return await store.transaction(work)
    except _MessageHasVerdict as known:
        await publish_again(store, known.receipt.verdict.message_id, known.receipt.mark)
        return NotRecorded.REPEATED
    except _NotRaised:
        return NotRecorded.REPEATED


# --- the receipt


class _NotRaised(Exception):
    """The verdict says as much already: what else was about to be written is undone."""


class _MessageHasVerdict(Exception):
    """The message has its verdict: what else was about to be written is undone."""

    def __init__(self, receipt: VerdictReceipt) -> None:
        super().__init__(receipt.verdict.message_id)
        self.receipt = receipt


async def _has_named_receipt(tx: EscalationStore, receipt: SignalReceipt) -> bool:
    if not isinstance(receipt, NamedReceipt):
        return False
    receipts, name = _named(tx, receipt)
    return await receipts.find_one({"_id": name}) is not None


async def _write_receipt(
    tx: EscalationStore, receipt: SignalReceipt, recorded: RecordedSignal | NotRecorded
) -> None:
    """A case's receipt is its mark, and was written with it."""
    if isinstance(receipt, VerdictReceipt):
        verdict = _verdict_with(receipt.verdict, recorded)
        # Nearly every message is new, so it is not asked for first: the insertion says when the
        # verdict is there.
        try:
            await tx.verdicts.create(verdict, [verdict.event()], receipt.mark)
        except AlreadyExists:
            raise _MessageHasVerdict(receipt) from None
    elif isinstance(receipt, RaisedReceipt):
        await _raise_verdict(tx, _verdict_with(receipt.verdict, recorded))
    elif isinstance(receipt, NamedReceipt) and isinstance(recorded, RecordedSignal):
        receipts, name = _named(tx, receipt)
        await receipts.create({"_id": name, "at": tx.now()})


async def _raise_verdict(tx: EscalationStore, raised: Verdict) -> None:
    def rule(verdict: Verdict, _now: datetime) -> tuple[Verdict, tuple[Event, ...]]:
        risen = raise_verdict(verdict, raised)
        if risen == verdict:
            raise _NotRaised
        return risen, (risen.event(),)

    await tx.verdicts.update(raised.message_id, rule)


def _verdict_with(verdict: Verdict, recorded: RecordedSignal | NotRecorded) -> Verdict:
    if isinstance(recorded, NotRecorded):
        return erase_verdict(verdict)
    return replace(verdict, alert_id=recorded.alert.alert_id)


def _named(store: EscalationStore, receipt: NamedReceipt) -> tuple[TenantCollection, str]:
    """Where a receipt by name is kept, and its name there."""
    if isinstance(receipt, UnscreenedReceipt):
        return store.unscreened, f"{store.school_id}/{receipt.record_id}"
    return store.requests, f"{store.school_id}/{receipt.request_id}"


# --- the case, the alert and its step


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a signal is decided by. `before` is the case as it is stored; `alert` the one that no
    human has closed; `named` the members of staff that the words of the case name.
    """

    before: LoadedDocument[Case] | None
    case: Case
    alert: LoadedDocument[Alert] | None
    school: School | None
    named: tuple[str, ...] = ()


async def _load_subject(store: EscalationStore, case_id: str | None) -> _Subject:
    """Read before the transaction, side by side: versions and keys of the writes meet what changes
    between, and all begins again.
    """
    unknown = Case(store.school_id, case_id)
    before, school, named = await asyncio.gather(
        _find_case(store, unknown.identity), _find_school(store), _list_named(store, case_id)
    )
    case = before.state if before else unknown
    # A case that has begun no episode has no alert to look for.
    alert = await store.find_open_alert(case_id) if case.episodes else None
    return _Subject(before, case, alert, school, named)


async def _list_named(store: EscalationStore, case_id: str | None) -> tuple[str, ...]:
    return await store.list_named(case_id) if case_id else ()


async def _find_case(store: EscalationStore, identity: str) -> LoadedDocument[Case] | None:
    try:
        return await store.cases.load(identity)
    except NotFound:
        return None


async def _find_school(store: EscalationStore) -> School | None:
    """None where its description cannot be read; that it could not be asked for is an error."""
    row = await store.school_row()
    try:
        return parse_school(row)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the alert is stored
        _leave_to_timer(store, error)
        return None


async def _write(
    tx: EscalationStore, subject: _Subject, signal: Signal, alert_id: str, receipt: SignalReceipt
) -> RecordedSignal | NotRecorded:
    """Join the episode that no human has closed, or begin the next one.

    Writes the case too, also where that changes nothing but its mark.
    """
    mark = receipt.mark if isinstance(receipt, CaseReceipt) else None
    case = cases.add_signal(
        subject.case, begins_episode=subject.alert is None, by_friend=signal.by_friend
    )
    named = {
        *subject.named,
        *(receipt.verdict.named if isinstance(receipt, VerdictReceipt) else ()),
    }
    case, events = cases.bar_people(case, sorted(named), BarReason.NAMED, tx.now())
    if subject.before is None:
        await tx.cases.create(case, events, mark)
    elif case != subject.case or mark:
        subject.before.refuse_applied(mark)
        await tx.cases.save(case.identity, subject.before, case, events, mark)
    if subject.case.erased:
        return NotRecorded.CASE_ERASED
    if subject.alert:
        return await _join_alert(tx, subject.alert, signal, case, subject.school)
    return await _raise_alert(tx, case, signal, alert_id, subject.school)


async def _raise_alert(
    tx: EscalationStore, case: Case, signal: Signal, alert_id: str, school: School | None
) -> RecordedSignal:
    now = tx.now()
    raised = _raise(tx.school_id, alert_id, case, signal, now)
    recorded = _with_due_step(tx, raised, school, now)
    await plan_pages(tx, recorded.pages)
    await tx.alerts.create(recorded.alert, recorded.events)
    return recorded


def _raise(
    school_id: str, alert_id: str, case: Case, signal: Signal, now: datetime
) -> AlertDecision:
    raised = alerts.raise_alert(school_id, alert_id, case.case_id, case.episodes, signal, now)
    of_case = replace(raised.alert, by_friend=case.by_friend)
    barred = holding.bar_from_alert(of_case, case.bars, now)
    return AlertDecision(barred.alert, (*raised.events, *barred.events))


async def _join_alert(
    tx: EscalationStore,
    before: LoadedDocument[Alert],
    signal: Signal,
    case: Case,
    school: School | None,
) -> RecordedSignal:
    # Barred first: the holder whom the words name is not told of them.
    barred = holding.bar_from_alert(before.state, case.bars, before.now)
    joined = alerts.join_signal(barred.alert, signal, before.now)
    joined = AlertDecision(joined.alert, (*barred.events, *joined.events))
    if joined.alert == before.state:
        return RecordedSignal(joined.alert, joined.events)
    recorded = _with_due_step(tx, joined, school, before.now)
    await plan_pages(tx, recorded.pages)
    await tx.alerts.save(recorded.alert.alert_id, before, recorded.alert, recorded.events)
    return recorded


def _with_due_step(
    store: EscalationStore, decision: AlertDecision, school: School | None, now: datetime
) -> RecordedSignal:
    alert, without_step = decision.alert, RecordedSignal(decision.alert, decision.events)
    if school is None or alert.due_at is None or alert.due_at > now:
        return without_step
    try:
        step = ladder.take_step(alert, school, store.mail_domain, now)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the alert is stored
        _leave_to_timer(store, error)
        return without_step
    return RecordedSignal(step.alert, (*decision.events, *step.events), step)


def _leave_to_timer(store: EscalationStore, error: Exception) -> None:
    log.warning("first_step_left_to_timer", exc_info=error, school_id=store.school_id)


# --- an opening


async def _record_opening(
    store: EscalationStore, signal: Signal, receipt: VerdictReceipt
) -> RecordedSignal:
    """The signal of an opening: nothing can be known of its case yet, so nothing is read but the
    school, and all writes are first ones, which share a transaction with those of other openings.

    Raises AlreadyExists where the case is known, or the opening has its verdict; then nothing is
    written.
    """
    now = store.now()
    unknown = Case(store.school_id, receipt.verdict.case_id)
    case, events = cases.bar_people(
        cases.add_signal(unknown, begins_episode=True), receipt.verdict.named, BarReason.NAMED, now
    )
    raised = _raise(store.school_id, new_id(), case, signal, now)
    recorded = RecordedSignal(raised.alert, raised.events)
    verdict = _verdict_with(receipt.verdict, recorded)

    async def prepare_alert() -> Sequence[NewDocument]:
        nonlocal recorded
        recorded = _with_due_step(store, raised, await _find_school(store), now)
        return [
            *prepare_pages(store, recorded.pages),
            store.alerts.prepare(recorded.alert, recorded.events),
        ]

    # The school is read while the first two are being written: an alert waits for one answer of the
    # store less.
    await store.store.create_together(
        [
            store.cases.prepare(case, events),
            store.verdicts.prepare(verdict, [verdict.event()], receipt.mark),
        ],
        prepare_alert,
    )
    return recorded
