"""`sebaya lines`: the crisis lines that students see, and when the operator rang each up last."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from sebaya_chassis.service.store_setup import read_epoch
from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import connect, open_database
from sebaya_chassis.storage.district_store import DistrictStore
from sebaya_chassis.storage.writer import Writer
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal
from sebaya_intake.domain.crisis_lines import LINES
from sebaya_intake.domain.line_checks import LineChecks
from sebaya_intake.line_checks import confirm_lines, load_line_checks


def choose_lines(country: str, names: Sequence[str]) -> list[str]:
    """Choose the lines of a country by their names or numbers; all of them where none is given.

    Raises Refusal for a country or a line that is not known.
    """
    if country not in LINES:
        raise Refusal(f"No line of {country} is known; the countries are {', '.join(LINES)}.")
    known = LINES[country]
    chosen = []
    for name in names:
        found = [line.name for line in known if name.lower() in {line.name.lower(), line.contact}]
        if not found:
            raise Refusal(
                f"{country} has no line {name}; it has {', '.join(line.name for line in known)}."
            )
        chosen += found
    return chosen or [line.name for line in known]


async def confirm(where: Installation, country: str, names: Sequence[str]) -> LineChecks:
    """Confirm lines as rung up now. Raises Refusal as `choose_lines` does."""
    chosen = choose_lines(country, names)
    async with _district(where) as store:
        return await confirm_lines(store, country, chosen)


async def load(where: Installation) -> LineChecks:
    """Load when each line was confirmed."""
    async with _district(where) as store:
        return await load_line_checks(store)


@asynccontextmanager
async def _district(where: Installation) -> AsyncIterator[DistrictStore]:
    client = connect(where.mongodb_uri)
    try:
        database = open_database(client, where.database("intake"))
        writer = Writer("intake", StoreClock())
        writer.epoch = await read_epoch(database)
        await writer.clock.read(database)
        yield DistrictStore(BatchedDatabase(database), writer)
    finally:
        await client.close()


def list_lines(checks: LineChecks, country: str | None = None) -> Iterator[str]:
    """List each line of a country, or of all, with its number and the day of its last check."""
    for name, lines in LINES.items():
        for line in lines if country in {None, name} else ():
            at = checks.checked_at(name, line.name)
            day = f"{at:%F}" if at else "not yet"
            yield f"{name}  {line.name:30}  {line.contact:24}  {day}"
