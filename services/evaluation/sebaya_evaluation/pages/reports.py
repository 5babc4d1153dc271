"""Reports as charts: the funnel and the waits, each with its table; what is too small to be shown
says so.
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
from sebaya_evaluation import commands
from sebaya_evaluation.commands import Range, Report
from sebaya_evaluation.dependencies import TheDependencies
from sebaya_evaluation.domain.periods import MONTH
from sebaya_evaluation.pages.texts import STAGES
from sebaya_evaluation.schemas import Count, ReportView, Totals

router = APIRouter()
Reader = Annotated[
    Principal, Depends(require_staff(Role.COUNSELLOR, Role.COORDINATOR, Role.DISTRICT_LEAD))
]
Lead = Annotated[Principal, Depends(require_district_staff(Role.DISTRICT_LEAD))]
Operator = Annotated[Principal, Depends(require_district_staff(Role.OPERATOR))]
# As typed: what is no month is told beside the field, not on a page of errors.
TypedMonth = Annotated[str, Query(max_length=20)]
ReportOf = Callable[[Range], Awaitable[Report]]
WIDEST = 100


class TypedMonths(NamedTuple):
    """The first and the last month of a report as a reader typed them; empty where left out."""

    since: str = ""
    until: str = ""


async def read_months(since: TypedMonth = "", until: TypedMonth = "") -> TypedMonths:
    """Read the months of the query."""
    return TypedMonths(since, until)


RequestedMonths = Annotated[TypedMonths, Depends(read_months)]


class Bar(NamedTuple):
    """One bar of a chart; without a value it is hidden, which is not zero."""

    label: str
    value: int | None
    width: float


class ChosenReport(NamedTuple):
    """A report, and what was wrong with the months that were typed (`since`, `until`, or the `span`
    between them).
    """

    report: Report
    faults: Set[str] = frozenset()
    typed: TypedMonths = TypedMonths()


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
    typed: RequestedMonths,
) -> Response:
    """Show a school's numbers of the months asked for. Raises UnknownSchool, TooManyRanges."""
    store = dependencies.store(school_id)
    school = await store.load_school()

    async def report_of(months: Range) -> Report:
        return await commands.report_school(store, months, dependencies.settings.report_months)

    chosen = await _choose(report_of, typed)
    view = ReportView.of(school_id, chosen.report)
    return _show(request, pages, reader, chosen, view, school=school)


@router.get("/district")
async def show_district_report(
    request: Request,
    lead: Lead,
    dependencies: TheDependencies,
    pages: PagesDependency,
    typed: RequestedMonths,
) -> Response:
    """Show the same over all schools. Raises TooManyRanges."""

    async def report_of(months: Range) -> Report:
        return await commands.report_district(
            dependencies.schools,
            dependencies.store,
            dependencies.district_ledger(),
            months,
            dependencies.settings.report_months,
        )

    chosen = await _choose(report_of, typed)
    view = ReportView.of("district", chosen.report)
    return _show(request, pages, lead, chosen, view)


@router.get("/operations")
async def show_operations(
    request: Request, operator: Operator, dependencies: TheDependencies, pages: PagesDependency
) -> Response:
    """Show exact totals to an operator: no ids, no schools."""
    totals = Totals.of(await commands.sum_totals(dependencies.schools, dependencies.store))
    return pages.show(request, "operations.html", principal=operator, totals=totals)


async def _choose(report_of: ReportOf, typed: TypedMonths) -> ChosenReport:
    """A report of these months; where they are no range, of the last twelve, with what is wrong."""
    faults = frozenset(
        name
        for name, month in (("since", typed.since), ("until", typed.until))
        if month and not MONTH.match(month)
    )
    if not faults:
        try:
            return ChosenReport(await report_of((typed.since or None, typed.until or None)))
        except Invalid:
            faults = frozenset({"span"})
    return ChosenReport(await report_of((None, None)), faults, typed)


def _show(
    request: Request,
    pages: Pages,
    reader: Principal,
    chosen: ChosenReport,
    report: ReportView,
    **more: Any,
) -> Response:
    months = {
        "since": chosen.typed.since or report.since,
        "until": chosen.typed.until or report.until,
    }
    status = 422 if chosen.faults else 200
    shown: dict[str, Any] = {
        "report": report,
        "charts": _charts(report),
        "faults": chosen.faults,
        "months": months,
    }
    return pages.show(request, "report.html", status=status, principal=reader, **shown, **more)


def _charts(report: ReportView) -> Charts:
    return Charts(
        funnel=draw_bars({STAGES[stage]: count for stage, count in report.funnel.items()}),
        topics=draw_bars({TOPICS[topic]: count for topic, count in report.by_topic.items()}),
        alerts=draw_bars({LEVELS[level]: found.raised for level, found in report.alerts.items()}),
    )


def draw_bars(counts: Mapping[str, Count]) -> list[Bar]:
    """Build the bars, each as wide as its part of the largest number that is shown."""
    largest = max((count for count in counts.values() if isinstance(count, int)), default=0)
    return [_bar(label, count, largest) for label, count in counts.items()]


def _bar(label: str, count: Count, largest: int) -> Bar:
    if not isinstance(count, int):
        return Bar(label, None, 0)
    return Bar(label, count, round(WIDEST * count / largest, 1) if largest else 0)
