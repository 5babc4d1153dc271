"""The command `sebaya`. A refusal is one sentence on standard error, and exit code 1."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from sebaya_cli import (
    dead_letters,
    installation,
    labelled_texts,
    restore,
    school_file,
    schools,
    screen_figures,
    screening,
    up,
)
from sebaya_cli import doctor_command as doctor
from sebaya_cli.demo import remote as demo_against
from sebaya_cli.demo import run as demo_run
from sebaya_cli.refusal import Refusal
from sebaya_cli.stack.preflight import StackProblem
from sebaya_contracts.topics import SERVICES

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Sebaya: peer support for school districts.",
)
school_app = typer.Typer(
    no_args_is_help=True, help="The district's schools, from a YAML file under version control."
)
dlq_app = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: records that a service could not apply. Text stays hidden.",
)
screen_app = typer.Typer(no_args_is_help=True, help="The screen of messages, alone.")
app.add_typer(school_app, name="school")
app.add_typer(dlq_app, name="dlq")
app.add_typer(screen_app, name="screen")

console = Console()
NONE_WAIT = "No dead letters."

Data = Annotated[Path, typer.Option(help="Where the stack keeps its data.", envvar="SEBAYA_DATA")]
Port = Annotated[
    int | None, typer.Option(help="Port of the one origin.", envvar="SEBAYA_ORIGIN_PORT")
]
Numbers = Annotated[
    list[str] | None, typer.Argument(help="Numbers as `sebaya dlq list` shows them; none: all.")
]
ServiceName = Annotated[str | None, typer.Option(help="Only this service's.")]


def do(work: Coroutine[Any, Any, T]) -> T:
    """Run; a refusal ends the command with its sentence."""
    try:
        return asyncio.run(work)
    except (Refusal, StackProblem) as refusal:
        refuse(str(refusal))
    except (PyMongoError, KafkaError, OSError) as away:
        refuse(
            f"The installation does not answer ({type(away).__name__}). Is it running, and are "
            "its addresses right?"
        )


def refuse(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(1)


@app.command("up")
def up_command(
    data: Data = installation.DEFAULT_DATA,
    port: Port = None,
    pace: Annotated[
        float, typer.Option(help="Requests for support a second in the demo.", min=0.05, max=50)
    ] = 0.7,
) -> None:
    """Start Kafka, MongoDB, the four services and a demo district on this machine, until Ctrl-C."""
    do(up.run(data, port, pace, console))


@app.command()
def demo(
    seconds: Annotated[int, typer.Option(help="How long students ask.", min=5, max=3600)] = 30,
    pace: Annotated[
        float, typer.Option(help="Requests for support a second.", min=0.05, max=50)
    ] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the totals as JSON.")] = False,
    against: Annotated[
        str | None,
        typer.Option(
            help="The origin of an installation with the demo's schools; else a stack of its own."
        ),
    ] = None,
) -> None:
    """Run the same for a bounded time on fresh data, check its totals from outside, and exit 0 or
    1.
    """
    told = Console(stderr=True)
    report = do(
        demo_against.run(against, seconds, pace, told)
        if against
        else demo_run.run(seconds, pace, told)
    )
    console.print_json(json.dumps(report.as_json())) if as_json else console.print(report.table())
    raise typer.Exit(0 if report.right else 1)


@app.command("doctor")
def doctor_command(
    origin: Annotated[
        str | None,
        typer.Option(
            help="The origin, to compare evaluation's own answer too; the operator's token is in "
            "SEBAYA_TOKEN."
        ),
    ] = None,
    mails: Annotated[
        Path | None,
        typer.Option(help="The folder of a mail sink, to hold its mails against the pages."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="In JSON, name everything that is wrong.")
    ] = False,
) -> None:
    """Check every promise by a recount of topics and stores, and exit 0 or 1. It only reads."""
    findings = do(doctor.diagnose(installation.find(), origin, mails, Console(stderr=True)))
    if as_json:
        sys.stdout.write(doctor.as_json(findings, every=every) + "\n")
    else:
        console.print(doctor.table(findings), highlight=False, markup=False)
    raise typer.Exit(0 if all(finding.right for finding in findings) else 1)


@school_app.command("apply")
def school_apply(
    file: Annotated[Path, typer.Argument(help="The district's file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    replicas: Annotated[
        int,
        typer.Option(
            help="Copies of the topic, if it must be made.", envvar="SEBAYA_TOPIC_REPLICAS"
        ),
    ] = 1,
) -> None:
    """Check a file, show what would change, and bring it to the services."""
    try:
        district = school_file.read(file)
    except Refusal as refusal:
        refuse(str(refusal))
    do(_apply(district, dry_run=dry_run, replicas=replicas))


async def _apply(district: list[Any], *, dry_run: bool, replicas: int) -> None:
    here = installation.find()
    await schools.make_topic(here, replicas)
    present = await schools.known(here)
    wanted = schools.changes(district, present)
    for change in wanted:
        console.print(f"{change.kind:8}{change.school.school_id}", *change.fields, highlight=False)
    for name in sorted(set(present) - {change.school.school_id for change in wanted}):
        console.print(
            f"{'kept':8}{name} (not in the file; set `active: false` there to close it)",
            highlight=False,
        )
    if dry_run:
        console.print("Nothing was changed (dry run).")
    else:
        console.print(
            f"{await schools.publish(here, wanted, present)} of {len(wanted)} schools published."
        )


@school_app.command("list")
def school_list() -> None:
    """List the schools as the topic has them."""
    for name, known in sorted(do(schools.known(installation.find())).items()):
        console.print(
            f"{name:24}{known.school.name} ({known.school.country}, {known.school.time_zone})",
            highlight=False,
        )


@screen_app.command("score")
def screen_score() -> None:
    """Score `{id, text}` lines of standard input, as `{id, level, score, reasons}` lines."""
    try:
        for line in screening.score(sys.stdin):
            sys.stdout.write(f"{line}\n")
    except Refusal as refusal:
        refuse(str(refusal))


@screen_app.command("evaluate")
def screen_evaluate(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the families kept for figures.")
    ] = False,
) -> None:
    """Measure the screen on labelled texts: corpus files, or lines `{text, level, lang, kind}`."""
    try:
        texts = [text for file in files for text in labelled_texts.read_labelled(file)]
    except Refusal as refusal:
        refuse(str(refusal))
    chosen = [text for text in texts if text.held_out or not held_out]
    for figures in screen_figures.compute_figures(screen_figures.judge_texts(chosen)):
        for name, value in screening.list_figures(figures):
            sys.stdout.write(f"{figures.lang:4}{name:32}{value}\n")


@dlq_app.command("list")
def dlq_list(
    service: ServiceName = None, as_json: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """List every open dead letter, each document's in order."""
    letters = do(_open(service, None))
    if as_json:
        fields = ("number", "service", "topic", "school_id", "reason", "error", "state")
        sys.stdout.write(
            json.dumps([{name: getattr(letter, name) for name in fields} for letter in letters])
            + "\n"
        )
        return
    table = Table("number", "school", "reason", "state", "since", box=None)
    for letter in letters:
        table.add_row(
            letter.number,
            letter.school_id,
            f"{letter.reason} {letter.error}".strip(),
            letter.state,
            f"{letter.parked_at:%F %T}",
        )
    console.print(table if letters else NONE_WAIT)


