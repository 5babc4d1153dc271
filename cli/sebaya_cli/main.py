"""The command `sebaya`. A refusal is one sentence on standard error, and exit code 1."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console

from sebaya_cli import (
    dead_letters,
    installation,
    instruments_command,
    keys,
    lines,
    restore,
    school_file,
    schools,
    screening,
    terminal,
    up,
)
from sebaya_cli import doctor_command as doctor
from sebaya_cli.demo import remote as demo_against
from sebaya_cli.demo import run as demo_run
from sebaya_cli.doctor.finding import Finding
from sebaya_cli.refusal import Refusal
from sebaya_cli.stack.preflight import StackProblem
from sebaya_cli.terminal import refuse
from sebaya_contracts.topics import SERVICES
from sebaya_intake.domain.line_checks import LineChecks

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
lines_app = typer.Typer(
    no_args_is_help=True, help="The crisis lines that students see, and your own checks of them."
)
keys_app = typer.Typer(
    no_args_is_help=True, help="The keys that seal what students leave for the case of danger."
)
app.add_typer(school_app, name="school")
app.add_typer(keys_app, name="keys")
app.add_typer(lines_app, name="lines")
app.add_typer(dlq_app, name="dlq")
app.add_typer(screen_app, name="screen")
app.add_typer(instruments_command.app, name="instruments")

console = Console()
NONE_WAIT = "No dead letters."

Data = Annotated[
    Path,
    typer.Option(
        help="Where the local stack keeps its data: the one that `sebaya up` was started with.",
        envvar="SEBAYA_DATA",
    ),
]
DATA = installation.DEFAULT_DATA
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


def say(line: str) -> None:
    """Print a line whole, however narrow the terminal: what stands in it is to be copied."""
    terminal.print_whole(console, line)


@app.command("up")
def up_command(
    data: Data = DATA,
    port: Port = None,
    pace: Annotated[
        float, typer.Option(help="Requests for support a second in the demo.", min=0.05, max=50)
    ] = 0.7,
    robots: Annotated[
        bool,
        typer.Option(
            help="Whether people of the demo ask, support and counsel at its schools, all but the "
            "visitor's, where something waits for you. Without them nothing is made up: for a "
            "district's own trial."
        ),
    ] = True,
    district: Annotated[
        Path, typer.Option(help="The district's file; another one than the demo's has no robots.")
    ] = up.DEMO_DISTRICT,
) -> None:
    """Start Kafka, MongoDB, the four services and a demo district on this machine, until Ctrl-C."""
    trial = up.Trial(district, robots and district == up.DEMO_DISTRICT, pace)
    do(up.run(data, port, trial, console))


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
    data: Data = DATA,
) -> None:
    """Check every promise by a recount of topics and stores, and exit 0 or 1. It only reads."""
    findings = do(_diagnose(data, origin, mails))
    if as_json:
        sys.stdout.write(doctor.as_json(findings, every=every) + "\n")
    else:
        console.print(doctor.table(findings), highlight=False, markup=False)
    raise typer.Exit(0 if all(finding.right for finding in findings) else 1)


async def _diagnose(data: Path, origin: str | None, mails: Path | None) -> list[Finding]:
    return await doctor.diagnose(installation.find(data), origin, mails, Console(stderr=True))


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
    data: Data = DATA,
) -> None:
    """Check a file, show what would change, and bring it to the services."""
    try:
        district = school_file.read(file)
    except Refusal as refusal:
        refuse(str(refusal))
    do(_apply(district, data, dry_run=dry_run, replicas=replicas))


async def _apply(district: list[Any], data: Path, *, dry_run: bool, replicas: int) -> None:
    here = installation.find(data)
    await schools.make_topic(here, replicas)
    present = await schools.known(here)
    wanted = schools.changes(district, present)
    for change in wanted:
        say(" ".join([f"{change.kind:8}{change.school.school_id}", *change.fields]))
    for name in sorted(set(present) - {change.school.school_id for change in wanted}):
        say(f"{'kept':8}{name} (not in the file; set `active: false` there to close it)")
    if dry_run:
        say("Nothing was changed (dry run).")
    else:
        say(f"{await schools.publish(here, wanted, present)} of {len(wanted)} schools published.")


@school_app.command("list")
def school_list(data: Data = DATA) -> None:
    """List the schools as the topic has them."""
    for name, known in sorted(do(_known(data)).items()):
        say(f"{name:24}{known.school.name} ({known.school.country}, {known.school.time_zone})")


async def _known(data: Path) -> dict[str, schools.Known]:
    return await schools.known(installation.find(data))


@lines_app.command("list")
def lines_list(data: Data = DATA) -> None:
    """List every line with its number and the day on which you confirmed it."""
    for line in lines.list_lines(do(_load_lines(data))):
        say(line)


async def _load_lines(data: Path) -> LineChecks:
    return await lines.load(installation.find(data))


@lines_app.command("confirm")
def lines_confirm(
    country: Annotated[str, typer.Argument(help="Of the district's file, such as ID.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Names or numbers of lines; none: all of them.")
    ] = None,
    data: Data = DATA,
) -> None:
    """Confirm that you rang a line up today, and that it answers young people."""
    for line in lines.list_lines(do(_confirm_lines(data, country, names or [])), country):
        say(line)


async def _confirm_lines(data: Path, country: str, names: list[str]) -> LineChecks:
    return await lines.confirm(installation.find(data), country, names)


@keys_app.command("add")
def keys_add(
    file: Annotated[Path, typer.Argument(help="The secret file; it is made where there is none.")],
) -> None:
    """Put a new master key before those of a file. Services use it from then on, and the others to
    read; `sebaya keys rotate` makes them superfluous.
    """
    try:
        say(f"{keys.add_key(file)} is the current master key of {file}.")
    except Refusal as refusal:
        refuse(str(refusal))


@keys_app.command("rotate")
def keys_rotate(data: Data = DATA) -> None:
    """Rotate the data keys of all schools, and wrap them by the first master key of the file
    (SEBAYA_MASTER_KEYS_FILE, or the local stack's). Services may run meanwhile.
    """
    do(_rotate_keys(data))


async def _rotate_keys(data: Path) -> None:
    file = keys.find_file(data)
    async for one in keys.rotate(installation.find(data), file):
        say(f"{one.school_id:24}key {one.version}, {one.cases} cases sealed anew")
    say(f"Only the first master key of {file} is needed now.")


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
    rules_alone: Annotated[
        bool, typer.Option("--rules-alone", help="Without the second stage (meaning).")
    ] = False,
) -> None:
    """Measure the screen on labelled texts: corpus files, or lines `{text, level, lang, kind}`."""
    try:
        for line in screening.evaluate(files, held_out=held_out, rules_alone=rules_alone):
            sys.stdout.write(f"{line}\n")
    except Refusal as refusal:
        refuse(str(refusal))


@dlq_app.command("list")
def dlq_list(
    service: ServiceName = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    data: Data = DATA,
) -> None:
    """List every open dead letter, each document's in order."""
    letters = do(_open(data, service, None))
    if as_json:
        fields = ("number", "service", "topic", "school_id", "reason", "error", "state")
        sys.stdout.write(
            json.dumps([{name: getattr(letter, name) for name in fields} for letter in letters])
            + "\n"
        )
        return
    for line in dead_letters.list_lines(letters):
        say(line)
    if not letters:
        say(NONE_WAIT)


async def _open(
    data: Path, service: str | None, numbers: list[str] | None
) -> list[dead_letters.Letter]:
    async with dead_letters.opened(installation.find(data)) as parked:
        return await parked.open(service, numbers)


@dlq_app.command("show")
def dlq_show(
    number: Annotated[str, typer.Argument(help="A number as `sebaya dlq list` shows it.")],
    data: Data = DATA,
) -> None:
    """Show what one dead letter says of itself: its headers, never its text."""
    for name, value in do(_show(data, number)).items():
        say(f"{name:18}{value}")


async def _show(data: Path, number: str) -> dict[str, str]:
    async with dead_letters.opened(installation.find(data)) as parked:
        return await parked.headers((await parked.open(None, [number]))[0])


@dlq_app.command("replay")
def dlq_replay(
    numbers: Numbers = None,
    service: ServiceName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be replayed.")
    ] = False,
    data: Data = DATA,
) -> None:
    """Bring dead letters back in order, and say of each whether it was applied, ignored (already
    known) or failed again.
    """
    failed = do(_replay(data, service, numbers, dry_run=dry_run))
    raise typer.Exit(1 if failed else 0)


