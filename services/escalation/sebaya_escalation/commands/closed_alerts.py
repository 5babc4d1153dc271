"""What happens to closed alerts: they are searched, opened again, and what their closing said of
peers is changed.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sebaya_chassis.storage import audit
from sebaya_chassis.storage.database import Document
from sebaya_contracts.district import School
from sebaya_contracts.words import AlertOutcome, Level
from sebaya_escalation.commands.alerts import (
    AlertListing,
    decide_as,
    ensure_not_barred,
    seen_by,
)
from sebaya_escalation.commands.paging import PagingTimers
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain.alert import Alert, AlertDecision, Status
from sebaya_escalation.errors import AnotherAlertOpen
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class ClosedSearch:
    """What closed alerts are searched by. `text` is the code of an alert, or the whole id of an
    alert or a case; the two days are the school's, both included; `before` goes on where a list
    ended.
    """

    text: str = ""
    level: Level | None = None
    outcome: AlertOutcome | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    before: datetime | None = None


async def search_closed(
    store: EscalationStore, person_id: str, search: ClosedSearch, limit: int
) -> AlertListing:
    """Search the closed alerts that a person may see, the one that was closed last first."""
    condition = {**_condition(search, await store.school()), **seen_by(person_id)}
    older = [condition, {"state.closed_at": {"$lt": search.before}}] if search.before else None
    found = await store.alerts.find(
        {"$and": older} if older else condition, sort={"state.closed_at": -1}, limit=limit
    )
    return AlertListing(found, await store.alerts.count(condition))


def _condition(search: ClosedSearch, school: School) -> Document:
    condition: Document = {"state.status": Status.CLOSED.value}
    if text := search.text.strip():
        condition["$or"] = [
            {"state.code": text.upper()},
            {"state.case_id": text},
            {"state.alert_id": text},
        ]
    if search.level:
        condition["state.level"] = search.level.value
    if search.outcome:
        condition["state.outcome"] = search.outcome.value
    zone = ZoneInfo(school.time_zone)
    span = {}
    if search.closed_from:
        span["$gte"] = datetime.combine(search.closed_from, time(), zone)
    if search.closed_to:
        span["$lt"] = datetime.combine(search.closed_to + timedelta(days=1), time(), zone)
    return {**condition, "state.closed_at": span} if span else condition


async def reopen_alert(
    store: EscalationStore, timers: PagingTimers, alert_id: str, person_id: str, reason: str
) -> Alert:
    """Open a closed alert again, with a reason; its ladder begins at once.

    Raises NotFound, AlertNotClosed; AnotherAlertOpen where its case has one that is not closed, to
    which a note or a new signal belongs.
    """

    async def work(tx: EscalationStore) -> Alert:
        before = await tx.alerts.load(alert_id)
        ensure_not_barred(before.state, person_id)
        decision = closings.reopen(before.state, person_id, reason, before.now)
        if other := await tx.find_open_alert(before.state.case_id):
            raise AnotherAlertOpen(alert_id=other.state.alert_id)
        await tx.alerts.save(alert_id, before, decision.alert, decision.events)
        await audit.append(tx.store, who=person_id, what="alert_reopened", about=alert_id)
        return decision.alert

    alert = await store.transaction(work)
    timers.wake_ladder()
    return alert


async def change_peer_decision(
    store: EscalationStore, alert_id: str, person_id: str, text: str, *, peer_may_continue: bool
) -> Alert:
    """Change whether a peer goes on with the student of a closed alert.

    Raises NotFound, AlertNotClosed; NeverForPeers of a case about a friend.
    """

    def rule(alert: Alert, _school: School, now: datetime) -> AlertDecision:
        return closings.change_peer_decision(
            alert, person_id, text, now, peer_may_continue=peer_may_continue
        )

    why = "a peer may go on" if peer_may_continue else "no peer goes on"
    return await decide_as(store, alert_id, person_id, "peer_decision_changed", rule, why)
