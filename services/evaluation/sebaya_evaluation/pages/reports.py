"""Reports for people: the funnel and the waits as charts drawn here, each with its table; what is
too small to be shown says so.
"""

from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from sebaya_chassis.base.problems import Invalid
from sebaya_chassis.web.auth import Principal, SchoolPath
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_chassis.web.pages.session import require_district_staff, require_staff
from sebaya_chassis.web.pages.texts import LEVELS, TOPICS
from sebaya_contracts.words import Role
from sebaya_evaluation import api
from sebaya_evaluation.dependencies import TheDependencies
from sebaya_evaluation.domain.periods import MONTH
from sebaya_evaluation.pages.texts import STAGES
from sebaya_evaluation.schemas import Count, ReportView

router = APIRouter()
Reader = Annotated[
    Principal, Depends(require_staff(Role.COUNSELLOR, Role.COORDINATOR, Role.DISTRICT_LEAD))
]
Lead = Annotated[Principal, Depends(require_district_staff(Role.DISTRICT_LEAD))]
Operator = Annotated[Principal, Depends(require_district_staff(Role.OPERATOR))]
# As typed: what is no month is told beside the field, not on a page of errors.
Asked = Annotated[str, Query(max_length=20)]
Reporting = Callable[[str | None, str | None], Awaitable[ReportView]]
WIDEST = 100


class Bar(NamedTuple):
    """One bar of a chart; without a value it is hidden, which is not zero."""

    label: str
    value: int | None
    width: float


class Chosen(NamedTuple):
    """A report, and what was wrong with the months that were asked for (`since`, `until`, or the
    `span` between them).
    """

    report: ReportView
    faults: Set[str] = frozenset()
    since: str = ""
    until: str = ""


class Charts(NamedTuple):
    """What a report draws."""

    funnel: list[Bar]
    topics: list[Bar]
    alerts: list[Bar]


@router.get("/s/{school_id}/report")
async def school_report(
    request: Request,
    school_id: SchoolPath,
    who: Reader,
    dependencies: TheDependencies,
    pages: PagesDependency,
    since: Asked = "",
    until: Asked = "",
) -> Response:
    """A school's numbers, of the months asked for. Raises UnknownSchool, TooManyRanges."""
    school = await dependencies.store(school_id).school()
    chosen = await _chosen(
        lambda first, last: api.school_report(school_id, dependencies, first, last), since, until
    )
    return _report(request, pages, who, chosen, school=school)


@router.get("/district")
async def district_report(
    request: Request,
    who: Lead,
    dependencies: TheDependencies,
    pages: PagesDependency,
    since: Asked = "",
    until: Asked = "",
) -> Response:
    """The same over all schools. Raises TooManyRanges."""
    chosen = await _chosen(
        lambda first, last: api.district_report(dependencies, first, last), since, until
    )
    return _report(request, pages, who, chosen)


@router.get("/operations")
async def operations(
    request: Request, who: Operator, dependencies: TheDependencies, pages: PagesDependency
) -> Response:
    """Exact totals for whoever runs the platform: no ids, no schools."""
    return pages.show(
        request, "operations.html", principal=who, totals=await api.totals(dependencies, who)
    )


async def _chosen(report: Reporting, since: str, until: str) -> Chosen:
    """The report of these months; of the last twelve, and what is wrong, where the months do not
    say a stretch of time.
    """
    faults = frozenset(
        name
        for name, month in (("since", since), ("until", until))
        if month and not MONTH.match(month)
    )
    if not faults:
        try:
            return Chosen(await report(since or None, until or None))
        except Invalid:
            faults = frozenset({"span"})
    return Chosen(await report(None, None), faults, since, until)


def _report(
    request: Request, pages: Pages, who: Principal, chosen: Chosen, **more: Any
) -> Response:
    found = chosen.report
    months = {"since": chosen.since or found.since, "until": chosen.until or found.until}
    status = 422 if chosen.faults else 200
    shown: dict[str, Any] = {
        "report": found,
        "charts": _charts(found),
        "faults": chosen.faults,
        "months": months,
    }
    return pages.show(request, "report.html", status=status, principal=who, **shown, **more)


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
