"""The life of a case under the events of other services. Facts only accumulate, so their order does
not matter.
"""

from dataclasses import replace
from datetime import datetime

from sebaya_contracts import matching as events
from sebaya_contracts.intake import CaseOpened, Preferences
from sebaya_contracts.matching import MatchEvent
from sebaya_contracts.words import Door, Level, MatchEnd
from sebaya_matching.domain.case import CHOOSING, Case, Match, PeerDecision, Request
from sebaya_matching.domain.enums import AlertState, MatchEndReason, Stage

Decision = tuple[Case, tuple[MatchEvent, ...]]

PAIRED = frozenset({Stage.OFFERED, Stage.MATCHED})
OVER = frozenset({Stage.CLOSED, Stage.WITHDRAWN, Stage.REFERRED})


def derive_stage(case: Case) -> Stage:
    """Derive the stage from the facts. What is closed stays closed; an active match outlives an
    alert, an offer does not.
    """
    ended = (
        (case.closed, Stage.CLOSED),
        (case.withdrawn, Stage.WITHDRAWN),
        (case.kept_by_counsellor, Stage.REFERRED),
    )
    for fact, stage in ended:
        if fact:
            return stage
    if case.match is not None and case.match.accepted_at is not None:
        return Stage.MATCHED
    if case.open_alert is not None:
        return Stage.HELD
    if case.aside:
        return Stage.ASIDE
    if case.match is not None:
        return Stage.OFFERED
    return Stage.WAITING if case.ready else Stage.PENDING


def record_request(case: Case, event: CaseOpened, now: datetime) -> Decision:
    """Record what the student asked for."""
    wishes = event.preferences
    request = Request(
        topic=event.topic,
        language=wishes.language,
        opened_at=event.opened_at,
        hours=wishes.hours,
        preferred=wishes.preferred_supporters,
        excluded=wishes.excluded_supporters,
        urgency=event.urgency,
        choosing=wishes.choosing,
        for_counsellor=event.door is Door.FRIEND,
    )
    return apply_facts(replace(case, request=request, since=event.opened_at), now)


def change_wishes(case: Case, wishes: Preferences, now: datetime) -> Decision:
    """Replace what the student wishes. An open offer to a supporter they exclude now is taken back,
    and a match with one ends; what else forbids an offer, the timer judges at once.
    """
    if case.request is None:
        return case, ()
    request = replace(
        case.request,
        hours=wishes.hours,
        preferred=wishes.preferred_supporters,
        excluded=wishes.excluded_supporters,
        choosing=wishes.choosing,
    )
    changed = replace(case, request=request)
    match = case.match
    if match is None or match.supporter_id not in request.excluded:
        return apply_facts(changed, now)
    reason = MatchEndReason.LEFT if match.accepted_at else MatchEndReason.WITHDRAWN
    return end_match(changed, reason, now, end=MatchEnd.STUDENT_LEFT)


def begin_search(case: Case, now: datetime) -> Decision:
    """Begin the search for a student who wanted to name supporters first and has not for a day."""
    request = case.request
    if request is None or not request.choosing or now < request.opened_at + CHOOSING:
        return case, ()
    return apply_facts(replace(case, request=replace(request, choosing=False)), now)


def record_verdict(
    case: Case, level: Level, alert_id: str | None, now: datetime, *, opening: bool
) -> Decision:
    """Record a verdict. An alert that it names counts as open unless it is known to be closed."""
    if opening:
        case = replace(case, opening=level)
    if alert_id is not None and level > Level.NONE:
        return record_alert(case, alert_id, now)
    return apply_facts(case, now)


def record_alert(case: Case, alert_id: str, now: datetime) -> Decision:
    """Record an open alert: of any level, it takes the case out of the peers' hands. In an active
    match the peer stays.
    """
    alerts = {alert_id: AlertState.OPEN} | case.alerts
    return apply_facts(replace(case, alerts=alerts), now, alert_id=alert_id)


def close_alert(
    case: Case, alert_id: str, now: datetime, *, peer_may_continue: bool, closed_at: datetime
) -> Decision:
    """Close an alert. A counsellor's word that no peer goes on holds for this case until it is
    changed; the closing of another alert does not.
    """
    facts = replace(case, alerts=case.alerts | {alert_id: AlertState.CLOSED})
    if not peer_may_continue:
        facts = _with_refusal(facts, closed_at)
    return apply_facts(facts, now, end=MatchEnd.COUNSELLOR_ENDED, alert_id=alert_id)


def _with_refusal(case: Case, closed_at: datetime) -> Case:
    refused_at = max(case.refused_at or closed_at, closed_at)
    known = case.peer_decision
    counts = known is None or refused_at > known.changed_at
    return replace(case, refused_at=refused_at, referred=counts or case.referred)


