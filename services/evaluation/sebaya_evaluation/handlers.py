"""What the events of other services add to the facts: one function an event type.

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
async def define_school(
    event: SchoolDefined, mark: AppliedSequence, context: HandlerContext
) -> None:
    """Store a school, and count its months anew where its time zone changed: on a redelivery too,
    should the process have died in between.
    """
    try:
        await context.schools.apply(event, mark)
    except AlreadyApplied:
        await _recount_in_another_zone(context.store)
        raise
    await _recount_in_another_zone(context.store)


async def _recount_in_another_zone(store: EvaluationStore) -> None:
    if await store.has_other_zone(await store.load_zone()):
        await store.rebuild()


@handlers.document_change(CaseOpened)
async def record_case(event: CaseOpened, context: HandlerContext) -> DocumentChange[Fact]:
    """Record a case that was opened."""
    return await context.store.prepare_change(event.case_id, facts.record_opening(event))


@handlers.document_change(CaseWithdrawn)
async def record_withdrawal(event: CaseWithdrawn, context: HandlerContext) -> DocumentChange[Fact]:
    """Record that a case was withdrawn."""
    return await context.store.prepare_change(event.case_id, facts.record_withdrawal(event))


@handlers.on(CaseErased)
async def erase_case(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    """Erase what is known of a case, and every response about it."""
    store = context.store
    await store.erase_case(event.case_id, facts.erase_case(event, await store.load_zone()), mark)


@handlers.document_change(MatchOffered)
async def record_offer(event: MatchOffered, context: HandlerContext) -> DocumentChange[Fact]:
    """Record an offer."""
    return await context.store.prepare_change(event.case_id, facts.record_offer(event))


@handlers.document_change(MatchAccepted)
async def record_match(event: MatchAccepted, context: HandlerContext) -> DocumentChange[Fact]:
    """Record a match that was accepted."""
    return await context.store.prepare_change(event.case_id, facts.record_acceptance(event))


@handlers.document_change(MeetingLogged)
async def record_meeting(event: MeetingLogged, context: HandlerContext) -> DocumentChange[Fact]:
    """Record a meeting."""
    return await context.store.prepare_change(event.case_id, facts.record_meeting(event))


@handlers.document_change(MatchClosed)
async def record_match_end(event: MatchClosed, context: HandlerContext) -> DocumentChange[Fact]:
    """Record the end of a match."""
    return await context.store.prepare_change(event.case_id, facts.record_match_end(event))


@handlers.document_change(AlertRaised)
async def record_alert(event: AlertRaised, context: HandlerContext) -> DocumentChange[Fact]:
    """Record an alert."""
    return await _change_by_alert(context, event, facts.record_alert(event))


@handlers.document_change(AlertRose)
async def record_rise(event: AlertRose, context: HandlerContext) -> DocumentChange[Fact]:
    """Record that an alert rose."""
    return await _change_by_alert(context, event, facts.record_rise(event))


@handlers.document_change(AlertAcknowledged)
async def record_acknowledgement(
    event: AlertAcknowledged, context: HandlerContext
) -> DocumentChange[Fact]:
    """Record that an alert was acknowledged."""
    return await _change_by_alert(context, event, facts.record_acknowledgement(event))


@handlers.document_change(ContactRecorded)
async def record_contact(event: ContactRecorded, context: HandlerContext) -> DocumentChange[Fact]:
    """Record that contact was made."""
    return await _change_by_alert(context, event, facts.record_contact(event))


@handlers.document_change(AlertClosed)
async def record_alert_end(event: AlertClosed, context: HandlerContext) -> DocumentChange[Fact]:
    """Record that an alert was closed."""
    return await _change_by_alert(context, event, facts.record_alert_end(event))


async def _change_by_alert(
    context: HandlerContext, event: AlertEvent, change: Change
) -> DocumentChange[Fact]:
    """An alert belongs to its case's fact; the one about a school that cannot screen messages is a
    fact of its own.
    """
    about = About.SCHOOL if event.case_id is None else About.CASE
    return await context.store.prepare_change(event.case_id or event.alert_id, change, about)
