"""The student's own request: coming back with the code, where it stands, the thread, and one tap
for everything that may be asked.
"""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import ValidationError

from sebaya_chassis.base.problems import Problem
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.routes import SubmittedForm, see_other
from sebaya_intake import commands
from sebaya_intake.dependencies import Before
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.message import STUDENT, MessageWords
from sebaya_intake.domain.waves import find_wave
from sebaya_intake.errors import (
    CannotLink,
    CodeMissing,
    IdempotencyKeyReused,
    NoMatch,
    TooManyTries,
    UnknownCode,
)
from sebaya_intake.keys import UnseenCode
from sebaya_intake.pages.browser_session import Browser, CurrentBrowser, CurrentSchoolView, show
from sebaya_intake.pages.opening_form import key_of, new_key
from sebaya_intake.return_code import find_case, find_case_in_need
from sebaya_intake.schemas.cases import CaseView
from sebaya_intake.schemas.messages import PostMessageRequest, ReportRequest, ThreadView
from sebaya_intake.schemas.opening import SchoolView
from sebaya_intake.views import case_view, heard_view, thread_view

router = APIRouter(prefix="/s/{school_id}")
FoldedLines = Annotated[str | None, Query(max_length=32)]
WRONG_CODE = (CodeMissing, UnknownCode, TooManyTries)


# --- coming back with the code


@router.get("/return")
async def ask_for_code(browser: CurrentBrowser, view: CurrentSchoolView) -> Response:
    """Ask for the code."""
    return show(browser, "return.html", view, typed="", text="", fault=None)


@router.post("/return")
async def open_with_code(
    form: SubmittedForm, browser: CurrentBrowser, view: CurrentSchoolView
) -> Response:
    """Open the request of a right code. Words that were on their way when the page had closed
    itself come along.
    """
    typed, text = form.one("code"), form.one("text")
    try:
        return await open_in_browser(browser, typed, draft=text)
    except WRONG_CODE as problem:
        return _ask_again(browser, view, problem, typed=typed, text=text, fault=problem.slug)


@router.post("/return/adult")
async def ask_for_adult_with_code(
    form: SubmittedForm, browser: CurrentBrowser, view: CurrentSchoolView
) -> Response:
    """Ask for an adult with a code: help is never behind the limit on tries. A code that may not
    be looked at leads to an adult all the same, and to no case.
    """
    typed, text = form.one("code"), form.one("text")
    try:
        case = await find_case_in_need(browser.context, typed or None, None)
    except WRONG_CODE as problem:
        return _ask_again(browser, view, problem, typed=typed, text=text, fault=problem.slug)
    if isinstance(case, UnseenCode):
        return await _ask_without_case(browser, view, case, text)
    await commands.ask_for_adult(browser.context, case.state.case_id)
    response = browser.redirect_to("/me")
    if text:
        try:
            await _post(browser, form, case, typed)
        except ValidationError:
            response = await _show_case(browser, case, status=422, draft=text, fault="text")
    browser.keep_code(response, typed)
    return response


async def _ask_without_case(
    browser: Browser, view: SchoolView, code: UnseenCode, text: str
) -> Response:
    """Words that are too long to be sent come back, after the adult was called."""
    try:
        words = PostMessageRequest(text=text).text if text else ""
    except ValidationError:
        words = ""
    context = browser.context
    on_call = await commands.request_adult_without_case(context, code, text=words)
    heard = heard_view(on_call, context.school)
    shown = {"crisis": heard.crisis, "sent": bool(words), "unsent": "" if words else text}
    return show(browser, "heard.html", view, status=202, **shown)


def _ask_again(
    browser: Browser, view: SchoolView, problem: Problem, *, typed: str, text: str, fault: str
) -> Response:
    status = int(problem.status)
    return show(browser, "return.html", view, status=status, typed=typed, text=text, fault=fault)


async def open_in_browser(browser: Browser, code: str, *, draft: str = "") -> Response:
    """Open the request of this code in this browser. Raises what `find_case` raises."""
    case = await find_case(browser.context, code or None, None)
    if draft:
        response = await _show_case(browser, case, draft=draft)
    else:
        response = browser.redirect_to("/me")
    browser.keep_code(response, code)
    return response


