"""The life of a case under what others tell of it. Facts only accumulate, so their order does not
matter.
"""

from dataclasses import replace
from datetime import datetime

from sebaya_contracts import matching as told
from sebaya_contracts.intake import CaseOpened
from sebaya_contracts.matching import MatchEvent
from sebaya_contracts.words import Level, MatchEnd
from sebaya_matching.domain.case import Case, Match, Request
from sebaya_matching.domain.enums import AlertState, MatchEndReason, Stage

Decision = tuple[Case, tuple[MatchEvent, ...]]

PAIRED = frozenset({Stage.OFFERED, Stage.MATCHED})
OVER = frozenset({Stage.CLOSED, Stage.WITHDRAWN, Stage.REFERRED})


def stage_of(case: Case) -> Stage:
    """Where the facts put a case. What is closed stays closed; an active match outlives an alert,
    an offer does not.
    """
    ended = (
        (case.closed, Stage.CLOSED),
        (case.withdrawn, Stage.WITHDRAWN),
        (case.referred, Stage.REFERRED),
    )
    for fact, stage in ended:
        if fact:
            return stage
    if case.match is not None and case.match.accepted_at is not None:
        return Stage.MATCHED
    if case.open_alert is not None:
        return Stage.HELD
    if case.match is not None:
        return Stage.OFFERED
    return Stage.WAITING if case.ready else Stage.PENDING


def opened(case: Case, event: CaseOpened, now: datetime) -> Decision:
    wishes = event.preferences
    request = Request(
        topic=event.topic,
        language=wishes.language,
        opened_at=event.opened_at,
        hours=wishes.hours,
        preferred=wishes.preferred_supporters,
        excluded=wishes.excluded_supporters,
        urgency=event.urgency,
    )
    return settled(replace(case, request=request, since=event.opened_at), now)


def screened(
    case: Case, level: Level, alert_id: str | None, now: datetime, *, opening: bool
) -> Decision:
    """A verdict. One that names an alert counts it as open unless it is known to be closed."""
    if opening:
        case = replace(case, opening=level)
    if alert_id is not None and level > Level.NONE:
        return alert_opened(case, alert_id, now)
    return settled(case, now)


def alert_opened(case: Case, alert_id: str, now: datetime) -> Decision:
    """An alert of any level takes the case out of the peers' hands; in an active match the peer
    stays.
    """
    alerts = {alert_id: AlertState.OPEN} | case.alerts
    return settled(replace(case, alerts=alerts), now, alert_id=alert_id)


def alert_closed(case: Case, alert_id: str, now: datetime, *, peer_may_continue: bool) -> Decision:
    """A counsellor's word that no peer goes on is final for this case."""
    alerts = case.alerts | {alert_id: AlertState.CLOSED}
    facts = replace(case, alerts=alerts, referred=case.referred or not peer_may_continue)
    return settled(facts, now, end=MatchEnd.COUNSELLOR_ENDED, alert_id=alert_id)


def withdrawn(case: Case, now: datetime) -> Decision:
    return settled(replace(case, withdrawn=True), now)


def erased(case: Case, now: datetime) -> Decision:
    """Nothing is kept but that there was something."""
    _, events = settled(replace(case, withdrawn=True), now)
    return Case(case.case_id, case.school_id, stage=Stage.ERASED), events


def rematched(case: Case, match_id: str, now: datetime) -> Decision:
    """The student asks for somebody else: never this supporter again. A match that is over already
    changes nothing.
    """
    if case.match is None or case.match.match_id != match_id:
        return case, ()
    return parted(case, MatchEndReason.LEFT, now, end=MatchEnd.STUDENT_LEFT)


def parted(
    case: Case,
    parting: MatchEndReason,
    now: datetime,
    *,
    end: MatchEnd | None = None,
    alert_id: str | None = None,
) -> Decision:
    """The match is over; the case stands where its facts put it, and the world hears of both."""
    if case.match is None:
        return case, ()
    after, events = settled(
        case.without_match(parting, now, end if case.match.accepted_at else None),
        now,
        alert_id=alert_id,
    )
    return after, (_parted(case, case.match, end, now, over=after.stage in OVER), *events)


def settled(
    case: Case, now: datetime, *, end: MatchEnd = MatchEnd.STUDENT_LEFT, alert_id: str | None = None
) -> Decision:
    """Lets go of a match that the facts no longer allow (`end` says why), and puts the case where
    it belongs.
    """
    stage = stage_of(case)
    if case.match is not None and stage not in PAIRED:
        parting = (
            MatchEndReason.WITHDRAWN if case.match.accepted_at is None else MatchEndReason.ENDED
        )
        return parted(case, parting, now, end=end, alert_id=alert_id)
    if stage is case.stage:
        return case, ()
    return _entered(case, stage, now), _announced(case, stage, alert_id or case.open_alert or "")


def _parted(
    case: Case, match: Match, end: MatchEnd | None, now: datetime, *, over: bool
) -> MatchEvent:
    named = {
        "school_id": case.school_id,
        "case_id": case.case_id,
        "match_id": match.match_id,
        "supporter_id": match.supporter_id,
    }
    if match.accepted_at is None:
        return told.MatchWithdrawn(**named)
    return told.MatchClosed(**named, end=end or MatchEnd.COMPLETED, closed_at=now, case_closed=over)


def _entered(case: Case, stage: Stage, now: datetime) -> Case:
    """Who waits again after a match waits from then on; after an offer that came to nothing, from
    where they were.
    """
    if stage is Stage.WAITING:
        return replace(case, stage=stage, since=case.since or now, try_at=now, wait_reason=None)
    since = None if stage is Stage.MATCHED else case.since
    return replace(case, stage=stage, since=since, try_at=None, wait_reason=None)


def _announced(case: Case, stage: Stage, alert_id: str) -> tuple[MatchEvent, ...]:
    named = {"school_id": case.school_id, "case_id": case.case_id, "alert_id": alert_id}
    if stage is Stage.HELD:
        return (told.CaseHeld(**named),)
    if stage is Stage.REFERRED:
        return (told.CaseReferred(**named),)
    if case.stage is Stage.HELD and stage not in OVER:
        return (told.CaseReleased(**named),)
    return ()
