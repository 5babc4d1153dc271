"""A counsellor's pages: the live list of alerts with its clocks, and one alert with its words."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.district import School
from sebaya_contracts.words import Level, Role
from sebaya_escalation.commands import alerts, shifts
from sebaya_escalation.dependencies import AlertPath, CurrentDependencies, CurrentStore
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.holding import list_colleagues
from sebaya_escalation.errors import CannotTakeOver, NotLower
from sebaya_escalation.metrics import ALERT_LEVELS
from sebaya_escalation.pages.highlights import examples_in, split_at_reasons
from sebaya_escalation.pages.names import names_by_id
from sebaya_escalation.pages.timeline import merge_timeline
from sebaya_escalation.schemas.alerts import (
    AlertDetail,
    AlertList,
    HandOverRequest,
    LowerAlertRequest,
    NoteRequest,
    ReviewRequest,
)
from sebaya_escalation.schemas.identity import AskIdentityRequest
from sebaya_escalation.schemas.shifts import CoverageView, OnCall
from sebaya_escalation.store import EscalationStore

router = APIRouter(prefix="/s/{school_id}")
Counsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]
LISTED = 100


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What an alert's page and each of its buttons stand on: the alert of the path, its reader, and
    the documents of the school.
    """

    request: Request
    alert_id: str
    principal: Principal
    store: EscalationStore
    pages: Pages

    @property
    def person_id(self) -> str:
        """The reader's id."""
        return self.principal.person_id


