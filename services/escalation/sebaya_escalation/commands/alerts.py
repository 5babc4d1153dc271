"""What a counsellor does with an alert, and a coordinator with the question for an identity.

Every decision is one transaction: the alert, the pages that it makes needless, the audit entry.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertAcknowledged, ContactRecorded
from sebaya_contracts.words import Level
from sebaya_escalation import metrics
from sebaya_escalation.commands.cases import bar_people
from sebaya_escalation.commands.paging import PagingTimers, drop_pending_pages
from sebaya_escalation.domain import alert as alerts
from sebaya_escalation.domain import care, holding, inquiry
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain.alert import Alert, AlertDecision, Status
from sebaya_escalation.domain.barring import BarReason
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.closing import AlertClosing
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityInquiry, IdentityReason
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.precision import judge_closing
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.verdict import CaseActivity
from sebaya_escalation.errors import NotAsked
from sebaya_escalation.store import EscalationStore

AlertRule = Callable[[Alert, School, datetime], AlertDecision]

# In the audit log; nobody waited for it.
TAKEN_OVER = "alert_taken_over"
PAGES_SHOWN = 100
OTHERS_SHOWN = 20
INQUIRIES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class AlertListing:
    """Some alerts of one state, the most urgent first, and how many there are in all."""

    alerts: list[LoadedDocument[Alert]]
    total: int


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert with all that is known around it.

    `case` is None where the alert is a whole school's, or nothing is known of the case. `others`
    are the case's other alerts, the newest first. `pages` are of all of them: of each the newest
    first, the alert's own before the others'.
    """

    alert: Alert
    case: Case | None
    activity: CaseActivity
    pages: list[Page]
    now: datetime
    others: list[Alert]


async def list_alerts(
    store: EscalationStore, person_id: str, status: Status, limit: int
) -> AlertListing:
    """List up to `limit` alerts of one status that the person may see: the highest level first,
    then the oldest, and of closed ones the newest.
    """
    found: list[LoadedDocument[Alert]] = []
    of_status = {"state.status": status.value, **seen_by(person_id)}
    order = -1 if status is Status.CLOSED else 1
    for level in reversed(metrics.ALERT_LEVELS):
        if left := limit - len(found):
            found += await store.alerts.find(
                {**of_status, "state.level": level.value},
                sort={"state.raised_at": order},
                limit=left,
            )
    return AlertListing(found, await store.alerts.count(of_status))


def seen_by(person_id: str) -> Document:
    """Return the condition on alerts that a person may see."""
    return {"state.bars.person_id": {"$ne": person_id}}


def ensure_not_barred(alert: Alert, person_id: str) -> None:
    """Refuse a person that is barred: for them the alert does not exist. Raises NotFound."""
    if person_id in alert.barred:
        raise NotFound


async def read_alert(store: EscalationStore, alert_id: str, person_id: str) -> AlertRecord:
    """Read an alert with its words and all that is known of its case, which is an entry in the
    audit log, and of a first reading one in the alert's timeline. Raises NotFound.
    """
    loaded = await _read_words(store, alert_id, person_id)
    case_id = loaded.state.case_id
    case = await _find_case(store, case_id) if case_id else None
    # A case of one episode has no other alert to look for.
    several = case is not None and case.episodes > 1
    others = await _list_others(store, loaded.state, person_id) if several else []
    pages = await _list_pages(store, [alert_id])
    if others:
        pages += await _list_pages(store, [one.alert_id for one in others])
    return AlertRecord(
        alert=loaded.state,
        activity=await store.case_activity(case_id) if case_id else CaseActivity(),
        case=case,
        pages=pages,
        now=loaded.now,
        others=others,
    )


async def _read_words(
    store: EscalationStore, alert_id: str, person_id: str
) -> LoadedDocument[Alert]:
    async def work(tx: EscalationStore) -> LoadedDocument[Alert]:
        before = await tx.alerts.load(alert_id)
        ensure_not_barred(before.state, person_id)
        read = care.note_reading(before.state, person_id, before.now)
        if read != before.state:
            await tx.alerts.save(alert_id, before, read)
        await audit.append(tx.store, who=person_id, what="alert_read", about=alert_id)
        return msgspec.structs.replace(before, state=read)

    return await store.transaction(work)


