"""A coordinator's page: who of the counsellors must know who a student is, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_escalation import api
from sebaya_escalation.api import AlertId, Store
from sebaya_escalation.pages.names import names_of
from sebaya_escalation.schemas import AnswerIdentityRequest

router = APIRouter(prefix="/s/{school_id}/questions")
Coordinator = Annotated[Principal, Depends(require_staff(Role.COORDINATOR))]


@router.get("")
async def questions(
    request: Request, who: Coordinator, store: Store, pages: PagesDependency
) -> Response:
    """The open ones, the longest first."""
    return await _questions(request, who, store, pages)


@router.post("/{alert_id}")
async def answer(
    request: Request,
    form: SubmittedForm,
    alert_id: AlertId,
    who: Coordinator,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """What came of one of them. Nothing chosen brings the page back, and says so beside the
    question.
    """
    try:
        answering = AnswerIdentityRequest.model_validate({"answer": form.one("answer")})
    except ValidationError:
        return await _questions(request, who, store, pages, fault=alert_id, status=422)
    await api.answer_who(alert_id, answering, who, store)
    return see_other(pages.link(f"/s/{store.school_id}/questions"))


async def _questions(
    request: Request,
    who: Principal,
    store: Store,
    pages: PagesDependency,
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    asked = await api.list_questions(who, store)
    school = await store.school()
    names = names_of(school)
    path = f"/s/{store.school_id}/questions"
    return pages.show(
        request,
        "questions.html",
        status=status,
        school=school,
        principal=who,
        asked=asked.questions,
        names=names,
        fault=fault,
        path=path,
    )
