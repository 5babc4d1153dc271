"""The feedback form of a student that comes by the short-lived link of intake."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm
from sebaya_evaluation import commands
from sebaya_evaluation.dependencies import StudentOfLink, TheDependencies
from sebaya_evaluation.domain.feedback import QUESTIONS, Respondent
from sebaya_evaluation.schemas import FeedbackRequest

router = APIRouter(prefix="/s/{school_id}/feedback")


@router.get("/{token}")
async def show_form(
    request: Request,
    school_id: SchoolPath,
    student: StudentOfLink,
    dependencies: TheDependencies,
    pages: PagesDependency,
) -> Response:
    """Show the form. Raises UnknownSchool."""
    await dependencies.store(school_id).load_school()
    return _form(pages, request, school_id, student, Form())


@router.post("/{token}")
async def give_feedback(
    request: Request,
    form: SubmittedForm,
    school_id: SchoolPath,
    student: StudentOfLink,
    dependencies: TheDependencies,
    pages: PagesDependency,
) -> Response:
    """Give one response a match; a question may be left out, all of them may not. The same answers
    again change nothing.
    """
    questions = [question.question_id for question in QUESTIONS[student.side]]
    try:
        answers = {
            name: int(answer)
            for name, answer in form.filled(*questions).items()
            if answer.isdecimal()
        }
        body = FeedbackRequest.model_validate({"answers": answers})
    except ValidationError:
        return _form(pages, request, school_id, student, form, fault=True)
    await commands.give_feedback(dependencies.store(school_id), student, body.answers)
    dependencies.wake_count()
    return pages.show(request, "thanks.html", school_id=school_id)


def _form(
    pages: Pages,
    request: Request,
    school_id: str,
    student: Respondent,
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
        questions=QUESTIONS[student.side],
        form=form,
        fault=fault,
    )
