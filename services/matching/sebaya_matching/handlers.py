"""What others tell: one function an event type, one document or one transaction each."""

from dataclasses import dataclass

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.escalation import AlertClosed, AlertRaised, MessageScreened
from sebaya_contracts.intake import CaseErased, CaseOpened, CaseWithdrawn, RematchRequested
from sebaya_contracts.words import Level
from sebaya_matching.domain import lifecycle
from sebaya_matching.store import CaseStore


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler gets: the cases of the event's school, and the service's copy of the schools."""

    cases: CaseStore
    schools: Schools


handlers = Handlers[HandlerContext]()


@handlers.on(SchoolDefined)
async def define_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    await context.schools.apply(event, mark)


@handlers.on(CaseOpened)
async def open_case(event: CaseOpened, mark: AppliedSequence, context: HandlerContext) -> None:
    await context.cases.decide(
        event.case_id, lambda case, now: lifecycle.record_request(case, event, now), mark
    )


@handlers.on(RematchRequested)
async def rematch(event: RematchRequested, mark: AppliedSequence, context: HandlerContext) -> None:
    await context.cases.decide(
        event.case_id, lambda case, now: lifecycle.rematch(case, event.match_id, now), mark
    )


@handlers.on(CaseWithdrawn)
async def withdraw(event: CaseWithdrawn, mark: AppliedSequence, context: HandlerContext) -> None:
    await context.cases.decide(event.case_id, lifecycle.withdraw, mark)


@handlers.on(CaseErased)
async def erase(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    await context.cases.decide(event.case_id, lifecycle.erase, mark)


@handlers.on(MessageScreened)
async def note_verdict(
    event: MessageScreened, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Most verdicts say nothing to matching; writing their marks would only make the case's
    document grow.
    """
    if not event.opening and (event.level is Level.NONE or event.alert_id is None):
        return
    await context.cases.decide(
        event.case_id,
        lambda case, now: lifecycle.record_verdict(
            case, event.level, event.alert_id, now, opening=event.opening
        ),
        mark,
    )


@handlers.on(AlertRaised)
async def hold(event: AlertRaised, mark: AppliedSequence, context: HandlerContext) -> None:
    """The one alert of a school that cannot screen names no case; its cases wait for their verdicts
    anyway.
    """
    if event.case_id is not None:
        await context.cases.decide(
            event.case_id, lambda case, now: lifecycle.record_alert(case, event.alert_id, now), mark
        )


@handlers.on(AlertClosed)
async def release_or_refer(
    event: AlertClosed, mark: AppliedSequence, context: HandlerContext
) -> None:
    if event.case_id is not None:
        await context.cases.decide(
            event.case_id,
            lambda case, now: lifecycle.close_alert(
                case, event.alert_id, now, peer_may_continue=event.peer_may_continue
            ),
            mark,
        )
