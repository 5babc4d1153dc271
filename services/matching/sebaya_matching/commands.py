"""The use cases of matching: a coordinator keeps the supporters, a supporter answers offers.

`school` is the store of the caller's school, and ids name the caller by their role. What a caller
may do at all is decided before, by the skins.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import School
from sebaya_contracts.words import DeclineReason, MatchEnd, SupporterState, WorryReason
from sebaya_matching.domain import offers, supporter
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.lifecycle import Decision
from sebaya_matching.domain.supporter import Profile, Supporter
from sebaya_matching.errors import NotAvailable, SupporterExists
from sebaya_matching.pairs import PairStore
from sebaya_matching.store import CaseStore, SupporterStore

# The most supporters a school's list shows; the largest schools have a tenth of it.
SUPPORTERS_LISTED = 2000
QUIET_LISTED = 200


async def enrol_supporter(
    school: SchoolStore, coordinator_id: str, supporter_id: str, profile: Profile
) -> Supporter:
    """Enrol a supporter; the same request again gives the same answer.

    Raises SupporterExists where one of this id is there with another profile.
    """
    supporters = SupporterStore(school)
    new, events = supporter.enrol(school.school_id, supporter_id, profile)
    try:
        await supporters.create(new, events, coordinator_id)
    except SupporterExists:
        known = (await supporters.load(supporter_id)).state
        if known.profile != profile:
            raise
        return known
    return new


async def change_supporter(
    school: SchoolStore,
    coordinator_id: str,
    supporter_id: str,
    edit: Callable[[Profile], Profile],
) -> Supporter:
    """Change a supporter's profile. Raises NotFound.

    Open offers that the change forbids go back; where the supporter retires, matches too.
    """
    return await PairStore(school).change(supporter_id, coordinator_id, "supporter_changed", edit)


async def pause_supporter(school: SchoolStore, supporter_id: str) -> Supporter:
    """Pause a supporter at their own wish: open offers go to others, matches stay.

    Raises NotFound, and NotAvailable for one that is not active.
    """

    def pause(profile: Profile) -> Profile:
        if profile.state not in {SupporterState.ACTIVE, SupporterState.PAUSED}:
            raise NotAvailable
        return replace(profile, state=SupporterState.PAUSED)

    return await PairStore(school).change(supporter_id, supporter_id, "supporter_paused", pause)


async def end_rest(school: SchoolStore, supporter_id: str) -> Supporter:
    """End the rest of a supporter that did not answer, and is there again. Raises NotFound."""
    return await PairStore(school).note_presence(supporter_id)


async def list_owed_debriefs(school: SchoolStore) -> Sequence[Supporter]:
    """List the supporters to whom a debrief is owed, the one owed for longest first."""
    found = await SupporterStore(school).list_owed_debriefs(SUPPORTERS_LISTED)
    owed = [one.state for one in found if one.state.profile.state is not SupporterState.RETIRED]
    return sorted(owed, key=lambda one: one.debriefs_owed[0].owed_at)


async def hold_debriefs(school: SchoolStore, counsellor_id: str, supporter_id: str) -> Supporter:
    """Note the talk of a counsellor with a supporter: offers may come again. Raises NotFound."""
    held = await SupporterStore(school).hold_debriefs(supporter_id, counsellor_id)
    await CaseStore(school).announce_free_slot()
    return held


async def set_hours(school: SchoolStore, supporter_id: str, hours: tuple[str, ...]) -> Supporter:
    """Set the hours at which a supporter has time, at their own wish. Raises NotFound."""
    return await PairStore(school).change(
        supporter_id, supporter_id, "supporter_hours", lambda known: replace(known, hours=hours)
    )


async def load_supporter(school: SchoolStore, supporter_id: str) -> Supporter:
    """Load a supporter. Raises NotFound."""
    return (await SupporterStore(school).load(supporter_id)).state


async def list_supporters(school: SchoolStore) -> Sequence[Supporter]:
    """List the school's supporters by their ids."""
    return [loaded.state for loaded in await SupporterStore(school).list_all(SUPPORTERS_LISTED)]


async def list_waiting(school: SchoolStore, limit: int) -> Sequence[LoadedDocument[Case]]:
    """List the cases that wait for a supporter, longest wait first."""
    return await CaseStore(school).list_waiting(limit)


async def list_quiet(school: SchoolStore) -> Sequence[Case]:
    """List the matches that are for the coordinator: two school days without a word."""
    found = await CaseStore(school).list_quiet(QUIET_LISTED)
    return [loaded.state for loaded in found]


async def list_offers(school: SchoolStore, supporter_id: str) -> Sequence[LoadedDocument[Case]]:
    """List the cases that are offered to a supporter, also where the time to answer is over."""
    return await CaseStore(school).list_offered_to(supporter_id)


async def list_matches(school: SchoolStore, supporter_id: str, limit: int) -> Sequence[Case]:
    """List the cases where the supporter has or had a match."""
    return [
        loaded.state for loaded in await CaseStore(school).list_matched_with(supporter_id, limit)
    ]


async def accept_offer(
    school: SchoolStore, description: School, supporter_id: str, match_id: str
) -> Case:
    """Accept an offer; once more gives the same answer. Every hard rule is asked again.

    `description` says when the school is open, by which silence afterwards is counted.

    Raises NotFound, CaseHeld, OfferGone, NotAvailable.
    """
    case_id = await CaseStore(school).find_case_id(match_id)
    return await PairStore(school).accept(case_id, match_id, supporter_id, description)


async def decline_offer(
    school: SchoolStore, supporter_id: str, match_id: str, reason: DeclineReason
) -> Case:
    """Decline an offer; the case is not offered to this supporter again.

    Raises NotFound, CaseHeld, OfferGone.
    """
    cases = CaseStore(school)
    return await cases.decide_with_slot(
        await cases.find_case_id(match_id),
        lambda case, now: offers.decline(case, match_id, supporter_id, reason, now),
    )


async def log_meeting(
    school: SchoolStore, supporter_id: str, match_id: str, met_at: datetime | None
) -> Case:
    """Log that the two of a match met, just now without a time.

    Raises NotFound, NoActiveMatch, MeetingImpossible.
    """
    cases = CaseStore(school)

    def log(case: Case, now: datetime) -> Decision:
        return offers.log_meeting(case, match_id, supporter_id, met_at or now, now)

    return await cases.decide(await cases.find_case_id(match_id), log)


async def hand_on_student(
    school: SchoolStore, supporter_id: str, match_id: str, worry: WorryReason
) -> Case:
    """Hand a student on to another supporter, and tell an adult why.

    Raises NotFound, NoActiveMatch.
    """
    cases = CaseStore(school)
    return await cases.decide_with_slot(
        await cases.find_case_id(match_id),
        lambda case, now: offers.hand_on(case, match_id, supporter_id, worry, now),
    )


async def close_match(school: SchoolStore, supporter_id: str, match_id: str, end: MatchEnd) -> Case:
    """Close a match. After `supporter_left` the case waits for another supporter.

    Raises NotFound, NoActiveMatch.
    """
    cases = CaseStore(school)
    return await cases.decide_with_slot(
        await cases.find_case_id(match_id),
        lambda case, now: offers.close_match(case, match_id, supporter_id, end, now),
    )
