"""From waiting to matched and on: what the matcher, the timer and the supporter decide."""

from dataclasses import replace
from datetime import datetime, timedelta

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts import matching as told
from sebaya_contracts.words import DeclineReason, MatchEnd, WaitReason
from sebaya_matching.domain.case import Case, Match
from sebaya_matching.domain.enums import MatchEndReason, ScoreReason, Stage
from sebaya_matching.domain.lifecycle import Decision, parted, settled
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.errors import (
    CaseHeld,
    MeetingImpossible,
    NoActiveMatch,
    NotAvailable,
    NotWaiting,
    OfferGone,
)

# People enter the minute of a meeting, and their clocks differ from the store's.
CLOCK_TOLERANCE = timedelta(minutes=2)
# Enough to recognise a repeated request; how often two met is told by the events.
MEETINGS_KEPT = 50
# After these the student still wants somebody.
WAITS_ON = frozenset({MatchEnd.SUPPORTER_LEFT})


def offer(
    case: Case,
    match_id: str,
    supporter_id: str,
    reasons: tuple[ScoreReason, ...],
    lapse: timedelta,
    now: datetime,
) -> Decision:
    """Raises NotWaiting when somebody decided first."""
    if case.stage is not Stage.WAITING:
        raise NotWaiting
    match = Match(match_id, supporter_id, offered_at=now, lapses_at=now + lapse, reasons=reasons)
    after, _ = settled(replace(case, match=match), now)
    made = told.MatchOffered(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=supporter_id,
        offered_at=match.offered_at,
        lapses_at=match.lapses_at,
    )
    return after, (made,)


def waits(case: Case, reason: WaitReason, try_at: datetime) -> Decision:
    """A try without luck; told only where the reason is news."""
    if case.stage is not Stage.WAITING or case.wait_reason is reason:
        return case, ()
    waited = told.CaseWaited(school_id=case.school_id, case_id=case.case_id, reason=reason)
    return replace(case, wait_reason=reason, try_at=try_at), (waited,)


def accept(case: Case, match_id: str, taker: Supporter, now: datetime) -> Decision:
    """The supporter says yes, once or again.

    Raises CaseHeld while an alert is open, OfferGone if the offer lapsed or was taken back,
    NotAvailable for whoever may not.
    """
    refuse_strangers(case, match_id, taker.supporter_id)
    if _active(case, match_id) is not None:
        return case, ()
    match = _open_offer(case, match_id, now)
    if not taker.profile.available(now):
        raise NotAvailable
    after, _ = settled(replace(case, match=replace(match, accepted_at=now)), now)
    opened_at = case.request.opened_at if case.request else now
    accepted = told.MatchAccepted(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=taker.supporter_id,
        accepted_at=now,
        waited_seconds=max(0.0, (now - opened_at).total_seconds()),
    )
    return after, (accepted,)


def decline(
    case: Case, match_id: str, supporter_id: str, reason: DeclineReason, now: datetime
) -> Decision:
    """The supporter says no, and is not asked for this case again. Raises as `accept` does."""
    refuse_strangers(case, match_id, supporter_id)
    over = case.ended(match_id)
    if over is not None and over.parting is MatchEndReason.DECLINED:
        return case, ()
    _open_offer(case, match_id, now)
    after, _ = settled(case.without_match(MatchEndReason.DECLINED, now), now)
    declined = told.MatchDeclined(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match_id,
        supporter_id=supporter_id,
        reason=reason,
    )
    return after, (declined,)


def lapse(case: Case, now: datetime) -> Decision:
    """Nobody answered in time; the case waits again."""
    match = case.match
    if case.stage is not Stage.OFFERED or match is None or match.lapses_at > now:
        return case, ()
    after, _ = settled(case.without_match(MatchEndReason.LAPSED, now), now)
    lapsed = told.MatchLapsed(
        school_id=case.school_id,
        case_id=case.case_id,
        match_id=match.match_id,
        supporter_id=match.supporter_id,
    )
    return after, (lapsed,)


def released(case: Case, match_id: str, now: datetime, *, retired: bool) -> Decision:
    """The supporter is not there any more: an open offer is taken back, and whoever retires leaves
    their matches too.
    """
    match = case.match
    if match is None or match.match_id != match_id:
        return case, ()
    if match.accepted_at is None:
        return parted(case, MatchEndReason.WITHDRAWN, now)
    return (
        parted(case, MatchEndReason.LEFT, now, end=MatchEnd.SUPPORTER_LEFT)
        if retired
        else (case, ())
    )


def meet(case: Case, match_id: str, supporter_id: str, met_at: datetime, now: datetime) -> Decision:
    """The two met; the same meeting told twice is one. Raises NoActiveMatch, MeetingImpossible."""
    refuse_strangers(case, match_id, supporter_id)
    match = _active(case, match_id)
    if match is None or match.accepted_at is None:
        raise NoActiveMatch
    if met_at in match.meetings:
        return case, ()
    if not match.accepted_at - CLOCK_TOLERANCE <= met_at <= now + CLOCK_TOLERANCE:
        raise MeetingImpossible(
            errors=[{"field": "met_at", "message": "Not between the start of the match and now"}]
        )
    logged = told.MeetingLogged(
        school_id=case.school_id, case_id=case.case_id, match_id=match_id, met_at=met_at
    )
    return replace(
        case, match=replace(match, meetings=(*match.meetings, met_at)[-MEETINGS_KEPT:])
    ), (logged,)


def close(case: Case, match_id: str, supporter_id: str, end: MatchEnd, now: datetime) -> Decision:
    """The supporter ends the match; the case ends with it unless the student still wants somebody.
    Raises NoActiveMatch.
    """
    refuse_strangers(case, match_id, supporter_id)
    over = case.ended(match_id)
    if over is not None and over.end is end:
        return case, ()
    if _active(case, match_id) is None:
        raise NoActiveMatch
    if end in WAITS_ON:
        return parted(case, MatchEndReason.LEFT, now, end=end)
    return settled(replace(case, closed=True), now, end=end)


def refuse_strangers(case: Case, match_id: str, supporter_id: str) -> None:
    """Raises NotFound: another's match does not exist for this supporter."""
    former = case.ended(match_id)
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
