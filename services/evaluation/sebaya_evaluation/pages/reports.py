"""Reports for people: the funnel and the waits as charts drawn here, each with its table; what is too small to be shown says so."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from sebaya_chassis.auth import Principal, SchoolPath
from sebaya_chassis.pages.routes import ThePages
from sebaya_chassis.pages.session import staff, staff_of_district
from sebaya_chassis.pages.texts import LEVELS, TOPICS
from sebaya_contracts.words import Role
from sebaya_evaluation import api
from sebaya_evaluation.api import Month, PartsOf
from sebaya_evaluation.models import Count, ReportView
from sebaya_evaluation.pages.texts import STAGES

router = APIRouter()
Reader = Annotated[Principal, Depends(staff(Role.COUNSELLOR, Role.COORDINATOR, Role.DISTRICT_LEAD))]
Lead = Annotated[Principal, Depends(staff_of_district(Role.DISTRICT_LEAD))]
Operator = Annotated[Principal, Depends(staff_of_district(Role.OPERATOR))]
WIDEST = 100


class Bar(NamedTuple):
    """One bar of a chart; without a value it is hidden, which is not zero."""

    label: str
    value: int | None
    width: float


class Charts(NamedTuple):
    """What a report draws."""

    funnel: list[Bar]
    topics: list[Bar]
    alerts: list[Bar]


@router.get("/s/{school_id}/report")
async def school_report(
    request: Request, school_id: SchoolPath, who: Reader, parts: PartsOf, pages: ThePages, since: Month = None, until: Month = None
) -> Response:
    """A school's numbers. Raises UnknownSchool, Invalid, TooManyRanges."""
    report = await api.school_report(school_id, parts, since, until)
    school = await parts.stores(school_id).school()
    return pages.show(request, "report.html", school=school, principal=who, report=report, charts=_charts(report))


@router.get("/district")
async def district_report(
    request: Request, who: Lead, parts: PartsOf, pages: ThePages, since: Month = None, until: Month = None
) -> Response:
    """The same over all schools. Raises Invalid, TooManyRanges."""
    report = await api.district_report(parts, since, until)
    return pages.show(request, "report.html", principal=who, report=report, charts=_charts(report))


@router.get("/operations")
async def operations(request: Request, who: Operator, parts: PartsOf, pages: ThePages) -> Response:
    """Exact totals for whoever runs the platform: no ids, no schools."""
    return pages.show(request, "operations.html", principal=who, totals=await api.totals(parts, who))


def _charts(report: ReportView) -> Charts:
    return Charts(
        funnel=bars({STAGES[stage]: count for stage, count in report.funnel.items()}),
        topics=bars({TOPICS[topic]: count for topic, count in report.by_topic.items()}),
        alerts=bars({LEVELS[level]: found.raised for level, found in report.alerts.items()}),
    )


def bars(counts: Mapping[str, Count]) -> list[Bar]:
    """Each as wide as its part of the largest that is shown."""
    largest = max((count for count in counts.values() if isinstance(count, int)), default=0)
    return [_bar(label, count, largest) for label, count in counts.items()]


def _bar(label: str, count: Count, largest: int) -> Bar:
    if not isinstance(count, int):
        return Bar(label, None, 0)
    return Bar(label, count, round(WIDEST * count / largest, 1) if largest else 0)
