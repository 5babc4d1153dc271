"""The routes for programs: the counsellor's console, duties and coverage, the operator's checks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from sebaya_chassis.base.problems import Forbidden, NotFound, Unauthenticated, Unavailable
from sebaya_chassis.base.timestamps import Timestamp
from sebaya_chassis.storage import audit
from sebaya_chassis.web.auth import Principal, require_role
from sebaya_chassis.web.problems import problems
from sebaya_chassis.web.routes import Route
from sebaya_contracts.words import Role
from sebaya_escalation.commands import alerts, closed_alerts, details, shifts
from sebaya_escalation.dependencies import (
    AlertPath,
    CurrentDependencies,
    CurrentStore,
    ShiftChangePath,
)
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotClosed,
    AlertNotTaken,
    AlertTaken,
    AlreadyAnswered,
    AnotherAlertOpen,
    CannotTakeOver,
    ClosingIncomplete,
    ContactMissing,
    NeverForPeers,
    NoStudent,
    NotAsked,
    NotLower,
    NotYourDuty,
    SecondPersonNeeded,
    ShiftOfferGone,
    SignalsUnseen,
)
from sebaya_escalation.paging.webhook import webhook_key
from sebaya_escalation.schemas.alerts import (
    AlertDetail,
    AlertList,
    AlertView,
    HandOverRequest,
    LowerAlertRequest,
    NoteRequest,
    ReviewRequest,
)
from sebaya_escalation.schemas.closing import (
    CloseAlertRequest,
    ClosedSearchRequest,
    PeerDecisionRequest,
    ReopenRequest,
)
from sebaya_escalation.schemas.identity import (
    AnswerIdentityRequest,
    AskIdentityRequest,
    IdentityQuestions,
    IdentityView,
    OpenedDetailsList,
    OpenedDetailsView,
)
from sebaya_escalation.schemas.operations import AuditView, WebhookKey
from sebaya_escalation.schemas.shifts import (
    CoverageView,
    OfferShiftRequest,
    OnCall,
    ShiftChangeView,
    ShiftsView,
)

Counsellor = Annotated[Principal, Depends(require_role(Role.COUNSELLOR))]
Coordinator = Annotated[Principal, Depends(require_role(Role.COORDINATOR))]
Staff = Annotated[
    Principal, Depends(require_role(Role.COUNSELLOR, Role.COORDINATOR, Role.OPERATOR))
]
Operator = Annotated[Principal, Depends(require_role(Role.OPERATOR))]
REFUSALS = (Unauthenticated, Forbidden, NotFound, Unavailable)
# A console shows a screen or two; what is more urgent is never cut off for what is less.
ALERTS_LISTED = 200

router = APIRouter(prefix="/schools/{school_id}", tags=["alerts"], route_class=Route)


@router.get("/alerts", responses=problems(*REFUSALS))
async def list_alerts(
    person: Counsellor,
    store: CurrentStore,
    state: Status = Status.OPEN,
    limit: Annotated[int, Query(ge=1, le=ALERTS_LISTED)] = 100,
) -> AlertList:
    """List the alerts of one state, without words: the most urgent first, then the oldest."""
    return AlertList.of(await alerts.list_alerts(store, person.person_id, state, limit))


@router.get("/alerts/{alert_id}", responses=problems(*REFUSALS))
async def read_alert(alert_id: AlertPath, person: Counsellor, store: CurrentStore) -> AlertDetail:
    """Read one alert with the words of its signals, which leaves an entry in the audit log."""
    return AlertDetail.of_record(await alerts.read_alert(store, alert_id, person.person_id))


@router.post(
    "/alerts/{alert_id}/acknowledge", responses=problems(*REFUSALS, AlertTaken, AlertIsClosed)
)
async def acknowledge_alert(
    alert_id: AlertPath, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Acknowledge an alert: its paging stops. The first person to do so holds it."""
    alert = await alerts.acknowledge_alert(store, alert_id, person.person_id)
    return AlertView.of(alert, store.now())


@router.post("/alerts/{alert_id}/contact", responses=problems(*REFUSALS, AlertIsClosed))
async def record_contact(alert_id: AlertPath, person: Counsellor, store: CurrentStore) -> AlertView:
    """Record that you have spoken with the student; it acknowledges an open alert, too."""
    alert = await alerts.record_contact(store, alert_id, person.person_id)
    return AlertView.of(alert, store.now())


