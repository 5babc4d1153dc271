"""What a person at the terminal sees: where things are, and what the demo district is doing."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sebaya_cli.demo.totals import Totals
from sebaya_cli.stack.services import ALL
from sebaya_cli.stack.stack import LocalStack

SERVICES = tuple(name for name in ALL if name != "issuer")


def show_addresses(stack: LocalStack) -> RenderableType:
    """Where the pages, the API docs, the metrics, the mails and the logs are."""
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
    pages = f"Students begin at {students}\nAll others at {others} (one click signs in as anybody of the demo)\n"
    return Group(Text(pages, overflow="fold"), table)


def live(totals: Totals, mails: int, troubles: int, again: int, schools: int) -> RenderableType:
    """The demo district's state of the moment."""
    table = Table(
        title=f"The demo district: {schools} schools",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2),
    )
    for column in ("cases", "", "alerts", "", "everything else", ""):
        table.add_column(column, justify="right" if not column else "left")
    table.add_row(
        "opened",
        format_number(totals.opened),
        "raised",
        format_number(totals.alerts_raised),
        "feedback",
        format_number(totals.feedback),
    )
    table.add_row(
        "waiting",
        format_number(totals.waiting),
        "acknowledged",
        format_number(totals.alerts_acknowledged),
        "lag (records)",
        format_number(totals.lag),
    )
    table.add_row(
        "matched",
        format_number(totals.matched),
        "pages by mail",
        format_number(mails),
        "dead letters",
        format_number(totals.dead_letters),
    )
    table.add_row(
        "closed",
        format_number(totals.closed),
        "",
        "",
        "waiting for the broker",
        format_number(totals.outbox),
    )
    notes = [f"not answering: {', '.join(totals.away)}"] if totals.away else []
    notes += (
        [f"{troubles} requests of the demo's people were refused (see `make demo`)"]
        if troubles
        else []
    )
    notes += [f"{again} requests of the demo's people were sent again"] if again else []
    return Group(table, Text("\n".join([*notes, "Ctrl-C stops everything."]), style="dim"))


def format_number(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
