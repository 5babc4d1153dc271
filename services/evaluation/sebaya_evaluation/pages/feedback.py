"""How it went, said by a student who comes by the short-lived link of intake."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm
from sebaya_evaluation.api import Respondent, give_feedback, respondent
from sebaya_evaluation.dependencies import TheDependencies
from sebaya_evaluation.domain.feedback import QUESTIONS
from sebaya_evaluation.schemas import FeedbackRequest

router = APIRouter(prefix="/s/{school_id}/feedback")
Token = Annotated[str, Path(max_length=2048)]


async def student(request: Request, school_id: SchoolPath, token: Token) -> Respondent:
    """Raises FeedbackLinkInvalid."""
    return await respondent(request, school_id, None, token)


Student = Annotated[Respondent, Depends(student)]


@router.get("/{token}")
async def ask_how_it_went(
    request: Request,
    school_id: SchoolPath,
    who: Student,
    dependencies: TheDependencies,
    pages: PagesDependency,
) -> Response:
    """The form. Raises UnknownSchool."""
    await dependencies.store(school_id).school()
    return _form(pages, request, school_id, who, Form())


@router.post("/{token}")
async def say_how_it_went(
    request: Request,
    form: SubmittedForm,
    school_id: SchoolPath,
    who: Student,
    dependencies: TheDependencies,
    pages: PagesDependency,
) -> Response:
    """One response a match; a question may be left out, all of them may not. The same answers again
    change nothing.
    """
    asked = [question.question_id for question in QUESTIONS[who.side]]
    try:
        answers = {
            name: int(answer) for name, answer in form.filled(*asked).items() if answer.isdecimal()
        }
        wanted = FeedbackRequest.model_validate({"answers": answers})
    except ValidationError:
        return _form(pages, request, school_id, who, form, fault=True)
    await give_feedback(school_id, wanted, who, dependencies, Response())
    return pages.show(request, "thanks.html", school_id=school_id)


def _form(
    pages: Pages,
    request: Request,
    school_id: str,
    who: Respondent,
    form: Form,
    *,
    fault: bool = False,
) -> Response:
    status = 422 if fault else 200
    return pages.show(
        request,
        "feedback.html",
        status=status,
        school_id=school_id,
        questions=QUESTIONS[who.side],
        form=form,
        fault=fault,
    )
