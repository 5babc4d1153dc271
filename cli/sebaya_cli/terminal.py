"""The screens of `sebaya up`: the addresses, and the totals of the demo district."""

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sebaya_cli.demo.totals import Totals
from sebaya_cli.stack.services import ALL
from sebaya_cli.stack.stack import LocalStack

SERVICES = tuple(name for name in ALL if name != "issuer")


def show_addresses(stack: LocalStack) -> RenderableType:
    """Show where the pages, the API docs, the metrics, the mails and the logs are."""
    table = Table(
        title="Sebaya is running",
        title_justify="left",
        title_style="bold",
        show_header=True,
        box=None,
        padding=(0, 2),
    )
    table.add_column("service")
    table.add_column("API docs (open in a browser)")
    table.add_column("metrics")
    for name in SERVICES:
        table.add_row(
            name, f"{stack.origin}/{name}/docs", f"{stack.parts.services[name].url}/metrics"
        )
    table.add_section()
    table.add_row(
        "tokens",
        f"{stack.origin}/issuer/docs",
        "(the local issuer signs in as any role; never in production)",
    )
    table.add_row(
        "mails", str(stack.folder.mail), "(pages to counsellors end here, nothing is sent)"
    )
    table.add_row("logs", str(stack.folder.log("*").parent), "")
    table.add_row("Kafka", stack.kafka, "")
    table.add_row("MongoDB", stack.mongodb_uri, "")
    # Whole, whatever the width of the terminal: these are to be clicked.
    students, others = f"{stack.origin}/intake/", f"{stack.origin}/matching/home"
    pages = (
        f"Students begin at {students}\nAll others at {others} (one click signs in as anybody "
        "of the demo)\n"
    )
    return Group(Text(pages, overflow="fold"), table)


@dataclass(frozen=True, slots=True)
class Numbers:
    """All that the screen shows of the demo district. `troubles` are requests of its people that
    were refused, `again` those that were sent again.
    """

    totals: Totals
    mails: int
    troubles: int
    again: int
    schools: int


def live(numbers: Numbers) -> RenderableType:
    """Show the demo district's totals of the moment."""
    totals, troubles, again = numbers.totals, numbers.troubles, numbers.again
    table = Table(
        title=f"The demo district: {numbers.schools} schools",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2),
    )
    for column in ("cases", "", "alerts", "", "everything else", ""):
        table.add_column(column, justify="right" if not column else "left")
    for row in _rows(totals, numbers.mails):
        table.add_row(*row)
    notes = [f"not answering: {', '.join(totals.away)}"] if totals.away else []
    notes += (
        [f"{troubles} requests of the demo's people were refused (see `make demo`)"]
        if troubles
        else []
    )
    notes += [f"{again} requests of the demo's people were sent again"] if again else []
    return Group(table, Text("\n".join([*notes, "Ctrl-C stops everything."]), style="dim"))


def _rows(totals: Totals, mails: int) -> list[tuple[str, ...]]:
    n = format_number
    cases = [
        ("opened", n(totals.opened)),
        ("waiting", n(totals.waiting)),
        ("matched", n(totals.matched)),
        ("closed", n(totals.closed)),
    ]
    alerts = [
        ("raised", n(totals.alerts_raised)),
        ("acknowledged", n(totals.alerts_acknowledged)),
        ("pages by mail", n(mails)),
        ("", ""),
    ]
    others = [
        ("feedback", n(totals.feedback)),
        ("lag (records)", n(totals.lag)),
        ("dead letters", n(totals.dead_letters)),
        ("waiting for the broker", n(totals.outbox)),
    ]
    return [case + alert + other for case, alert, other in zip(cases, alerts, others, strict=True)]


def format_number(number: int | None) -> str:
    """Format a number with separators; a dash where it is unknown."""
    return "–" if number is None else f"{number:,}"
