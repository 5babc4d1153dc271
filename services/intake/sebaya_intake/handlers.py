"""What the others tell: the school, where matching stands, verdicts, alerts and who is on call.

What concerns a case or a message is a change of one document, so the events of a batch are written together; all else
is one write each.
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
from sebaya_contracts.escalation import CoveragePublished, MessageScreened
from sebaya_contracts.intake import CaseErased, CaseWithdrawn
from sebaya_contracts.matching import SupporterProfiled
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import message as messages
from sebaya_intake.domain.crisis import Coverage
from sebaya_intake.domain.projection import AlertSeen, MatchingSeen, after_alert, after_matching
from sebaya_intake.domain.screening import Screening
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.metrics import VERDICT_WAIT
from sebaya_intake.store import IntakeStore


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler gets: the documents of the event's school, and this service's copy of the
    schools.
    """

    intake: IntakeStore
    schools: Schools


handlers = Handlers[HandlerContext]()
# After a restore only: intake's own events, from the topic that outlived its store.
restore_handlers = Handlers[HandlerContext]()


@restore_handlers.on(SchoolDefined)
@handlers.on(SchoolDefined)
async def know_school(event: SchoolDefined, mark: AppliedSequence, context: HandlerContext) -> None:
    await context.schools.apply(event, mark)


@handlers.on(SupporterProfiled)
async def know_supporter(
    event: SupporterProfiled, mark: AppliedSequence, context: HandlerContext
) -> None:
    await context.intake.profile(Supporter.of(event), mark)


@handlers.on(CoveragePublished)
async def know_coverage(
    event: CoveragePublished, mark: AppliedSequence, context: HandlerContext
) -> None:
    await context.intake.cover(Coverage.of(event), mark)


async def follow_matching(event: MatchingSeen, context: HandlerContext) -> DocumentChange[Any]:
    return context.intake.follow_case(
        event.case_id, lambda case, _now: replace(case, view=after_matching(case.view, event))
    )


async def follow_alert(event: AlertSeen, context: HandlerContext) -> DocumentChange[Any]:
    """The alert of a whole school (nothing could be screened) is no case's."""
    if event.case_id is None:
        raise AlreadyApplied(event.alert_id)
    return context.intake.follow_case(
        event.case_id, lambda case, _now: replace(case, view=after_alert(case.view, event))
    )


for kind in get_args(MatchingSeen):
    handlers.document_change(kind)(follow_matching)
for kind in get_args(AlertSeen):
    handlers.document_change(kind)(follow_alert)


@handlers.document_change(MessageScreened)
async def take_verdict(event: MessageScreened, context: HandlerContext) -> DocumentChange[Any]:
    if event.opening:
        return context.intake.follow_case(
            event.case_id,
            lambda case, now: cases.screened(case, event.level, now),
            lambda before, case: _observe(
                case.opening.opened_at if case.opening else None, before.screening, case.screening
            ),
        )
    return context.intake.follow_message(
        event.message_id,
        event.case_id,
        lambda message, now: messages.screened(message, event.level, now),
        lambda before, message: _observe(message.posted_at, before.screening, message.screening),
    )


def _observe(posted_at: datetime | None, before: Screening | None, after: Screening | None) -> None:
    """The first verdict only; a repeated one answers nobody who waits."""
    answered_before = before is not None and before.screened_at is not None
    if (
        posted_at is not None
        and after is not None
        and after.screened_at is not None
        and not answered_before
    ):
        VERDICT_WAIT.observe(max(0.0, (after.screened_at - posted_at).total_seconds()))


@restore_handlers.on(CaseErased)
async def erase_again(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    """Words too, at once: nothing may be shown, screened again or published of them when the doors
    open.
    """
    with suppress(AlreadyApplied):
        await context.intake.follow_case(
            event.case_id, lambda case, _now: cases.tombstone(case, event.erased_at)
        ).apply(mark)
    await context.intake.wipe(event.case_id)


@restore_handlers.on(CaseWithdrawn)
async def withdraw_again(
    event: CaseWithdrawn, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Or a peer would read on."""
    await context.intake.follow_case(
        event.case_id, lambda case, _now: cases.withdrawn_before(case, event.withdrawn_at)
    ).apply(mark)
