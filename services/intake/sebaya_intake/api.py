"""Intake over HTTP: before and at the opening, the student's own case by the return code, and the
thread for a supporter during the match and a counsellor when an adult was needed.

Every problem that a student may see carries the crisis lines of the school's country.
"""

import re
from collections.abc import Mapping

from fastapi import APIRouter, BackgroundTasks, Request

from sebaya_chassis.base.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
)
from sebaya_chassis.web.auth import bearer
from sebaya_chassis.web.problems import problems
from sebaya_contracts.words import Door
from sebaya_intake import commands, found, plan
from sebaya_intake.commands import SchoolContext
from sebaya_intake.dependencies import (
    Before,
    CaseInNeed,
    CasePath,
    Coordinator,
    Counsellor,
    CurrentCase,
    CurrentContext,
    GroupPath,
    IdempotencyKey,
    IntakeRoute,
    Peer,
    ReturnCode,
    StaffReader,
    participant_of,
    peer_of,
    require_opening_staff,
)
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.message import STUDENT, MessageWords
from sebaya_intake.errors import (
    AgeOutside,
    CannotLink,
    CannotSetAside,
    CaseGone,
    CodeMissing,
    ConsentNeeded,
    ConsentOutdated,
    IdempotencyKeyReused,
    NoAlert,
    NoContactDetails,
    NoMatch,
    NoPlan,
    NoUrgentAlert,
    OnlyJson,
    SchoolFull,
    SupporterUnknown,
    TooManyTries,
    UnknownCode,
)
from sebaya_intake.keys import UnseenCode
from sebaya_intake.return_code import find_case
from sebaya_intake.schemas.cases import (
    CaseView,
    ErasedView,
    FeedbackTokenView,
    WishesRequest,
    WishesView,
)
from sebaya_intake.schemas.contact_details import (
    ContactDetailsRequest,
    ContactDetailsView,
    OpenDetailsRequest,
)
from sebaya_intake.schemas.linking import (
    AsideGroupView,
    LinkOwnRequest,
    LinkRequest,
    SeparateRequest,
    SetAsideRequest,
)
from sebaya_intake.schemas.messages import (
    AdultCalledView,
    FirstWordsRequest,
    HeardView,
    MessagePostedView,
    PostMessageRequest,
    PostStaffMessageRequest,
    ReportRequest,
    ThreadView,
    WorryRequest,
)
from sebaya_intake.schemas.opening import OpenCaseRequest, OpenedView, SchoolView
from sebaya_intake.schemas.safety_plan import SafetyPlanRequest, SafetyPlanView
from sebaya_intake.views import (
    case_view,
    heard_view,
    opened_view,
    problem_members,
    school_view,
    thread_view,
    wishes_view,
)

school_router = APIRouter(
    prefix="/schools/{school_id}",
    tags=["student"],
    route_class=IntakeRoute,
    responses=problems(OnlyJson),
)
student_router = APIRouter(
    prefix="/schools/{school_id}/me",
    tags=["student"],
    route_class=IntakeRoute,
    responses=problems(
        UnknownCode, UnknownSchool, CodeMissing, TooManyTries, OnlyJson, Unavailable
    ),
)
staff_router = APIRouter(
    prefix="/schools/{school_id}/cases/{case_id}",
    tags=["supporter and counsellor"],
    route_class=IntakeRoute,
    responses=problems(NotFound, Unauthenticated, Forbidden, NoAlert, OnlyJson, Unavailable),
)
set_aside_router = APIRouter(
    prefix="/schools/{school_id}/set-aside",
    tags=["coordinator"],
    route_class=IntakeRoute,
    responses=problems(UnknownSchool, Unauthenticated, Forbidden, OnlyJson, Unavailable),
)
ROUTERS = (school_router, student_router, staff_router, set_aside_router)
_SCHOOL = re.compile(r"/(?:schools|s)/([a-z0-9][a-z0-9-]{0,62})(?:/|$)")


async def crisis_members(countries: Mapping[str, str], request: Request) -> Mapping[str, object]:
    """Add the crisis lines to a problem, by the country of the school that its path names.

    From memory alone: it is asked when the store is away, and before a route is found.
    """
    named = _SCHOOL.search(request.scope["path"])
    return problem_members(countries.get(named[1]) if named else None)


