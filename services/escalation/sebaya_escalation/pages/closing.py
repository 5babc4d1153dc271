"""Closing an alert, the list of closed ones, and the ways back from a closing."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm
from sebaya_escalation.commands import alerts, closed_alerts
from sebaya_escalation.dependencies import CurrentDependencies, CurrentStore
from sebaya_escalation.errors import AnotherAlertOpen, ClosingIncomplete, SignalsUnseen
from sebaya_escalation.metrics import ALERT_LEVELS
from sebaya_escalation.pages.counsellor import (
    Counsellor,
    CurrentAlert,
    render_alert,
    to_alert,
    to_alerts,
)
from sebaya_escalation.pages.names import names_by_id
from sebaya_escalation.schemas.alerts import AlertList
from sebaya_escalation.schemas.closing import (
    CloseAlertRequest,
    ClosedSearchRequest,
    PeerDecisionRequest,
    ReopenRequest,
)

router = APIRouter(prefix="/s/{school_id}")
LISTED = 50
# In the form, for no further look.
NEVER = "never"
_SEARCHED_BY = ("text", "level", "outcome", "closed_from", "closed_to", "before")


@router.get("/closed-alerts")
async def show_closed(
    request: Request, principal: Counsellor, store: CurrentStore, pages: PagesDependency
) -> Response:
    """Show the closed alerts that fit, the one that was closed last first. What cannot be searched
    by is a fault beside its field.
    """
    form, found, faults = Form(tuple(request.query_params.multi_items())), None, set[str]()
    try:
        search = ClosedSearchRequest.model_validate(form.filled(*_SEARCHED_BY)).search()
    except ValidationError as error:
        faults = {str(one["loc"][0]) for one in error.errors()}
    else:
        found = AlertList.of(
            await closed_alerts.search_closed(store, principal.person_id, search, LISTED)
        )
    school = await store.school()
    return pages.show(
        request,
        "closed_alerts.html",
        status=422 if faults else 200,
        school=school,
        principal=principal,
        names=names_by_id(school),
        found=found,
        older=_older(form, found),
        levels=list(reversed(ALERT_LEVELS)),
        form=form,
        faults=faults,
        path=f"/s/{store.school_id}/closed-alerts",
        alerts_path=f"/s/{store.school_id}/alerts",
    )


def _older(form: Form, found: AlertList | None) -> Mapping[str, Any] | None:
    """The search that goes on where a full list ended; None where there is no more."""
    if found is None or len(found.alerts) < LISTED:
        return None
    closed_at = found.alerts[-1].closed_at
    return {**form.filled(*_SEARCHED_BY), "before": closed_at.isoformat() if closed_at else ""}


@router.post("/alerts/{alert_id}/close")
async def close(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Close an alert. What is missing, or new since it was read, brings the form back with every
    word in it.
    """
    try:
        closing = _closing(form).closing()
        await alerts.close_alert(context.store, context.alert_id, context.person_id, closing)
    except ValidationError as error:
        faults, status = {str(one["loc"][0]) for one in error.errors()}, 422
        # Asked for by the alert, not by the form: said here too, so that all is said at once.
        faults |= set() if form.one("peer") else {"peer_may_continue_missing"}
    except ClosingIncomplete as incomplete:
        faults, status = {f"{field}_missing" for field in incomplete.fields}, 422
    except SignalsUnseen:
        faults, status = {"version"}, 409
    else:
        return to_alerts(context)
    return await render_alert(context, form, faults=faults, status=status)


def _closing(form: Form) -> CloseAlertRequest:
    after = form.one("review_after")
    return CloseAlertRequest.model_validate(
        {
            "outcome": form.one("outcome"),
            "note": form.one("note"),
            "peer_may_continue": _peer(form),
            "review_after": None if after in {"", NEVER} else after,
            "version": form.one("version"),
        }
    )


def _peer(form: Form) -> bool | None:
    return form.one("peer") == "yes" if form.one("peer") else None


@router.post("/alerts/{alert_id}/reopen")
async def reopen(
    form: SubmittedForm, context: CurrentAlert, dependencies: CurrentDependencies
) -> Response:
    """Open a closed alert again, with a reason."""
    try:
        reopening = ReopenRequest.model_validate({"reason": form.one("again")})
        await closed_alerts.reopen_alert(
            context.store,
            dependencies.timers,
            context.alert_id,
            context.person_id,
            reopening.reason,
        )
    except ValidationError:
        return await render_alert(context, form, faults={"again"}, status=422)
    except AnotherAlertOpen:
        return await render_alert(context, form, faults={"another"}, status=409)
    return to_alert(context)


@router.post("/alerts/{alert_id}/peer")
async def change_peer_decision(form: SubmittedForm, context: CurrentAlert) -> Response:
    """Change whether a peer goes on with the student of a closed alert."""
    try:
        deciding = PeerDecisionRequest.model_validate(
            {"peer_may_continue": _peer(form), "text": form.one("peer_note")}
        )
    except ValidationError as error:
        faults = {"peer_note" if one["loc"][0] == "text" else "peer" for one in error.errors()}
        return await render_alert(context, form, faults=faults, status=422)
    await closed_alerts.change_peer_decision(
        context.store,
        context.alert_id,
        context.person_id,
        deciding.text,
        peer_may_continue=deciding.peer_may_continue,
    )
    return to_alert(context)
