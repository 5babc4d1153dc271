"""What the events of other services add to the facts: one rule an event type.

Most are a change of one fact, written with its mark, and the changes of a batch together; an
unknown case gets its fact from the event that comes first. What concerns more than one document
(an erasure, a school) has a handler of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

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

CaseEventT = TypeVar(
    "CaseEventT",
    bound=CaseOpened | CaseWithdrawn | MatchOffered | MatchAccepted | MeetingLogged | MatchClosed,
)
AlertEventT = TypeVar(
    "AlertEventT",
    bound=AlertRaised | AlertRose | AlertAcknowledged | ContactRecorded | AlertClosed,
)


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


@handlers.on(CaseErased)
async def erase_case(event: CaseErased, mark: AppliedSequence, context: HandlerContext) -> None:
    """Erase what is known of a case, and every response about it."""
    store = context.store
    await store.erase_case(event.case_id, facts.erase_case(event, await store.load_zone()), mark)


def _change_fact_of_case(kind: type[CaseEventT], rule: Callable[[CaseEventT], Change]) -> None:
    """Register what an event type changes of its case's fact."""

    @handlers.document_change(kind)
    async def change_fact(event: CaseEventT, context: HandlerContext) -> DocumentChange[Fact]:
        return await context.store.prepare_change(event.case_id, rule(event))


def _change_fact_of_alert(kind: type[AlertEventT], rule: Callable[[AlertEventT], Change]) -> None:
    """Register what an event type changes of the fact that its alert belongs to: its case's; the
    alert about a school that cannot screen messages is a fact of its own.
    """

    @handlers.document_change(kind)
    async def change_fact(event: AlertEventT, context: HandlerContext) -> DocumentChange[Fact]:
        about = About.SCHOOL if event.case_id is None else About.CASE
        return await context.store.prepare_change(
            event.case_id or event.alert_id, rule(event), about
        )


_change_fact_of_case(CaseOpened, facts.record_opening)
_change_fact_of_case(CaseWithdrawn, facts.record_withdrawal)
_change_fact_of_case(MatchOffered, facts.record_offer)
_change_fact_of_case(MatchAccepted, facts.record_acceptance)
_change_fact_of_case(MeetingLogged, facts.record_meeting)
_change_fact_of_case(MatchClosed, facts.record_match_end)
_change_fact_of_alert(AlertRaised, facts.record_alert)
_change_fact_of_alert(AlertRose, facts.record_rise)
_change_fact_of_alert(AlertAcknowledged, facts.record_acknowledgement)
_change_fact_of_alert(ContactRecorded, facts.record_contact)
_change_fact_of_alert(AlertClosed, facts.record_alert_end)
