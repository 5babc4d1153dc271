"""A supporter: the profile the coordinator keeps, and the slots their offers and matches take."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sebaya_contracts.matching import SlotFreed, SlotTaken, SupporterEvent, SupporterProfiled
from sebaya_contracts.words import CaseTopic, MatchEnd, SupporterState
from sebaya_matching.domain.case import FormerMatch
from sebaya_matching.domain.enums import MatchEndReason
from sebaya_matching.errors import NoSlot

# As the field does: one student at first, then two. A standard for pupils is not known.
FIRST_CAP = 1
PRACTISED_CAP = 2
# One offer may be missed by chance. Who lets two lapse is not there: a day's rest, then two, four
# and at most sixteen, or until they say that they are there.
RESTS_FROM = 2
FIRST_REST = timedelta(days=1)
MOST_DOUBLED = 4
# Enough to know an alert that is told of again.
DEBRIEFS_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a supporter. `certified_until` is None without a certificate: then no case
    is ever offered. A cap that was not chosen grows with the first match that was completed.
    """

    display_name: str
    topics: tuple[CaseTopic, ...]
    languages: tuple[str, ...]
    hours: tuple[str, ...] = ()
    cap: int = FIRST_CAP
    certified_until: datetime | None = None
    state: SupporterState = SupporterState.APPLIED
    cap_chosen: bool = True

    def available(self, now: datetime) -> bool:
        """Tell whether the supporter is active and certified."""
        certified = self.certified_until is not None and self.certified_until > now
        return certified and self.state is SupporterState.ACTIVE


@dataclass(frozen=True, slots=True)
class Debrief:
    """A talk with a counsellor, owed to a supporter that was beside a student in danger."""

    alert_id: str
    owed_at: datetime
    held_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Supporter:
    """`slots` names the case of each offer and match that takes a place; `over` of them were above
    a cap when it was lowered at `lowered_at`.

    `unanswered` offers lapsed since the supporter last answered one; from the second on they rest
    until `rests_until`.
    """

    school_id: str
    supporter_id: str
    profile: Profile
    slots: dict[str, str] = field(default_factory=dict)
    over: int = 0
    lowered_at: datetime | None = None
    unanswered: int = 0
    rests_until: datetime | None = None
    debriefs: tuple[Debrief, ...] = ()

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

    @property
    def debriefs_owed(self) -> tuple[Debrief, ...]:
        """The talks with a counsellor that have not been held: no offer is made before."""
        return tuple(one for one in self.debriefs if one.held_at is None)

    def is_busy_beside(self, match_id: str) -> bool:
        """Tell whether the slots of other matches than this one reach the cap."""
        return len(self.slots) - (match_id in self.slots) >= self.profile.cap

    def rests(self, now: datetime) -> bool:
        """Tell whether no offer is made, since the last ones were not answered."""
        return self.rests_until is not None and now < self.rests_until


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


def end_match(supporter: Supporter, match_id: str, former: FormerMatch | None) -> Decision:
    """Release the slot of a match that is over, and remember how: a no is an answer, and a match
    that was completed is practice.
    """
    after, events = free_slot(supporter, match_id)
    if former is None:
        return after, events
    if former.parting is MatchEndReason.DECLINED:
        return note_answer(after), events
    if former.end is MatchEnd.COMPLETED:
        after, grown = note_completed(after)
        return after, (*events, *grown)
    return after, events


def owe_debrief(supporter: Supporter, alert_id: str, now: datetime) -> Supporter:
    """Owe a debrief after a red alert; once for an alert. Of those that were held, the last are
    remembered.
    """
    if any(one.alert_id == alert_id for one in supporter.debriefs):
        return supporter
    held = [one for one in supporter.debriefs if one.held_at is not None]
    kept = (*held[-DEBRIEFS_REMEMBERED:], *supporter.debriefs_owed)
    return replace(supporter, debriefs=(*kept, Debrief(alert_id, now)))


def hold_debriefs(supporter: Supporter, now: datetime) -> Supporter:
    """Note that a counsellor has talked with the supporter: nothing is owed any more."""
    return replace(
        supporter,
        debriefs=tuple(replace(one, held_at=one.held_at or now) for one in supporter.debriefs),
    )


def note_silence(supporter: Supporter, now: datetime) -> Supporter:
    """Note an offer that was not answered: each after the first doubles the rest."""
    unanswered = supporter.unanswered + 1
    doubled = FIRST_REST * 2 ** min(unanswered - RESTS_FROM, MOST_DOUBLED)
    until = now + doubled if unanswered >= RESTS_FROM else None
    return replace(supporter, unanswered=unanswered, rests_until=until)


def note_answer(supporter: Supporter) -> Supporter:
    """Note that the supporter answered, or said that they are there."""
    return replace(supporter, unanswered=0, rests_until=None)


def note_completed(supporter: Supporter) -> Decision:
    """Note a match that was completed: a cap that was not chosen grows by it."""
    profile = supporter.profile
    if profile.cap_chosen or profile.cap >= PRACTISED_CAP:
        return supporter, ()
    after = replace(supporter, profile=replace(profile, cap=PRACTISED_CAP))
    return after, (_profiled(after),)


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
