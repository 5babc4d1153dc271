"""From waiting to matched and on: what the matcher, the timer and the supporter decide."""

from dataclasses import replace
from datetime import datetime, timedelta

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts import matching as events
from sebaya_contracts.district import School
from sebaya_contracts.words import DeclineReason, MatchEnd, WorryReason
from sebaya_matching.domain.case import Case, Match, Wait
from sebaya_matching.domain.eligibility import find_ineligibility
from sebaya_matching.domain.enums import Ineligibility, MatchEndReason, ScoreReason, Stage
from sebaya_matching.domain.lifecycle import Decision, apply_facts, end_match
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.domain.waking import add_school_days, find_lapse
from sebaya_matching.errors import (
    CaseHeld,
    MeetingImpossible,
    NoActiveMatch,
    NoSlot,
    NotAvailable,
    NotWaiting,
    OfferGone,
)

# Supporters enter the minute of a meeting, and their clocks differ from the store's.
CLOCK_TOLERANCE = timedelta(minutes=2)
# One reminds the supporter, two are for the coordinator, three offer the student another.
QUIET_DAYS = 3
# Enough to recognise a repeated request; how often the two met stands in the events.
MEETINGS_KEPT = 50
# After these the student still wants a supporter.
WAITS_ON = frozenset({MatchEnd.SUPPORTER_LEFT, MatchEnd.NO_SHOW})


def offer(
    case: Case,
    match_id: str,
    supporter: Supporter,
    reasons: tuple[ScoreReason, ...],
    lapse: timedelta,
    now: datetime,
) -> Decision:
    """Offer a waiting case to a supporter.

    Raises NotWaiting where another decision came first, NoSlot where a hard rule forbids it now.
    """
    if case.stage is not Stage.WAITING:
        raise NotWaiting
    if find_ineligibility(case, supporter, now) is not None:
        raise NoSlot
    match = Match(
        match_id,
        supporter.supporter_id,
        offered_at=now,
        lapses_at=now + lapse,
        reasons=reasons,
        certified_until=supporter.profile.certified_until,
    )
    after, _ = apply_facts(replace(case, match=match), now)
    offered = events.MatchOffered(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=supporter.supporter_id,
        offered_at=match.offered_at,
        lapses_at=match.lapses_at,
    )
    return after, (offered,)


def keep_waiting(case: Case, wait: Wait, try_at: datetime) -> Decision:
    """Keep a case waiting after a try that found no supporter; announced only where the reason is
    new.
    """
    if case.stage is not Stage.WAITING or (case.wait_reason, case.wait_detail) == wait:
        return case, ()
    waited = events.CaseWaited(
        school_id=case.school_id, case_id=case.case_id, reason=wait.reason, detail=wait.detail
    )
    after = replace(case, wait_reason=wait.reason, wait_detail=wait.detail, try_at=try_at)
    return after, (waited,)


def accept(
    case: Case,
    match_id: str,
    supporter: Supporter,
    now: datetime,
    quiet_at: datetime | None = None,
) -> Decision:
    """Accept an offer; once more changes nothing. From `quiet_at` on it counts as silence that the
    supporter has not written.

    Raises CaseHeld while an alert is open, OfferGone if the offer lapsed, was taken back or breaks
    a hard rule, NotAvailable for a supporter without a certificate or on a break.
    """
    ensure_match_owner(case, match_id, supporter.supporter_id)
    if _active(case, match_id) is not None:
        return case, ()
    match = _open_offer(case, match_id, now)
    broken = find_ineligibility(case, supporter, now, match_id)
    if broken is not None:
        raise make_refusal(broken)
    after, _ = apply_facts(
        replace(case, match=replace(match, accepted_at=now, quiet_at=quiet_at)), now
    )
    opened_at = case.request.opened_at if case.request else now
    accepted = events.MatchAccepted(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=supporter.supporter_id,
        accepted_at=now,
        waited_seconds=max(0.0, (now - opened_at).total_seconds()),
    )
    return after, (accepted,)


def decline(
    case: Case, match_id: str, supporter_id: str, reason: DeclineReason, now: datetime
) -> Decision:
    """Decline an offer; the supporter is not offered this case again. Raises as `accept` does."""
    ensure_match_owner(case, match_id, supporter_id)
    former = case.find_former(match_id)
    if former is not None and former.parting is MatchEndReason.DECLINED:
        return case, ()
    _open_offer(case, match_id, now)
    after, _ = apply_facts(case.archive_match(MatchEndReason.DECLINED, now), now)
    declined = events.MatchDeclined(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=supporter_id,
        reason=reason,
    )
    return after, (declined,)


def lapse(case: Case, now: datetime) -> Decision:
    """Lapse an offer that was not answered in time; the case waits again."""
    match = case.match
    if case.stage is not Stage.OFFERED or match is None or match.lapses_at > now:
        return case, ()
    after, _ = apply_facts(case.archive_match(MatchEndReason.LAPSED, now), now)
    lapsed = events.MatchLapsed(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match.match_id,
        supporter_id=match.supporter_id,
    )
    return after, (lapsed,)


def make_refusal(broken: Ineligibility) -> NotAvailable | OfferGone:
    """Make the answer to a supporter whose offer breaks a rule."""
    return NotAvailable() if broken is Ineligibility.UNAVAILABLE else OfferGone()


def find_broken_rule(
    case: Case, match_id: str, supporter: Supporter, now: datetime
) -> Ineligibility | None:
    """Find the hard rule that an offer breaks by now; None for one that is no open offer."""
    match = case.match
    open_still = case.stage is Stage.OFFERED and match is not None and match.match_id == match_id
    if match is None or not open_still or match.lapses_at <= now:
        return None
    return find_ineligibility(case, supporter, now, match_id)


