"""A counsellor's pages: the live queue with its clocks, one alert with its words, and the duty of
the next two weeks.
"""

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
from sebaya_escalation import api
from sebaya_escalation.api import AlertId, Store
from sebaya_escalation.domain.alert import Status, list_colleagues
from sebaya_escalation.errors import CannotTakeOver, SignalsUnseen
from sebaya_escalation.pages.highlights import pieces
from sebaya_escalation.pages.names import names_of
from sebaya_escalation.schemas import (
    AlertDetail,
    AskIdentityRequest,
    CloseAlertRequest,
    HandOverRequest,
)

router = APIRouter(prefix="/s/{school_id}")
Counsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]
LISTED = 100


@router.get("/alerts")
async def queue(
    request: Request, who: Counsellor, store: Store, pages: PagesDependency
) -> Response:
    """The most urgent first; who is on duty now; where nobody is."""
    school = await store.school()
    live, _ = pages.part(request, "queue.html", school=school, **await _queue(who, store, school))
    on_call, coverage = await api.who_is_on_call(who, store), await api.read_coverage(who, store)
    changes = (await api.list_shifts(who, store)).changes
    asked = any(
        change.substitute_id == who.person_id and change.accepted_at is None for change in changes
    )
    return pages.show(
        request,
        "alerts.html",
        school=school,
        principal=who,
        live=live,
        on_call=on_call,
        coverage=coverage,
        asked=asked,
    )


@router.get("/alerts/live")
async def live_queue(
    request: Request, who: Counsellor, store: Store, pages: PagesDependency
) -> Response:
    """What changes by itself."""
    school = await store.school()
    return pages.live(request, "queue.html", school=school, **await _queue(who, store, school))


@router.get("/alerts/{alert_id}")
async def one_alert(
    request: Request, alert_id: AlertId, who: Counsellor, store: Store, pages: PagesDependency
) -> Response:
    """Its words, its history, and what to do next. Reading it leaves an entry in the audit log."""
    return await _alert(
        request, pages, store, who, await api.read_alert(alert_id, who, store), Form()
    )


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(
    _form: SubmittedForm,
    school_id: SchoolPath,
    alert_id: AlertId,
    who: Counsellor,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """ "I have it." """
    await api.acknowledge_alert(alert_id, who, store)
    return _to(pages, school_id, alert_id)


@router.post("/alerts/{alert_id}/contact")
async def contact(
    _form: SubmittedForm,
    school_id: SchoolPath,
    alert_id: AlertId,
    who: Counsellor,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """ "I have spoken with the student." """
    await api.record_contact(alert_id, who, store)
    return _to(pages, school_id, alert_id)


@router.post("/alerts/{alert_id}/hand-over")
async def hand_over(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertId,
    who: Counsellor,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """To a colleague. Whoever cannot take it is said beside the field."""
    try:
        await api.hand_alert_over(
            alert_id, HandOverRequest.model_validate({"to": form.one("to")}), who, store
        )
    except (ValidationError, CannotTakeOver):
        return await _alert(
            request,
            pages,
            store,
            who,
            await api.read_alert(alert_id, who, store),
            form,
            faults={"to"},
            status=422,
        )
    return see_other(pages.link(f"/s/{store.school_id}/alerts"))


@router.post("/alerts/{alert_id}/identity")
async def ask_who(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertId,
    who: Counsellor,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """Who is this? With a reason, which the coordinator sees."""
    try:
        asking = AskIdentityRequest.model_validate({"reason": form.one("reason")})
    except ValidationError:
        return await _alert(
            request,
            pages,
            store,
            who,
            await api.read_alert(alert_id, who, store),
            form,
            faults={"reason"},
            status=422,
        )
    await api.ask_who(alert_id, asking, who, store)
    return _to(pages, store.school_id, alert_id)


@router.post("/alerts/{alert_id}/close")
async def close(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertId,
    who: Counsellor,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """The end, with an outcome. What is missing, or new since it was read, brings the form back
    with every word in it.
    """
    try:
        closing = CloseAlertRequest.model_validate(
            {
                "outcome": form.one("outcome"),
                "note": form.one("note"),
                "peer_may_continue": form.one("peer") == "yes" if form.one("peer") else None,
                "version": form.one("version"),
            }
        )
        await api.close_alert(alert_id, closing, who, store)
    except ValidationError as error:
        missing = {str(one["loc"][0]) for one in error.errors()}
        return await _alert(
            request,
            pages,
            store,
            who,
            await api.read_alert(alert_id, who, store),
            form,
            faults=missing,
            status=422,
        )
    except SignalsUnseen:
        return await _alert(
            request,
            pages,
            store,
            who,
            await api.read_alert(alert_id, who, store),
            form,
            faults={"version"},
            status=409,
        )
    return see_other(pages.link(f"/s/{store.school_id}/alerts"))


async def _queue(who: Principal, store: Store, school: School) -> Mapping[str, Any]:
    waiting = await api.list_alerts(who, store, Status.OPEN, LISTED)
    taken = await api.list_alerts(who, store, Status.ACKNOWLEDGED, LISTED)
    path = f"/s/{store.school_id}/alerts"
    return {
        "waiting": waiting,
        "taken": taken,
        "who": who,
        "names": names_of(school),
        "now": store.store.now(),
        "path": path,
    }


async def _alert(
    request: Request,
    pages: Pages,
    store: Store,
    who: Principal,
    alert: AlertDetail,
    form: Form,
    *,
    faults: Set[str] = frozenset(),
    status: int = 200,
) -> Response:
    school = await store.school()
    return pages.show(
        request,
        "alert.html",
        status=status,
        school=school,
        principal=who,
        names=names_of(school),
        colleagues=list_colleagues(school, who.person_id),
        alert=alert,
        signals=[(signal, list(pieces(signal.text, signal.why))) for signal in alert.words],
        form=form,
        faults=faults,
        now=store.store.now(),
        path=f"/s/{store.school_id}/alerts/{alert.alert_id}",
    )


def _to(pages: Pages, school_id: str, alert_id: str) -> Response:
    return see_other(pages.link(f"/s/{school_id}/alerts/{alert_id}"))
