"""The student's own request: coming back with the code, where it stands, the thread, and one tap
for everything that may be asked.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import APIRouter, Response
from pydantic import ValidationError

from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.web.pages.routes import SubmittedForm, see_other
from sebaya_intake import return_code as codes
from sebaya_intake.api import student
from sebaya_intake.domain.case import Case
from sebaya_intake.errors import (
    CodeMissing,
    IdempotencyKeyReused,
    NoMatch,
    TooManyTries,
    UnknownCode,
)
from sebaya_intake.pages.browser_session import Browser, Described, Here, show
from sebaya_intake.pages.opening_form import key_of, new_key
from sebaya_intake.schemas import CaseView, PostMessageRequest, ReportRequest, ThreadView

router = APIRouter(prefix="/s/{school_id}")
WRONG_CODE = (CodeMissing, UnknownCode, TooManyTries)


@router.get("/return")
async def come_back(here: Here, view: Described) -> Response:
    """Asks for the code."""
    return show(here, "return.html", view, typed="", text="", fault=None)


@router.post("/return")
async def open_with_code(form: SubmittedForm, here: Here, view: Described) -> Response:
    """Opens the request of a right code. Words that were on their way when the page had closed
    itself come along.
    """
    typed, text = form.one("code"), form.one("text")
    try:
        return await opened_with(here, typed, draft=text)
    except WRONG_CODE as problem:
        return show(
            here,
            "return.html",
            view,
            status=int(problem.status),
            typed=typed,
            text=text,
            fault=problem.slug,
        )


@router.post("/return/adult")
async def adult_with_code(form: SubmittedForm, here: Here, view: Described) -> Response:
    """Help is never behind the limit on tries: a right code asks for an adult whatever others are
    trying.
    """
    typed = form.one("code")
    try:
        case = await codes.case_in_need(here.request, here.at.school.school_id, typed or None)
    except WRONG_CODE as problem:
        return show(
            here,
            "return.html",
            view,
            status=int(problem.status),
            typed=typed,
            text=form.one("text"),
            fault=problem.slug,
        )
    await student.ask_for_adult(case, here.at.school, here.at.store, here.at.parts)
    if form.one("text"):
        await student.post_message(
            PostMessageRequest(text=form.one("text")),
            key_of(form),
            case,
            here.at.store,
            here.at.parts,
        )
    response = see_other(here.pages.link(f"{here.path}/me"))
    here.opens(response, typed)
    return response


async def opened_with(here: Browser, code: str, *, draft: str = "") -> Response:
    """The request of this code, open in this browser from now on. Raises what a wrong code raises."""
    case = await codes.current_case(here.request, here.at.school.school_id, code or None)
    if not draft:
        response: Response = see_other(here.pages.link(f"{here.path}/me"))
    else:
        response = await _request(here, case, draft=draft)
    here.opens(response, code)
    return response


@router.get("/me")
async def see_request(here: Here) -> Response:
    """Where it stands, and the thread."""
    if here.code is None:
        return see_other(here.pages.link(f"{here.path}/return"))
    try:
        case = await _case(here)
    except UnknownCode:
        return _gone(here)
    response = await _request(here, case)
    here.opens(response, here.code)
    return response


@router.get("/me/live")
async def live(here: Here) -> Response:
    """The part of the page that changes by itself. A closed one answers nothing: the page asks for
    the code when it is next used.
    """
    case = await _case(here)
    view, thread = await _seen(here, case)
    return here.pages.live(
        here.request, "live.html", school=here.at.school, view=view, thread=thread, path=here.path
    )


@router.get("/me/earlier")
async def earlier(here: Here, before: student.Before = None) -> Response:
    """What stands before the part of a long thread that is shown."""
    case = await _case(here)
    view = await student.see_case(case, here.at.school, here.at.store, here.at.parts)
    return show(
        here, "earlier.html", view, thread=await student.read_thread(case, here.at.store, before)
    )


@router.post("/me/messages")
async def write(form: SubmittedForm, here: Here, described: Described) -> Response:
    """More words. They come back with whatever refuses them."""
    text = form.one("text")
    try:
        case = await _case_in_need(here)
    except WRONG_CODE as problem:
        return show(
            here,
            "return.html",
            described,
            status=int(problem.status),
            typed="",
            text=text,
            fault="closed",
        )
    try:
        await student.post_message(
            PostMessageRequest(text=text), key_of(form), case, here.at.store, here.at.parts
        )
    except ValidationError:
        return await _request(here, case, status=422, draft=text, fault="text")
    except IdempotencyKeyReused:
        return await _request(here, case, status=409, draft=text)
    return _back(here)


@router.post("/me/adult")
async def adult(_form: SubmittedForm, here: Here) -> Response:
    """An adult, please."""
    await student.ask_for_adult(
        await _case_in_need(here), here.at.school, here.at.store, here.at.parts
    )
    return _back(here)


@router.post("/me/report")
async def report(form: SubmittedForm, here: Here) -> Response:
    """Something is wrong here, and what. Nothing chosen brings the list back."""
    case = await _case_in_need(here)
    try:
        wanted = ReportRequest.model_validate({"reason": form.one("reason")})
    except ValidationError:
        return await _request(here, case, status=422, fault="report")
    await student.report(wanted, case, here.at.school, here.at.store, here.at.parts)
    return _back(here)


@router.post("/me/rematch")
async def somebody_else(_form: SubmittedForm, here: Here) -> Response:
    """Somebody else, please."""
    return await _done(
        here,
        lambda case: student.ask_for_rematch(case, here.at.school, here.at.store, here.at.parts),
    )


@router.post("/me/withdraw")
async def withdraw(_form: SubmittedForm, here: Here) -> Response:
    """No more support is wanted."""
    return await _done(
        here, lambda case: student.withdraw(case, here.at.school, here.at.store, here.at.parts)
    )


@router.get("/me/erase")
async def before_erasing(here: Here, view: Described) -> Response:
    """What erasing means, before it is done: nobody can bring it back."""
    return show(here, "erase.html", view)


@router.post("/me/erase")
async def erase(_form: SubmittedForm, here: Here, view: Described) -> Response:
    """Everything is gone, here too."""
    await student.erase(await _case(here), here.at.store, here.at.parts)
    response = show(here, "erased.html", view)
    here.forgets(response)
    return response


@router.post("/me/feedback")
async def say_how_it_went(_form: SubmittedForm, here: Here) -> Response:
    """By a short-lived link to the form."""
    try:
        link = await student.feedback_token(await _case(here), here.at.parts)
    except NoMatch:
        return _back(here)
    return see_other(here.pages.across("evaluation", f"{here.path}/feedback/{link.token}"))


async def case_of(here: Browser, code: str) -> CaseView:
    """The request of a code that was given here. Raises UnknownCode when it was erased meanwhile."""
    case = await _let_in(here, code)
    return await student.see_case(case, here.at.school, here.at.store, here.at.parts)


async def _done(
    here: Browser, act: Callable[[LoadedDocument[Case]], Awaitable[CaseView]]
) -> Response:
    """An act that may come too late: then the page itself says how things stand."""
    with suppress(NoMatch):
        await act(await _case(here))
    return _back(here)


async def _case(here: Browser) -> LoadedDocument[Case]:
    return await _let_in(here, here.code)


async def _let_in(here: Browser, code: str | None) -> LoadedDocument[Case]:
    """By a code out of our own sealed cookie: this browser was let in with it before, so others'
    guesses do not make it wait.
    """
    school_id, keys = here.at.school.school_id, here.at.parts.keys
    shown = keys.return_pass(str(keys.code_hash(school_id, code))) if code else None
    return await codes.current_case(here.request, school_id, code, shown)


async def _case_in_need(here: Browser) -> LoadedDocument[Case]:
    return await codes.case_in_need(here.request, here.at.school.school_id, here.code)


async def _seen(here: Browser, case: LoadedDocument[Case]) -> tuple[CaseView, ThreadView]:
    view = await student.see_case(case, here.at.school, here.at.store, here.at.parts)
    return view, await student.read_thread(case, here.at.store)


async def _request(
    here: Browser,
    case: LoadedDocument[Case],
    *,
    status: int = 200,
    draft: str = "",
    fault: str | None = None,
) -> Response:
    view, thread = await _seen(here, case)
    part, _ = here.pages.part(
        here.request, "live.html", school=here.at.school, view=view, thread=thread, path=here.path
    )
    met = case.state.view.match is not None and case.state.view.match.accepted_at is not None
    return show(
        here,
        "me.html",
        view,
        status=status,
        live=part,
        draft=draft,
        key=new_key(),
        fault=fault,
        met=met,
    )


def _back(here: Browser) -> Response:
    return see_other(here.pages.link(f"{here.path}/me"))


def _gone(here: Browser) -> Response:
    response = see_other(here.pages.link(f"{here.path}/return"))
    here.forgets(response)
    return response