async def _list_pages(store: EscalationStore, alert_ids: list[str]) -> list[Page]:
    found = await store.pages.find(
        {"state.alert_id": {"$in": alert_ids}}, sort={"state.planned_at": -1}, limit=PAGES_SHOWN
    )
    return [loaded.state for loaded in found]


async def _list_others(store: EscalationStore, alert: Alert, person_id: str) -> list[Alert]:
    found = await store.alerts.find(
        {
            "state.case_id": alert.case_id,
            "state.alert_id": {"$ne": alert.alert_id},
            **seen_by(person_id),
        },
        sort={"state.episode": -1},
        limit=OTHERS_SHOWN,
    )
    return [loaded.state for loaded in found]


async def _find_case(store: EscalationStore, case_id: str) -> Case | None:
    try:
        return (await store.cases.load(case_id)).state
    except NotFound:
        return None


async def acknowledge_alert(store: EscalationStore, alert_id: str, person_id: str) -> Alert:
    """Acknowledge an alert: its paging stops.

    Raises NotFound, AlertTaken for a second person, AlertIsClosed.
    """

    def rule(alert: Alert, school: School, now: datetime) -> AlertDecision:
        return alerts.acknowledge(alert, person_id, school, now)

    return await decide_as(store, alert_id, person_id, "alert_acknowledged", rule)


async def record_contact(store: EscalationStore, alert_id: str, person_id: str) -> Alert:
    """Record that a person spoke with the student; it acknowledges an open alert, too.

    Raises NotFound, AlertIsClosed.
    """

    def rule(alert: Alert, school: School, now: datetime) -> AlertDecision:
        return alerts.record_contact(alert, person_id, school, now)

    return await decide_as(store, alert_id, person_id, "contact_recorded", rule)


async def hand_over_alert(
    store: EscalationStore, alert_id: str, person_id: str, colleague_id: str
) -> Alert:
    """Assign an alert to a colleague, to be called at once; the ladder runs until a person
    acknowledges.

    Raises NotFound, AlertIsClosed, AlertNotTaken, AlertTaken, CannotTakeOver.
    """

    def rule(alert: Alert, school: School, now: datetime) -> AlertDecision:
        return holding.hand_over(alert, person_id, colleague_id, school, now)

    reason = f"to {colleague_id}"
    return await decide_as(store, alert_id, person_id, "alert_handed_over", rule, reason)


async def take_alert_over(store: EscalationStore, alert_id: str, person_id: str) -> Alert:
    """Take an alert over from the colleague that holds it. Its deadlines stay.

    Raises NotFound, AlertIsClosed, AlertNotTaken.
    """

    def rule(alert: Alert, school: School, now: datetime) -> AlertDecision:
        return holding.take_over(alert, person_id, school, now)

    return await decide_as(store, alert_id, person_id, TAKEN_OVER, rule)


async def add_note(store: EscalationStore, alert_id: str, person_id: str, text: str) -> Alert:
    """Add a note for colleagues to an alert in any state. Raises NotFound."""

    def rule(alert: Alert, _school: School, now: datetime) -> AlertDecision:
        return care.add_note(alert, person_id, text, now)

    return await decide_as(store, alert_id, person_id, "note_added", rule)


async def record_review(
    store: EscalationStore,
    alert_id: str,
    person_id: str,
    after: ReviewAfter | None,
    text: str,
    *,
    reached: bool = True,
) -> Alert:
    """Record that a person looked after the student, or tried to, and when the next look is due.

    Raises NotFound, ContactMissing.
    """

    def rule(alert: Alert, _school: School, now: datetime) -> AlertDecision:
        return care.record_review(alert, person_id, after, text, now, reached=reached)

    return await decide_as(store, alert_id, person_id, "review_recorded", rule, after or "")


async def lower_alert(
    store: EscalationStore, alert_id: str, person_id: str, to: Level, reason: str
) -> Alert:
    """Lower the level of an alert that the person holds, with a reason.

    Raises NotFound, AlertIsClosed, AlertNotTaken, AlertTaken, NotLower.
    """

    def rule(alert: Alert, school: School, now: datetime) -> AlertDecision:
        return care.lower(alert, person_id, to, reason, school, now)

    return await decide_as(store, alert_id, person_id, "alert_lowered", rule, f"to {to.value}")