@school_router.get("", responses=problems(UnknownSchool, Unavailable))
async def see_school(context: CurrentContext) -> SchoolView:
    """Show what a student needs to know before asking."""
    return school_view(await commands.describe_school(context))


@school_router.post(
    "/cases",
    status_code=202,
    responses=problems(
        UnknownSchool,
        IdempotencyKeyReused,
        CaseGone,
        ConsentNeeded,
        ConsentOutdated,
        AgeOutside,
        Invalid,
        Unauthenticated,
        Forbidden,
        SchoolFull,
        Unavailable,
    ),
    openapi_extra={"security": [{}, {bearer.scheme_name: []}]},
)
async def open_case(
    case: OpenCaseRequest,
    key: IdempotencyKey,
    context: CurrentContext,
    request: Request,
    after_answer: BackgroundTasks,
) -> OpenedView:
    """Ask for support. Repeat with the same key until an answer comes: the case is opened once."""
    if case.door is Door.STAFF:
        await require_opening_staff(request, context.school.school_id)
    opened = await commands.open_case(context, case.draft(), key, case.canonical_body())
    after_answer.add_task(commands.note_answered, opened)
    return opened_view(opened, context.school)


@student_router.get("")
async def see_case(case: CurrentCase, context: CurrentContext) -> CaseView:
    """Show where the case stands."""
    return await _view(context, case.state)


@student_router.get("/messages")
async def read_thread(
    case: CurrentCase, context: CurrentContext, before: Before = None
) -> ThreadView:
    """Read the thread with the student's own first words."""
    page = await commands.read_own_thread(context, case.state, before)
    return thread_view(case.state, page, STUDENT)


@student_router.post(
    "/messages", status_code=202, responses=problems(IdempotencyKeyReused, Invalid)
)
async def post_message(
    message: PostMessageRequest,
    key: IdempotencyKey,
    case: CaseInNeed,
    context: CurrentContext,
    return_code: ReturnCode = None,
) -> MessagePostedView | HeardView:
    """Add words to the thread. There is no editing; a correction is a new message.

    With a code that was tried too often the words go to a counsellor, without a case.
    """
    if isinstance(case, UnseenCode):
        on_call = await commands.request_adult_without_case(
            context, case, text=message.text, key=key
        )
        return heard_view(on_call, context.school)
    posted = await commands.post_message(
        context,
        case.state.case_id,
        STUDENT,
        MessageWords(message.text, key, own_code=return_code),
    )
    return MessagePostedView(message_id=posted.message_id)


@student_router.get("/wishes")
async def see_wishes(case: CurrentCase, context: CurrentContext) -> WishesView:
    """Show what the student wishes of the search, and the supporters that they may name."""
    return wishes_view(case.state, await commands.list_choices(context))


@student_router.put("/wishes", responses=problems(SupporterUnknown, NoMatch, Invalid))
async def change_wishes(
    wishes: WishesRequest, case: CurrentCase, context: CurrentContext
) -> WishesView:
    """Say anew what the student wishes. An open offer that it forbids is taken back."""
    changed = await commands.change_wishes(context, case.state.case_id, wishes.wishes())
    return wishes_view(changed, await commands.list_choices(context))


@student_router.put("/first-words", responses=problems(NoMatch, Invalid))
async def share_first_words(
    sharing: FirstWordsRequest, case: CurrentCase, context: CurrentContext
) -> CaseView:
    """Let the peer read the first words, or no longer."""
    shared = await commands.share_first_words(
        context, case.state.case_id, peer_may_read=sharing.peer_may_read
    )
    return await _view(context, shared)


@student_router.put("/contact-details", responses=problems(Invalid))
async def leave_contact_details(
    details: ContactDetailsRequest, case: CurrentCase, context: CurrentContext
) -> CaseView:
    """Say how one may be found in danger. Kept sealed, and never shown here again: a counsellor
    opens it only in an urgent alert, with a reason.
    """
    left = await found.leave_details(context, case.state.case_id, details.details())
    return await _view(context, left)


@student_router.delete("/contact-details")
async def take_contact_details_away(case: CurrentCase, context: CurrentContext) -> CaseView:
    """Take the contact details away for good."""
    return await _view(context, await found.take_details_away(context, case.state.case_id))


