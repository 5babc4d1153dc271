"""What the events of other services change: one function an event type, one write or one
transaction each.
"""

from dataclasses import dataclass
from datetime import datetime

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.escalation import (
    AlertClosed,
    AlertRaised,
    AlertReopened,
    MessageScreened,
    PeerDecisionChanged,
)
from sebaya_contracts.intake import (
    CaseErased,
    CaseOpened,
    CaseReopened,
    CaseSetAside,
    CaseWithdrawn,
    PreferencesChanged,
    RematchRequested,
)
from sebaya_contracts.words import Author, Level
from sebaya_matching.domain import lifecycle
from sebaya_matching.domain.case import Case, Danger
from sebaya_matching.domain.enums import Stage
from sebaya_matching.store import CaseStore


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler is given: the cases of the event's school, and this service's copy of the
    schools.
    """

    cases: CaseStore
    schools: Schools


handlers = Handlers[HandlerContext]()


@handlers.on(SchoolDefined)
async def define_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Store a school of the district, and have its open offers judged by what it says now: on a
    redelivery too, should the process have died in between.
    """
    try:
        await context.schools.apply(event, mark)
    except AlreadyApplied:
        await context.cases.judge_offers_soon()
        raise
    await context.cases.judge_offers_soon()


@handlers.on(CaseOpened)
async def open_case(event: CaseOpened, mark: AppliedSequence, context: HandlerContext) -> None:
    """Record what a student asks for."""
    await context.cases.decide(
        event.case_id, lambda case, now: lifecycle.record_request(case, event, now), mark
    )


@handlers.on(PreferencesChanged)
async def change_wishes(
    event: PreferencesChanged, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Take what the student wishes now, and have the case judged and tried by it: on a redelivery
    too, should the process have died in between.
    """
    try:
        await context.cases.decide_with_slot(
            event.case_id,
            lambda case, now: lifecycle.change_wishes(case, event.preferences, now),
            mark,
        )
    except AlreadyApplied:
        await context.cases.make_due(event.case_id)
        raise
    await context.cases.make_due(event.case_id)


@handlers.on(RematchRequested)
async def rematch(event: RematchRequested, mark: AppliedSequence, context: HandlerContext) -> None:
    """End the match that a student wants to leave."""
    await context.cases.decide_with_slot(
        event.case_id, lambda case, now: lifecycle.rematch(case, event.match_id, now), mark
    )


@handlers.on(CaseSetAside)
async def set_aside(event: CaseSetAside, mark: AppliedSequence, context: HandlerContext) -> None:
    """Take a case out of the search that a coordinator set aside."""
    await context.cases.decide_with_slot(event.case_id, lifecycle.set_aside, mark)


@handlers.on(CaseReopened)
async def reopen(event: CaseReopened, mark: AppliedSequence, context: HandlerContext) -> None:
    """Take a case into the search again that was set aside."""
    await context.cases.decide_with_slot(event.case_id, lifecycle.reopen, mark)


@handlers.on(CaseWithdrawn)
async def withdraw(event: CaseWithdrawn, mark: AppliedSequence, context: HandlerContext) -> None:
    """Withdraw a case, and end its match."""
    await context.cases.decide_with_slot(event.case_id, lifecycle.withdraw, mark)


@handlers.on(CaseErased)
async def erase(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    """Erase a case, and end its match."""
    await context.cases.decide_with_slot(event.case_id, lifecycle.erase, mark)


@handlers.on(MessageScreened)
async def note_verdict(
    event: MessageScreened, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Note a verdict on an opening, or one that raised an alert.

    The others say nothing to matching. Each message is a source of its own, so that a mark for each
    would make the case's document grow with every risky message. Only the opening's leaves one: to
    note an alert again changes nothing.
    """
    if event.author is Author.SUPPORTER:
        await context.cases.note_words(event.case_id, event.posted_at)
    alerted = event.level > Level.NONE and event.alert_id is not None
    if not event.opening and not alerted:
        return
    decide = context.cases.decide_with_slot if alerted else context.cases.decide
    await decide(
        event.case_id,
        lambda case, now: lifecycle.record_verdict(
            _refuse_known(case, event), event.level, event.alert_id, now, opening=event.opening
        ),
        mark if event.opening else None,
    )


def _refuse_known(case: Case, event: MessageScreened) -> Case:
    """Refuse what no mark says: a case that was erased, or an alert that is known already.

    Raises AlreadyApplied.
    """
    if case.stage is Stage.ERASED or (not event.opening and event.alert_id in case.alerts):
        raise AlreadyApplied(case.case_id)
    return case


@handlers.on(AlertRaised)
async def hold(event: AlertRaised, mark: AppliedSequence, context: HandlerContext) -> None:
    """Hold the case of an alert.

    The one alert of a school that cannot screen names no case; its cases wait for their verdicts
    anyway.
    """
    if event.case_id is not None:
        await context.cases.decide_with_slot(
            event.case_id, lambda case, now: lifecycle.record_alert(case, event.alert_id, now), mark
        )


@handlers.on(AlertClosed)
async def release_or_refer(
    event: AlertClosed, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Release the case of a closed alert to the peers, or refer it to a counsellor for good. After
    a grave one a talk is owed to each supporter that was beside the student meanwhile.
    """
    if event.case_id is None:
        return

    def close(case: Case, now: datetime) -> lifecycle.Decision:
        return lifecycle.close_alert(
            case,
            event.alert_id,
            now,
            peer_may_continue=event.peer_may_continue,
            closed_at=event.closed_at,
        )

    if event.level >= Level.RED:
        since = event.raised_at or event.closed_at
        danger = Danger(event.alert_id, since, event.closed_at)
        await context.cases.decide_owing_debriefs(event.case_id, close, mark, danger)
    else:
        await context.cases.decide_with_slot(event.case_id, close, mark)


@handlers.on(AlertReopened)
async def hold_again(event: AlertReopened, mark: AppliedSequence, context: HandlerContext) -> None:
    """Hold the case of a closed alert that a counsellor opened again."""
    if event.case_id is not None:
        await context.cases.decide_with_slot(
            event.case_id, lambda case, now: lifecycle.reopen_alert(case, event.alert_id, now), mark
        )


@handlers.on(PeerDecisionChanged)
async def change_peer_decision(
    event: PeerDecisionChanged, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Give a referred case back to the peers, or refer one after all."""
    if event.case_id is not None:
        await context.cases.decide_with_slot(
            event.case_id,
            lambda case, now: lifecycle.change_peer_decision(
                case,
                event.alert_id,
                now,
                peer_may_continue=event.peer_may_continue,
                changed_at=event.changed_at,
            ),
            mark,
        )
