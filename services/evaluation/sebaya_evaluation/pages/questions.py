"""The questionnaires of a wave, one group of questions a page.

What was answered on the pages before travels in the form itself: nothing is kept on the computer
or here until the last page is sent, and each opening starts empty.
"""

from collections.abc import Collection

from fastapi import APIRouter, Request, Response

from sebaya_chassis.base.problems import Invalid
from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.catalogue import LANGUAGES
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import (
    PagesDependency,
    SubmittedForm,
    language_cookie,
    see_other,
)
from sebaya_evaluation import commands
from sebaya_evaluation.dependencies import StudentOfWave, TheDependencies
from sebaya_evaluation.domain.instruments.assigning import list_groups
from sebaya_evaluation.domain.instruments.instrument import Instrument

router = APIRouter(prefix="/s/{school_id}/questions")
# Before the id of an item in the name of its field.
FIELD = "item-"


@router.get("/{wave_token}")
async def show_questions(
    request: Request,
    school_id: SchoolPath,
    student: StudentOfWave,
    dependencies: TheDependencies,
    pages: PagesDependency,
) -> Response:
    """Show the first questions of what is not answered yet. Raises UnknownSchool, NotFound."""
    instrument = await commands.find_next_instrument(dependencies.store(school_id), student)
    if instrument is None:
        return pages.show(request, "thanks.html", school_id=school_id)
    return _show(pages, request, school_id, instrument, Form())


@router.post("/{wave_token}")
async def answer_questions(
    request: Request,
    form: SubmittedForm,
    school_id: SchoolPath,
    student: StudentOfWave,
    dependencies: TheDependencies,
    pages: PagesDependency,
) -> Response:
    """Turn a page, or send all answers from the last one. The first answers of a wave stand."""
    store = dependencies.store(school_id)
    instrument = await commands.find_next_instrument(store, student)
    if instrument is None or form.one("instrument") != instrument.instrument_id:
        return see_other(pages.link(request.scope["path"]))
    groups = list_groups(instrument)
    at = _find_page(form, len(groups))
    if form.one("language") in LANGUAGES:
        return _in_another_language(pages, request, school_id, instrument, form, at)
    if form.one("go") == "back" or at + 1 < len(groups):
        turned = at - 1 if form.one("go") == "back" else at + 1
        return _show(pages, request, school_id, instrument, form, at=max(0, turned))
    try:
        await commands.answer_wave(store, student, instrument.instrument_id, _answers(form))
    except Invalid as refused:
        faulty = {fault.field for fault in refused.details().errors or ()}
        return _show(pages, request, school_id, instrument, form, at=at, faulty=faulty)
    dependencies.wake_count()
    return see_other(pages.link(request.scope["path"]))


def _find_page(form: Form, pages: int) -> int:
    typed = form.one("page")
    return min(int(typed), pages - 1) if typed.isdecimal() and len(typed) < 4 else 0


def _answers(form: Form) -> dict[str, str]:
    """The answers of every page, by item id; what was left out is not among them."""
    names = [name for name, _ in form.fields if name.startswith(FIELD)]
    return {name.removeprefix(FIELD): option for name, option in form.filled(*names).items()}


def _in_another_language(
    pages: Pages,
    request: Request,
    school_id: str,
    instrument: Instrument,
    form: Form,
    at: int,
) -> Response:
    """Show the same page with its answers in the language that was chosen, and keep the choice."""
    language = form.one("language")
    response = _show(pages, request, school_id, instrument, form, at=at, language=language)
    pages.set_cookie(response, language_cookie(language))
    return response


def _show(
    pages: Pages,
    request: Request,
    school_id: str,
    instrument: Instrument,
    form: Form,
    *,
    at: int = 0,
    faulty: Collection[str] = (),
    language: str | None = None,
) -> Response:
    groups, answers = list_groups(instrument), _answers(form)
    here = {item.item_id for item in groups[at]}
    return pages.show(
        request,
        "questions.html",
        status=422 if faulty else 200,
        language=language,
        school_id=school_id,
        instrument=instrument,
        group=groups[at],
        turned=at,
        count=len(groups),
        answers=answers,
        elsewhere={name: option for name, option in answers.items() if name not in here},
        faulty=faulty,
    )
