"""Case and supporter judged together: a yes, the clock and a change of profile ask the hard rules
again, and what follows from them is one transaction over both documents.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sebaya_chassis.storage import audit
from sebaya_chassis.storage.documents import Documents
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import School
from sebaya_contracts.event import Event
from sebaya_contracts.matching import MatchLapsed
from sebaya_contracts.words import SupporterState
from sebaya_matching import metrics
from sebaya_matching.collections import CASES, SUPPORTERS
from sebaya_matching.domain import offers, supporter
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.enums import Ineligibility
from sebaya_matching.domain.supporter import Profile, Supporter, build_document_id
from sebaya_matching.domain.waking import add_school_days
from sebaya_matching.store import CaseStore


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging a supporter's pairs made of the supporter, with the events of both documents."""

    supporter: Supporter
    own_events: tuple[Event, ...] = ()
    case_events: tuple[Event, ...] = ()


class PairStore:
    """The offers and matches of one school, each with both its documents."""

    def __init__(self, school: SchoolStore) -> None:
        self.school = school
        self._cases: Documents[Case] = school.documents(CASES)
        self._supporters: Documents[Supporter] = school.documents(SUPPORTERS)

    async def accept(self, case_id: str, match_id: str, supporter_id: str, school: School) -> Case:
        """Accept an offer. One that breaks a hard rule by now is taken back and refused: the case
        waits at once.

        Raises NotFound, CaseHeld, OfferGone, NotAvailable.
        """
        after, broken, events = await self.school.transaction(
            lambda tx: PairStore(tx)._accept(case_id, match_id, supporter_id, school)
        )
        metrics.count(events)
        if broken is not None:
            await CaseStore(self.school).announce_free_slot()
            raise offers.make_refusal(broken)
        return after

    async def _accept(
        self, case_id: str, match_id: str, supporter_id: str, school: School
    ) -> tuple[Case, Ineligibility | None, Sequence[Event]]:
        case = await self._cases.load(case_id)
        offers.ensure_match_owner(case.state, match_id, supporter_id)
        accepting = await self._supporters.load(self._identity(supporter_id))
        broken = offers.find_broken_rule(case.state, match_id, accepting.state, case.now)
        if broken is not None:
            return case.state, broken, await self._judge(case, accepting)
        quiet_at = add_school_days(school, case.now, 1)
        after, events = offers.accept(case.state, match_id, accepting.state, case.now, quiet_at)
        if events:
            await self._cases.save(case_id, case, after, events)
        heard = supporter.note_answer(accepting.state)
        if events and heard != accepting.state:
            await self._supporters.save(self._identity(supporter_id), accepting, heard)
        return after, None, events

    async def judge(self, case_id: str, school: School) -> None:
        """Judge the open offer of a case anew, by the store's clock and the school's policy."""
        events = await self.school.transaction(
            lambda tx: PairStore(tx)._judge_case(case_id, school)
        )
        metrics.count(events)
        if events:
            await CaseStore(self.school).announce_free_slot()

    async def _judge_case(self, case_id: str, school: School) -> Sequence[Event]:
        case = await self._cases.load(case_id)
        if case.state.match is None:
            return ()
        holder = await self._supporters.load(self._identity(case.state.match.supporter_id))
        return await self._judge(case, holder, school)

    async def _judge(
        self,
        case: LoadedDocument[Case],
        holder: LoadedDocument[Supporter],
        school: School | None = None,
    ) -> Sequence[Event]:
        judged = await self._judged(holder.state, case, school)
        if judged.own_events:
            await self._supporters.save(
                self._identity(holder.state.supporter_id),
                holder,
                judged.supporter,
                judged.own_events,
            )
        return judged.case_events

    async def judge_all(self, holder: Supporter) -> Judgement:
        """Judge every pair of a supporter that is about to be saved, and save the cases.

        Open offers are judged newest first, so that of several that a lowered cap forbids the
        oldest stays; a match ends where the supporter retires.
        """
        loaded = [await self._cases.load(case_id) for case_id in holder.slots.values()]
        judgement = Judgement(holder)
        for case in sorted(loaded, key=_offered_at, reverse=True):
            judged = await self._judged(judgement.supporter, case)
            judgement = Judgement(
                judged.supporter,
                (*judgement.own_events, *judged.own_events),
                (*judgement.case_events, *judged.case_events),
            )
        return judgement

    async def _judged(
        self, holder: Supporter, case: LoadedDocument[Case], school: School | None = None
    ) -> Judgement:
        """Judge one pair, and save its case alone."""
        match = case.state.match
        if match is None:
            return Judgement(holder)
        known, events = (
            offers.apply_policy(case.state, school, case.now) if school else (case.state, ())
        )
        after, judged = offers.judge(known, holder, case.now)
        events += judged
        if holder.profile.state is SupporterState.RETIRED and not events:
            after, events = offers.replace_retired(case.state, match.match_id, case.now)
        if after != case.state:
            await self._cases.save(case.state.case_id, case, after, events)
        if not events:
            return Judgement(holder)
        freed, own_events = supporter.free_slot(holder, match.match_id)
        if any(isinstance(event, MatchLapsed) for event in events):
            freed = supporter.note_silence(freed, case.now)
        return Judgement(freed, own_events, events)

    async def note_presence(self, supporter_id: str) -> Supporter:
        """Note that a supporter is there: a rest ends. Raises NotFound."""
        done = await self._supporters.update(
            self._identity(supporter_id), lambda one, _now: (supporter.note_answer(one), ())
        )
        await CaseStore(self.school).announce_free_slot()
        return done.state

    async def change(
        self, supporter_id: str, author_id: str, what: str, edit: Callable[[Profile], Profile]
    ) -> Supporter:
        """Change a profile, with the audit entry that names its author; open offers that break a
        hard rule by it go back.

        All in one transaction. What changes nothing leaves no entry. Raises NotFound, and what
        `edit` raises.
        """

        async def work(tx: SchoolStore) -> Judgement:
            judged = await PairStore(tx)._change(supporter_id, edit)
            if judged.own_events:
                await audit.append(tx, who=author_id, what=what, about=supporter_id)
            return judged

        judged = await self.school.transaction(work)
        metrics.count(judged.case_events)
        if judged.own_events:
            await CaseStore(self.school).announce_free_slot()
        return judged.supporter

    async def _change(self, supporter_id: str, edit: Callable[[Profile], Profile]) -> Judgement:
        identity = self._identity(supporter_id)
        loaded = await self._supporters.load(identity)
        changed, profiled = supporter.change_profile(
            loaded.state, edit(loaded.state.profile), loaded.now
        )
        if not profiled:
            return Judgement(changed)
        judged = await self.judge_all(changed)
        own_events = (*profiled, *judged.own_events)
        await self._supporters.save(identity, loaded, judged.supporter, own_events)
        return Judgement(judged.supporter, own_events, judged.case_events)

    def _identity(self, supporter_id: str) -> str:
        return build_document_id(self.school.school_id, supporter_id)


def _offered_at(case: LoadedDocument[Case]) -> float:
    match = case.state.match
    return match.offered_at.timestamp() if match else 0.0
