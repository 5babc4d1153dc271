"""Matching's documents of one school. A match is a fact of its case; the supporter's slot follows
it in the same transaction.

Cap and single match need both: a supporter's document knows its slots, a case's document its one
match, and what moves a slot writes both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.documents import AlreadyExists, Decision, Documents, Rule
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence, LoadedDocument
from sebaya_chassis.storage.schools import FRESH_SECONDS
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.event import Event
from sebaya_contracts.words import SupporterState
from sebaya_matching import metrics
from sebaya_matching.collections import CASES, DEBRIEF_OWED, FREED, SUPPORTERS
from sebaya_matching.domain import offers, supporter
from sebaya_matching.domain.assignment import ProposedOffer
from sebaya_matching.domain.case import Case, Danger, Match
from sebaya_matching.domain.enums import MatchEndReason, Stage
from sebaya_matching.domain.supporter import Supporter, build_document_id
from sebaya_matching.errors import SupporterExists

CaseRule = Callable[[Case, datetime], Decision[Case]]


class MatchEnds(Exception):
    """A decision would end an offer or match, whose slot one write cannot free."""


class CaseStore:
    """The cases of one school, and the slots that move with them."""

    def __init__(self, school: SchoolStore) -> None:
        self.school = school
        self._cases: Documents[Case] = school.documents(CASES)
        self._supporters: Documents[Supporter] = school.documents(SUPPORTERS)

    async def decide(
        self, case_id: str, rule: CaseRule, mark: AppliedSequence | None = None
    ) -> Case:
        """Decide on a case by one write; an unknown case is created.

        For rules that end no offer or match: the slot of one that ends must be freed with it, by
        `decide_with_slot`. Raises AlreadyApplied for an event about an erased case, MatchEnds, and
        what the rule raises.
        """
        decision = _CaseDecision(rule, mark)
        after = await self._upsert(case_id, decision.decide_without_slot, mark)
        metrics.count(decision.events)
        return after

    async def decide_with_slot(
        self, case_id: str, rule: CaseRule, mark: AppliedSequence | None = None
    ) -> Case:
        """Decide on a case, and free the slot of an offer or match that the decision ends, in one
        transaction. Otherwise as `decide`, by one write where nothing ends.
        """
        try:
            return await self.decide(case_id, rule, mark)
        except MatchEnds:
            decision = _CaseDecision(rule, mark)
        after = await self.school.transaction(
            lambda tx: CaseStore(tx)._decide_and_free(case_id, decision)
        )
        metrics.count(decision.events)
        if decision.ended is not None:
            await self.announce_free_slot()
        return after

    async def decide_owing_debriefs(
        self, case_id: str, rule: CaseRule, mark: AppliedSequence, danger: Danger
    ) -> Case:
        """Decide on a case, and owe a debrief to each supporter that was beside the student while
        the danger stood, in one transaction; the supporters' open offers are judged by it.
        Otherwise as `decide_with_slot`.
        """
        decision = _CaseDecision(rule, mark)
        after, owed_to = await self.school.transaction(
            lambda tx: CaseStore(tx)._decide_and_owe(case_id, decision, danger)
        )
        metrics.count(decision.events)
        if decision.ended is not None:
            await self.announce_free_slot()
        for supporter_id in owed_to:
            metrics.DEBRIEFS_OWED.inc()
            for offered in await self.list_offered_to(supporter_id):
                await self.make_due(offered.state.case_id)
        return after

    async def _decide_and_owe(
        self, case_id: str, decision: "_CaseDecision", danger: Danger
    ) -> tuple[Case, tuple[str, ...]]:
        after = await self._decide_and_free(case_id, decision)
        beside = decision.before.list_supporters_beside(danger)
        for supporter_id in beside:
            await self._supporters.update(
                build_document_id(self.school.school_id, supporter_id),
                lambda one, now: (supporter.owe_debrief(one, danger.alert_id, now), ()),
            )
        return after, beside

    async def _decide_and_free(self, case_id: str, decision: "_CaseDecision") -> Case:
        after = await self._upsert(case_id, decision.decide, decision.mark)
        if decision.ended is not None:
            match_id = decision.ended.match_id
            former = after.find_former(match_id)
            await self._supporters.update(
                build_document_id(self.school.school_id, decision.ended.supporter_id),
                lambda one, _now: supporter.end_match(one, match_id, former),
            )
        return after

    async def _upsert(self, case_id: str, rule: Rule[Case], mark: AppliedSequence | None) -> Case:
        saved = await self._cases.upsert(
            case_id, lambda _now: Case(case_id, self.school.school_id), rule, mark
        )
        return saved.state

    async def offer(self, match_id: str, proposed: ProposedOffer, lapse: timedelta) -> None:
        """Offer a case to a supporter: case and supporter in one transaction. Raises NotWaiting or
        NoSlot where another decision came first.
        """
        metrics.count(
            await self.school.transaction(
                lambda tx: CaseStore(tx)._offer(match_id, proposed, lapse)
            )
        )

    async def _offer(
        self, match_id: str, proposed: ProposedOffer, lapse: timedelta
    ) -> Sequence[Event]:
        """The hard rules are applied again: the profile may have changed since the round began."""
        identity = build_document_id(self.school.school_id, proposed.supporter_id)
        case = await self._cases.load(proposed.case_id)
        chosen = await self._supporters.load(identity)
        offered, events = offers.offer(
            case.state, match_id, chosen.state, proposed.reasons, lapse, case.now
        )
        taken, slot_events = supporter.take_slot(
            chosen.state, match_id, proposed.case_id, chosen.now
        )
        await self._cases.save(proposed.case_id, case, offered, events)
        await self._supporters.save(identity, chosen, taken, slot_events)
        return events

    async def find_case_id(self, match_id: str) -> str:
        """Find the case of a present or former match. Raises NotFound."""
        named = {"$or": [{"state.match.match_id": match_id}, {"state.former.match_id": match_id}]}
        found = await self._cases.find(named, limit=1)
        if not found:
            raise NotFound
        return found[0].state.case_id

    async def list_to_try(self, limit: int) -> list[LoadedDocument[Case]]:
        """List waiting cases for the next round, least recently tried first."""
        return await self._cases.find(
            {"state.stage": Stage.WAITING}, sort={"due_at": 1}, limit=limit
        )

    async def list_waiting(self, limit: int) -> list[LoadedDocument[Case]]:
        """List waiting cases, the one that was opened first before the others."""
        return await self._cases.find(
            {"state.stage": Stage.WAITING}, sort={"state.request.opened_at": 1}, limit=limit
        )

    async def list_offered(self, case_ids: Sequence[str]) -> list[LoadedDocument[Case]]:
        """List those of the cases that have an open offer."""
        return await self._cases.find(
            {"_id": {"$in": list(case_ids)}, "state.stage": Stage.OFFERED}
        )

    async def list_offered_to(self, supporter_id: str) -> list[LoadedDocument[Case]]:
        """List the cases that are offered to a supporter."""
        return await self._cases.find(
            {"state.match.supporter_id": supporter_id, "state.stage": Stage.OFFERED}
        )

    async def list_matched_with(self, supporter_id: str, limit: int) -> list[LoadedDocument[Case]]:
        """List the cases where the supporter has or had a match; an offer that came to nothing is
        no match.
        """
        present = {"state.match.supporter_id": supporter_id, "state.stage": Stage.MATCHED}
        over = {
            "supporter_id": supporter_id,
            "parting": {"$in": [MatchEndReason.ENDED, MatchEndReason.LEFT]},
        }
        past = {"state.former.supporter_id": supporter_id, "state.former": {"$elemMatch": over}}
        return await self._cases.find({"$or": [present, past]}, limit=limit)

    async def postpone(self, case_ids: Sequence[str], until: datetime) -> None:
        """Delay the next try; only the due date moves, so no decision is undone by it."""
        waiting = {"_id": {"$in": list(case_ids)}, "state.stage": Stage.WAITING}
        await self.school.collection(CASES.collection).update_many(
            waiting, {"$set": {"due_at": until}, "$unset": {"timer": ""}}
        )

    async def judge_offers_soon(self) -> None:
        """Have the timer judge every open offer of the school, once no process remembers the
        description of the school that was valid before.
        """
        await self.school.collection(CASES.collection).update_many(
            {"state.stage": Stage.OFFERED},
            {"$set": {"due_at": self.school.now() + timedelta(seconds=FRESH_SECONDS)}},
        )

    async def make_due(self, case_id: str) -> None:
        """Have the timer judge the open offer of a case, or try it where it waits, at once."""
        sought = {"_id": case_id, "state.stage": {"$in": [Stage.OFFERED, Stage.WAITING]}}
        await self.school.collection(CASES.collection).update(
            sought, {"$set": {"due_at": self.school.now()}}
        )

    async def list_quiet(self, limit: int) -> list[LoadedDocument[Case]]:
        """List the matches without a word of their supporter for two school days or more."""
        quiet = {"state.stage": Stage.MATCHED, "state.match.quiet_days": {"$gte": 2}}
        return await self._cases.find(quiet, sort={"state.match.accepted_at": 1}, limit=limit)

    async def list_matched(self, case_ids: Sequence[str]) -> list[LoadedDocument[Case]]:
        """List those of the cases that have an active match."""
        return await self._cases.find(
            {"_id": {"$in": list(case_ids)}, "state.stage": Stage.MATCHED}
        )

    async def note_words(self, case_id: str, posted_at: datetime | None) -> None:
        """Note that the supporter of a match wrote; read first, for nearly always it is known."""
        unheard = {
            "_id": case_id,
            "state.stage": Stage.MATCHED,
            "state.match.quiet_at": {"$ne": None},
        }
        if await self._cases.find(unheard, limit=1):
            await self.decide(case_id, lambda case, _now: offers.note_words(case, posted_at))

    async def list_choosing(self, case_ids: Sequence[str]) -> list[LoadedDocument[Case]]:
        """List those of the cases whose student has yet to name supporters."""
        return await self._cases.find(
            {"_id": {"$in": list(case_ids)}, "state.request.choosing": True}
        )

    async def count_freed(self) -> int:
        """Count how often a slot became free in the school."""
        row = await self.school.collection(FREED).find_one({"_id": self.school.school_id})
        return int(row["times"]) if row else 0

    async def announce_free_slot(self) -> None:
        """Note that a slot became free, and make a round due.

        Should the process die before this, the periodic round finds the slot.
        """
        await self.school.collection(FREED).upsert(
            {"_id": self.school.school_id}, {"$inc": {"times": 1}}
        )
        await self.make_round_due()

    async def make_round_due(self) -> None:
        """Make one waiting case due now, which is enough: a round tries all of the school."""
        idle = {"state.stage": Stage.WAITING, "timer": {"$exists": False}}
        await self.school.collection(CASES.collection).update(
            idle, {"$set": {"due_at": self.school.now()}}
        )


@dataclass(slots=True)
class _CaseDecision:
    """A rule, and what its last run decided: the run that was stored. `before` is the case as that
    run found it.
    """

    rule: CaseRule
    mark: AppliedSequence | None
    events: Sequence[Event] = ()
    ended: Match | None = None
    before: Case = field(init=False)

    def decide(self, case: Case, now: datetime) -> Decision[Case]:
        if case.stage is Stage.ERASED and self.mark is not None:
            raise AlreadyApplied(case.case_id)
        self.before = case
        after, self.events = self.rule(case, now)
        self.ended = _ended_match(case, after)
        return after, self.events

    def decide_without_slot(self, case: Case, now: datetime) -> Decision[Case]:
        decision = self.decide(case, now)
        if self.ended is not None:
            raise MatchEnds(case.case_id)
        return decision


def _ended_match(before: Case, after: Case) -> Match | None:
    if before.match is None or after.match is None:
        return before.match
    return None if after.match.match_id == before.match.match_id else before.match


class SupporterStore:
    """The supporters of one school."""

    def __init__(self, school: SchoolStore) -> None:
        self.school = school
        self._supporters: Documents[Supporter] = school.documents(SUPPORTERS)

    async def load(self, supporter_id: str) -> LoadedDocument[Supporter]:
        """Load a supporter. Raises NotFound."""
        return await self._supporters.load(build_document_id(self.school.school_id, supporter_id))

    async def list_all(self, limit: int) -> list[LoadedDocument[Supporter]]:
        """List the supporters by their ids."""
        return await self._supporters.find({}, sort={"_id": 1}, limit=limit)

    async def list_owed_debriefs(self, limit: int) -> list[LoadedDocument[Supporter]]:
        """List the supporters to whom a debrief is owed."""
        return await self._supporters.find(DEBRIEF_OWED, sort={"_id": 1}, limit=limit)

    async def hold_debriefs(self, supporter_id: str, counsellor_id: str) -> Supporter:
        """Note that a counsellor has talked with a supporter, with an audit entry; of none that is
        owed, neither. Raises NotFound.
        """
        identity = build_document_id(self.school.school_id, supporter_id)

        async def work(tx: SchoolStore) -> tuple[Supporter, bool]:
            documents = tx.documents(SUPPORTERS)
            loaded = await documents.load(identity)
            if not loaded.state.debriefs_owed:
                return loaded.state, False
            held = supporter.hold_debriefs(loaded.state, loaded.now)
            await documents.save(identity, loaded, held, ())
            await audit.append(tx, who=counsellor_id, what="debrief_held", about=supporter_id)
            return held, True

        after, was_owed = await self.school.transaction(work)
        metrics.DEBRIEFS_HELD.inc(was_owed)
        return after

    async def list_active(self, limit: int) -> list[LoadedDocument[Supporter]]:
        """List the active supporters, certified or not."""
        return await self._supporters.find(
            {"state.profile.state": SupporterState.ACTIVE}, limit=limit
        )

    async def create(self, new: Supporter, events: Sequence[Event], author_id: str) -> None:
        """Create a supporter, with the author's audit entry. Raises SupporterExists."""

        async def work(tx: SchoolStore) -> None:
            try:
                await tx.documents(SUPPORTERS).create(new, events)
            except AlreadyExists:
                raise SupporterExists from None
            await audit.append(tx, who=author_id, what="supporter_enrolled", about=new.supporter_id)

        await self.school.transaction(work)
        await CaseStore(self.school).announce_free_slot()
