"""The routes of the counsellor's console, the coverage watch and the audit."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.problems import Forbidden, NotFound, Unauthenticated, Unavailable, problems
from sebaya_chassis.base.timestamps import Timestamp
from sebaya_chassis.storage import audit
from sebaya_chassis.web.auth import Principal, require_role
from sebaya_chassis.web.routes import Route
from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertAcknowledged, ContactRecorded
from sebaya_contracts.words import Role
from sebaya_escalation import metrics
from sebaya_escalation.coverage import CoverageWatch
from sebaya_escalation.dependencies import dependencies_of
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import shifts
from sebaya_escalation.domain.alert import AlertDecision, Status
from sebaya_escalation.domain.ladder import choose_ladder
from sebaya_escalation.domain.rota import (
    HORIZON,
    find_covered,
    find_gaps,
    list_duties,
    list_on_call,
    list_unreachable,
)
from sebaya_escalation.domain.shifts import ShiftChanges
from sebaya_escalation.domain.verdict import CaseActivity
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotTaken,
    AlertTaken,
    AlreadyAnswered,
    CannotTakeOver,
    NoStudent,
    NotAsked,
    NotYourDuty,
    SecondPersonNeeded,
    ShiftOfferGone,
    SignalsUnseen,
)
from sebaya_escalation.paging.webhook import key_of
from sebaya_escalation.schemas import (
    AlertDetail,
    AlertList,
    AlertView,
    AnswerIdentityRequest,
    AskIdentityRequest,
    AuditView,
    CaseView,
    CloseAlertRequest,
    CoverageView,
    DutyView,
    HandOverRequest,
    IdentityQuestion,
    IdentityQuestions,
    IdentityView,
    IntervalView,
    OfferShiftRequest,
    OnCall,
    OnCallPerson,
    ShiftChangeView,
    ShiftsView,
    WebhookKey,
)
from sebaya_escalation.store import AlertRule, EscalationStore

AlertId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="The alert")]
ChangeId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="The change of duty")]
Counsellor = Annotated[Principal, Depends(require_role(Role.COUNSELLOR))]
Coordinator = Annotated[Principal, Depends(require_role(Role.COORDINATOR))]
Staff = Annotated[
    Principal, Depends(require_role(Role.COUNSELLOR, Role.COORDINATOR, Role.OPERATOR))
]
Operator = Annotated[Principal, Depends(require_role(Role.OPERATOR))]
REFUSALS = (Unauthenticated, Forbidden, NotFound, Unavailable)
# A console shows a screen or two; what is more urgent is never cut off for what is less.
PAGE_OF_ALERTS = 200
PAGES_SHOWN = 100
QUESTIONS_SHOWN = 100

router = APIRouter(prefix="/schools/{school_id}", tags=["alerts"], route_class=Route)


async def store_at(request: Request, school_id: str) -> EscalationStore:
    """The school's store. Raises UnknownSchool."""
    dependencies = await dependencies_of(request)
    await dependencies.runtime.schools.require(school_id)
    return dependencies.store(school_id)


async def coverage_of(request: Request) -> CoverageWatch:
    return (await dependencies_of(request)).coverage


Store = Annotated[EscalationStore, Depends(store_at)]
Coverage = Annotated[CoverageWatch, Depends(coverage_of)]


@router.get("/alerts", responses=problems(*REFUSALS))
async def list_alerts(
    _person: Counsellor,
    store: Store,
    state: Status = Status.OPEN,
    limit: Annotated[int, Query(ge=1, le=PAGE_OF_ALERTS)] = 100,
) -> AlertList:
    """The alerts of a school in one state, without words: the most urgent first, then the oldest."""
    found: list[AlertView] = []
    of_state = {"state.status": state.value}
    order = -1 if state is Status.CLOSED else 1
    for level in reversed(metrics.ALERT_LEVELS):
        if left := limit - len(found):
            some = await store.alerts.find(
                {**of_state, "state.level": level.value},
                sort={"state.raised_at": order},
                limit=left,
            )
            found += [AlertView.of(one.state, one.now) for one in some]
    return AlertList(alerts=found, total=await store.alerts.count(of_state))


@router.get("/alerts/{alert_id}", responses=problems(*REFUSALS))
async def read_alert(alert_id: AlertId, person: Counsellor, store: Store) -> AlertDetail:
    """One alert with the words of its signals; reading it leaves an entry in the audit log."""
    loaded = await store.read_words(alert_id, person.person_id)
    pages = await store.pages.find(
        {"state.alert_id": alert_id}, sort={"state.planned_at": -1}, limit=PAGES_SHOWN
    )
    case_id = loaded.state.case_id
    heard = await store.heard(case_id) if case_id else CaseActivity()
    case = await _case(store, case_id, heard) if case_id else None
    return AlertDetail.told(
        loaded.state, case, heard.wrote_at, [page.state for page in pages], loaded.now
    )


async def _case(store: EscalationStore, case_id: str, heard: CaseActivity) -> CaseView | None:
    try:
        return CaseView.of((await store.cases.load(case_id)).state, heard)
    except NotFound:
        return None


