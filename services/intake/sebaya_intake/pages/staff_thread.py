"""The thread for staff: a supporter during the match, a counsellor when an adult was needed. Each
reading is audited.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_intake import commands
from sebaya_intake.commands import SchoolContext
from sebaya_intake.dependencies import Before, CasePath, CurrentContext, participant_of
from sebaya_intake.errors import IdempotencyKeyReused
from sebaya_intake.pages.opening_form import key_of, new_key
from sebaya_intake.schemas import PostMessageRequest
from sebaya_intake.views import thread_view

router = APIRouter(prefix="/s/{school_id}/cases/{case_id}")
SignedInStaff = Annotated[Principal, Depends(require_staff(Role.SUPPORTER, Role.COUNSELLOR))]


@dataclass(frozen=True, slots=True)
class StaffThread:
    """A thread in the browser of a member of staff."""

    request: Request
    principal: Principal
    case_id: str
    context: SchoolContext
    pages: Pages

    async def show(
        self, *, status: int = 200, before: str | None = None, draft: str = "", fault: bool = False
    ) -> Response:
        """Show the thread. Raises NotFound, NoAlert."""
        participant = participant_of(self.principal)
        case, page = await commands.read_thread_as_staff(
            self.context, self.case_id, participant, before
        )
        return self.pages.show(
            self.request,
            "case.html",
            status=status,
            school=self.context.school,
            principal=self.principal,
            thread=thread_view(case, page, participant),
            key=new_key(),
            draft=draft,
            fault=fault,
        )


async def current_thread(
    request: Request,
    principal: SignedInStaff,
    case_id: CasePath,
    context: CurrentContext,
    pages: PagesDependency,
) -> StaffThread:
    """Return the page of the path's case. Raises Unauthenticated, Forbidden, NotFound."""
    return StaffThread(request, principal, case_id, context, pages)


CurrentThread = Annotated[StaffThread, Depends(current_thread)]


@router.get("")
async def show_thread(thread: CurrentThread, before: Before = None) -> Response:
    """Show a supporter what was written since the match began, a counsellor everything."""
    return await thread.show(before=before)


@router.post("")
async def post_message(form: SubmittedForm, thread: CurrentThread) -> Response:
    """Write to the student; what a supporter writes is screened like what a student writes."""
    text = form.one("text")
    author = participant_of(thread.principal)
    try:
        message = PostMessageRequest(text=text)
        await commands.post_message(
            thread.context, thread.case_id, author, message.text, key_of(form)
        )
    except (ValidationError, IdempotencyKeyReused) as refused:
        fault = isinstance(refused, ValidationError)
        return await thread.show(status=422, draft=text, fault=fault)
    school_id = thread.context.school.school_id
    return see_other(thread.pages.link(f"/s/{school_id}/cases/{thread.case_id}"))