@student_router.get("/safety-plan", responses=problems(NoPlan))
async def read_own_safety_plan(case: CurrentCase, context: CurrentContext) -> SafetyPlanView:
    """Read the safety plan that was made together with a counsellor."""
    sealed, plain = await plan.read_own_plan(context, case.state)
    return SafetyPlanView.of(plain, sealed.written_at)


@student_router.delete("/safety-plan")
async def take_safety_plan_away(case: CurrentCase, context: CurrentContext) -> CaseView:
    """Take the safety plan away for good."""
    return await _view(context, await plan.take_plan_away(context, case.state.case_id))


@student_router.post("/adult", status_code=202)
async def ask_for_adult(case: CaseInNeed, context: CurrentContext) -> CaseView | HeardView:
    """Ask for an adult. With a code that was tried too often, without a case."""
    if isinstance(case, UnseenCode):
        on_call = await commands.request_adult_without_case(context, case)
        return heard_view(on_call, context.school)
    return await _view(context, await commands.ask_for_adult(context, case.state.case_id))


@student_router.post("/report", status_code=202, responses=problems(Invalid))
async def report(
    problem: ReportRequest, case: CaseInNeed, context: CurrentContext
) -> CaseView | HeardView:
    """Report that something is wrong with the peer or the thread. A counsellor is called, and told
    what it is; the peer is not told. With a code that was tried too often, without a case.
    """
    if isinstance(case, UnseenCode):
        on_call = await commands.request_adult_without_case(context, case, report=problem.reason)
        return heard_view(on_call, context.school)
    reported = await commands.report_problem(context, case.state.case_id, problem.reason)
    return await _view(context, reported)


@student_router.post("/links", responses=problems(CannotLink, Invalid))
async def link_own_cases(
    other: LinkOwnRequest, case: CurrentCase, context: CurrentContext
) -> CaseView:
    """Bring another case of one's own to this one by its return code: both are read together, by
    the student and by a counsellor of either.
    """
    found = await find_case(context, other.return_code, None)
    await commands.link_cases_as_student(context, case.state.case_id, found.state.case_id)
    return await _view(context, case.state)


@student_router.post("/rematch", status_code=202, responses=problems(NoMatch))
async def ask_for_rematch(case: CurrentCase, context: CurrentContext) -> CaseView:
    """Ask for another supporter."""
    return await _view(context, await commands.ask_for_rematch(context, case.state.case_id))


@student_router.post("/withdraw", status_code=202)
async def withdraw(case: CurrentCase, context: CurrentContext) -> CaseView:
    """Withdraw the request for support. The thread can still be read here."""
    return await _view(context, await commands.withdraw_case(context, case.state.case_id))


@student_router.delete("", status_code=202, responses=problems(NotFound))
async def erase(case: CurrentCase, context: CurrentContext) -> ErasedView:
    """Erase everything. The code opens nothing any more; what remains is that a case was erased."""
    case_id = case.state.case_id
    return ErasedView(case_id=case_id, erased_at=await commands.erase_case(context, case_id))


@student_router.post("/feedback-token", responses=problems(NoMatch))
async def feedback_token(case: CurrentCase, context: CurrentContext) -> FeedbackTokenView:
    """Issue a token, good for a short while, for the feedback form on the last match."""
    invitation = commands.invite_feedback(context, case)
    return FeedbackTokenView(
        token=invitation.token,
        match_id=invitation.match_id,
        expires_at=invitation.expires_at,
    )


async def _view(context: SchoolContext, case: Case) -> CaseView:
    return case_view(await commands.describe_case(context, case), context.school)


@staff_router.get("/messages")
async def read_case_thread(
    case_id: CasePath, reader: StaffReader, context: CurrentContext, before: Before = None
) -> ThreadView:
    """Read the thread: a supporter what was written since the match began, a counsellor everything.
    Each reading leaves an audit entry.
    """
    participant = participant_of(reader)
    case, page = await commands.read_thread_as_staff(context, case_id, participant, before)
    return thread_view(case, page, participant)


@staff_router.post("/messages", status_code=202, responses=problems(IdempotencyKeyReused, Invalid))
async def post_case_message(
    case_id: CasePath,
    message: PostStaffMessageRequest,
    key: IdempotencyKey,
    writer: StaffReader,
    context: CurrentContext,
) -> MessagePostedView:
    """Write to the student; what a supporter writes is screened like what a student writes."""
    author = participant_of(writer)
    words = MessageWords(message.text, key, for_staff=message.for_staff)
    posted = await commands.post_message(context, case_id, author, words)
    return MessagePostedView(message_id=posted.message_id)