@router.post(
    "/alerts/{alert_id}/acknowledge", responses=problems(*REFUSALS, AlertTaken, AlertIsClosed)
)
async def acknowledge_alert(alert_id: AlertId, person: Counsellor, store: Store) -> AlertView:
    """ "I have it": the paging stops. The first has it; saying it again changes nothing."""

    def rule(alert: domain.Alert, school: School, now: datetime) -> AlertDecision:
        return domain.acknowledge(alert, person.person_id, choose_ladder(school, alert.level), now)

    return await _decide(store, alert_id, person, "alert_acknowledged", rule)


@router.post("/alerts/{alert_id}/contact", responses=problems(*REFUSALS, AlertIsClosed))
async def record_contact(alert_id: AlertId, person: Counsellor, store: Store) -> AlertView:
    """Somebody has spoken with the student. Says "I have it" too, where nobody had."""

    def rule(alert: domain.Alert, school: School, now: datetime) -> AlertDecision:
        return domain.record_contact(
            alert, person.person_id, choose_ladder(school, alert.level), now
        )

    return await _decide(store, alert_id, person, "contact_recorded", rule)


@router.post(
    "/alerts/{alert_id}/hand-over",
    responses=problems(*REFUSALS, AlertTaken, AlertNotTaken, CannotTakeOver, AlertIsClosed),
)
async def hand_alert_over(
    alert_id: AlertId, handing: HandOverRequest, person: Counsellor, store: Store
) -> AlertView:
    """To a colleague, who is called at once; until they, or somebody, say "I have it", the ladder
    runs again.
    """

    def rule(alert: domain.Alert, school: School, now: datetime) -> AlertDecision:
        return domain.hand_over(alert, person.person_id, handing.to, school, now)

    return await _decide(store, alert_id, person, "alert_handed_over", rule, why=f"to {handing.to}")


@router.post("/alerts/{alert_id}/identity", responses=problems(*REFUSALS, NoStudent, AlertIsClosed))
async def ask_who(
    alert_id: AlertId, asking: AskIdentityRequest, person: Counsellor, store: Store
) -> AlertView:
    """Ask the school's coordinator who the student is, with a reason. The question and its answer
    are in the audit log.
    """

    def rule(alert: domain.Alert, _school: School, now: datetime) -> AlertDecision:
        return domain.ask_identity(alert, person.person_id, asking.reason, now)

    return await _decide(store, alert_id, person, "identity_asked", rule, why=asking.reason.value)


@router.post(
    "/alerts/{alert_id}/identity/answer",
    responses=problems(*REFUSALS, NotAsked, AlreadyAnswered, SecondPersonNeeded, AlertIsClosed),
)
async def answer_who(
    alert_id: AlertId, answering: AnswerIdentityRequest, person: Coordinator, store: Store
) -> IdentityView:
    """What came of the question. The name itself is told in person, and kept nowhere here."""

    def rule(alert: domain.Alert, _school: School, now: datetime) -> AlertDecision:
        return domain.answer_identity(alert, person.person_id, answering.answer, now)

    decided = await store.by_person(
        alert_id, person.person_id, "identity_answered", rule, answering.answer.value
    )
    if decided.alert.identity is None:
        raise NotAsked
    return IdentityView.of(decided.alert.identity)


@router.get("/identity-questions", responses=problems(*REFUSALS))
async def list_questions(_person: Coordinator, store: Store) -> IdentityQuestions:
    """Which counsellors wait to be told who a student is, and why they must know."""
    found = (IdentityQuestion.of(alert) for alert in await store.asking_who(QUESTIONS_SHOWN))
    return IdentityQuestions(questions=[one for one in found if one])


@router.post(
    "/alerts/{alert_id}/close", responses=problems(*REFUSALS, SignalsUnseen, AlertIsClosed)
)
async def close_alert(
    alert_id: AlertId, closing: CloseAlertRequest, person: Counsellor, store: Store
) -> AlertView:
    """The end of the episode, with an outcome. Refused when a signal came after the version that
    was read.
    """
    said = domain.AlertClosing(
        closing.version, closing.outcome, closing.note, closing.peer_may_continue
    )

    def rule(alert: domain.Alert, school: School, now: datetime) -> AlertDecision:
        return domain.close(
            alert, person.person_id, said, timedelta(days=school.policies.retention_days), now
        )

    return await _decide(store, alert_id, person, "alert_closed", rule)


async def _decide(
    store: EscalationStore,
    alert_id: str,
    person: Principal,
    what: str,
    rule: AlertRule,
    why: str = "",
) -> AlertView:
    decided = await store.by_person(alert_id, person.person_id, what, rule, why)
    for event in decided.events:
        if isinstance(event, AlertAcknowledged):
            metrics.ACKNOWLEDGED.labels(event.level).observe(event.waited_seconds)
        elif isinstance(event, ContactRecorded):
            metrics.CONTACTED.labels(event.level).observe(event.waited_seconds)
    return AlertView.of(decided.alert, store.store.now())