@router.post(
    "/alerts/{alert_id}/hand-over",
    responses=problems(*REFUSALS, AlertTaken, AlertNotTaken, CannotTakeOver, AlertIsClosed),
)
async def hand_alert_over(
    alert_id: AlertPath, handing: HandOverRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Assign an alert to a colleague, to be called at once; the ladder runs until a person
    acknowledges.
    """
    alert = await alerts.hand_over_alert(store, alert_id, person.person_id, handing.to)
    return AlertView.of(alert, store.now())


@router.post(
    "/alerts/{alert_id}/take-over", responses=problems(*REFUSALS, AlertNotTaken, AlertIsClosed)
)
async def take_alert_over(
    alert_id: AlertPath, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Take an alert over from the colleague that holds it. Its deadlines stay."""
    alert = await alerts.take_alert_over(store, alert_id, person.person_id)
    return AlertView.of(alert, store.now())


@router.post("/alerts/{alert_id}/notes", responses=problems(*REFUSALS))
async def add_note(
    alert_id: AlertPath, noting: NoteRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Add a note for colleagues, to an alert in any state."""
    alert = await alerts.add_note(store, alert_id, person.person_id, noting.text)
    return AlertView.of(alert, store.now())


@router.post("/alerts/{alert_id}/reviews", responses=problems(*REFUSALS, ContactMissing))
async def record_review(
    alert_id: AlertPath, review: ReviewRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Record that you looked after the student again, or tried to, and when the next look is due.

    Done once it is written down: the next follow-up then stands.
    """
    alert = await alerts.record_review(
        store, alert_id, person.person_id, review.after, review.text, reached=review.reached
    )
    return AlertView.of(alert, store.now())


@router.post(
    "/alerts/{alert_id}/lower",
    responses=problems(*REFUSALS, AlertTaken, AlertNotTaken, NotLower, AlertIsClosed),
)
async def lower_alert(
    alert_id: AlertPath, lowering: LowerAlertRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Lower the level of an alert that you hold, with a reason; no machine ever does."""
    alert = await alerts.lower_alert(
        store, alert_id, person.person_id, lowering.level, lowering.reason
    )
    return AlertView.of(alert, store.now())


@router.post(
    "/alerts/{alert_id}/step-out",
    status_code=204,
    responses=problems(*REFUSALS, AlertIsClosed),
)
async def step_out(
    alert_id: AlertPath,
    person: Counsellor,
    store: CurrentStore,
    dependencies: CurrentDependencies,
) -> None:
    """Step out for a conflict of interest: you see this case no more, and the next person is called
    at once. The student does not learn of it.
    """
    await alerts.step_out(store, dependencies.timers, alert_id, person.person_id)


@router.post("/alerts/{alert_id}/identity", responses=problems(*REFUSALS, NoStudent, AlertIsClosed))
async def ask_who(
    alert_id: AlertPath, asking: AskIdentityRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Ask the school's coordinator for the student's identity, with a reason. The question and its
    answer are in the audit log.
    """
    alert = await alerts.ask_identity(store, alert_id, person.person_id, asking.reason)
    return AlertView.of(alert, store.now())


@router.post(
    "/alerts/{alert_id}/identity/answer",
    responses=problems(*REFUSALS, NotAsked, AlreadyAnswered, SecondPersonNeeded, AlertIsClosed),
)
async def answer_who(
    alert_id: AlertPath, answering: AnswerIdentityRequest, person: Coordinator, store: CurrentStore
) -> IdentityView:
    """Answer the question. The name itself is told in person, and kept nowhere here."""
    inquiry = await alerts.answer_identity(store, alert_id, person.person_id, answering.answer)
    return IdentityView.of(inquiry)


@router.get("/identity-questions", responses=problems(*REFUSALS))
async def list_questions(person: Coordinator, store: CurrentStore) -> IdentityQuestions:
    """List the counsellors that wait for a student's identity, and their reasons."""
    return IdentityQuestions.of(await alerts.list_identity_inquiries(store, person.person_id))


@router.get("/opened-details", responses=problems(*REFUSALS))
async def list_opened_details(_person: Coordinator, store: CurrentStore) -> OpenedDetailsList:
    """List the counsellors that opened a student's contact details, and why."""
    opened = await details.list_opened(store)
    return OpenedDetailsList(openings=[OpenedDetailsView.of(one) for one in opened])


@router.post(
    "/alerts/{alert_id}/close",
    responses=problems(*REFUSALS, SignalsUnseen, ClosingIncomplete, AlertIsClosed),
)
async def close_alert(
    alert_id: AlertPath, closing: CloseAlertRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Close an alert with an outcome; refused when a signal came after the version read, or
    something is missing that the level asks for.
    """
    alert = await alerts.close_alert(store, alert_id, person.person_id, closing.closing())
    return AlertView.of(alert, store.now())


@router.get("/closed-alerts", responses=problems(*REFUSALS))
async def search_closed_alerts(
    person: Counsellor,
    store: CurrentStore,
    search: Annotated[ClosedSearchRequest, Query()],
) -> AlertList:
    """Search the closed alerts, without words: the one that was closed last first. `total` counts
    all that fit.
    """
    return AlertList.of(
        await closed_alerts.search_closed(store, person.person_id, search.search(), ALERTS_LISTED)
    )


@router.post(
    "/alerts/{alert_id}/reopen",
    responses=problems(*REFUSALS, AlertNotClosed, AnotherAlertOpen),
)
async def reopen_alert(
    alert_id: AlertPath,
    reopening: ReopenRequest,
    person: Counsellor,
    store: CurrentStore,
    dependencies: CurrentDependencies,
) -> AlertView:
    """Open a closed alert again, with a reason: its ladder begins at once, and the contact is owed
    anew.
    """
    alert = await closed_alerts.reopen_alert(
        store, dependencies.timers, alert_id, person.person_id, reopening.reason
    )
    return AlertView.of(alert, store.now())


@router.post(
    "/alerts/{alert_id}/peer", responses=problems(*REFUSALS, AlertNotClosed, NeverForPeers)
)
async def change_peer_decision(
    alert_id: AlertPath, deciding: PeerDecisionRequest, person: Counsellor, store: CurrentStore
) -> AlertView:
    """Change whether a peer goes on with the student of a closed alert."""
    alert = await closed_alerts.change_peer_decision(
        store,
        alert_id,
        person.person_id,
        deciding.text,
        peer_may_continue=deciding.peer_may_continue,
    )
    return AlertView.of(alert, store.now())


@router.get("/on-call", tags=["coverage"], responses=problems(*REFUSALS))
async def who_is_on_call(
    _person: Staff, store: CurrentStore, at: Timestamp | None = None
) -> OnCall:
    """Find the people on call now, or at another instant: the same answer that a ladder gets."""
    return OnCall.of(await shifts.find_on_call(store, at))


@router.get("/coverage", tags=["coverage"], responses=problems(*REFUSALS))
async def read_coverage(_person: Staff, store: CurrentStore) -> CoverageView:
    """Read the next 14 days: covered stretches, gaps, and people that cannot be paged."""
    return CoverageView.of(await shifts.forecast_coverage(store))


@router.get("/shifts", tags=["coverage"], responses=problems(*REFUSALS))
async def list_shifts(_person: Counsellor, store: CurrentStore) -> ShiftsView:
    """List all duties of the next 14 days, and the changes that were offered or agreed."""
    return ShiftsView.of(await shifts.list_shifts(store))


@router.post(
    "/shifts/changes",
    status_code=201,
    tags=["coverage"],
    responses=problems(*REFUSALS, NotYourDuty, CannotTakeOver),
)
async def offer_shift(
    offering: OfferShiftRequest, person: Counsellor, store: CurrentStore
) -> ShiftChangeView:
    """Ask a colleague to take a duty. Until it is accepted, it stays yours."""
    change = await shifts.offer_shift(store, person.person_id, offering.at, offering.to)
    return ShiftChangeView.of(change)


@router.post(
    "/shifts/changes/{change_id}/accept",
    tags=["coverage"],
    responses=problems(*REFUSALS, ShiftOfferGone, CannotTakeOver),
)
async def accept_shift(
    change_id: ShiftChangePath,
    person: Counsellor,
    store: CurrentStore,
    dependencies: CurrentDependencies,
) -> ShiftChangeView:
    """Accept a colleague's duty: in these hours ladders call you from now on."""
    change = await shifts.accept_shift(store, dependencies.coverage, change_id, person.person_id)
    return ShiftChangeView.of(change)


@router.post(
    "/shifts/changes/{change_id}/decline",
    status_code=204,
    tags=["coverage"],
    responses=problems(*REFUSALS, ShiftOfferGone),
)
async def decline_shift(
    change_id: ShiftChangePath, person: Counsellor, store: CurrentStore
) -> None:
    """Decline a colleague's offer, or take your own back before it is accepted."""
    await shifts.decline_shift(store, change_id, person.person_id)


@router.get("/audit", tags=["operations"], responses=problems(*REFUSALS))
async def verify_audit(
    _person: Operator,
    store: CurrentStore,
    anchor_number: Annotated[
        int | None,
        Query(ge=1, description="The newest entry known outside this store (audit.heads.v1)"),
    ] = None,
    anchor_digest: Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")] = audit.GENESIS,
) -> AuditView:
    """Walk the school's audit chain; with an anchor from outside a cut-off end is found, too."""
    anchor = audit.Head(store.school_id, anchor_number, anchor_digest) if anchor_number else None
    return AuditView.of(await audit.verify(store.store, anchor))


@router.get("/webhook-key", tags=["operations"], responses=problems(*REFUSALS))
async def read_webhook_key(
    _person: Operator, dependencies: CurrentDependencies, store: CurrentStore
) -> WebhookKey:
    """Read the key that this school's webhook receivers verify signatures with."""
    secret = dependencies.settings.secret_key.get_secret_value()
    return WebhookKey(key=webhook_key(secret, store.school_id))
