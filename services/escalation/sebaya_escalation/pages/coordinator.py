"""A coordinator's page: the counsellors that must know a student's identity, and the answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_escalation.commands import alerts, details
from sebaya_escalation.dependencies import AlertPath, CurrentStore
from sebaya_escalation.pages.names import names_by_id
from sebaya_escalation.schemas.identity import (
    AnswerIdentityRequest,
    IdentityQuestions,
    OpenedDetailsView,
)
from sebaya_escalation.store import EscalationStore

router = APIRouter(prefix="/s/{school_id}/questions")
Coordinator = Annotated[Principal, Depends(require_staff(Role.COORDINATOR))]


@router.get("")
async def show_questions(
    request: Request, principal: Coordinator, store: CurrentStore, pages: PagesDependency
) -> Response:
    """Show the open questions, the longest first."""
    return await _show_questions(request, principal, store, pages)


@router.post("/{alert_id}")
async def answer(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertPath,
    principal: Coordinator,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Answer one of them. Nothing chosen brings the page back, with a fault beside the question."""
    try:
        answering = AnswerIdentityRequest.model_validate({"answer": form.one("answer")})
    except ValidationError:
        return await _show_questions(request, principal, store, pages, fault=alert_id, status=422)
    await alerts.answer_identity(store, alert_id, principal.person_id, answering.answer)
    return see_other(pages.link(f"/s/{store.school_id}/questions"))


async def _show_questions(
    request: Request,
    principal: Principal,
    store: EscalationStore,
    pages: Pages,
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    questions = IdentityQuestions.of(
        await alerts.list_identity_inquiries(store, principal.person_id)
    ).questions
    school = await store.school()
    return pages.show(
        request,
        "questions.html",
        status=status,
        school=school,
        principal=principal,
        questions=questions,
        names=names_by_id(school),
        fault=fault,
        openings=[OpenedDetailsView.of(one) for one in await details.list_opened(store)],
        path=f"/s/{store.school_id}/questions",
    )
