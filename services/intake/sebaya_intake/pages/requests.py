"""A coordinator's page of all that waits at the school, where the requests of a flood are set aside
together, by when they came. No word of a student stands on it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_intake import commands
from sebaya_intake.commands import SchoolContext
from sebaya_intake.dependencies import CurrentContext, GroupPath
from sebaya_intake.errors import CannotSetAside
from sebaya_intake.schemas.linking import AsideGroupView, SetAsideRequest

router = APIRouter(prefix="/s/{school_id}/requests")
SignedInCoordinator = Annotated[Principal, Depends(require_staff(Role.COORDINATOR))]


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """The page of one school in the browser of its coordinator."""

    request: Request
    coordinator: Principal
    context: SchoolContext
    pages: Pages

    async def show(self, form: Form, *, status: int = 200) -> Response:
        """Show what waits and what is set aside, with what stands in the form."""
        overview = await commands.describe_requests(self.context)
        return self.pages.show(
            self.request,
            "requests.html",
            status=status,
            school=self.context.school,
            principal=self.coordinator,
            overview=overview,
            groups=[AsideGroupView.of(group) for group in overview.groups],
            local=self._local,
            form=form,
            fault=status != 200,
            path=self.path,
        )

    @property
    def path(self) -> str:
        """Return the address of the page within the service."""
        return f"/s/{self.context.school.school_id}/requests"

    def back(self) -> Response:
        """Redirect to the page."""
        return see_other(self.pages.link(self.path))

    def _local(self, moment: datetime) -> str:
        """Write a moment as a field of the form does, by the school's clock."""
        zone = ZoneInfo(self.context.school.time_zone)
        return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")

    def moment(self, typed: str) -> datetime | str:
        """Read a field of the form; what is no time is left for the model to refuse."""
        try:
            local = datetime.fromisoformat(typed)
            zone = ZoneInfo(self.context.school.time_zone)
            return local.replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return typed


async def current_page(
    request: Request,
    coordinator: SignedInCoordinator,
    context: CurrentContext,
    pages: PagesDependency,
) -> RequestsPage:
    """Return the page of the path's school. Raises what its parts raise."""
    return RequestsPage(request, coordinator, context, pages)


CurrentPage = Annotated[RequestsPage, Depends(current_page)]


@router.get("")
async def show_requests(page: CurrentPage) -> Response:
    """Show how much waits, and since when."""
    return await page.show(Form())


@router.post("")
async def set_aside(form: SubmittedForm, page: CurrentPage) -> Response:
    """Set aside what came in a time. What is no such time stands beside its fault."""
    try:
        wanted = SetAsideRequest.model_validate(
            {name: page.moment(form.one(name)) for name in ("since", "until")}
        )
        await commands.set_aside(
            page.context, wanted.since, wanted.until, page.coordinator.person_id
        )
    except (ValidationError, CannotSetAside):
        return await page.show(form, status=422)
    return page.back()


@router.post("/{group_id}/undo")
async def undo(_form: SubmittedForm, group_id: GroupPath, page: CurrentPage) -> Response:
    """Reopen the requests of a group. Raises NotFound."""
    await commands.undo_set_aside(page.context, group_id, page.coordinator.person_id)
    return page.back()
