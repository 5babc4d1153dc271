"""The queue of a counsellor's open alerts over all of their schools."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from sebaya_chassis.web.auth import Principal, list_own_schools
from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_chassis.web.pages.session import require_role_anywhere
from sebaya_contracts.words import Role
from sebaya_escalation.commands.queue import list_queue
from sebaya_escalation.dependencies import CurrentDependencies, Dependencies
from sebaya_escalation.domain.queue import QueueEntry
from sebaya_escalation.pages.names import names_by_id
from sebaya_escalation.schemas.alerts import AlertView

router = APIRouter(prefix="/queue")
Counsellor = Annotated[Principal, Depends(require_role_anywhere(Role.COUNSELLOR))]


@router.get("")
async def show_queue(
    request: Request,
    principal: Counsellor,
    dependencies: CurrentDependencies,
    pages: PagesDependency,
) -> Response:
    """Show the open alerts of all of a counsellor's schools, by what is due next."""
    shown = await _live_queue(principal, dependencies)
    live, _ = pages.render_part(request, "all_schools_queue.html", **shown)
    return pages.show(request, "all_schools.html", principal=principal, live=live)


@router.get("/live")
async def show_live_queue(
    request: Request,
    principal: Counsellor,
    dependencies: CurrentDependencies,
    pages: PagesDependency,
) -> Response:
    """Show what changes by itself of the queue."""
    shown = await _live_queue(principal, dependencies)
    return pages.show_live(request, "all_schools_queue.html", **shown)


async def _live_queue(principal: Principal, dependencies: Dependencies) -> Mapping[str, Any]:
    runtime = dependencies.runtime
    schools = list_own_schools(principal, await runtime.schools.all())
    queue = await list_queue(runtime.counts, schools, dependencies.store, principal.person_id)
    now = runtime.writer.clock.now()
    return {
        "rows": [_row(entry, now) for entry in queue.entries],
        "queue": queue,
        "schools": len(schools),
        "principal": principal,
    }


def _row(entry: QueueEntry, now: datetime) -> Mapping[str, Any]:
    step, due = entry.next_step
    names = names_by_id(entry.school)
    holder = entry.alert.holder
    return {
        "alert": AlertView.of(entry.alert, now),
        "school": entry.school,
        "zone": ZoneInfo(entry.school.time_zone),
        "step": step,
        "due": due,
        "waited_seconds": (now - entry.alert.raised_at).total_seconds(),
        "left_seconds": (due - now).total_seconds() if due else None,
        "holder": names.get(holder, holder) if holder else None,
        "wrote_at": entry.student_wrote_at,
    }
