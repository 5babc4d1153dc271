"""A supporter: the profile the coordinator keeps, and the slots their offers and matches take."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sebaya_contracts.matching import SlotFreed, SlotTaken, SupporterEvent, SupporterProfiled
from sebaya_contracts.words import CaseTopic, SupporterState
from sebaya_matching.errors import NoSlot


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a supporter. `certified_until` is None without a certificate: then no case
    is ever offered.
    """

    display_name: str
    topics: tuple[CaseTopic, ...]
    languages: tuple[str, ...]
    hours: tuple[str, ...] = ()
    cap: int = 3
    certified_until: datetime | None = None
    state: SupporterState = SupporterState.APPLIED

    def available(self, now: datetime) -> bool:
        """Tell whether the supporter is active and certified."""
        certified = self.certified_until is not None and self.certified_until > now
        return certified and self.state is SupporterState.ACTIVE


@dataclass(frozen=True, slots=True)
class Supporter:
    """`slots` names the case of each offer and match that takes a place; `over` of them were above
    a cap when it was lowered at `lowered_at`.
    """

    school_id: str
    supporter_id: str
    profile: Profile
    slots: dict[str, str] = field(default_factory=dict)
    over: int = 0
    lowered_at: datetime | None = None

    @property
    def taken(self) -> int:
        """The number of slots that offers and matches take."""
        return len(self.slots)

    @property
    def free(self) -> int:
        """The number of free slots. A cap lowered below what is taken takes nothing away, and lets
        nothing new in.
        """
        return max(0, self.profile.cap - self.taken)

    def is_busy_beside(self, match_id: str) -> bool:
        """Tell whether the slots of other matches than this one reach the cap."""
        return len(self.slots) - (match_id in self.slots) >= self.profile.cap


Decision = tuple[Supporter, tuple[SupporterEvent, ...]]


def build_document_id(school_id: str, supporter_id: str) -> str:
    """Build the id of a supporter's document: two schools may use one id for different people."""
    return f"{school_id}:{supporter_id}"


def enrol(school_id: str, supporter_id: str, profile: Profile) -> Decision:
    """Enrol a supporter, with no slot taken."""
    supporter = Supporter(school_id, supporter_id, profile)
    return supporter, (_profiled(supporter),)


def change_profile(supporter: Supporter, profile: Profile, now: datetime) -> Decision:
    """Change the profile; the same profile changes nothing."""
    if profile == supporter.profile:
        return supporter, ()
    after = replace(supporter, profile=profile)
    if profile.cap != supporter.profile.cap:
        lowered = profile.cap < supporter.profile.cap
        after = replace(
            after,
            over=max(0, supporter.taken - profile.cap),
            lowered_at=now if lowered else supporter.lowered_at,
        )
    return after, (_profiled(after),)


def take_slot(supporter: Supporter, match_id: str, case_id: str, now: datetime) -> Decision:
    """Take a slot for an offer. Raises NoSlot when none is free, or the supporter is not available
    any more.
    """
    if supporter.free == 0 or not supporter.profile.available(now):
        raise NoSlot
    after = replace(supporter, slots=supporter.slots | {match_id: case_id})
    return after, (
        SlotTaken(**_slot(after, match_id, case_id), taken=after.taken, cap=after.profile.cap),
    )


def free_slot(supporter: Supporter, match_id: str) -> Decision:
    """Release the slot of an offer or match that is over; without one nothing changes."""
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


def _profiled(supporter: Supporter) -> SupporterProfiled:
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
