"""What intake keeps of other services' events: the school, its supporters, where matching stands,
verdicts, alerts and when a counsellor is on call.

What concerns a case or a message is a change of one document, so the events of a batch are written
together; all else is one write each.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.documents import DocumentChange
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.escalation import CoveragePublished, MessageScreened, StaffBarred
from sebaya_contracts.intake import CaseErased, CaseWithdrawn
from sebaya_contracts.matching import SupporterProfiled
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import message as messages
from sebaya_intake.domain.crisis import Coverage
from sebaya_intake.domain.projection import AlertEvent, MatchingEvent, after_alert, after_matching
from sebaya_intake.domain.screening import Screening
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.metrics import VERDICT_WAIT
from sebaya_intake.republish_budget import RepublishBudget
from sebaya_intake.store import IntakeStore


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler is given: the documents of the event's school, this service's copy of the
    schools, and what verdicts allow to be published again.
    """

    intake: IntakeStore
    schools: Schools
    republish_budget: RepublishBudget


handlers = Handlers[HandlerContext]()
# After a restore only: intake's own events, from the topic that outlived its store.
restore_handlers = Handlers[HandlerContext]()


@restore_handlers.on(SchoolDefined)
@handlers.on(SchoolDefined)
async def store_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    await context.schools.apply(event, mark)


@handlers.on(SupporterProfiled)
async def store_supporter(
    event: SupporterProfiled, mark: AppliedSequence, context: HandlerContext
) -> None:
    await context.intake.save_supporter(Supporter.of(event), mark)


@handlers.on(CoveragePublished)
async def store_coverage(
    event: CoveragePublished, mark: AppliedSequence, context: HandlerContext
) -> None:
    await context.intake.save_coverage(Coverage.of(event), mark)


async def apply_matching_event(
    event: MatchingEvent, context: HandlerContext
) -> DocumentChange[Any]:
    return context.intake.change_case(
        event.case_id, lambda case, _now: replace(case, view=after_matching(case.view, event))
    )


async def apply_alert_event(event: AlertEvent, context: HandlerContext) -> DocumentChange[Any]:
    """Apply an event of an alert; one of a whole school (none could be screened) has no case."""
    if event.case_id is None:
        raise AlreadyApplied(event.alert_id)
    return context.intake.change_case(
        event.case_id, lambda case, _now: replace(case, view=after_alert(case.view, event))
    )


@handlers.document_change(StaffBarred)
async def bar_staff(event: StaffBarred, context: HandlerContext) -> DocumentChange[Any]:
    return context.intake.change_case(
        event.case_id,
        lambda case, _now: replace(case, view=replace(case.view, barred=event.person_ids)),
    )


for kind in get_args(MatchingEvent):
    handlers.document_change(kind)(apply_matching_event)
for kind in get_args(AlertEvent):
    handlers.document_change(kind)(apply_alert_event)


@handlers.document_change(MessageScreened)
async def apply_verdict(event: MessageScreened, context: HandlerContext) -> DocumentChange[Any]:
    context.republish_budget.note_verdict()
    if event.opening:
        return context.intake.change_case(
            event.case_id,
            lambda case, now: cases.record_verdict(case, event.level, now),
            lambda before, case: _observe_wait(
                case.opening.opened_at if case.opening else None, before.screening, case.screening
            ),
        )
    return context.intake.change_message(
        event.message_id,
        event.case_id,
        lambda message, now: messages.record_verdict(message, event.level, now),
        lambda before, message: _observe_wait(
            message.posted_at, before.screening, message.screening
        ),
    )


def _observe_wait(
    posted_at: datetime | None, before: Screening | None, after: Screening | None
) -> None:
    """The first verdict only: nothing waits for a repeated one."""
    answered_before = before is not None and before.screened_at is not None
    if (
        posted_at is not None
        and after is not None
        and after.screened_at is not None
        and not answered_before
    ):
        VERDICT_WAIT.observe(max(0.0, (after.screened_at - posted_at).total_seconds()))


@restore_handlers.on(CaseErased)
async def replay_erasure(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    """Erase again, words too and at once: nothing may be shown, screened again or published of them
    once the service answers.
    """
    with suppress(AlreadyApplied):
        await context.intake.change_case(
            event.case_id, lambda case, _now: cases.tombstone(case, event.erased_at)
        ).apply(mark)
    await context.intake.wipe_words(event.case_id)


@restore_handlers.on(CaseWithdrawn)
async def replay_withdrawal(
    event: CaseWithdrawn, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Withdraw again, or a peer would read on."""
    await context.intake.change_case(
        event.case_id, lambda case, _now: cases.replay_withdrawal(case, event.withdrawn_at)
    ).apply(mark)