@staff_router.post("/worry", status_code=202, responses=problems(IdempotencyKeyReused, Invalid))
async def call_adult_for_student(
    case_id: CasePath,
    worry: WorryRequest,
    key: IdempotencyKey,
    peer: Peer,
    context: CurrentContext,
) -> AdultCalledView:
    """Call an adult for the student of one's own match. Words go to the counsellors alone, and are
    screened like all others; the student is not told of the worry.
    """
    case = await commands.call_adult_for_student(
        context, case_id, peer_of(peer), worry.reason, worry.words(key)
    )
    return AdultCalledView(case_id=case.case_id, called_at=case.worried_at)


@staff_router.post("/links", status_code=204, responses=problems(CannotLink, Invalid))
async def link_cases(
    case_id: CasePath, wanted: LinkRequest, person: Counsellor, context: CurrentContext
) -> None:
    """Link another case of the same student: a counsellor reads both as one timeline. An audit
    entry says by which person and why.
    """
    await commands.link_cases_as_staff(
        context, case_id, wanted.case_id, wanted.reason, person.person_id
    )


@staff_router.post("/links/separate", status_code=204, responses=problems(Invalid))
async def separate_cases(
    case_id: CasePath, wanted: SeparateRequest, person: Counsellor, context: CurrentContext
) -> None:
    """Separate two linked cases again. An audit entry says by which person."""
    await commands.unlink_cases_as_staff(context, case_id, wanted.case_id, person.person_id)


@staff_router.post("/contact-details", responses=problems(NoUrgentAlert, NoContactDetails, Invalid))
async def open_contact_details(
    case_id: CasePath,
    opening: OpenDetailsRequest,
    counsellor: Counsellor,
    context: CurrentContext,
) -> ContactDetailsView:
    """Open the contact details that the student left, in an alert that is open and red or graver.
    It leaves an audit entry, and the coordinators are told.
    """
    details = await found.open_details(
        context,
        case_id,
        counsellor.person_id,
        opening.reason,
        student_told=opening.student_told,
    )
    return ContactDetailsView.of(case_id, details)


@staff_router.get("/safety-plan")
async def read_safety_plan(
    case_id: CasePath, counsellor: Counsellor, context: CurrentContext
) -> SafetyPlanView:
    """Read the safety plan of a student that needed an adult; empty where there is none yet. It
    leaves an audit entry.
    """
    case, plain = await plan.read_plan_as_counsellor(context, case_id, counsellor.person_id)
    return SafetyPlanView.of(plain, case.plan.written_at if case.plan else None)


@staff_router.put("/safety-plan", status_code=204, responses=problems(Invalid))
async def write_safety_plan(
    case_id: CasePath,
    wanted: SafetyPlanRequest,
    counsellor: Counsellor,
    context: CurrentContext,
) -> None:
    """Write the safety plan, made together with the student, in the place of the one before. It
    leaves an audit entry.
    """
    await plan.write_plan(context, case_id, counsellor.person_id, wanted.plan())


@set_aside_router.get("")
async def list_groups(_coordinator: Coordinator, context: CurrentContext) -> list[AsideGroupView]:
    """List what was set aside, the newest first."""
    return [AsideGroupView.of(group) for group in await commands.list_groups(context)]


@set_aside_router.post("", status_code=202, responses=problems(CannotSetAside, Invalid))
async def set_aside(
    wanted: SetAsideRequest, coordinator: Coordinator, context: CurrentContext
) -> AsideGroupView:
    """Set aside the requests of a flood by when they came: no supporter is asked for them. What the
    screen found worrying, what called an adult, and what has a match stays. Nothing is deleted, and
    each goes on with its student's next word. An audit entry says by which person.
    """
    group = await commands.set_aside(context, wanted.since, wanted.until, coordinator.person_id)
    return AsideGroupView.of(group)


@set_aside_router.post("/{group_id}/undo", status_code=202, responses=problems(NotFound))
async def undo_set_aside(
    group_id: GroupPath, coordinator: Coordinator, context: CurrentContext
) -> AsideGroupView:
    """Reopen the requests of a group. An audit entry says by which person."""
    group = await commands.undo_set_aside(context, group_id, coordinator.person_id)
    return AsideGroupView.of(group)