async def step_out(
    store: EscalationStore, timers: PagingTimers, alert_id: str, person_id: str
) -> None:
    """Step out of an alert for a conflict of interest: the person sees its case no more and is not
    called about it, now or later; the next person is called at once.

    Raises NotFound, AlertIsClosed.
    """

    async def work(tx: EscalationStore) -> None:
        before = await tx.alerts.load(alert_id)
        ensure_not_barred(before.state, person_id)
        decision = holding.step_out(before.state, person_id, before.now)
        await tx.alerts.save(alert_id, before, decision.alert, decision.events)
        if before.state.case_id is not None:
            await bar_people(tx, before.state.case_id, (person_id,), BarReason.STEPPED_OUT)
        await audit.append(tx.store, who=person_id, what="alert_stepped_out", about=alert_id)

    await store.transaction(work)
    timers.wake_ladder()


async def close_alert(
    store: EscalationStore, alert_id: str, person_id: str, closing: AlertClosing
) -> Alert:
    """Close an alert with its outcome; its words are kept as long as the school's policy says.

    Raises NotFound, AlertIsClosed, ClosingIncomplete; SignalsUnseen when a signal came after the
    version that was read.
    """

    def rule(alert: Alert, school: School, now: datetime) -> AlertDecision:
        return closings.close(alert, person_id, closing, school, now)

    closed = await decide_as(store, alert_id, person_id, "alert_closed", rule)
    judged = judge_closing(closed, closing.outcome)
    metrics.JUDGED.labels(judged.level, judged.language, judged.judged).inc()
    metrics.JUDGED_KINDS.labels(judged.kind, judged.judged).inc()
    return closed


async def ask_identity(
    store: EscalationStore, alert_id: str, person_id: str, reason: IdentityReason
) -> Alert:
    """Ask the school's coordinator for the identity of an alert's student.

    Raises NotFound, NoStudent, AlertIsClosed.
    """

    def rule(alert: Alert, _school: School, now: datetime) -> AlertDecision:
        return inquiry.ask_identity(alert, person_id, reason, now)

    return await decide_as(store, alert_id, person_id, "identity_asked", rule, reason.value)


async def answer_identity(
    store: EscalationStore, alert_id: str, person_id: str, answer: IdentityAnswer
) -> IdentityInquiry:
    """Answer the question for a student's identity; a name is told in person and kept nowhere.

    Raises NotFound, NotAsked, AlreadyAnswered, SecondPersonNeeded, AlertIsClosed.
    """

    def rule(alert: Alert, _school: School, now: datetime) -> AlertDecision:
        return inquiry.answer_identity(alert, person_id, answer, now)

    alert = await decide_as(store, alert_id, person_id, "identity_answered", rule, answer.value)
    if alert.identity is None:
        raise NotAsked
    return alert.identity


async def list_identity_inquiries(store: EscalationStore, person_id: str) -> list[Alert]:
    """List the alerts of which a counsellor waits for the student's identity, the longest first,
    but for those that the person is barred from.
    """
    found = await store.list_open_inquiries(INQUIRIES_SHOWN)
    return [alert for alert in found if person_id not in alert.barred]


async def decide_as(
    store: EscalationStore,
    alert_id: str,
    person_id: str,
    what: str,
    rule: AlertRule,
    reason: str = "",
) -> Alert:
    """Decide on an alert as a person. Raises NotFound, and what the rule raises."""

    async def work(tx: EscalationStore) -> AlertDecision:
        before = await tx.alerts.load(alert_id)
        ensure_not_barred(before.state, person_id)
        school = await tx.school()
        decision = rule(before.state, school, before.now)
        if decision.alert == before.state:
            return decision
        written = alerts.with_end(decision.alert, school, before.now)
        decision = replace(decision, alert=written)
        await tx.alerts.save(alert_id, before, decision.alert, decision.events)
        if not decision.alert.paging:
            await drop_pending_pages(tx, alert_id, before.now)
        await audit.append(tx.store, who=person_id, what=what, about=alert_id, why=reason)
        return decision

    decision = await store.transaction(work)
    for event in decision.events:
        if isinstance(event, AlertAcknowledged) and what != TAKEN_OVER:
            metrics.ACKNOWLEDGED.labels(event.level).observe(event.waited_seconds)
        elif isinstance(event, ContactRecorded):
            metrics.CONTACTED.labels(event.level).observe(event.waited_seconds)
    return decision.alert
