"""The screens of `sebaya up`: the addresses, and the totals of the demo district."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import typer
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sebaya_cli.demo.totals import Totals
from sebaya_cli.stack.services import ALL
from sebaya_cli.stack.stack import LocalStack

SERVICES = tuple(name for name in ALL if name != "issuer")


def print_whole(console: Console, *lines: str) -> None:
    """Print lines whole, however narrow the terminal: what stands in them is to be copied."""
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def refuse(sentence: str) -> NoReturn:
    """End the command with a sentence on standard error, and exit code 1."""
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(1)


def list_addresses(stack: LocalStack) -> Iterator[str]:
    """List where the pages, the API docs, the metrics, the mails and the logs are, a line each.

    Lines and no table, which would cut an address on a narrow terminal.
    """
    yield f"Students begin at {stack.origin}/intake/"
    yield f"All others at {stack.origin}/matching/home (one click signs in, as anybody in a list)"
    yield ""
    yield "Sebaya is running. API docs, to be opened in a browser, and metrics:"
    for name in SERVICES:
        yield f"  {name:12}{stack.origin}/{name}/docs"
        yield f"  {'':12}{stack.parts.services[name].url}/metrics"
    yield f"  {'tokens':12}{stack.origin}/issuer/docs"
    yield f"  {'':12}(the local issuer signs in as any role; never in production)"
    yield f"  {'mails':12}{stack.folder.mail}"
    yield f"  {'':12}(pages to counsellors end here, nothing is sent)"
    yield f"  {'logs':12}{stack.folder.log('*').parent}"
    yield f"  {'Kafka':12}{stack.kafka}"
    yield f"  {'MongoDB':12}{stack.mongodb_uri}"
    yield ""


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
        title=f"The district (schools: {numbers.schools})",
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