async def current_alert(
    request: Request,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> AlertContext:
    """Collect what the page of the path's alert stands on. Raises what its parts raise."""
    return AlertContext(request, alert_id, principal, store, pages)


CurrentAlert = Annotated[AlertContext, Depends(current_alert)]


@router.get("/alerts")
async def show_alerts(
    request: Request, principal: Counsellor, store: CurrentStore, pages: PagesDependency
) -> Response:
    """Show the alerts, the most urgent first, the people on duty now and the hours without any."""
    school = await store.school()
    live, _ = pages.render_part(
        request, "queue.html", school=school, **await _live_alerts(principal, store, school)
    )
    plan = await shifts.list_shifts(store)
    return pages.show(
        request,
        "alerts.html",
        school=school,
        principal=principal,
        live=live,
        on_call=OnCall.of(await shifts.find_on_call(store)),
        coverage=CoverageView.of(await shifts.forecast_coverage(store)),
        asked=any(
            change.substitute_id == principal.person_id and change.accepted_at is None
            for change in plan.changes
        ),
    )


@router.get("/alerts/live")
async def show_live_alerts(
    request: Request, principal: Counsellor, store: CurrentStore, pages: PagesDependency
) -> Response:
    """Show what changes by itself of the list."""
    school = await store.school()
    return pages.show_live(
        request, "queue.html", school=school, **await _live_alerts(principal, store, school)
    )


@router.get("/alerts/{alert_id}")
async def show_alert(context: CurrentAlert) -> Response:
    """Show an alert's words, its history, and what to do next; reading it is an audit entry."""
    return await render_alert(context, Form())


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(_form: SubmittedForm, context: CurrentAlert) -> Response:
    """Acknowledge an alert ("I have it")."""
    await alerts.acknowledge_alert(context.store, context.alert_id, context.person_id)
    return to_alert(context)


@router.post("/alerts/{alert_id}/contact")
async def record_contact(_form: SubmittedForm, context: CurrentAlert) -> Response:
    """Record a contact ("I have spoken with the student")."""
    await alerts.record_contact(context.store, context.alert_id, context.person_id)
    return to_alert(context)


@router.post("/alerts/{alert_id}/hand-over")
async def hand_over(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Assign an alert to a colleague; one that cannot take it is a fault beside the field."""
    try:
        handing = HandOverRequest.model_validate({"to": form.one("to")})
        await alerts.hand_over_alert(context.store, context.alert_id, context.person_id, handing.to)
    except (ValidationError, CannotTakeOver):
        return await render_alert(context, form, faults={"to"}, status=422)
    return to_alerts(context)


@router.post("/alerts/{alert_id}/take-over")
async def take_over(_form: SubmittedForm, context: CurrentAlert) -> Response:
    """Take an alert over from a colleague."""
    await alerts.take_alert_over(context.store, context.alert_id, context.person_id)
    return to_alert(context)


@router.post("/alerts/{alert_id}/notes")
async def add_note(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Add a note; an empty or too long one brings the form back with every word in it."""
    try:
        noting = NoteRequest.model_validate({"text": form.one("text")})
    except ValidationError:
        return await render_alert(context, form, faults={"text"}, status=422)
    await alerts.add_note(context.store, context.alert_id, context.person_id, noting.text)
    return to_alert(context)


@router.post("/alerts/{alert_id}/reviews")
async def record_review(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Record a look after the student, and when the next is due."""
    after = form.one("after")
    try:
        review = ReviewRequest.model_validate(
            {
                "after": None if after == "never" else after,
                "reached": not form.one("unreached"),
                "text": form.one("seen"),
            }
        )
    except ValidationError as error:
        faults = {"seen" if one["loc"][0] == "text" else "after" for one in error.errors()}
        return await render_alert(context, form, faults=faults, status=422)
    await alerts.record_review(
        context.store,
        context.alert_id,
        context.person_id,
        review.after,
        review.text,
        reached=review.reached,
    )
    return to_alert(context)


@router.post("/alerts/{alert_id}/lower")
async def lower(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Lower the level of an alert, with a reason."""
    try:
        lowering = LowerAlertRequest.model_validate(
            {"level": form.one("level"), "reason": form.one("because")}
        )
        await alerts.lower_alert(
            context.store, context.alert_id, context.person_id, lowering.level, lowering.reason
        )
    except ValidationError as error:
        faults = {"because" if one["loc"][0] == "reason" else "level" for one in error.errors()}
    except NotLower:
        faults = {"level"}
    else:
        return to_alert(context)
    return await render_alert(context, form, faults=faults, status=422)


@router.post("/alerts/{alert_id}/step-out")
async def step_out(
    _form: SubmittedForm, context: CurrentAlert, dependencies: CurrentDependencies
) -> Response:
    """Step out for a conflict of interest; the alert is gone from this person's pages."""
    await alerts.step_out(context.store, dependencies.timers, context.alert_id, context.person_id)
    return to_alerts(context)


@router.post("/alerts/{alert_id}/identity")
async def ask_identity(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Ask for the student's identity, with a reason that the coordinator sees."""
    try:
        asking = AskIdentityRequest.model_validate({"reason": form.one("reason")})
    except ValidationError:
        return await render_alert(context, form, faults={"reason"}, status=422)
    await alerts.ask_identity(context.store, context.alert_id, context.person_id, asking.reason)
    return to_alert(context)


async def _live_alerts(
    principal: Principal, store: EscalationStore, school: School
) -> Mapping[str, Any]:
    me = principal.person_id
    return {
        "waiting": AlertList.of(await alerts.list_alerts(store, me, Status.OPEN, LISTED)),
        "taken": AlertList.of(await alerts.list_alerts(store, me, Status.ACKNOWLEDGED, LISTED)),
        "principal": principal,
        "names": names_by_id(school),
        "now": store.now(),
        "path": f"/s/{store.school_id}/alerts",
    }


async def render_alert(
    context: AlertContext,
    form: Form,
    *,
    faults: Set[str] = frozenset(),
    status: int = 200,
) -> Response:
    """Render an alert's page, with what was typed and what of it is not right."""
    store, person_id = context.store, context.person_id
    record = await alerts.read_alert(store, context.alert_id, person_id)
    alert = AlertDetail.of_record(record)
    school = await store.school()
    language = context.pages.language(context.request, school)
    return context.pages.show(
        context.request,
        "alert.html",
        status=status,
        school=school,
        principal=context.principal,
        names=names_by_id(school),
        colleagues=list_colleagues(school, person_id, record.alert.barred),
        alert=alert,
        signals=[
            (
                signal,
                list(split_at_reasons(signal.text, signal.why)),
                examples_in(language, signal.why),
            )
            for signal in alert.words
        ],
        timeline=merge_timeline(record),
        serious=alert.level >= Level.RED and alert.case_id is not None,
        erased=record.alert.case_erased,
        lower_levels=[level for level in ALERT_LEVELS if level < alert.level],
        form=form,
        faults=faults,
        now=store.now(),
        path=f"/s/{store.school_id}/alerts/{context.alert_id}",
    )


def to_alert(context: AlertContext) -> Response:
    """Lead back to the alert."""
    address = f"/s/{context.store.school_id}/alerts/{context.alert_id}"
    return see_other(context.pages.link(address))


def to_alerts(context: AlertContext) -> Response:
    """Lead back to the list of alerts."""
    return see_other(context.pages.link(f"/s/{context.store.school_id}/alerts"))
