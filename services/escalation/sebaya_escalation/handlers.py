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
    ContactDetailsOpened,
    MessagePosted,
)
from sebaya_contracts.matching import StudentHandedOn
from sebaya_contracts.words import AlertCause, Author, Level
from sebaya_escalation import metrics
from sebaya_escalation.commands import cases, details
from sebaya_escalation.commands.coverage import CoveragePeriods, publish_coverage
from sebaya_escalation.commands.paging import PagingTimers
from sebaya_escalation.commands.signals import (
    CaseReceipt,
    NotRecorded,
    RaisedReceipt,
    RecordedSignal,
    RequestReceipt,
    VerdictReceipt,
    record_signal,
)
from sebaya_escalation.commands.verdicts import record_verdict
from sebaya_escalation.domain.barring import choose_barred, find_named
from sebaya_escalation.domain.judgement import (
    Judgement,
    judge_message,
    make_request_signal,
    make_signal,
)
from sebaya_escalation.domain.signal import Signal, judge_worry
from sebaya_escalation.domain.verdict import make_verdict
from sebaya_escalation.screen import Screening
from sebaya_escalation.screening.meaning_stage import NoRoom
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
    """Screen a message in two stages: record its verdict, and the signal where it calls for a
    human.

    What the rules alarm at is recorded at once, and raised afterwards where its meaning is graver.
    What they call calm waits for the second stage; where that has no room it is left without a
    verdict, and intake publishes it again.
    """
    rules = await context.screener.read_rules(message.text)
    first = judge_message(message, rules)
    if first.level > Level.NONE or not first.may_be_raised(message):
        await _record_and_raise(message, first, rules, mark, context)
        return
    try:
        judgement = await _judge_meaning(message, rules, context, may_wait=False)
    except NoRoom:
        metrics.DEFERRED.inc()
        return
    await _record(message, judgement, mark, context)


async def _record_and_raise(
    message: MessagePosted,
    first: Judgement,
    rules: Screening,
    mark: AppliedSequence,
    context: HandlerContext,
) -> None:
    """A process that dies between the two is followed by one that does both again."""
    repeated: AlreadyApplied | None = None
    try:
        await _record(message, first, mark, context)
    except AlreadyApplied as known:
        repeated = known
    raised = first.may_be_raised(message) and await _raise(message, first, rules, context)
    if repeated is not None and not raised:
        raise repeated


async def _raise(
    message: MessagePosted, first: Judgement, rules: Screening, context: HandlerContext
) -> bool:
    judgement = await _judge_meaning(message, rules, context, may_wait=True)
    if judgement.level <= first.level:
        return False
    receipt = RaisedReceipt(make_verdict(message, judgement, context.store.now()))
    recorded = await _signal(message, judgement, receipt, context)
    return isinstance(recorded, RecordedSignal)


async def _record(
    message: MessagePosted, judgement: Judgement, mark: AppliedSequence, context: HandlerContext
) -> None:
    store = context.store
    barred = await _find_barred(message, judgement, context)
    verdict = make_verdict(message, judgement, store.now(), barred)
    if judgement.calls_for_a_human(message):
        recorded = await _signal(message, judgement, VerdictReceipt(verdict, mark), context)
        new = recorded is not NotRecorded.REPEATED
    else:
        await _note_answer(message, verdict.named, context)
        new = await record_verdict(store, verdict, mark)
    if new:
        metrics.SCREENED.labels(judgement.level).inc()
        metrics.VERDICT_SECONDS.observe(max(0.0, (store.now() - message.posted_at).total_seconds()))


async def _judge_meaning(
    message: MessagePosted, rules: Screening, context: HandlerContext, *, may_wait: bool
) -> Judgement:
    read = await context.screener.read_meaning(message.text, rules, may_wait=may_wait)
    return judge_message(message, read.screening, read.meaning, read.examples)


async def _signal(
    message: MessagePosted,
    judgement: Judgement,
    receipt: VerdictReceipt | RaisedReceipt,
    context: HandlerContext,
) -> RecordedSignal | NotRecorded:
    async with context.case_lock(message):
        return await record_signal(
            context.store,
            context.timers,
            message.case_id,
            make_signal(message, judgement),
            receipt,
        )


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


async def _find_barred(
    message: MessagePosted, judgement: Judgement, context: HandlerContext
) -> tuple[str, ...]:
    """The members of staff that a student's or a peer's words bar, by the school as it is
    remembered here: a message that calls for no human reads nothing.
    """
    if message.author is Author.COUNSELLOR and not message.opening:
        return ()
    try:
        school = await context.schools.require(message.school_id)
    except UnknownSchool:
        return ()
    named = find_named(school, message.text)
    return choose_barred(school, named, tells_of_harm=judgement.tells_of_harm)


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
        author=Author.SUPPORTER if event.worry and not event.by_friend else None,
        report=event.report,
        reported_supporter_id=event.reported_supporter_id,
        worry=event.worry,
        worried_supporter_id=event.worried_supporter_id,
        by_friend=event.by_friend,
    )
    await _record_of_case(event, signal, mark, context)


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
    await _record_of_case(event, signal, mark, context)


async def _record_of_case(
    event: AdultRequested | StudentHandedOn,
    signal: Signal,
    mark: AppliedSequence,
    context: HandlerContext,
) -> None:
    async with context.case_lock(event):
        await record_signal(context.store, context.timers, event.case_id, signal, CaseReceipt(mark))


@handlers.on(ContactDetailsOpened)
async def tell_of_opened_details(
    event: ContactDetailsOpened, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Tell the coordinators that a counsellor opened a student's contact details."""
    await details.tell_coordinators(context.store, event, mark)
    context.timers.wake_pages()


@handlers.on(AdultRequestedWithoutCase)
async def call_an_adult_without_case(
    event: AdultRequestedWithoutCase, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Record the signal of a student that could not be let in, on the alert of the school."""
    signal = make_request_signal(event, await context.screener.read_rules(event.text))
    receipt = RequestReceipt(event.case_id)
    async with context.case_locks.hold(event.school_id):
        recorded = await record_signal(context.store, context.timers, None, signal, receipt)
    if recorded is NotRecorded.REPEATED:
        raise AlreadyApplied(mark.source)
