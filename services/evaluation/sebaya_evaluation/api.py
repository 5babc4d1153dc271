"""Evaluation's routes for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from sebaya_chassis.base.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
)
from sebaya_chassis.web.auth import Principal, SchoolPath, require_district_role, require_role
from sebaya_chassis.web.feedback_link import FeedbackLinkInvalid
from sebaya_chassis.web.problems import problems
from sebaya_chassis.web.routes import Route
from sebaya_contracts.words import Role
from sebaya_evaluation import commands
from sebaya_evaluation.dependencies import TheDependencies, TheRespondent
from sebaya_evaluation.errors import AlreadyAnswered, UnknownMatch
from sebaya_evaluation.schemas import FeedbackRequest, FeedbackView, FormView, ReportView, Totals

SpanName = Annotated[
    str | None,
    Query(
        max_length=20,
        description="A school year, a term or a month, by the name that it has in `spans`",
        examples=["2026-2027", "2026-2027.1", "2026-11"],
    ),
]
Readers = Depends(require_role(Role.COUNSELLOR, Role.COORDINATOR, Role.DISTRICT_LEAD))
REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"model": FeedbackView, "description": "The same answers were given before"}
}
SIGN_IN = (Unauthenticated, Forbidden, Unavailable)

router = APIRouter(route_class=Route)


@router.get("/feedback-form", tags=["feedback"])
async def feedback_form() -> FormView:
    """Show the feedback form of both sides, in Indonesian and English."""
    return FormView.current()


@router.post(
    "/schools/{school_id}/feedback",
    status_code=201,
    tags=["feedback"],
    responses=REPEATED
    | problems(
        FeedbackLinkInvalid,
        Unauthenticated,
        Forbidden,
        NotFound,
        UnknownSchool,
        UnknownMatch,
        AlreadyAnswered,
        Invalid,
        Unavailable,
    ),
)
async def give_feedback(
    school_id: SchoolPath,
    body: FeedbackRequest,
    respondent: TheRespondent,
    dependencies: TheDependencies,
    response: Response,
) -> FeedbackView:
    """Give one response a match and side. The same answers again change nothing; other answers are
    refused.
    """
    given = await commands.give_feedback(
        dependencies.store(school_id), respondent, body.answers, body.match_id
    )
    dependencies.wake_count()
    response.status_code = 201 if given.new else 200
    return FeedbackView.of(given.response)


@router.get(
    "/schools/{school_id}/report",
    tags=["reports"],
    dependencies=[Readers],
    responses=problems(*SIGN_IN, NotFound, UnknownSchool, Invalid),
)
async def school_report(
    school_id: SchoolPath, dependencies: TheDependencies, span: SpanName = None
) -> ReportView:
    """Show a school's funnel, waits, alerts and feedback, as they were released last Monday.

    Numbers are told in bands, and small ones are hidden. Without a span: the current school year.
    """
    report = await commands.report_school(
        dependencies.store(school_id), span, dependencies.calendar
    )
    return ReportView.of_report(school_id, report)


@router.get(
    "/district/report",
    tags=["reports"],
    dependencies=[Depends(require_district_role(Role.DISTRICT_LEAD))],
    responses=problems(*SIGN_IN, Invalid),
)
async def district_report(dependencies: TheDependencies, span: SpanName = None) -> ReportView:
    """Show the same over all schools: what their own reports tell, and nothing more."""
    report = await commands.report_district(
        dependencies.schools,
        dependencies.store,
        dependencies.runtime.writer.clock.now(),
        span,
        dependencies.calendar,
    )
    return ReportView.of_report("district", report)


@router.get("/operations/totals", tags=["operations"], responses=problems(*SIGN_IN))
async def totals(
    dependencies: TheDependencies,
    _operator: Annotated[Principal, Depends(require_district_role(Role.OPERATOR))],
) -> Totals:
    """Show exact totals over all schools, for operators: no ids, no schools."""
    return Totals.of(await commands.sum_totals(dependencies.schools, dependencies.store))
