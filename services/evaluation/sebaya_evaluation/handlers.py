"""One function an event type: what it adds to a fact.

A step is one decision on one fact, written with its mark, and the steps of a batch together; an
unknown case gets its fact from whichever event comes first. What concerns more than one document
(an erasure, a school) has a handler of its own.
"""

from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.storage.documents import AlreadyApplied, AppliedSequence, DocumentChange
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


def make(schools: Schools) -> Handlers[EvaluationStore]:
    handlers = Handlers[EvaluationStore]()
    _district(handlers, schools)
    _intake(handlers)
    _matching(handlers)
    _escalation(handlers)
    return handlers


def _district(handlers: Handlers[EvaluationStore], schools: Schools) -> None:
    @handlers.on(SchoolDefined)
    async def learn_school(
        event: SchoolDefined, mark: AppliedSequence, store: EvaluationStore
    ) -> None:
        """Another time zone moves the borders of the months. Looked at on a redelivery too, should
        we have died in between.
        """
        try:
            await schools.apply(event, mark)
        except AlreadyApplied:
            await _recount_in_another_zone(store)
            raise
        await _recount_in_another_zone(store)


async def _recount_in_another_zone(store: EvaluationStore) -> None:
    if await store.counted_in_another_zone(await store.zone()):
        await store.rebuild()


def _intake(handlers: Handlers[EvaluationStore]) -> None:
    @handlers.step(CaseOpened)
    async def case_opened(event: CaseOpened, store: EvaluationStore) -> DocumentChange[Fact]:
        return await store.step(event.case_id, facts.opened(event))

    @handlers.step(CaseWithdrawn)
    async def case_withdrawn(event: CaseWithdrawn, store: EvaluationStore) -> DocumentChange[Fact]:
        return await store.step(event.case_id, facts.withdrawn(event))

    @handlers.on(CaseErased)
    async def case_erased(event: CaseErased, mark: AppliedSequence, store: EvaluationStore) -> None:
        await store.erase(event.case_id, facts.erased(event, await store.zone()), mark)


def _matching(handlers: Handlers[EvaluationStore]) -> None:
    @handlers.step(MatchOffered)
    async def match_offered(event: MatchOffered, store: EvaluationStore) -> DocumentChange[Fact]:
        return await store.step(event.case_id, facts.offered(event))

    @handlers.step(MatchAccepted)
    async def match_accepted(event: MatchAccepted, store: EvaluationStore) -> DocumentChange[Fact]:
        return await store.step(event.case_id, facts.accepted(event))

    @handlers.step(MeetingLogged)
    async def meeting_logged(event: MeetingLogged, store: EvaluationStore) -> DocumentChange[Fact]:
        return await store.step(event.case_id, facts.met(event))

    @handlers.step(MatchClosed)
    async def match_closed(event: MatchClosed, store: EvaluationStore) -> DocumentChange[Fact]:
        return await store.step(event.case_id, facts.ended(event))


def _escalation(handlers: Handlers[EvaluationStore]) -> None:
    @handlers.step(AlertRaised)
    async def alert_raised(event: AlertRaised, store: EvaluationStore) -> DocumentChange[Fact]:
        return await _on_alert(store, event, facts.raised(event))

    @handlers.step(AlertRose)
    async def alert_rose(event: AlertRose, store: EvaluationStore) -> DocumentChange[Fact]:
        return await _on_alert(store, event, facts.rose(event))

    @handlers.step(AlertAcknowledged)
    async def alert_acknowledged(
        event: AlertAcknowledged, store: EvaluationStore
    ) -> DocumentChange[Fact]:
        return await _on_alert(store, event, facts.acknowledged(event))

    @handlers.step(ContactRecorded)
    async def contact_recorded(
        event: ContactRecorded, store: EvaluationStore
    ) -> DocumentChange[Fact]:
        return await _on_alert(store, event, facts.contacted(event))

    @handlers.step(AlertClosed)
    async def alert_closed(event: AlertClosed, store: EvaluationStore) -> DocumentChange[Fact]:
        return await _on_alert(store, event, facts.closed(event))


async def _on_alert(
    store: EvaluationStore, event: AlertEvent, change: Change
) -> DocumentChange[Fact]:
    """An alert belongs to its case's fact; the one of a school whose messages cannot be screened is
    a fact of its own.
    """
    about = About.SCHOOL if event.case_id is None else About.CASE
    return await store.step(event.case_id or event.alert_id, change, about)
