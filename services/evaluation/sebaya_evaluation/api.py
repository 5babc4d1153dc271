"""Evaluation's HTTP routes."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials

from sebaya_chassis.base.problems import (
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
)
from sebaya_chassis.web.auth import (
    Principal,
    SchoolPath,
    authenticate,
    bearer,
    require_district_role,
    require_role,
)
from sebaya_chassis.web.feedback_link import FeedbackLinkInvalid, read
from sebaya_chassis.web.problems import problems
from sebaya_chassis.web.routes import Route
from sebaya_contracts.words import Role, Side
from sebaya_evaluation import reports
from sebaya_evaluation.dependencies import TheDependencies, dependencies_of
from sebaya_evaluation.domain.feedback import create_response
from sebaya_evaluation.domain.periods import find_month
from sebaya_evaluation.domain.releases import Months
from sebaya_evaluation.errors import AlreadyAnswered, TooManyRanges, UnknownMatch
from sebaya_evaluation.metrics import FEEDBACK
from sebaya_evaluation.schemas import FeedbackRequest, FeedbackView, FormView, ReportView, Totals
from sebaya_evaluation.store import EvaluationStore

Month = Annotated[str | None, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-07"])]
Readers = Depends(require_role(Role.COUNSELLOR, Role.COORDINATOR, Role.DISTRICT_LEAD))
DEFAULT_MONTHS = 12
REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"model": FeedbackView, "description": "The same answers were given before"}
}
SIGN_IN = (Unauthenticated, Forbidden, Unavailable)


@dataclass(frozen=True, slots=True)
class Respondent:
    """Who gives feedback: the student of a link, or a signed-in supporter whose match is still to
    be checked.
    """

    side: Side
    supporter_id: str = ""
    case_id: str = ""
    match_id: str = ""


router = APIRouter(route_class=Route)


@router.get("/feedback-form", tags=["feedback"])
async def feedback_form() -> FormView:
    """The feedback form of both sides, in Indonesian and English."""
    return FormView.current()


async def respondent(
    request: Request,
    school_id: SchoolPath,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    feedback_token: Annotated[
        str | None, Header(max_length=2048, description="A student's short-lived link, from intake")
    ] = None,
) -> Respondent:
    """A student's token counts before a sign-in: on a shared device the supporter's session may
    still be there.
    """
    if feedback_token is not None:
        link = read(
            (await dependencies_of(request)).settings.secret_key.get_secret_value(), feedback_token
        )
        if link.school_id != school_id:
            raise FeedbackLinkInvalid
        return Respondent(link.side, case_id=link.case_id, match_id=link.match_id)
    principal = await authenticate(request, credentials)
    if not principal.at(school_id):
        raise NotFound
    if Role.SUPPORTER not in principal.roles:
        raise Forbidden
    return Respondent(Side.SUPPORTER, supporter_id=principal.person_id)


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
    wanted: FeedbackRequest,
    who: Annotated[Respondent, Depends(respondent)],
    dependencies: TheDependencies,
    response: Response,
) -> FeedbackView:
    """One response a match and side. The same answers again change nothing; other answers are
    refused.
    """
    store = dependencies.store(school_id)
    await store.school()
    try:
        case_id, match_id = await _match_of(store, who, wanted.match_id)
        made, event = create_response(
            school_id, case_id, match_id, who.side, wanted.answers, store.now()
        )
        new = await store.give(made, event)
    except Problem:
        FEEDBACK.labels(who.side.value, "refused").inc()
        raise
    FEEDBACK.labels(who.side.value, "new" if new else "repeated").inc()
    dependencies.wake()
    response.status_code = 201 if new else 200
    return FeedbackView.of(made)


async def _match_of(store: EvaluationStore, who: Respondent, named: str | None) -> tuple[str, str]:
    """The case and match a respondent may speak of. A student's link says it; a supporter's match
    must be known here as theirs.
    """
    if who.side is Side.STUDENT:
        if named not in {None, who.match_id}:
            raise NotFound
        fact = await store.fact(who.case_id)
        if fact is not None and fact.erased:
            raise NotFound
        return who.case_id, who.match_id
    if named is None:
        raise Invalid(errors=[FieldError(field="match_id", message="Name the match")])
    fact = await store.fact_of_match(named)
    match = fact.find_match(named) if fact else None
    if (
        fact is None
        or match is None
        or match.supporter_id != who.supporter_id
        or match.accepted_at is None
    ):
        raise UnknownMatch
    return fact.fact_id, named


@router.get(
    "/schools/{school_id}/report",
    tags=["reports"],
    dependencies=[Readers],
    responses=problems(*SIGN_IN, NotFound, UnknownSchool, Invalid, TooManyRanges),
)
async def school_report(
    school_id: SchoolPath, dependencies: TheDependencies, since: Month = None, until: Month = None
) -> ReportView:
    """A school's funnel, waits, alerts and feedback; small numbers are hidden. Without months: the
    last twelve.
    """
    store = dependencies.store(school_id)
    months = _months(
        since,
        until,
        find_month(store.now(), await store.zone()),
        dependencies.settings.report_months,
    )
    made = await reports.of_school(store, months)
    return ReportView.of(school_id, made.smallest, made.release)


@router.get(
    "/district/report",
    tags=["reports"],
    dependencies=[Depends(require_district_role(Role.DISTRICT_LEAD))],
    responses=problems(*SIGN_IN, Invalid, TooManyRanges),
)
async def district_report(
    dependencies: TheDependencies, since: Month = None, until: Month = None
) -> ReportView:
    """The same over all schools. A number from which one school's hidden number would follow is
    hidden too.
    """
    schools = await dependencies.schools.all()
    zone = schools[0].time_zone if schools else "UTC"
    ledger = dependencies.district()
    months = _months(
        since, until, find_month(ledger.now(), zone), dependencies.settings.report_months
    )
    release, smallest = await reports.of_district(
        dependencies.schools, dependencies.store, ledger, months
    )
    return ReportView.of("district", smallest, release)


@router.get("/operations/totals", tags=["operations"], responses=problems(*SIGN_IN))
async def totals(
    dependencies: TheDependencies,
    _operator: Annotated[Principal, Depends(require_district_role(Role.OPERATOR))],
) -> Totals:
    """Exact totals over all schools, for operators: no ids, no schools."""
    return Totals.of(*await reports.exact(dependencies.schools, dependencies.store))


def _months(since: str | None, until: str | None, current: str, most: int) -> Months:
    """Raises Invalid for months that run backwards or are too many."""
    until = until or current
    since = since or _earlier(until, DEFAULT_MONTHS - 1)
    if not 0 <= _number(until) - _number(since) < most:
        raise Invalid(
            errors=[
                FieldError(
                    field="since",
                    message=f"Not after `until`, and at most {most} months fit into one report",
                )
            ]
        )
    return Months(since, until)


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _earlier(month: str, by: int) -> str:
    year, number = divmod(_number(month) - by, 12)
    return f"{max(year, 0):04d}-{number + 1:02d}"
