"""`sebaya up`: the whole product on this machine, until Ctrl-C: with a demo district at work and a
school of it for the visitor, or with a district's own file and nothing made up.
"""

import asyncio
import json
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.live import Live

from sebaya_cli import schools, terminal
from sebaya_cli.api_client import UnexpectedAnswer, sign_in
from sebaya_cli.demo.district import (
    find_visitors,
    people_of_trial,
    people_of_visitor,
    without_visitor,
)
from sebaya_cli.demo.retrying import RetryingTransport
from sebaya_cli.demo.simulation import Simulation
from sebaya_cli.demo.totals import fetch_totals
from sebaya_cli.demo.visitor import Codes, Notes, VisitorSchool
from sebaya_cli.demo.welcome import list_people
from sebaya_cli.installation import Installation
from sebaya_cli.school_file import read
from sebaya_cli.stack.folder import SETTINGS
from sebaya_cli.stack.preflight import StackProblem
from sebaya_cli.stack.stack import LocalStack
from sebaya_contracts.district import School

DEMO_DISTRICT = SETTINGS / "demo-district.yaml"
# How often the totals are asked for; what costs is the asking, not the drawing.
REFRESH_SECONDS = 6.0
# Supporters look every 12 to 24 seconds, counsellors every 15 to 45, as people do who have other
# things to do; most offers are seen before they lapse, after 20 seconds.
LOOK_SECONDS = 15.0
# They look a tenth as often as in `sebaya demo`, so a match must end after fewer looks.
ENDS_AT_A_LOOK = 0.5


def where_is(stack: LocalStack) -> Installation:
    """Return the addresses of a stack."""
    return Installation(stack.mongodb_uri, stack.kafka, "sebaya", "")


@dataclass(frozen=True, slots=True)
class Trial:
    """What runs on the stack: the schools of a file, and whether anything is made up there."""

    file: Path = DEMO_DISTRICT
    robots: bool = True
    pace: float = 0.7
    """The robots' requests for support a second."""


async def apply_district(stack: LocalStack, file: Path, *, visited: bool = True) -> list[School]:
    """Apply the schools of a file, as `sebaya school apply` does, before the services start.

    Who may sign in by one click: the people of the visitor's school, or all staff of the file.
    """
    district = read(file)
    where = where_is(stack)
    await schools.make_topic(where, replicas=1)
    present = await schools.known(where)
    await schools.publish(where, schools.changes(district, present), present)
    school = find_visitors(district) if visited else None
    people = people_of_visitor(school) if school else people_of_trial(district)
    (stack.folder.root / "people.json").write_text(json.dumps(people))
    return district


def country_of(district: list[School]) -> str:
    """Return the one country of all schools; none where they are in several.

    A crisis number of another country is worse than none.
    """
    countries = {school.country for school in district}
    return countries.pop() if len(countries) == 1 else ""


async def run(data: Path, port: int | None, trial: Trial, console: Console) -> None:
    """Run until a signal. Raises StackProblem, in one sentence with its remedy, and Refusal."""
    district = read(trial.file)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    starting = asyncio.create_task(_started(data, port, trial, console))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
        return
    stopping.cancel()
    stack = starting.result()
    try:
        await _until(stop, stack, district, trial, console)
    finally:
        console.print("Stopping …")
        await stack.__aexit__(None, None, None)
        terminal.print_whole(console, f"Everything is stopped. The data stays in {data}")


async def _started(data: Path, port: int | None, trial: Trial, console: Console) -> LocalStack:
    async def prepare(stack: LocalStack) -> None:
        await apply_district(stack, trial.file, visited=trial.robots)

    def report(said: str) -> None:
        terminal.print_whole(console, f"· {said}")

    country = country_of(read(trial.file))
    return await LocalStack(
        data, port=port, report=report, prepare=prepare, country=country
    ).__aenter__()


async def _until(
    stop: asyncio.Event, stack: LocalStack, district: list[School], trial: Trial, console: Console
) -> None:
    """The play and the table, until Ctrl-C or until a part dies."""
    terminal.print_whole(console, *terminal.list_addresses(stack))
    people = RetryingTransport()
    async with (
        httpx.AsyncClient(base_url=stack.origin, timeout=30.0, trust_env=False) as web,
        httpx.AsyncClient(
            base_url=stack.origin, transport=people, timeout=30.0, trust_env=False
        ) as theirs,
    ):
        play = Simulation(
            theirs,
            without_visitor(district),
            trial.pace,
            look_seconds=LOOK_SECONDS,
            ends_at_a_look=ENDS_AT_A_LOOK,
        )
        jobs = [stack.wait(), _show(web, stack, play, people, district, console)]
        if trial.robots:
            jobs.append(play.run())
        work = [asyncio.create_task(job) for job in jobs]
        visiting = asyncio.create_task(_welcome(theirs, stack, district, trial, console))
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({*work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in [*work, visiting, stopping]:
            task.cancel()
        await asyncio.gather(*work, visiting, stopping, return_exceptions=True)
        for task in done - {stopping}:
            if (error := task.exception()) is not None:
                raise error


async def _welcome(
    web: httpx.AsyncClient,
    stack: LocalStack,
    district: list[School],
    trial: Trial,
    console: Console,
) -> None:
    """Make what waits for the visitor, and say whom to be first; not in a district's own trial."""
    school = find_visitors(district) if trial.robots else None
    if school is None:
        return
    codes: Codes | None = None
    try:
        codes = await VisitorSchool(web, school, Notes(stack.folder.visitor)).prepare()
    except (UnexpectedAnswer, httpx.HTTPError, TimeoutError) as trouble:
        said = str(trouble) or type(trouble).__name__
        terminal.print_whole(
            console, f"Not everything waits at {school.name} yet ({said}): the next start goes on."
        )
    terminal.print_whole(console, *list_people(stack.origin, school, codes))


async def _show(
    web: httpx.AsyncClient,
    stack: LocalStack,
    play: Simulation,
    people: RetryingTransport,
    district: list[School],
    console: Console,
) -> None:
    """Show the totals, anew when one of them changed.

    The client is an impatient one: a service that does not answer is to be seen.
    """
    auth = await sign_in(web, "operator", ["operator", "coordinator"], ["*"])
    services = {name: stack.parts.services[name].url for name in terminal.SERVICES}
    names = [school.school_id for school in district]
    before: terminal.Numbers | None = None
    with Live(console=console, auto_refresh=False, transient=False) as table:
        while True:
            numbers = terminal.Numbers(
                await fetch_totals(web, auth, names, services),
                mails=len(stack.mail.read()),
                troubles=sum(play.account.troubles.values()),
                again=sum(people.again.values()),
                schools=len(district),
            )
            if numbers != before:
                shown = terminal.live(numbers)
                table.update(shown, refresh=console.is_terminal)
                if not console.is_terminal:
                    console.print(shown)
            before = numbers
            await asyncio.sleep(REFRESH_SECONDS)


__all__ = ["StackProblem", "Trial", "apply_district", "run", "where_is"]