async def view_of_code(browser: Browser, code: str) -> CaseView:
    """Return the request of a code that was given here. Raises UnknownCode once it is erased."""
    return await case_view_of(browser, await _find_case(browser, code))


# --- where it stands


@router.get("/me")
async def show_case(browser: CurrentBrowser) -> Response:
    """Show where the request stands, and the thread."""
    if browser.code is None:
        return browser.redirect_to("/return")
    try:
        case = await current_case(browser)
    except UnknownCode:
        response = browser.redirect_to("/return")
        browser.forget(response)
        return response
    response = await _show_case(browser, case)
    browser.keep_code(response, browser.code)
    return response


@router.get("/me/live")
async def show_live_part(browser: CurrentBrowser, folded: FoldedLines = None) -> Response:
    """Show the part of the page that changes by itself; lines that it showed in full stay so.

    A closed one answers nothing: the page asks for the code when it is next used.
    """
    case = await current_case(browser)
    view, thread = await case_view_of(browser, case), await _thread_view(browser, case)
    return browser.pages.show_live(
        browser.request,
        "live.html",
        school=browser.context.school,
        view=view,
        thread=thread,
        path=browser.path,
        base=browser.path,
        folded=folded,
    )


@router.get("/me/earlier")
async def show_earlier_messages(browser: CurrentBrowser, before: Before = None) -> Response:
    """Show what stands before the part of a long thread that is shown."""
    case = await current_case(browser)
    view = await case_view_of(browser, case)
    return show(browser, "earlier.html", view, thread=await _thread_view(browser, case, before))


# --- what may be asked


@router.post("/me/messages")
async def post_message(
    form: SubmittedForm, browser: CurrentBrowser, view: CurrentSchoolView
) -> Response:
    """Add words. They come back with whatever refuses them."""
    text = form.one("text")
    try:
        case = await current_case(browser)
    except WRONG_CODE as problem:
        return _ask_again(browser, view, problem, typed="", text=text, fault="closed")
    try:
        await _post(browser, form, case, browser.code)
    except ValidationError:
        return await _show_case(browser, case, status=422, draft=text, fault="text")
    except IdempotencyKeyReused:
        return await _show_case(browser, case, status=409, draft=text)
    return browser.redirect_to("/me#newest")


async def _post(
    browser: Browser, form: SubmittedForm, case: LoadedDocument[Case], code: str | None
) -> None:
    message = PostMessageRequest(text=form.one("text"))
    await commands.post_message(
        browser.context,
        case.state.case_id,
        STUDENT,
        MessageWords(message.text, key_of(form), own_code=code),
    )


