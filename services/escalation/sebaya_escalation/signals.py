"""What a signal writes, in one transaction: the verdict, its case, the alert it raises or joins,
and the pages of the step that is due.

The step is part of it so that no alert is ever stored without its call: nobody has to come by and
take it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from pymongo.errors import PyMongoError

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.service.timers import WakeTimer
from sebaya_chassis.storage.documents import AlreadyExists, Conflict
from sebaya_chassis.storage.layout import AppliedSequence, LoadedDocument, NewDocument
from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertEvent, AlertRaised, AlertRose
from sebaya_contracts.event import Event
from sebaya_escalation import metrics
from sebaya_escalation.domain import alert as alerts
from sebaya_escalation.domain import case as cases
from sebaya_escalation.domain import ladder
from sebaya_escalation.domain.alert import Alert, AlertDecision
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.ladder import LadderStep
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.domain.verdict import Verdict, erase_verdict
from sebaya_escalation.paging.ladders import count_step
from sebaya_escalation.store import NOT_CLOSED, UNSCREENED, EscalationStore

log = get_logger()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a signal led, and what is published of it. `step` was taken in the same write; None
    where none was due or could be.
    """

    alert: Alert
    events: tuple[AlertEvent, ...]
    step: LadderStep | None = None

    @property
    def pages(self) -> tuple[Page, ...]:
        return self.step.pages if self.step else ()


Tell = Callable[[Placed], None]
"""Called once a signal is stored."""


async def answer_quietly(store: EscalationStore, verdict: Verdict, mark: AppliedSequence) -> None:
    """A verdict that raises nothing: one write. A message asked for again is answered from the
    record. Raises Stale.
    """
    await store.verdicts.upsert(
        verdict.message_id, lambda _now: verdict, _say, mark, expect_new=True
    )


async def answer_with_signal(
    store: EscalationStore, verdict: Verdict, signal: Signal, mark: AppliedSequence
) -> Placed | None:
    """The verdict and the alert it raises or joins; None where it has its verdict, or its case was
    erased. Raises Stale.

    Nearly every message is new, so nobody asks first: the verdict's own insertion says when it is
    there, and undoes the rest.
    """
    if verdict.opening:
        with suppress(AlreadyExists):
            return await _answer_opening(store, verdict, signal, mark)
    alert_id = new_id()

    async def work(tx: EscalationStore) -> Placed | None:
        placed = await _place(tx, await _known(store, verdict.case_id), signal, alert_id)
        kept = (
            replace(verdict, alert_id=placed.alert.alert_id) if placed else erase_verdict(verdict)
        )
        try:
            await tx.verdicts.create(kept, [kept.event()], mark)
        except AlreadyExists:
            raise _Answered from None
        return placed

    try:
        return await store.transaction(work)
    except _Answered:
        await _answer_again(store, verdict, mark)
    return None


async def _answer_opening(
    store: EscalationStore, verdict: Verdict, signal: Signal, mark: AppliedSequence
) -> Placed:
    """Of a case that nobody can have spoken of yet: nothing is read but the school, and all writes
    are first ones.

    Raises AlreadyExists where somebody has, or the opening has its verdict: nothing is written
    then.
    """
    now = store.store.now()
    case = cases.add_signal(Case(store.school_id, verdict.case_id), begins_episode=True)
    decided = alerts.raise_alert(
        store.school_id, new_id(), case.case_id, case.episodes, signal, now
    )
    kept = replace(verdict, alert_id=decided.alert.alert_id)
    placed = Placed(decided.alert, decided.events)

    async def whom_it_calls() -> list[NewDocument]:
        nonlocal placed
        placed = _stepped(store, decided, await _school(store), now)
        return [
            *(store.pages.prepare(page) for page in placed.pages),
            store.alerts.prepare(placed.alert, placed.events),
        ]

    # The school is read while the first two are being written: an alert waits for one answer of the
    # store less.
    await store.store.create_together(
        [store.cases.prepare(case), store.verdicts.prepare(kept, [kept.event()], mark)],
        whom_it_calls,
    )
    return placed


async def _answer_again(store: EscalationStore, verdict: Verdict, mark: AppliedSequence) -> None:
    """From the record. Raises Stale; Conflict where the index knows it and a majority does not yet:
    nothing is made up meanwhile.
    """
    try:
        await store.verdicts.update(verdict.message_id, _say, mark)
    except NotFound:
        raise Conflict(verdict.message_id) from None


class _Answered(Exception):
    """The message has its verdict; whatever else was about to be written is not."""


class SignalOfErased(Exception):
    """The case was erased; nothing is kept."""


async def signal_without_verdict(
    store: EscalationStore, record_id: str, case_id: str | None, signal: Signal
) -> Placed | None:
    """For what could not be screened. `record_id` makes a repetition harmless, which is None.
    Raises SignalOfErased.
    """
    alert_id = new_id()

    async def work(tx: EscalationStore) -> Placed | None:
        seen, named = tx.store.collection(UNSCREENED), f"{tx.school_id}/{record_id}"
        if await seen.find_one({"_id": named}):
            return None
        placed = await _place(tx, await _known(store, case_id), signal, alert_id)
        if placed is None:
            raise SignalOfErased
        await seen.create({"_id": named, "at": tx.store.now()})
        return placed

    return await store.transaction(work)


