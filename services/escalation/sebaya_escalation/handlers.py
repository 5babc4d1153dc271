"""What escalation does with the events of others. Each handler is one write or one transaction,
with the mark of its source.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.documents import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import AdultRequested, CaseErased, CaseWithdrawn, MessagePosted
from sebaya_contracts.words import AlertCause, Level
from sebaya_escalation import metrics, signals
from sebaya_escalation.coverage import CoverageWatch
from sebaya_escalation.domain import case as case_domain
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.domain.verdict import Judgement, judge, signal_of, verdict_of
from sebaya_escalation.keyed_lock import KeyedLock
from sebaya_escalation.signals import Tell
from sebaya_escalation.store import EscalationStore

EscalationHandlers = Handlers[EscalationStore]
Judge = Callable[[MessagePosted], Awaitable[Judgement]]


def judging(in_thread_over: int) -> Judge:
    """The screen, off the event loop where a text is long."""

    async def judged(message: MessagePosted) -> Judgement:
        if len(message.text) > in_thread_over:
            return await asyncio.to_thread(judge, message)
        return judge(message)

    return judged


def handlers(
    schools: Schools, coverage: CoverageWatch, judged: Judge, tell: Tell
) -> EscalationHandlers:
    """`tell` is called after a signal was stored."""
    made = EscalationHandlers()
    turns = KeyedLock()
    _about_messages(made, judged, tell, turns)
    _about_cases(made, tell, turns)

    @made.on(SchoolDefined)
    async def define_school(
        event: SchoolDefined, mark: AppliedSequence, store: EscalationStore
    ) -> None:
        # Two documents, each with the mark: after a death between them the second is still written.
        with suppress(AlreadyApplied):
            await schools.apply(event, mark)
        await coverage.publish(store, mark)

    return made


def _about_messages(made: EscalationHandlers, judged: Judge, tell: Tell, turns: KeyedLock) -> None:
    @made.on(MessagePosted)
    async def screen_message(
        message: MessagePosted, mark: AppliedSequence, store: EscalationStore
    ) -> None:
        judgement = await judged(message)
        verdict = verdict_of(message, judgement, store.store.now())
        if judgement.calls_for_a_human(message):
            async with turns.of(_turn(message)):
                placed = await signals.answer_with_signal(
                    store, verdict, signal_of(message, judgement), mark
                )
            if placed:
                tell(placed)
        else:
            await signals.answer_quietly(store, verdict, mark)
        if message.attempt == 1:
            metrics.SCREENED.labels(judgement.level).inc()
            metrics.VERDICT_SECONDS.observe(
                max(0.0, (store.store.now() - message.posted_at).total_seconds())
            )


def _about_cases(made: EscalationHandlers, tell: Tell, turns: KeyedLock) -> None:
    @made.on(CaseWithdrawn)
    async def note_withdrawal(
        event: CaseWithdrawn, mark: AppliedSequence, store: EscalationStore
    ) -> None:
        """A withdrawal closes no alert: whether the student is safe is for the human to find out."""
        async with turns.of(_turn(event)):
            await store.change_case(
                event.case_id, lambda case: case_domain.withdrawn(case, event.withdrawn_at), mark
            )

    @made.on(CaseErased)
    async def erase_case(event: CaseErased, mark: AppliedSequence, store: EscalationStore) -> None:
        async with turns.of(_turn(event)):
            await store.erase(event.case_id, mark)

    @made.on(AdultRequested)
    async def call_an_adult(
        event: AdultRequested, mark: AppliedSequence, store: EscalationStore
    ) -> None:
        signal = Signal(
            f"adult-{event.case_id}-{mark.sequence}",
            Level.RED,
            AlertCause.ADULT_REQUESTED,
            event.requested_at,
            report=event.report,
            reported_supporter_id=event.reported_supporter_id,
        )
        async with turns.of(_turn(event)):
            placed = await signals.adult_requested(store, event.case_id, signal, mark)
        if placed:
            tell(placed)


def _turn(event: MessagePosted | CaseWithdrawn | CaseErased | AdultRequested) -> str:
    """Events of one case meet in its document, and those of two topics may come at the same moment."""
    return f"{event.school_id}/{event.case_id}"
