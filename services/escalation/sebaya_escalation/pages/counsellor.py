"""A counsellor's pages: the live list of alerts with its clocks, and one alert with its words."""

from collections.abc import Mapping, Set
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal, SchoolPath
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.district import School
from sebaya_contracts.words import Role
from sebaya_escalation.commands import alerts, shifts
from sebaya_escalation.dependencies import AlertPath, CurrentStore
from sebaya_escalation.domain.alert import Status, list_colleagues
from sebaya_escalation.errors import CannotTakeOver, SignalsUnseen
from sebaya_escalation.pages.highlights import split_at_reasons
from sebaya_escalation.pages.names import names_by_id
from sebaya_escalation.schemas.alerts import (
    AlertDetail,
    AlertList,
    CloseAlertRequest,
    HandOverRequest,
)
from sebaya_escalation.schemas.identity import AskIdentityRequest
from sebaya_escalation.schemas.shifts import CoverageView, OnCall
from sebaya_escalation.store import EscalationStore

router = APIRouter(prefix="/s/{school_id}")
Counsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]
LISTED = 100


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
async def show_alert(
    request: Request,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Show an alert's words, its history, and what to do next; reading it is an audit entry."""
    return await _show_alert(request, pages, store, principal, alert_id, Form())


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(
    _form: SubmittedForm,
    school_id: SchoolPath,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Acknowledge an alert ("I have it")."""
    await alerts.acknowledge_alert(store, alert_id, principal.person_id)
    return _to_alert(pages, school_id, alert_id)


@router.post("/alerts/{alert_id}/contact")
async def record_contact(
    _form: SubmittedForm,
    school_id: SchoolPath,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Record a contact ("I have spoken with the student")."""
    await alerts.record_contact(store, alert_id, principal.person_id)
    return _to_alert(pages, school_id, alert_id)


@router.post("/alerts/{alert_id}/hand-over")
async def hand_over(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Assign an alert to a colleague; one that cannot take it is a fault beside the field."""
    try:
        handing = HandOverRequest.model_validate({"to": form.one("to")})
        await alerts.hand_over_alert(store, alert_id, principal.person_id, handing.to)
    except (ValidationError, CannotTakeOver):
        return await _show_alert(
            request, pages, store, principal, alert_id, form, faults={"to"}, status=422
        )
    return _to_alerts(pages, store)


@router.post("/alerts/{alert_id}/identity")
async def ask_identity(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Ask for the student's identity, with a reason that the coordinator sees."""
    try:
        asking = AskIdentityRequest.model_validate({"reason": form.one("reason")})
    except ValidationError:
        return await _show_alert(
            request, pages, store, principal, alert_id, form, faults={"reason"}, status=422
        )
    await alerts.ask_identity(store, alert_id, principal.person_id, asking.reason)
    return _to_alert(pages, store.school_id, alert_id)


@router.post("/alerts/{alert_id}/close")
async def close(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertPath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Close an alert. What is missing, or new since it was read, brings the form back with every
    word in it.
    """
    try:
        closing = _closing(form).closing()
        await alerts.close_alert(store, alert_id, principal.person_id, closing)
    except ValidationError as error:
        faults, status = {str(one["loc"][0]) for one in error.errors()}, 422
    except SignalsUnseen:
        faults, status = {"version"}, 409
    else:
        return _to_alerts(pages, store)
    return await _show_alert(
        request, pages, store, principal, alert_id, form, faults=faults, status=status
    )


def _closing(form: Form) -> CloseAlertRequest:
    return CloseAlertRequest.model_validate(
        {
            "outcome": form.one("outcome"),
            "note": form.one("note"),
            "peer_may_continue": form.one("peer") == "yes" if form.one("peer") else None,
            "version": form.one("version"),
        }
    )


async def _live_alerts(
    principal: Principal, store: EscalationStore, school: School
) -> Mapping[str, Any]:
    return {
        "waiting": AlertList.of(await alerts.list_alerts(store, Status.OPEN, LISTED)),
        "taken": AlertList.of(await alerts.list_alerts(store, Status.ACKNOWLEDGED, LISTED)),
        "principal": principal,
        "names": names_by_id(school),
        "now": store.now(),
        "path": f"/s/{store.school_id}/alerts",
    }


async def _show_alert(
    request: Request,
    pages: Pages,
    store: EscalationStore,
    principal: Principal,
    alert_id: str,
    form: Form,
    *,
    faults: Set[str] = frozenset(),
    status: int = 200,
) -> Response:
    alert = AlertDetail.of_record(await alerts.read_alert(store, alert_id, principal.person_id))
    school = await store.school()
    return pages.show(
        request,
        "alert.html",
        status=status,
        school=school,
        principal=principal,
        names=names_by_id(school),
        colleagues=list_colleagues(school, principal.person_id),
        alert=alert,
        signals=[
            (signal, list(split_at_reasons(signal.text, signal.why))) for signal in alert.words
        ],
        form=form,
        faults=faults,
        now=store.now(),
        path=f"/s/{store.school_id}/alerts/{alert_id}",
    )


def _to_alert(pages: Pages, school_id: str, alert_id: str) -> Response:
    return see_other(pages.link(f"/s/{school_id}/alerts/{alert_id}"))


def _to_alerts(pages: Pages, store: EscalationStore) -> Response:
    return see_other(pages.link(f"/s/{store.school_id}/alerts"))
