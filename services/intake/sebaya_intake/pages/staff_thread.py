"""The thread for staff: a supporter during the match, a counsellor when an adult was needed. Each
reading is audited; what the page follows by itself shows no word of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Author, Role
from sebaya_intake import commands
from sebaya_intake.commands import SchoolContext, ThreadNews
from sebaya_intake.dependencies import Before, CasePath, CurrentContext, participant_of, peer_of
from sebaya_intake.domain.case import active_match
from sebaya_intake.domain.contact_details import find_urgent_alert
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.crisis_lines import lines_for
from sebaya_intake.domain.message import MessageWords
from sebaya_intake.errors import CannotLink, IdempotencyKeyReused, NoAlert
from sebaya_intake.pages.opening_form import key_of, new_key
from sebaya_intake.schemas.contact_details import ContactDetailsView
from sebaya_intake.schemas.crisis import CrisisView
from sebaya_intake.schemas.linking import LinkRequest
from sebaya_intake.schemas.messages import PostStaffMessageRequest, WorryRequest
from sebaya_intake.views import adult_help_view, thread_view

router = APIRouter(prefix="/s/{school_id}/cases/{case_id}")
SignedInCounsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]
SignedInStaff = Annotated[Principal, Depends(require_staff(Role.SUPPORTER, Role.COUNSELLOR))]
SignedInPeer = Annotated[Principal, Depends(require_staff(Role.SUPPORTER))]
Seen = Annotated[float, Query(description="When the newest words came that the page shows")]


@dataclass(frozen=True, slots=True)
class StaffThread:
    """A thread in the browser of a member of staff."""

    request: Request
    principal: Principal
    case_id: str
    context: SchoolContext
    pages: Pages

    @property
    def path(self) -> str:
        return f"/s/{self.context.school.school_id}/cases/{self.case_id}"

    async def show(
        self,
        *,
        status: int = 200,
        before: str | None = None,
        form: Form | None = None,
        fault: str | None = None,
        link_form: Form | None = None,
        details: ContactDetailsView | None = None,
    ) -> Response:
        """Show the thread, with what stands in its forms. Raises NotFound, NoAlert."""
        participant = participant_of(self.principal)
        case, page = await commands.read_thread_as_staff(
            self.context, self.case_id, participant, before
        )
        news = ThreadNews(await commands.describe_help(self.context, case), case.last_posted_at)
        live, _ = self.pages.render_part(
            self.request,
            "case_live.html",
            school=self.context.school,
            **self._live(news, seconds(news.last_posted_at)),
        )
        return self.pages.show(
            self.request,
            "case.html",
            status=status,
            school=self.context.school,
            principal=self.principal,
            thread=thread_view(case, page, participant),
            live=live,
            path=self.path,
            by_peer=participant.author is Author.SUPPORTER,
            with_private=news.help is not None and active_match(case) is not None,
            key=new_key(),
            form=form or Form(),
            fault=fault,
            counsels=participant.author is Author.COUNSELLOR,
            link_form=link_form,
            link_fault=link_form is not None,
            details=details,
            details_left=case.details is not None,
            details_may_open=find_urgent_alert(case) is not None,
        )

    async def show_live(self, seen: float) -> Response:
        """Show what the page follows by itself. Raises NotFound, NoAlert."""
        participant = participant_of(self.principal)
        news = await commands.watch_thread(self.context, self.case_id, participant)
        return self.pages.show_live(
            self.request, "case_live.html", school=self.context.school, **self._live(news, seen)
        )

    def _live(self, news: ThreadNews, seen: float) -> dict[str, Any]:
        lines = lines_for(self.context.school.country)
        return {
            "help": adult_help_view(news.help),
            "by_peer": participant_of(self.principal).author is Author.SUPPORTER,
            "crisis": CrisisView.of(CrisisReason.ADULT_CALLED, lines),
            "has_new": seconds(news.last_posted_at) > seen,
            "seen": seen,
            "path": self.path,
        }

    def back(self) -> Response:
        """Redirect to the newest words of the thread."""
        return see_other(self.pages.link(f"{self.path}#newest"))


def seconds(at: datetime | None) -> float:
    """Convert a moment to whole milliseconds of seconds since 1970; 0 for none."""
    return round(at.timestamp(), 3) if at else 0.0


async def current_thread(
    request: Request,
    principal: SignedInStaff,
    case_id: CasePath,
    context: CurrentContext,
    pages: PagesDependency,
) -> StaffThread:
    """Return the page of the path's case. Raises Unauthenticated, Forbidden, NotFound."""
    return StaffThread(request, principal, case_id, context, pages)