async def _replay(
    data: Path, service: str | None, numbers: list[str] | None, *, dry_run: bool
) -> int:
    failed = 0
    async with dead_letters.opened(installation.find(data)) as parked:
        letters = await parked.open(service, numbers)
        if not letters:
            say(NONE_WAIT)
        if dry_run:
            for letter in letters:
                say(f"would replay {letter.number}")
            return 0
        async for result in parked.replay(letters):
            say(f"{result.outcome:10}{result.letter.number}")
            failed += result.outcome not in {"applied", "ignored"}
    return failed


@dlq_app.command("drop")
def dlq_drop(
    numbers: Annotated[list[str], typer.Argument(help="Numbers as `sebaya dlq list` shows them.")],
    data: Data = DATA,
) -> None:
    """Give dead letters up for good; the note of each stays."""
    do(_drop(data, numbers))


async def _drop(data: Path, numbers: list[str]) -> None:
    async with dead_letters.opened(installation.find(data)) as parked:
        for letter in await parked.open(None, numbers):
            result = await parked.drop(letter)
            say(f"{result.outcome:10}{letter.number}")


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
    data: Data = DATA,
) -> None:
    """Prepare restored stores, before their services start: a new epoch, and erasures applied again
    first.
    """
    if unknown := set(service or ()) - set(SERVICES):
        refuse(f"There is no service {sorted(unknown)[0]}; the services are {', '.join(SERVICES)}.")
    since = since.replace(tzinfo=UTC) if since else None
    do(_restored(data, service or list(SERVICES), since))


async def _restored(data: Path, services: list[str], since: datetime | None) -> None:
    async for ready in restore.restore_services(installation.find(data), services, since):
        say(
            f"{ready.service:12}epoch {ready.epoch}, reads {ready.rewound} records again; it may "
            "start."
        )


if __name__ == "__main__":
    app()