def apply_policy(case: Case, school: School, now: datetime) -> Decision:
    """Apply what the school says by now: an open offer lapses by its policy, and is taken back
    where the school has closed. What has lapsed stays so.
    """
    match = case.match
    if case.stage is not Stage.OFFERED or match is None or match.lapses_at <= now:
        return case, ()
    if not school.active:
        return end_match(case, MatchEndReason.WITHDRAWN, now)
    lapses_at = find_lapse(school, match.offered_at)
    return replace(case, match=replace(match, lapses_at=lapses_at)), ()


def judge(case: Case, supporter: Supporter, now: datetime) -> Decision:
    """Judge an open offer anew: one that breaks a hard rule is taken back, so that the case waits
    at once; one that was not answered in time lapses.
    """
    match = case.match
    if case.stage is not Stage.OFFERED or match is None:
        return case, ()
    if find_ineligibility(case, supporter, now, match.match_id) is not None:
        return end_match(case, MatchEndReason.WITHDRAWN, now)
    if match.lapses_at <= now:
        return lapse(case, now)
    until = supporter.profile.certified_until
    return replace(case, match=replace(match, certified_until=until)), ()


def replace_retired(case: Case, match_id: str, now: datetime) -> Decision:
    """End the match of a supporter that retires; the case waits for another one."""
    if _active(case, match_id) is None:
        return case, ()
    return end_match(case, MatchEndReason.LEFT, now, end=MatchEnd.SUPPORTER_LEFT)


def log_meeting(
    case: Case, match_id: str, supporter_id: str, met_at: datetime, now: datetime
) -> Decision:
    """Log that the two met; the same time twice is one meeting.

    Raises NoActiveMatch, and MeetingImpossible for a time before the match or after now.
    """
    ensure_match_owner(case, match_id, supporter_id)
    match = _active(case, match_id)
    if match is None or match.accepted_at is None:
        raise NoActiveMatch
    if met_at in match.meetings:
        return case, ()
    if not match.accepted_at - CLOCK_TOLERANCE <= met_at <= now + CLOCK_TOLERANCE:
        raise MeetingImpossible(
            errors=[{"field": "met_at", "message": "Not between the start of the match and now"}]
        )
    logged = events.MeetingLogged(
        school_id=case.school_id, case_id=case.case_id, match_id=match_id, met_at=met_at
    )
    met = (*match.meetings, met_at)[-MEETINGS_KEPT:]
    return _heard(replace(case, match=replace(match, meetings=met))), (logged,)


def note_words(case: Case, posted_at: datetime | None) -> Decision:
    """Note that the supporter of the present match wrote: it is not quiet any more."""
    match = case.match
    if match is None or match.accepted_at is None or posted_at is None:
        return case, ()
    return (case if posted_at < match.accepted_at else _heard(case)), ()


def _heard(case: Case) -> Case:
    if case.match is None or case.match.quiet_at is None:
        return case
    return replace(case, match=replace(case.match, quiet_at=None, quiet_days=0))


def note_quiet(case: Case, school: School, now: datetime) -> Decision:
    """Note another school day without a word of the supporter, up to the one from which the student
    is offered another.
    """
    match = case.match
    if match is None or match.accepted_at is None or match.quiet_at is None or now < match.quiet_at:
        return case, ()
    days = match.quiet_days + 1
    again = add_school_days(school, match.accepted_at, days + 1) if days < QUIET_DAYS else None
    quiet = events.MatchQuiet(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match.match_id,
        supporter_id=match.supporter_id,
        school_days=days,
    )
    return replace(case, match=replace(match, quiet_days=days, quiet_at=again)), (quiet,)


def close_match(
    case: Case, match_id: str, supporter_id: str, end: MatchEnd, now: datetime
) -> Decision:
    """Close a match, as its supporter asks; the case is closed with it unless the student still
    wants a supporter. Raises NoActiveMatch.
    """
    ensure_match_owner(case, match_id, supporter_id)
    former = case.find_former(match_id)
    if former is not None and former.end is end:
        return case, ()
    if _active(case, match_id) is None:
        raise NoActiveMatch
    if end in WAITS_ON:
        return end_match(case, MatchEndReason.LEFT, now, end=end)
    return apply_facts(replace(case, closed=True), now, end=end)


def hand_on(
    case: Case, match_id: str, supporter_id: str, worry: WorryReason, now: datetime
) -> Decision:
    """Hand the student on to another supporter, and tell an adult why; once more changes nothing.

    Raises NoActiveMatch.
    """
    after, ended = close_match(case, match_id, supporter_id, MatchEnd.SUPPORTER_LEFT, now)
    if not ended:
        return after, ()
    told = events.StudentHandedOn(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=supporter_id,
        worry=worry,
        handed_on_at=now,
    )
    return after, (*ended, told)


def ensure_match_owner(case: Case, match_id: str, supporter_id: str) -> None:
    """Refuse a supporter with another's match by NotFound: for them it does not exist."""
    former = case.find_former(match_id)
    owner = (
        former.supporter_id
        if former
        else case.match.supporter_id
        if case.match and case.match.match_id == match_id
        else None
    )
    if owner != supporter_id:
        raise NotFound


def _active(case: Case, match_id: str) -> Match | None:
    match = case.match
    return (
        match
        if match is not None and match.match_id == match_id and match.accepted_at is not None
        else None
    )


def _open_offer(case: Case, match_id: str, now: datetime) -> Match:
    """The store's time decides, even where the timer has not come by yet."""
    if case.stage is Stage.HELD:
        raise CaseHeld
    match = case.match
    if (
        match is None
        or match.match_id != match_id
        or match.accepted_at is not None
        or match.lapses_at <= now
    ):
        raise OfferGone
    return match