async def counsellors_thread(
    request: Request,
    principal: SignedInCounsellor,
    case_id: CasePath,
    context: CurrentContext,
    pages: PagesDependency,
) -> StaffThread:
    """Return the page of the path's case for a counsellor. Raises as `current_thread`."""
    return StaffThread(request, principal, case_id, context, pages)


CurrentThread = Annotated[StaffThread, Depends(current_thread)]
CounsellorsThread = Annotated[StaffThread, Depends(counsellors_thread)]


@router.get("")
async def show_thread(thread: CurrentThread, before: Before = None) -> Response:
    """Show a supporter what was written since the match began, a counsellor everything."""
    return await thread.show(before=before)


@router.get("/live")
async def show_live_part(thread: CurrentThread, seen: Seen = 0.0) -> Response:
    """Show the adults' help, and whether there are new words."""
    return await thread.show_live(seen)


@router.post("")
async def post_message(form: SubmittedForm, thread: CurrentThread) -> Response:
    """Write to the student, or past the student to the other side of the staff; what a supporter
    writes is screened like what a student writes.
    """
    author = participant_of(thread.principal)
    try:
        message = PostStaffMessageRequest(
            text=form.one("text"), for_staff=form.one("to") == "staff"
        )
        words = MessageWords(message.text, key_of(form), for_staff=message.for_staff)
        await commands.post_message(thread.context, thread.case_id, author, words)
    except ValidationError:
        return await thread.show(status=422, form=form, fault="text")
    except IdempotencyKeyReused:
        return await thread.show(status=422, form=form)
    return thread.back()


@router.post("/worry")
async def call_adult_for_student(
    form: SubmittedForm, thread: CurrentThread, signed_in: SignedInPeer
) -> Response:
    """Call an adult for the student. Nothing chosen brings the list back, with every word."""
    peer = peer_of(signed_in)
    try:
        worry = WorryRequest.model_validate(
            {"reason": form.one("reason"), "text": form.one("about").strip() or None}
        )
        await commands.call_adult_for_student(
            thread.context, thread.case_id, peer, worry.reason, worry.words(key_of(form))
        )
    except ValidationError:
        return await thread.show(status=422, form=form, fault="worry")
    except IdempotencyKeyReused:
        return await thread.show(status=422, form=form)
    return see_other(thread.pages.link(thread.path))


@router.post("/link")
async def link_cases(form: SubmittedForm, thread: CounsellorsThread) -> Response:
    """Link another request of the same student, with the reason."""
    try:
        wanted = LinkRequest.model_validate(
            {"case_id": form.one("case_id").strip(), "reason": form.one("reason")}
        )
        await commands.link_cases_as_staff(
            thread.context,
            thread.case_id,
            wanted.case_id,
            wanted.reason,
            thread.principal.person_id,
        )
    except (ValidationError, CannotLink, NotFound, NoAlert):
        return await thread.show(status=422, link_form=form)
    return see_other(thread.pages.link(thread.path))


@router.post("/separate")
async def separate_cases(form: SubmittedForm, thread: CounsellorsThread) -> Response:
    """Separate two linked requests again."""
    await commands.unlink_cases_as_staff(
        thread.context, thread.case_id, form.one("case_id"), thread.principal.person_id
    )
    return see_other(thread.pages.link(thread.path))