async def _open(service: str | None, numbers: list[str] | None) -> list[dead_letters.Letter]:
    async with dead_letters.opened(installation.find()) as parked:
        return await parked.open(service, numbers)


@dlq_app.command("show")
def dlq_show(
    number: Annotated[str, typer.Argument(help="A number as `sebaya dlq list` shows it.")],
) -> None:
    """Show what one dead letter says of itself: its headers, never its text."""
    for name, value in do(_show(number)).items():
        console.print(f"{name:18}{value}", highlight=False)


async def _show(number: str) -> dict[str, str]:
    async with dead_letters.opened(installation.find()) as parked:
        return await parked.headers((await parked.open(None, [number]))[0])


@dlq_app.command("replay")
def dlq_replay(
    numbers: Numbers = None,
    service: ServiceName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be replayed.")
    ] = False,
) -> None:
    """Bring dead letters back in order, and say of each whether it was applied, ignored (already
    known) or failed again.
    """
    failed = do(_replay(service, numbers, dry_run=dry_run))
    raise typer.Exit(1 if failed else 0)


async def _replay(service: str | None, numbers: list[str] | None, *, dry_run: bool) -> int:
    failed = 0
    async with dead_letters.opened(installation.find()) as parked:
        letters = await parked.open(service, numbers)
        if not letters:
            console.print(NONE_WAIT)
        if dry_run:
            for letter in letters:
                console.print("would replay", letter.number, highlight=False)
            return 0
        async for result in parked.replay(letters):
            console.print(f"{result.outcome:10}{result.letter.number}", highlight=False)
            failed += result.outcome not in {"applied", "ignored"}
    return failed


@dlq_app.command("drop")
def dlq_drop(
    numbers: Annotated[list[str], typer.Argument(help="Numbers as `sebaya dlq list` shows them.")],
) -> None:
    """Give dead letters up for good; the note of each stays."""
    do(_drop(numbers))


async def _drop(numbers: list[str]) -> None:
    async with dead_letters.opened(installation.find()) as parked:
        for letter in await parked.open(None, numbers):
            result = await parked.drop(letter)
            console.print(f"{result.outcome:10}{letter.number}", highlight=False)


@app.command("restored")
def restored_command(
    service: Annotated[
        list[str] | None,
        typer.Option(help="Only this service's store was restored (repeatable); none: all four."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            help="Read again only what the broker got from this time (UTC) on: a while before "
            "the backup. None: everything."
        ),
    ] = None,
) -> None:
    """Prepare restored stores, before their services start: a new epoch, and erasures applied again
    first.
    """
    if unknown := set(service or ()) - set(SERVICES):
        refuse(f"There is no service {sorted(unknown)[0]}; the services are {', '.join(SERVICES)}.")
    do(_restored(service or list(SERVICES), since.replace(tzinfo=UTC) if since else None))


async def _restored(services: list[str], since: datetime | None) -> None:
    async for ready in restore.restore_services(installation.find(), services, since):
        console.print(
            f"{ready.service:12}epoch {ready.epoch}, reads {ready.rewound} records again; it may "
            "start.",
            highlight=False,
        )


if __name__ == "__main__":
    app()