def reopen_alert(case: Case, alert_id: str, now: datetime) -> Decision:
    """Open a closed alert again, as a counsellor does: the case is held. In an active match the
    peer stays.
    """
    alerts = case.alerts | {alert_id: AlertState.OPEN}
    return apply_facts(replace(case, alerts=alerts), now, alert_id=alert_id)


def change_peer_decision(
    case: Case, alert_id: str, now: datetime, *, peer_may_continue: bool, changed_at: datetime
) -> Decision:
    """Change whether a peer goes on. The newest word counts, in whatever order words arrive."""
    known = case.peer_decision
    if known is not None and known.changed_at >= changed_at:
        return case, ()
    refused_since = case.refused_at is not None and case.refused_at > changed_at
    facts = replace(
        case,
        peer_decision=PeerDecision(peer_may_continue, changed_at),
        referred=refused_since or not peer_may_continue,
    )
    return apply_facts(facts, now, end=MatchEnd.COUNSELLOR_ENDED, alert_id=alert_id)


def withdraw(case: Case, now: datetime) -> Decision:
    """Withdraw the case, as its student asked."""
    return apply_facts(replace(case, withdrawn=True), now)


def set_aside(case: Case, now: datetime) -> Decision:
    """Set a case aside that a coordinator takes for a prank: an open offer goes back, a match that
    was accepted meanwhile stays.
    """
    return apply_facts(replace(case, aside=True), now)


def reopen(case: Case, now: datetime) -> Decision:
    """Let a case go on that was set aside, with the age it had."""
    return apply_facts(replace(case, aside=False), now)


def erase(case: Case, now: datetime) -> Decision:
    """Erase the case: nothing is kept but that there was one."""
    _, ended = apply_facts(replace(case, withdrawn=True), now)
    return Case(case.case_id, case.school_id, stage=Stage.ERASED), ended


def rematch(case: Case, match_id: str, now: datetime) -> Decision:
    """End the match, for the student asks for another supporter; this one is never offered again.

    A match that is over already changes nothing.
    """
    if case.match is None or case.match.match_id != match_id:
        return case, ()
    return end_match(case, MatchEndReason.LEFT, now, end=MatchEnd.STUDENT_LEFT)


def end_match(
    case: Case,
    reason: MatchEndReason,
    now: datetime,
    *,
    end: MatchEnd | None = None,
    alert_id: str | None = None,
) -> Decision:
    """End the match or the open offer, and put the case where its facts put it; both are
    announced.
    """
    if case.match is None:
        return case, ()
    after, announced = apply_facts(
        case.archive_match(reason, now, end if case.match.accepted_at else None),
        now,
        alert_id=alert_id,
    )
    ended = _match_ended(case, case.match, end, now, case_closed=after.stage in OVER)
    return after, (ended, *announced)


def apply_facts(
    case: Case, now: datetime, *, end: MatchEnd = MatchEnd.STUDENT_LEFT, alert_id: str | None = None
) -> Decision:
    """Put the case where its facts put it, and end a match that they no longer allow; `end` says
    why.
    """
    stage = derive_stage(case)
    if case.match is not None and stage not in PAIRED:
        reason = (
            MatchEndReason.WITHDRAWN if case.match.accepted_at is None else MatchEndReason.ENDED
        )
        return end_match(case, reason, now, end=end, alert_id=alert_id)
    if stage is case.stage:
        return case, ()
    return _entered(case, stage, now), _announced(case, stage, alert_id or case.open_alert or "")


def _match_ended(
    case: Case, match: Match, end: MatchEnd | None, now: datetime, *, case_closed: bool
) -> MatchEvent:
    ids = {
        "school_id": case.school_id,
        "case_id": case.case_id,
        "match_id": match.match_id,
        "supporter_id": match.supporter_id,
    }
    if match.accepted_at is None:
        return events.MatchWithdrawn(**ids)
    return events.MatchClosed(
        **ids, end=end or MatchEnd.COMPLETED, closed_at=now, case_closed=case_closed
    )


def _entered(case: Case, stage: Stage, now: datetime) -> Case:
    """A case that waits again after a match waits from then on; after an offer that came to
    nothing, from where it was.
    """
    if stage is Stage.WAITING:
        since = case.since or now
        return replace(
            case, stage=stage, since=since, try_at=now, wait_reason=None, wait_detail=None
        )
    since_then = None if stage is Stage.MATCHED else case.since
    return replace(
        case, stage=stage, since=since_then, try_at=None, wait_reason=None, wait_detail=None
    )


def _announced(case: Case, stage: Stage, alert_id: str) -> tuple[MatchEvent, ...]:
    ids = {"school_id": case.school_id, "case_id": case.case_id, "alert_id": alert_id}
    if stage is Stage.HELD:
        return (events.CaseHeld(**ids),)
    if stage is Stage.REFERRED:
        return (events.CaseReferred(**ids),)
    if case.stage in {Stage.HELD, Stage.REFERRED} and stage not in OVER:
        return (events.CaseReleased(**ids),)
    return ()
