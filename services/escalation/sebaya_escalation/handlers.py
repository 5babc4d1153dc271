"""What escalation does with the events of others. Each handler is one write or one transaction,
with the mark of its source.
"""

from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass

from sebaya_chassis.base.keyed_lock import KeyedLock
from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import (
    AdultRequested,
    AdultRequestedWithoutCase,
    CaseErased,
    CaseWithdrawn,
    MessagePosted,
)
from sebaya_contracts.matching import StudentHandedOn
from sebaya_contracts.words import AlertCause, Author
from sebaya_escalation import metrics
from sebaya_escalation.commands import cases
from sebaya_escalation.commands.coverage import CoveragePeriods, publish_coverage
from sebaya_escalation.commands.paging import PagingTimers
from sebaya_escalation.commands.signals import (
    CaseReceipt,
    NotRecorded,
    RequestReceipt,
    VerdictReceipt,
    record_signal,
)
from sebaya_escalation.commands.verdicts import record_verdict
from sebaya_escalation.domain.barring import find_named
from sebaya_escalation.domain.judgement import judge_message, make_request_signal, make_signal
from sebaya_escalation.domain.signal import Signal, judge_worry
from sebaya_escalation.domain.verdict import make_verdict
from sebaya_escalation.screening.screener import Screener
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler is given: the documents of the event's school, and parts of the process."""

    store: EscalationStore
    schools: Schools
    coverage: CoveragePeriods
    timers: PagingTimers
    case_locks: KeyedLock
    screener: Screener

    def case_lock(
        self,
        event: MessagePosted | CaseWithdrawn | CaseErased | AdultRequested | StudentHandedOn,
    ) -> AbstractAsyncContextManager[None]:
        """Hold an event's case: events of one case meet in its document, and those of two topics
        may come at the same moment.
        """
        return self.case_locks.hold(f"{event.school_id}/{event.case_id}")


handlers = Handlers[HandlerContext]()


@handlers.on(SchoolDefined)
async def define_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Store a school's description, and publish the coverage that follows from it."""
    # Two documents, each with the mark: after a death between them the second is still written.
    with suppress(AlreadyApplied):
        await context.schools.apply(event, mark)
    await publish_coverage(context.store, context.coverage, mark)


@handlers.on(MessagePosted)
async def screen_message(
    message: MessagePosted, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Screen a message: record its verdict, and the signal where it calls for a human."""
    store = context.store
    judgement = judge_message(message, await context.screener.screen(message.text))
    verdict = make_verdict(message, judgement, store.now(), await _find_named(message, context))
    if judgement.calls_for_a_human(message):
        signal, receipt = make_signal(message, judgement), VerdictReceipt(verdict, mark)
        async with context.case_lock(message):
            await record_signal(store, context.timers, message.case_id, signal, receipt)
    else:
        await _note_answer(message, verdict.named, context)
        await record_verdict(store, verdict, mark)
    if message.attempt == 1:
        metrics.SCREENED.labels(judgement.level).inc()
        metrics.VERDICT_SECONDS.observe(max(0.0, (store.now() - message.posted_at).total_seconds()))


async def _note_answer(
    message: MessagePosted, named: tuple[str, ...], context: HandlerContext
) -> None:
    """Before the verdict, by which the message would be known: told twice is better than never."""
    by_student = message.author is Author.STUDENT and not message.opening
    if named or by_student:
        async with context.case_lock(message):
            noted = await cases.note_answer(
                context.store, message.case_id, named, by_student=by_student
            )
        if noted is not None:
            context.timers.wake_ladder()


async def _find_named(message: MessagePosted, context: HandlerContext) -> tuple[str, ...]:
    """The members of staff that a student's or a peer's words name, by the school as it is
    remembered here: a message that calls for no human reads nothing.
    """
    if message.author is Author.COUNSELLOR and not message.opening:
        return ()
    try:
        school = await context.schools.require(message.school_id)
    except UnknownSchool:
        return ()
    return find_named(school, message.text)


@handlers.on(CaseWithdrawn)
async def note_withdrawal(
    event: CaseWithdrawn, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Note that a case was withdrawn; its alerts stay as they are, and their holder is told."""
    async with context.case_lock(event):
        noted = await cases.withdraw_case(context.store, event.case_id, event.withdrawn_at, mark)
    if noted is not None:
        context.timers.wake_ladder()


@handlers.on(CaseErased)
async def erase_case(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    """Erase a case with all its words."""
    async with context.case_lock(event):
        await cases.erase_case(context.store, event.case_id, mark)


@handlers.on(AdultRequested)
async def call_an_adult(
    event: AdultRequested, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Record the signal of a request for an adult: the student's, or a worried peer's."""
    signal = Signal(
        f"adult-{event.case_id}-{mark.sequence}",
        judge_worry(event.worry),
        AlertCause.ADULT_REQUESTED,
        event.requested_at,
        author=Author.SUPPORTER if event.worry else None,
        report=event.report,
        reported_supporter_id=event.reported_supporter_id,
        worry=event.worry,
        worried_supporter_id=event.worried_supporter_id,
    )
    async with context.case_lock(event):
        await record_signal(context.store, context.timers, event.case_id, signal, CaseReceipt(mark))


@handlers.on(StudentHandedOn)
async def hear_why_a_peer_stopped(
    event: StudentHandedOn, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Record the signal of a peer that handed the student on: an adult hears why."""
    signal = Signal(
        f"handed-on-{event.match_id}",
        judge_worry(event.worry),
        AlertCause.ADULT_REQUESTED,
        event.handed_on_at,
        author=Author.SUPPORTER,
        worry=event.worry,
        worried_supporter_id=event.supporter_id,
    )
    async with context.case_lock(event):
        await record_signal(context.store, context.timers, event.case_id, signal, CaseReceipt(mark))


@handlers.on(AdultRequestedWithoutCase)
async def call_an_adult_without_case(
    event: AdultRequestedWithoutCase, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Record the signal of a student that could not be let in, on the alert of the school."""
    signal = make_request_signal(event, await context.screener.screen(event.text))
    receipt = RequestReceipt(event.case_id)
    async with context.case_locks.hold(event.school_id):
        recorded = await record_signal(context.store, context.timers, None, signal, receipt)
    if recorded is NotRecorded.REPEATED:
        raise AlreadyApplied(mark.source)
