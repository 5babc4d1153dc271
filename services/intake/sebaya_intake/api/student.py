"""The student's own case, opened again by the return code."""

from typing import Annotated

from fastapi import APIRouter, Query

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.problems import Invalid, NotFound, Unavailable, UnknownSchool, problems
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.web import feedback_link
from sebaya_contracts.district import School
from sebaya_contracts.words import Author
from sebaya_intake.collections import CASES
from sebaya_intake.dependencies import (
    CurrentSchool,
    Dependencies,
    IdempotencyKey,
    Intake,
    IntakeRoute,
    TheParts,
)
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.message import Draft
from sebaya_intake.errors import (
    CodeMissing,
    IdempotencyKeyReused,
    NoMatch,
    OnlyJson,
    TooManyTries,
    UnknownCode,
)
from sebaya_intake.metrics import ERASURES, MESSAGES
from sebaya_intake.return_code import CaseInNeed, CurrentCase
from sebaya_intake.schemas import (
    CaseView,
    ErasedView,
    FeedbackTokenView,
    MessagePostedView,
    PostMessageRequest,
    ReportRequest,
    ThreadView,
)
from sebaya_intake.store import IntakeStore, Span
from sebaya_intake.views import case_view, thread_view

router = APIRouter(
    prefix="/schools/{school_id}/me",
    tags=["student"],
    route_class=IntakeRoute,
    responses=problems(
        UnknownCode, UnknownSchool, CodeMissing, TooManyTries, OnlyJson, Unavailable
    ),
)

Before = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9-]{1,64}$", description="Only what comes before this message"),
]


@router.get("")
async def see_case(
    case: CurrentCase, school: CurrentSchool, store: Intake, parts: TheParts
) -> CaseView:
    """Where the case stands."""
    return await _view(case, school, store, parts)


@router.get("/messages")
async def read_thread(case: CurrentCase, store: Intake, before: Before = None) -> ThreadView:
    """The thread with the student's own first words."""
    page = await store.thread(case.state.case_id, Span(before=before))
    return thread_view(case.state, page, author=Author.STUDENT, author_id=None, with_opening=True)


@router.post("/messages", status_code=202, responses=problems(IdempotencyKeyReused, Invalid))
async def post_message(
    wanted: PostMessageRequest,
    key: IdempotencyKey,
    case: CaseInNeed,
    store: Intake,
    parts: TheParts,
) -> MessagePostedView:
    """Add words to the thread. There is no editing; a correction is a new message."""
    case_id = case.state.case_id
    draft = Draft(
        message_id=new_id(),
        author=Author.STUDENT,
        author_id=None,
        text=wanted.text,
        idempotency=parts.keys.idempotency("message", case_id, key, Author.STUDENT),
        body=parts.keys.body(wanted.text.encode()),
    )
    message, new = await store.post(case_id, draft, cases.kept)
    MESSAGES.labels(Author.STUDENT.value).inc(new)
    return MessagePostedView(message_id=message.message_id)


@router.post("/adult", status_code=202)
async def ask_for_adult(
    case: CaseInNeed, school: CurrentSchool, store: Intake, parts: TheParts
) -> CaseView:
    """Ask for an adult."""
    again = parts.settings.adult_again
    decided = await store.decide(
        case.state.case_id, lambda known, now: cases.ask_for_adult(known, now, again)
    )
    return await _view(decided, school, store, parts)


@router.post("/report", status_code=202, responses=problems(Invalid))
async def report(
    wanted: ReportRequest, case: CaseInNeed, school: CurrentSchool, store: Intake, parts: TheParts
) -> CaseView:
    """Say that something is wrong with the peer or the thread. A counsellor is called, and told
    what it is; the peer is not told.
    """
    again = parts.settings.adult_again
    decided = await store.decide(
        case.state.case_id, lambda known, now: cases.report(known, wanted.reason, now, again)
    )
    return await _view(decided, school, store, parts)


@router.post("/rematch", status_code=202, responses=problems(NoMatch))
async def ask_for_rematch(
    case: CurrentCase, school: CurrentSchool, store: Intake, parts: TheParts
) -> CaseView:
    """Ask for somebody else."""
    decided = await store.decide(case.state.case_id, cases.ask_for_rematch)
    return await _view(decided, school, store, parts)


@router.post("/withdraw", status_code=202)
async def withdraw(
    case: CurrentCase, school: CurrentSchool, store: Intake, parts: TheParts
) -> CaseView:
    """No more support is wanted. The thread can still be read here."""
    decided = await store.decide(case.state.case_id, cases.withdraw)
    return await _view(decided, school, store, parts)


@router.delete("", status_code=202, responses=problems(NotFound))
async def erase(case: CurrentCase, store: Intake, parts: TheParts) -> ErasedView:
    """Erase everything. The code opens nothing from now on; what remains is that a case was erased."""
    decided = await store.decide(case.state.case_id, cases.erase)
    parts.runtime.wake(CASES.collection)
    ERASURES.inc()
    return ErasedView(
        case_id=decided.state.case_id, erased_at=decided.state.erased_at or decided.now
    )


@router.post("/feedback-token", responses=problems(NoMatch))
async def feedback_token(case: CurrentCase, parts: TheParts) -> FeedbackTokenView:
    """A token, good for a short while, for the feedback form on the last match."""
    met = cases.accepted_match(case.state)
    secret = parts.settings.secret_key.get_secret_value()
    link = feedback_link.issue(
        secret,
        school_id=case.state.school_id,
        case_id=case.state.case_id,
        match_id=met.match_id,
        now=case.now,
    )
    return FeedbackTokenView(token=link.token, match_id=met.match_id, expires_at=link.expires_at)


async def _view(
    found: LoadedDocument[Case], school: School, store: IntakeStore, parts: Dependencies
) -> CaseView:
    """A case that was opened with its code."""
    return await case_view(
        found.state, school, store, parts.keys.return_pass(str(found.state.code_hash))
    )