async def adult_requested(
    store: EscalationStore, case_id: str, signal: Signal, mark: AppliedSequence
) -> Placed | None:
    """The case's mark and the alert; None for an erased case. Raises Stale."""
    alert_id = new_id()

    async def work(tx: EscalationStore) -> Placed | None:
        return await _place(tx, await _known(store, case_id), signal, alert_id, mark)

    return await store.transaction(work)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a signal is decided by. `before` is the case as it is stored; `alert` the one that no
    human has closed.
    """

    before: LoadedDocument[Case] | None
    case: Case
    alert: LoadedDocument[Alert] | None
    school: School | None


async def _known(store: EscalationStore, case_id: str | None) -> _Known:
    """Read before the transaction, side by side: versions and keys of the writes meet what changes
    between, and all begins again.
    """
    none = Case(store.school_id, case_id)
    before, school = await asyncio.gather(_case(store, none.identity), _school(store))
    case = before.state if before else none
    # A case that has begun no episode has no alert to look for.
    found = (
        await store.alerts.find({"state.case_id": case_id, **NOT_CLOSED}, limit=1)
        if case.episodes
        else []
    )
    return _Known(before, case, found[0] if found else None, school)


async def _place(
    tx: EscalationStore,
    known: _Known,
    signal: Signal,
    alert_id: str,
    mark: AppliedSequence | None = None,
) -> Placed | None:
    """Joins the episode that no human has closed, or begins the next one. None for an erased case.

    Writes the case too: that is where a signal and the erasure of its case meet. Raises Stale,
    Conflict, OfAnotherSchool.
    """
    signalled = cases.add_signal(known.case, begins_episode=known.alert is None)
    if known.before is None:
        await tx.cases.create(signalled, (), mark)
    elif signalled != known.case or mark:
        known.before.refuse_applied(mark)
        await tx.cases.save(known.case.identity, known.before, signalled, (), mark)
    if known.case.erased:
        return None
    if known.alert:
        return await _join(tx, known.alert, signal, known.school)
    return await _begin(tx, signalled, signal, alert_id, known.school)


async def _case(store: EscalationStore, identity: str) -> LoadedDocument[Case] | None:
    try:
        return await store.cases.load(identity)
    except NotFound:
        return None


async def _school(store: EscalationStore) -> School | None:
    """None where its description cannot be read."""
    try:
        return await store.school()
    except PyMongoError:
        raise
    except Exception as error:  # noqa: BLE001 - the alert is stored whatever is wrong with its school
        _left_to_timer(store, error)
        return None


async def _begin(
    tx: EscalationStore, case: Case, signal: Signal, alert_id: str, school: School | None
) -> Placed:
    now = tx.store.now()
    placed = _stepped(
        tx,
        alerts.raise_alert(tx.school_id, alert_id, case.case_id, case.episodes, signal, now),
        school,
        now,
    )
    await tx.pages.create_many(placed.pages)
    await tx.alerts.create(placed.alert, placed.events)
    return placed


async def _join(
    tx: EscalationStore, before: LoadedDocument[Alert], signal: Signal, school: School | None
) -> Placed:
    decided = alerts.join_signal(before.state, signal, before.now)
    if decided.alert == before.state:
        return Placed(decided.alert, decided.events)
    placed = _stepped(tx, decided, school, before.now)
    await tx.pages.create_many(placed.pages)
    await tx.alerts.save(placed.alert.alert_id, before, placed.alert, placed.events)
    return placed


def _stepped(
    store: EscalationStore, decided: AlertDecision, school: School | None, now: datetime
) -> Placed:
    """With the step that is due now.

    Whatever is wrong with a school or its rota, the alert is stored: its step is due then, and the
    timer says why it cannot be taken.
    """
    alert, untaken = decided.alert, Placed(decided.alert, decided.events)
    if school is None or not alert.paging or alert.due_at is None or alert.due_at > now:
        return untaken
    try:
        step = ladder.take_step(alert, school, store.mail_domain, now)
    except Exception as error:  # noqa: BLE001 - no fault of a ladder may keep an alert from being stored
        _left_to_timer(store, error)
        return untaken
    return Placed(step.alert, (*decided.events, *step.events), step)


def _left_to_timer(store: EscalationStore, error: Exception) -> None:
    log.warning("first_step_left_to_timer", exc_info=error, school_id=store.school_id)


def tell(ladder_due: WakeTimer, pages_due: WakeTimer, placed: Placed) -> None:
    """After the commit: counted, and whoever has something to do at once is woken."""
    for event in placed.events:
        if isinstance(event, AlertRaised):
            metrics.RAISED.labels(event.level, event.cause).inc()
        elif isinstance(event, AlertRose):
            metrics.ROSE.labels(event.level).inc()
    if placed.step is None:
        ladder_due()
        return
    count_step(placed.step)
    if placed.step.pages:
        pages_due()


def _say(verdict: Verdict, _now: datetime) -> tuple[Verdict, tuple[Event, ...]]:
    return verdict, (verdict.event(),)
