"""What escalation does with the events of others. Each handler is one write or one transaction,
with the mark of its source.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import AdultRequested, CaseErased, CaseWithdrawn, MessagePosted
from sebaya_contracts.words import AlertCause, Level
from sebaya_escalation import metrics, signals
from sebaya_escalation.coverage import CoverageWatch
from sebaya_escalation.domain import case as case_domain
from sebaya_escalation.domain.judgement import Judgement, judge_message, make_signal
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.domain.verdict import make_verdict
from sebaya_escalation.keyed_lock import KeyedLock
from sebaya_escalation.signals import Tell
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler is given: the documents of the event's school, and the parts of the process.

    `announce` is called after a signal was stored. A text of more than `screen_in_thread_over`
    characters is screened off the event loop.
    """

    store: EscalationStore
    schools: Schools
    coverage: CoverageWatch
    announce: Tell
    case_locks: KeyedLock
    screen_in_thread_over: int

    def case_lock(
        self, event: MessagePosted | CaseWithdrawn | CaseErased | AdultRequested
    ) -> AbstractAsyncContextManager[None]:
        """Hold an event's case: events of one case meet in its document, and those of two topics
        may come at the same moment.
        """
        return self.case_locks.of(f"{event.school_id}/{event.case_id}")


handlers = Handlers[HandlerContext]()


@handlers.on(SchoolDefined)
async def define_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    # Two documents, each with the mark: after a death between them the second is still written.
    with suppress(AlreadyApplied):
        await context.schools.apply(event, mark)
    await context.coverage.publish(context.store, mark)


@handlers.on(MessagePosted)
async def screen_message(
    message: MessagePosted, mark: AppliedSequence, context: HandlerContext
) -> None:
    store = context.store
    judgement = await _judgement(message, context.screen_in_thread_over)
    verdict = make_verdict(message, judgement, store.store.now())
    if judgement.calls_for_a_human(message):
        async with context.case_lock(message):
            placed = await signals.answer_with_signal(
                store, verdict, make_signal(message, judgement), mark
            )
        if placed:
            context.announce(placed)
    else:
        await signals.answer_quietly(store, verdict, mark)
    if message.attempt == 1:
        metrics.SCREENED.labels(judgement.level).inc()
        metrics.VERDICT_SECONDS.observe(
            max(0.0, (store.store.now() - message.posted_at).total_seconds())
        )


async def _judgement(message: MessagePosted, in_thread_over: int) -> Judgement:
    """The screen's word, off the event loop where a text is long."""
    if len(message.text) > in_thread_over:
        return await asyncio.to_thread(judge_message, message)
    return judge_message(message)


@handlers.on(CaseWithdrawn)
async def note_withdrawal(
    event: CaseWithdrawn, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Note a withdrawal. It closes no alert: whether the student is safe is for a human to find
    out.
    """
    async with context.case_lock(event):
        await context.store.change_case(
            event.case_id, lambda case: case_domain.note_withdrawal(case, event.withdrawn_at), mark
        )


@handlers.on(CaseErased)
async def erase_case(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    async with context.case_lock(event):
        await context.store.erase(event.case_id, mark)


@handlers.on(AdultRequested)
async def call_an_adult(
    event: AdultRequested, mark: AppliedSequence, context: HandlerContext
) -> None:
    signal = Signal(
        f"adult-{event.case_id}-{mark.sequence}",
        Level.RED,
        AlertCause.ADULT_REQUESTED,
        event.requested_at,
        report=event.report,
        reported_supporter_id=event.reported_supporter_id,
    )
    async with context.case_lock(event):
        placed = await signals.adult_requested(context.store, event.case_id, signal, mark)
    if placed:
        context.announce(placed)
