"""A supporter: the profile the coordinator keeps, and the slots their offers and matches take."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sebaya_contracts.matching import SlotFreed, SlotTaken, SupporterEvent, SupporterProfiled
from sebaya_contracts.words import CaseTopic, SupporterState
from sebaya_matching.errors import NoSlot


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a supporter. `certified_until` None: not certified, so never offered a case."""

    display_name: str
    topics: tuple[CaseTopic, ...]
    languages: tuple[str, ...]
    hours: tuple[str, ...] = ()
    cap: int = 3
    certified_until: datetime | None = None
    state: SupporterState = SupporterState.APPLIED

    def available(self, now: datetime) -> bool:
        certified = self.certified_until is not None and self.certified_until > now
        return certified and self.state is SupporterState.ACTIVE


@dataclass(frozen=True, slots=True)
class Supporter:
    """`slots` names the case of each offer and match that takes a place; `over` of them were above
    a cap when it was lowered.
    """

    school_id: str
    supporter_id: str
    profile: Profile
    slots: dict[str, str] = field(default_factory=dict)
    over: int = 0

    @property
    def taken(self) -> int:
        return len(self.slots)

    @property
    def free(self) -> int:
        """A cap lowered below what is taken takes nothing away, and lets nothing new in."""
        return max(0, self.profile.cap - self.taken)


Decision = tuple[Supporter, tuple[SupporterEvent, ...]]


def document_id(school_id: str, supporter_id: str) -> str:
    """Two schools may use the same id for different people."""
    return f"{school_id}:{supporter_id}"


def enrolled(school_id: str, supporter_id: str, profile: Profile) -> Decision:
    supporter = Supporter(school_id, supporter_id, profile)
    return supporter, (profiled(supporter),)


def changed(supporter: Supporter, profile: Profile) -> Decision:
    if profile == supporter.profile:
        return supporter, ()
    lowered = (
        max(0, supporter.taken - profile.cap)
        if profile.cap != supporter.profile.cap
        else supporter.over
    )
    after = replace(supporter, profile=profile, over=lowered)
    return after, (profiled(after),)


def take(supporter: Supporter, match_id: str, case_id: str, now: datetime) -> Decision:
    """Raises NoSlot when there is none, or the supporter is not there any more."""
    if supporter.free == 0 or not supporter.profile.available(now):
        raise NoSlot
    after = replace(supporter, slots=supporter.slots | {match_id: case_id})
    return after, (
        SlotTaken(**_slot(after, match_id, case_id), taken=after.taken, cap=after.profile.cap),
    )


def free(supporter: Supporter, match_id: str) -> Decision:
    case_id = supporter.slots.get(match_id)
    if case_id is None:
        return supporter, ()
    slots = {match: case for match, case in supporter.slots.items() if match != match_id}
    after = replace(
        supporter, slots=slots, over=min(supporter.over, max(0, len(slots) - supporter.profile.cap))
    )
    return after, (
        SlotFreed(**_slot(after, match_id, case_id), taken=after.taken, cap=after.profile.cap),
    )


def profiled(supporter: Supporter) -> SupporterProfiled:
    profile = supporter.profile
    return SupporterProfiled(
        school_id=supporter.school_id,
        supporter_id=supporter.supporter_id,
        display_name=profile.display_name,
        state=profile.state,
        topics=profile.topics,
        languages=profile.languages,
        hours=profile.hours,
        cap=profile.cap,
        certified_until=profile.certified_until,
    )


def _slot(supporter: Supporter, match_id: str, case_id: str) -> dict[str, str]:
    return {
        "school_id": supporter.school_id,
        "supporter_id": supporter.supporter_id,
        "match_id": match_id,
        "case_id": case_id,
    }
