"""The thread for the two who help: a supporter during the own match, a counsellor when an adult was
needed.

Every read leaves an audit entry.
"""

from fastapi import APIRouter

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    problems,
)
from sebaya_chassis.web.auth import Principal
from sebaya_contracts.words import Author, Role
from sebaya_intake.api.student import Before
from sebaya_intake.dependencies import (
    CasePath,
    IdempotencyKey,
    Intake,
    IntakeRoute,
    StaffReader,
    TheParts,
)
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.message import Draft, counsellor_reads, peer_reads_since
from sebaya_intake.errors import IdempotencyKeyReused, NoAlert, OnlyJson
from sebaya_intake.metrics import MESSAGES
from sebaya_intake.schemas import MessagePostedView, PostMessageRequest, ThreadView
from sebaya_intake.store import Span
from sebaya_intake.views import thread_view

router = APIRouter(
    prefix="/schools/{school_id}/cases/{case_id}",
    tags=["supporter and counsellor"],
    route_class=IntakeRoute,
    responses=problems(NotFound, Unauthenticated, Forbidden, NoAlert, OnlyJson, Unavailable),
)


@router.get("/messages")
async def read_case_thread(
    case_id: CasePath, reader: StaffReader, store: Intake, before: Before = None
) -> ThreadView:
    """A supporter sees what was written since the match began, a counsellor everything."""
    author = _author(reader)

    def span(case: Case) -> Span:
        if author is Author.COUNSELLOR:
            counsellor_reads(case)
            return Span(before=before)
        return Span(since=peer_reads_since(case, reader.person_id), before=before)

    case, page = await store.read_by_staff(case_id, reader.person_id, span)
    return thread_view(
        case,
        page,
        author=author,
        author_id=reader.person_id,
        with_opening=author is Author.COUNSELLOR,
    )


@router.post("/messages", status_code=202, responses=problems(IdempotencyKeyReused, Invalid))
async def post_case_message(
    case_id: CasePath,
    wanted: PostMessageRequest,
    key: IdempotencyKey,
    writer: StaffReader,
    store: Intake,
    parts: TheParts,
) -> MessagePostedView:
    """Write to the student; what a supporter writes is screened like what a student writes."""
    author = _author(writer)
    draft = Draft(
        message_id=new_id(),
        author=author,
        author_id=writer.person_id,
        text=wanted.text,
        idempotency=parts.keys.idempotency("message", case_id, key, author, writer.person_id),
        body=parts.keys.body(wanted.text.encode()),
    )

    def may(case: Case) -> None:
        if author is Author.COUNSELLOR:
            counsellor_reads(case)
        else:
            peer_reads_since(case, writer.person_id)

    message, new = await store.post(case_id, draft, may)
    MESSAGES.labels(author.value).inc(new)
    return MessagePostedView(message_id=message.message_id)


def _author(principal: Principal) -> Author:
    return Author.COUNSELLOR if Role.COUNSELLOR in principal.roles else Author.SUPPORTER
