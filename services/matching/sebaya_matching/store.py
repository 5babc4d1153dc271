"""Matching's documents of one school. A match is a fact of its case; the supporter's slot follows
it in the same transaction.

Cap and single match need both: a supporter's document knows its slots, a case's document its one
match, and what moves a slot writes both.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.documents import AlreadyExists, Decision, Documents
from sebaya_chassis.storage.layout import (
    AlreadyApplied,
    AppliedSequence,
    CollectionSpec,
    LoadedDocument,
)
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.event import Event
from sebaya_contracts.words import SupporterState
from sebaya_matching import metrics
from sebaya_matching.domain import offers, supporter
from sebaya_matching.domain.assignment import ProposedOffer
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.eligibility import find_ineligibility
from sebaya_matching.domain.enums import MatchEndReason, Stage
from sebaya_matching.domain.supporter import Profile, Supporter, build_document_id
from sebaya_matching.errors import NoSlot, SupporterExists

CaseRule = Callable[[Case, datetime], Decision[Case]]

CASES = CollectionSpec(
    "cases", Case, identity=lambda case: case.case_id, due=lambda case: case.due_at
)
SUPPORTERS = CollectionSpec(
    "supporters", Supporter, identity=lambda one: build_document_id(one.school_id, one.supporter_id)
)
KINDS: tuple[CollectionSpec[Any], ...] = (CASES, SUPPORTERS, audit.HEADS)
# How often something became free in a school: a try that sees it move looks again (it cannot know
# what it missed).
FREED = "freed"

INDEXES = {
    CASES.collection: [
        # The timer's try: the waiting cases of a school, least recently tried first; and the
        # coordinator's list, oldest first.
        IndexModel([("school_id", 1), ("state.stage", 1), ("due_at", 1)], name="to_try"),
        IndexModel([("school_id", 1), ("state.stage", 1), ("state.since", 1)], name="by_age"),
        # A supporter's offers and matches, present and past; and the match that a request names.
        IndexModel(
            [("school_id", 1), ("state.match.supporter_id", 1), ("state.stage", 1)], name="present"
        ),
        IndexModel([("school_id", 1), ("state.former.supporter_id", 1)], name="past"),
        IndexModel([("school_id", 1), ("state.match.match_id", 1)], name="match"),
        IndexModel([("school_id", 1), ("state.former.match_id", 1)], name="former_match"),
    ],
    SUPPORTERS.collection: [
        IndexModel([("school_id", 1), ("state.profile.state", 1)], name="by_state")
    ],
    **audit.INDEXES,
}


class _MovesSlot(Exception):
    """The decision moves a slot: it is made again where both documents change at once."""


class CaseStore:
    """The cases of one school, and the slots that move with them."""

    def __init__(self, school: SchoolStore) -> None:
        self.school = school
        self._cases: Documents[Case] = school.documents(CASES)
        self._supporters: Documents[Supporter] = school.documents(SUPPORTERS)

    async def decide(
        self, case_id: str, rule: CaseRule, mark: AppliedSequence | None = None
    ) -> Case:
        """One write, or one transaction where a slot moves. An unknown case begins here; an erased
        one stores nothing (Stale).
        """
        told: list[Event] = []
        kept = _kept(rule, mark, told)
        try:
            saved = await self._cases.upsert(
                case_id, lambda _now: Case(case_id, self.school.school_id), _alone(kept), mark
            )
            after = saved.state
        except _MovesSlot:
            after = await self.school.transaction(
                lambda tx: CaseStore(tx)._with_slot(case_id, kept, mark)
            )
            await self.something_freed()
        metrics.count(told)
        return after

    async def _with_slot(self, case_id: str, rule: CaseRule, mark: AppliedSequence | None) -> Case:
        loaded = await self._cases.load(case_id)
        loaded.refuse_applied(mark)
        after, events = rule(loaded.state, loaded.now)
        await self._cases.save(case_id, loaded, after, events, mark)
        if _lets_go(loaded.state, after):
            await self._free(loaded.state)
        return after

    async def _free(self, before: Case) -> None:
        match = before.match
        if match is not None:
            identity = build_document_id(self.school.school_id, match.supporter_id)
            await self._supporters.update(
                identity, lambda one, _now: supporter.free_slot(one, match.match_id)
            )

    async def offer(self, match_id: str, proposed: ProposedOffer, lapse: timedelta) -> None:
        """Case and supporter in one transaction. Raises NotWaiting or NoSlot when somebody decided
        first.
        """
        metrics.count(
            await self.school.transaction(
                lambda tx: CaseStore(tx)._offer(match_id, proposed, lapse)
            )
        )

    async def _offer(
        self, match_id: str, proposed: ProposedOffer, lapse: timedelta
    ) -> Sequence[Event]:
        """The hard rules are asked again here: the profile may have changed since the try began."""
        identity = build_document_id(self.school.school_id, proposed.supporter_id)
        case = await self._cases.load(proposed.case_id)
        taker = await self._supporters.load(identity)
        offered, events = offers.offer(
            case.state, match_id, proposed.supporter_id, proposed.reasons, lapse, case.now
        )
        if find_ineligibility(case.state, taker.state, taker.now) is not None:
            raise NoSlot
        taken, slot_events = supporter.take_slot(taker.state, match_id, proposed.case_id, taker.now)
        await self._cases.save(proposed.case_id, case, offered, events)
        await self._supporters.save(identity, taker, taken, slot_events)
        return events

    async def decide_match(self, match_id: str, rule: CaseRule) -> Case:
        """The case of a present or former match. Raises NotFound, and what the rule raises."""
        named = {"$or": [{"state.match.match_id": match_id}, {"state.former.match_id": match_id}]}
        found = await self._cases.find(named, limit=1)
        if not found:
            raise NotFound
        return await self.decide(found[0].state.case_id, rule)

    async def to_try(self, limit: int) -> list[LoadedDocument[Case]]:
        """Waiting cases, least recently tried first."""
        return await self._cases.find(
            {"state.stage": Stage.WAITING}, sort={"due_at": 1}, limit=limit
        )

    async def waiting(self, limit: int) -> list[LoadedDocument[Case]]:
        return await self._cases.find(
            {"state.stage": Stage.WAITING}, sort={"state.since": 1}, limit=limit
        )

    async def lapsing(self, case_ids: Sequence[str]) -> list[LoadedDocument[Case]]:
        return await self._cases.find(
            {"_id": {"$in": list(case_ids)}, "state.stage": Stage.OFFERED}
        )

    async def offered_to(self, supporter_id: str) -> list[LoadedDocument[Case]]:
        return await self._cases.find(
            {"state.match.supporter_id": supporter_id, "state.stage": Stage.OFFERED}
        )

    async def matched_with(self, supporter_id: str, limit: int) -> list[LoadedDocument[Case]]:
        """Where the supporter has or had a match; offers that came to nothing are not matches."""
        present = {"state.match.supporter_id": supporter_id, "state.stage": Stage.MATCHED}
        over = {
            "supporter_id": supporter_id,
            "parting": {"$in": [MatchEndReason.ENDED, MatchEndReason.LEFT]},
        }
        past = {"state.former.supporter_id": supporter_id, "state.former": {"$elemMatch": over}}
        return await self._cases.find({"$or": [present, past]}, limit=limit)

    async def postpone(self, case_ids: Sequence[str], until: datetime) -> None:
        """The next try; only the due date moves, so no decision is undone by it."""
        waiting = {"_id": {"$in": list(case_ids)}, "state.stage": Stage.WAITING}
        await self.school.collection(CASES.collection).update_many(
            waiting, {"$set": {"due_at": until}, "$unset": {"timer": ""}}
        )

    async def freed(self) -> int:
        row = await self.school.collection(FREED).find_one({"_id": self.school.school_id})
        return int(row["times"]) if row else 0

    async def something_freed(self) -> None:
        """Somebody can take a case now. One waiting case that is due at once is enough: a try looks
        at all of the school.

        Should the process die before this, the periodic try finds the slot.
        """
        await self.school.collection(FREED).upsert(
            {"_id": self.school.school_id}, {"$inc": {"times": 1}}
        )
        await self.try_now()

    async def try_now(self) -> None:
        idle = {"state.stage": Stage.WAITING, "timer": {"$exists": False}}
        await self.school.collection(CASES.collection).update(
            idle, {"$set": {"due_at": self.school.now()}}
        )


def _kept(rule: CaseRule, mark: AppliedSequence | None, told: list[Event]) -> CaseRule:
    """The rule, but no event of others is applied to an erased case; `told` holds the events of the
    last decision.
    """

    def keeping(case: Case, now: datetime) -> Decision[Case]:
        if case.stage is Stage.ERASED and mark is not None:
            raise AlreadyApplied(case.case_id)
        after, events = rule(case, now)
        told[:] = events
        return after, events

    return keeping


def _alone(rule: CaseRule) -> CaseRule:
    def deciding(case: Case, now: datetime) -> Decision[Case]:
        after, events = rule(case, now)
        if _lets_go(case, after):
            raise _MovesSlot
        return after, events

    return deciding


def _lets_go(before: Case, after: Case) -> bool:
    if before.match is None:
        return False
    return after.match is None or after.match.match_id != before.match.match_id


class SupporterStore:
    """The supporters of one school."""

    def __init__(self, school: SchoolStore) -> None:
        self.school = school
        self._cases: Documents[Case] = school.documents(CASES)
        self._supporters: Documents[Supporter] = school.documents(SUPPORTERS)

    async def load(self, supporter_id: str) -> LoadedDocument[Supporter]:
        return await self._supporters.load(build_document_id(self.school.school_id, supporter_id))

    async def all(self, limit: int) -> list[LoadedDocument[Supporter]]:
        return await self._supporters.find({}, sort={"_id": 1}, limit=limit)

    async def active(self, limit: int) -> list[LoadedDocument[Supporter]]:
        return await self._supporters.find(
            {"state.profile.state": SupporterState.ACTIVE}, limit=limit
        )

    async def enrol(self, supporter_id: str, person_id: str, profile: Profile) -> Supporter:
        """Who may be asked, and the audit entry of who said so. The same request again is answered
        again.

        Raises SupporterExists for another profile.
        """
        new, events = supporter.enrol(self.school.school_id, supporter_id, profile)

        async def work(tx: SchoolStore) -> None:
            try:
                await tx.documents(SUPPORTERS).create(new, events)
            except AlreadyExists:
                raise SupporterExists from None
            await audit.append(tx, who=person_id, what="supporter_enrolled", about=supporter_id)

        try:
            await self.school.transaction(work)
        except SupporterExists:
            known = (await self.load(supporter_id)).state
            if known.profile != profile:
                raise
            return known
        await CaseStore(self.school).something_freed()
        return new

    async def change(
        self, supporter_id: str, person_id: str, what: str, edit: Callable[[Profile], Profile]
    ) -> Supporter:
        """The profile, and the audit entry of who changed it; where the supporter is no longer
        there, their open offers go back.

        All in one transaction. What changes nothing leaves no entry.
        """

        async def work(tx: SchoolStore) -> tuple[Supporter, list[Event]]:
            changed, told = await SupporterStore(tx)._change(supporter_id, edit)
            if told:
                await audit.append(tx, who=person_id, what=what, about=supporter_id)
            return changed, told

        after, events = await self.school.transaction(work)
        metrics.count(events)
        if events:
            await CaseStore(self.school).something_freed()
        return after

    async def _change(
        self, supporter_id: str, edit: Callable[[Profile], Profile]
    ) -> tuple[Supporter, list[Event]]:
        loaded = await self.load(supporter_id)
        after, profiled = supporter.change_profile(loaded.state, edit(loaded.state.profile))
        told: list[Event] = list(profiled)
        decided: list[Event] = []
        if not after.profile.available(loaded.now):
            for match_id, case_id in loaded.state.slots.items():
                released = await self._release(
                    case_id, match_id, retired=after.profile.state is SupporterState.RETIRED
                )
                if released:
                    after, freed = supporter.free_slot(after, match_id)
                    told += freed
                    decided += released
        if told:
            await self._supporters.save(
                build_document_id(self.school.school_id, supporter_id), loaded, after, told
            )
        return after, told + decided

    async def _release(self, case_id: str, match_id: str, *, retired: bool) -> Sequence[Event]:
        case = await self._cases.load(case_id)
        after, events = offers.release(case.state, match_id, case.now, retired=retired)
        if events:
            await self._cases.save(case_id, case, after, events)
        return events