@router.post("/me/first-words")
async def share_first_words(form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Let the peer read the first words, or no longer. Where it is over, the page says so."""
    case = await current_case(browser)
    with suppress(NoMatch):
        await commands.share_first_words(
            browser.context, case.state.case_id, peer_may_read=form.one("may_read") == "yes"
        )
    return browser.redirect_to("/me")


@router.post("/me/adult")
async def ask_for_adult(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Ask for an adult."""
    case = await current_case(browser)
    await commands.ask_for_adult(browser.context, case.state.case_id)
    return browser.redirect_to("/me")


@router.post("/me/report")
async def report_problem(form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Report what is wrong. Nothing chosen brings the list back."""
    case = await current_case(browser)
    try:
        problem = ReportRequest.model_validate({"reason": form.one("reason")})
    except ValidationError:
        return await _show_case(browser, case, status=422, fault="report")
    await commands.report_problem(browser.context, case.state.case_id, problem.reason)
    return browser.redirect_to("/me")


@router.post("/me/link")
async def link_own_cases(form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Bring another request of one's own to this one by its code."""
    case = await current_case(browser)
    try:
        other = await find_case(browser.context, form.one("code") or None, None)
        await commands.link_cases_as_student(
            browser.context, case.state.case_id, other.state.case_id
        )
    except (*WRONG_CODE, CannotLink) as problem:
        typed = form.one("code")
        return await _show_case(
            browser, case, status=int(problem.status), fault=problem.slug, other_code=typed
        )
    return browser.redirect_to("/me")


@router.post("/me/rematch")
async def ask_for_rematch(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Ask for another supporter. Where it comes too late, the page says how things stand."""
    case = await current_case(browser)
    with suppress(NoMatch):
        await commands.ask_for_rematch(browser.context, case.state.case_id)
    return browser.redirect_to("/me")


@router.post("/me/withdraw")
async def withdraw_case(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Withdraw the request for support."""
    case = await current_case(browser)
    await commands.withdraw_case(browser.context, case.state.case_id)
    return browser.redirect_to("/me")


@router.get("/me/erase")
async def explain_erasure(browser: CurrentBrowser, view: CurrentSchoolView) -> Response:
    """Explain what erasing means before it is done: it cannot be undone."""
    return show(browser, "erase.html", view)


@router.post("/me/erase")
async def erase_case(
    _form: SubmittedForm, browser: CurrentBrowser, view: CurrentSchoolView
) -> Response:
    """Erase everything, here too."""
    case = await current_case(browser)
    await commands.erase_case(browser.context, case.state.case_id)
    response = show(browser, "erased.html", view)
    browser.forget(response)
    return response


@router.post("/me/feedback")
async def give_feedback(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Open the feedback form by a short-lived link."""
    case = await current_case(browser)
    try:
        invitation = commands.invite_feedback(browser.context, case)
    except NoMatch:
        return browser.redirect_to("/me")
    path = f"{browser.path}/feedback/{invitation.token}"
    return see_other(browser.pages.link_to_service("evaluation", path))


@router.post("/me/questions")
async def answer_questions(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Open the questionnaires that are asked now by a short-lived link."""
    token = commands.invite_to_wave(browser.context, await current_case(browser))
    if token is None:
        return browser.redirect_to("/me")
    path = f"{browser.path}/questions/{token}"
    return see_other(browser.pages.link_to_service("evaluation", path))


# --- the case of this browser


async def current_case(browser: Browser) -> LoadedDocument[Case]:
    """Load the case that is open in this browser. Raises what `find_case` raises."""
    return await _find_case(browser, browser.code)


async def _find_case(browser: Browser, code: str | None) -> LoadedDocument[Case]:
    """By a code out of our own sealed cookie: this browser was let in with it before, so the
    guesses of others do not make it wait.
    """
    context = browser.context
    if code is None:
        return await find_case(context, None, None)
    code_hash = str(context.keys.hash_code(context.school.school_id, code))
    return await find_case(context, code, context.keys.derive_return_pass(code_hash))


async def case_view_of(browser: Browser, case: LoadedDocument[Case]) -> CaseView:
    """Return a case as its student sees it."""
    status = await commands.describe_case(browser.context, case.state)
    return case_view(status, browser.context.school)


async def _thread_view(
    browser: Browser, case: LoadedDocument[Case], before: str | None = None
) -> ThreadView:
    page = await commands.read_own_thread(browser.context, case.state, before)
    return thread_view(case.state, page, STUDENT)


async def show_case_again(
    browser: Browser, case: LoadedDocument[Case], *, form: Form, fault: str
) -> Response:
    """Show the case with what stands in a form of it, and its fault."""
    return await _show_case(browser, case, status=422, form=form, fault=fault)


async def _show_case(
    browser: Browser,
    case: LoadedDocument[Case],
    *,
    status: int = 200,
    draft: str = "",
    fault: str | None = None,
    other_code: str = "",
    form: Form | None = None,
) -> Response:
    view, thread = await case_view_of(browser, case), await _thread_view(browser, case)
    live, _ = browser.pages.render_part(
        browser.request,
        "live.html",
        school=browser.context.school,
        view=view,
        thread=thread,
        path=browser.path,
        base=browser.path,
        folded=browser.folded,
    )
    match = case.state.view.match
    return show(
        browser,
        "me.html",
        view,
        status=status,
        live=live,
        draft=draft,
        key=new_key(),
        fault=fault,
        other_code=other_code,
        asked=find_wave(case.state, browser.context.school.policies, case.now) is not None,
        met=match is not None and match.accepted_at is not None,
        form=form or Form(),
    )
