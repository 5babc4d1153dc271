"""Reports as charts: the funnel and the waits, each with its table; what is too small to be shown
says so.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from sebaya_chassis.base.problems import Invalid
from sebaya_chassis.web.auth import Principal, SchoolPath
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_chassis.web.pages.session import require_district_staff, require_staff
from sebaya_chassis.web.pages.texts import LEVELS, TOPICS
from sebaya_contracts.words import Role
from sebaya_evaluation import commands
from sebaya_evaluation.commands import Report
from sebaya_evaluation.dependencies import TheDependencies
from sebaya_evaluation.domain.spans import SpanKind
from sebaya_evaluation.library import load_shipped
from sebaya_evaluation.pages.texts import STAGES
from sebaya_evaluation.schemas import Between, Count, ReportView, SpanView, Totals

router = APIRouter()
Reader = Annotated[
    Principal, Depends(require_staff(Role.COUNSELLOR, Role.COORDINATOR, Role.DISTRICT_LEAD))
]
Lead = Annotated[Principal, Depends(require_district_staff(Role.DISTRICT_LEAD))]
Operator = Annotated[Principal, Depends(require_district_staff(Role.OPERATOR))]
# As typed: what is no span is told beside the field, not on a page of errors.
TypedSpan = Annotated[str, Query(alias="span", max_length=20)]
ReportOf = Callable[[str | None], Awaitable[Report]]
WIDEST = 100


class Bar(NamedTuple):
    """One bar of a chart: full up to the least that the number may be, paler up to the most.
    Without a value it is hidden, which is not zero.
    """

    label: str
    value: Between | None
    width: float = 0
    open_width: float = 0


class ChosenReport(NamedTuple):
    """A report, and whether it is of another span than the one that was asked for."""

    report: Report
    unknown_span: bool = False


class Charts(NamedTuple):
    """What a report draws."""

    funnel: list[Bar]
    topics: list[Bar]
    alerts: list[Bar]


@router.get("/s/{school_id}/report")
async def show_school_report(
    request: Request,
    school_id: SchoolPath,
    reader: Reader,
    dependencies: TheDependencies,
    pages: PagesDependency,
    span: TypedSpan = "",
) -> Response:
    """Show a school's numbers of the span asked for. Raises UnknownSchool."""
    store = dependencies.store(school_id)
    school = await store.load_school()

    async def report_of(name: str | None) -> Report:
        return await commands.report_school(store, name, dependencies.calendar)

    chosen = await _choose(report_of, span)
    view = ReportView.of_report(school_id, chosen.report)
    return _show(request, pages, reader, chosen, view, school=school)


@router.get("/district")
async def show_district_report(
    request: Request,
    lead: Lead,
    dependencies: TheDependencies,
    pages: PagesDependency,
    span: TypedSpan = "",
) -> Response:
    """Show the same over all schools."""

    async def report_of(name: str | None) -> Report:
        return await commands.report_district(
            dependencies.schools,
            dependencies.store,
            dependencies.runtime.writer.clock.now(),
            name,
            dependencies.calendar,
        )

    chosen = await _choose(report_of, span)
    view = ReportView.of_report("district", chosen.report)
    return _show(request, pages, lead, chosen, view)


@router.get("/operations")
async def show_operations(
    request: Request, operator: Operator, dependencies: TheDependencies, pages: PagesDependency
) -> Response:
    """Show exact totals to an operator: no ids, no schools."""
    totals = Totals.of(await commands.sum_totals(dependencies.schools, dependencies.store))
    return pages.show(request, "operations.html", principal=operator, totals=totals)


async def _choose(report_of: ReportOf, typed: str) -> ChosenReport:
    """A report of this span; where there is no such span, of the current school year."""
    try:
        return ChosenReport(await report_of(typed or None))
    except Invalid:
        return ChosenReport(await report_of(None), unknown_span=True)


def _show(
    request: Request,
    pages: Pages,
    reader: Principal,
    chosen: ChosenReport,
    report: ReportView,
    **more: Any,
) -> Response:
    shown: dict[str, Any] = {
        "report": report,
        "charts": _charts(report),
        "unknown_span": chosen.unknown_span,
        "spans": _by_year(report),
        "instruments": load_shipped(),
    }
    status = 422 if chosen.unknown_span else 200
    return pages.show(request, "report.html", status=status, principal=reader, **shown, **more)


def _by_year(report: ReportView) -> list[list[SpanView]]:
    """The spans by school year, each year first and its terms and months after it."""
    years: list[list[SpanView]] = []
    for span in report.spans:
        if span.kind is SpanKind.YEAR:
            years.append([])
        years[-1].append(span)
    return years


def _charts(report: ReportView) -> Charts:
    return Charts(
        funnel=draw_bars({STAGES[stage]: count for stage, count in report.funnel.items()}),
        topics=draw_bars({TOPICS[topic]: count for topic, count in report.by_topic.items()}),
        alerts=draw_bars({LEVELS[level]: found.raised for level, found in report.alerts.items()}),
    )


def draw_bars(counts: Mapping[str, Count]) -> list[Bar]:
    """Build the bars, each as wide as its part of the largest number that is shown."""
    largest = max((one.at_most for one in counts.values() if isinstance(one, Between)), default=0)
    return [_bar(label, count, largest) for label, count in counts.items()]


def _bar(label: str, count: Count, largest: int) -> Bar:
    if not isinstance(count, Between):
        return Bar(label, None)
    share = WIDEST / largest if largest else 0
    return Bar(label, count, round(count.at_least * share, 1), round(count.at_most * share, 1))
