"""One function an event type: what it adds to a fact.

Most return a change of one fact, written with its mark, and the changes of a batch together; an
unknown case gets its fact from the event that comes first. What concerns more than one document
(an erasure, a school) has a handler of its own.
"""

from dataclasses import dataclass

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.documents import DocumentChange
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.intake import CaseErased, CaseOpened, CaseWithdrawn
from sebaya_contracts.matching import MatchAccepted, MatchClosed, MatchOffered, MeetingLogged
from sebaya_evaluation.domain import facts
from sebaya_evaluation.domain.facts import About, Change, Fact
from sebaya_evaluation.store import EvaluationStore

AlertEvent = AlertRaised | AlertRose | AlertAcknowledged | ContactRecorded | AlertClosed


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler is given: the records of the event's school, and this service's copy of the
    schools.
    """

    store: EvaluationStore
    schools: Schools


handlers = Handlers[HandlerContext]()


@handlers.on(SchoolDefined)
async def learn_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Learn a school. Another time zone moves the borders of the months; looked at on a redelivery
    too, should we have died in between.
    """
    try:
        await context.schools.apply(event, mark)
    except AlreadyApplied:
        await _recount_in_another_zone(context.store)
        raise
    await _recount_in_another_zone(context.store)


async def _recount_in_another_zone(store: EvaluationStore) -> None:
    if await store.counted_in_another_zone(await store.zone()):
        await store.rebuild()


@handlers.document_change(CaseOpened)
async def case_opened(event: CaseOpened, context: HandlerContext) -> DocumentChange[Fact]:
    return await context.store.step(event.case_id, facts.record_opening(event))


@handlers.document_change(CaseWithdrawn)
async def case_withdrawn(event: CaseWithdrawn, context: HandlerContext) -> DocumentChange[Fact]:
    return await context.store.step(event.case_id, facts.record_withdrawal(event))


@handlers.on(CaseErased)
async def case_erased(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    store = context.store
    await store.erase(event.case_id, facts.erase_case(event, await store.zone()), mark)


@handlers.document_change(MatchOffered)
async def match_offered(event: MatchOffered, context: HandlerContext) -> DocumentChange[Fact]:
    return await context.store.step(event.case_id, facts.record_offer(event))


@handlers.document_change(MatchAccepted)
async def match_accepted(event: MatchAccepted, context: HandlerContext) -> DocumentChange[Fact]:
    return await context.store.step(event.case_id, facts.record_acceptance(event))


@handlers.document_change(MeetingLogged)
async def meeting_logged(event: MeetingLogged, context: HandlerContext) -> DocumentChange[Fact]:
    return await context.store.step(event.case_id, facts.record_meeting(event))


@handlers.document_change(MatchClosed)
async def match_closed(event: MatchClosed, context: HandlerContext) -> DocumentChange[Fact]:
    return await context.store.step(event.case_id, facts.record_match_end(event))


@handlers.document_change(AlertRaised)
async def alert_raised(event: AlertRaised, context: HandlerContext) -> DocumentChange[Fact]:
    return await _change_by_alert(context, event, facts.record_alert(event))


@handlers.document_change(AlertRose)
async def alert_rose(event: AlertRose, context: HandlerContext) -> DocumentChange[Fact]:
    return await _change_by_alert(context, event, facts.record_rise(event))


@handlers.document_change(AlertAcknowledged)
async def alert_acknowledged(
    event: AlertAcknowledged, context: HandlerContext
) -> DocumentChange[Fact]:
    return await _change_by_alert(context, event, facts.record_acknowledgement(event))


@handlers.document_change(ContactRecorded)
async def contact_recorded(event: ContactRecorded, context: HandlerContext) -> DocumentChange[Fact]:
    return await _change_by_alert(context, event, facts.record_contact(event))


@handlers.document_change(AlertClosed)
async def alert_closed(event: AlertClosed, context: HandlerContext) -> DocumentChange[Fact]:
    return await _change_by_alert(context, event, facts.record_alert_end(event))


async def _change_by_alert(
    context: HandlerContext, event: AlertEvent, change: Change
) -> DocumentChange[Fact]:
    """An alert belongs to its case's fact; the one of a school whose messages cannot be screened is
    a fact of its own.
    """
    about = About.SCHOOL if event.case_id is None else About.CASE
    return await context.store.step(event.case_id or event.alert_id, change, about)