@router.get("/on-call", tags=["coverage"], responses=problems(*REFUSALS))
async def who_is_on_call(_person: Staff, store: Store, at: Timestamp | None = None) -> OnCall:
    """Who is on call now, or at another instant: the same answer that the pager gets."""
    moment = at or store.store.now()
    return OnCall(
        at=moment,
        people=[OnCallPerson.of(person) for person in list_on_call(await store.school(), moment)],
    )


@router.get("/coverage", tags=["coverage"], responses=problems(*REFUSALS))
async def read_coverage(_person: Staff, store: Store) -> CoverageView:
    """The next 14 days: covered stretches, gaps, and people on the rota who cannot be paged."""
    school, since = await store.school(), store.store.now()
    until = since + HORIZON
    found = find_covered(school, since, until)
    return CoverageView(
        since=since,
        until=until,
        covered=[IntervalView.of(interval) for interval in found],
        gaps=[IntervalView.of(interval) for interval in find_gaps(found, since, until)],
        without_contact=list(list_unreachable(school)),
    )


@router.get("/shifts", tags=["coverage"], responses=problems(*REFUSALS))
async def list_shifts(_person: Counsellor, store: Store) -> ShiftsView:
    """Everybody's duties of the next 14 days, and the changes that were offered or agreed."""
    school, now = await store.school(), store.store.now()
    names = {person.person_id: person.name for person in school.staff}
    held = sorted(list_duties(school, now, now + HORIZON), key=lambda duty: duty.since)
    changes = [change for change in (await store.shift_changes()).changes if change.until > now]
    return ShiftsView(
        duties=[
            DutyView(
                person_id=one.person_id, name=names[one.person_id], since=one.since, until=one.until
            )
            for one in held
        ],
        changes=[ShiftChangeView.of(change) for change in changes],
    )


@router.post(
    "/shifts/changes",
    status_code=201,
    tags=["coverage"],
    responses=problems(*REFUSALS, NotYourDuty, CannotTakeOver),
)
async def offer_shift(
    offering: OfferShiftRequest, person: Counsellor, store: Store
) -> ShiftChangeView:
    """Ask a colleague to take a duty. Until they say yes, it stays with who offers it."""
    change_id = new_id()

    def rule(known: ShiftChanges, school: School, now: datetime) -> ShiftChanges:
        return shifts.offer(
            known, school, change_id, person.person_id, offering.to, offering.at, now
        )

    offered = await store.change_shifts(
        change_id, person.person_id, "shift_offered", rule, lambda _: f"to {offering.to}"
    )
    return ShiftChangeView.of(offered.find(change_id))


@router.post(
    "/shifts/changes/{change_id}/accept",
    tags=["coverage"],
    responses=problems(*REFUSALS, ShiftOfferGone, CannotTakeOver),
)
async def accept_shift(
    change_id: ChangeId, person: Counsellor, store: Store, coverage: Coverage
) -> ShiftChangeView:
    """Take a colleague's duty: from now on the pager calls you in these hours."""

    def rule(known: ShiftChanges, school: School, now: datetime) -> ShiftChanges:
        return shifts.accept(known, school, change_id, person.person_id, now)

    agreed = await store.change_shifts(
        change_id,
        person.person_id,
        "shift_accepted",
        rule,
        lambda taken: taken.find(change_id).hours,
    )
    # Students are told by it whether anybody is there; were this lost, the timer says it again
    # within minutes.
    await coverage.publish(store)
    return ShiftChangeView.of(agreed.find(change_id))


@router.post(
    "/shifts/changes/{change_id}/decline",
    status_code=204,
    tags=["coverage"],
    responses=problems(*REFUSALS, ShiftOfferGone),
)
async def decline_shift(change_id: ChangeId, person: Counsellor, store: Store) -> None:
    """Say no to a colleague's offer, or take your own back while nobody has said yes."""

    def rule(known: ShiftChanges, _school: School, now: datetime) -> ShiftChanges:
        return shifts.decline(known, change_id, person.person_id, now)

    await store.change_shifts(change_id, person.person_id, "shift_declined", rule, lambda _: "")


@router.get("/audit", tags=["operations"], responses=problems(*REFUSALS))
async def verify_audit(
    _person: Operator,
    store: Store,
    anchor_number: Annotated[
        int | None,
        Query(ge=1, description="The newest entry known outside this store (audit.heads.v1)"),
    ] = None,
    anchor_digest: Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")] = audit.GENESIS,
) -> AuditView:
    """Walks the school's audit chain; with an anchor from outside it also sees a cut-off end."""
    anchor = audit.Head(store.school_id, anchor_number, anchor_digest) if anchor_number else None
    return AuditView.of(await audit.verify(store.store, anchor))


@router.get("/webhook-key", tags=["operations"], responses=problems(*REFUSALS))
async def read_webhook_key(_person: Operator, request: Request, store: Store) -> WebhookKey:
    """The key that this school's webhook receivers verify signatures with."""
    secret = (await dependencies_of(request)).settings.secret_key.get_secret_value()
    return WebhookKey(key=key_of(secret, store.school_id))
