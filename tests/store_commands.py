"""What a piece of work costs the store: the commands that the driver sent, and what the server
examined for each of them.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bson import encode
from pymongo import monitoring

from sebaya_chassis.storage.database import Database

PROFILE_BYTES = 64 * 2**20  # the default of 1 MB would forget the first of a thousand schools
PAYLOAD = {"documents", "updates", "deletes", "pipeline", "filter", "query"}
ENDINGS = {"commitTransaction", "abortTransaction"}  # sent to the admin database


class _Heard(monitoring.CommandListener):
    """Of every client made after this module was imported; kept only while somebody counts."""

    def __init__(self) -> None:
        self.counting: tuple[str, list[str]] | None = None
        self.bytes = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.counting is None:
            return
        name, sent = self.counting
        if event.database_name == name:
            sent.append(f"{event.command_name} {event.command[event.command_name]}")
            self.bytes += sum(
                len(encode({"": part})) for name, part in event.command.items() if name in PAYLOAD
            )
        elif event.command_name in ENDINGS:
            sent.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Only what was sent is counted."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Only what was sent is counted."""


_HEARD = _Heard()
monitoring.register(_HEARD)


def bytes_sent() -> int:
    """Of what was asked and written since the last `commands` began, without the driver's own
    fields.
    """
    return _HEARD.bytes


@contextmanager
def commands(database: Database) -> Iterator[list[str]]:
    """The commands sent meanwhile, in order, as `insert cases`."""
    sent: list[str] = []
    _HEARD.counting, _HEARD.bytes = (database.name, sent), 0
    try:
        yield sent
    finally:
        _HEARD.counting = None


@dataclass(slots=True)
class Examined:
    """What the server did, by its own profile."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def plans(self) -> Counter[str]:
        """Each kind of question with the plan that answered it."""
        return Counter(
            f"{row['ns'].partition('.')[2]} {row['op']} {row.get('planSummary', '-')}"
            for row in self.rows
        )

    @property
    def whole_collections(self) -> list[str]:
        return [plan for plan in self.plans if "COLLSCAN" in plan]

    def total(self, what: str) -> int:
        """Of `keysExamined`, `docsExamined`, `ninserted`, `nModified`, `responseLength` …"""
        return sum(int(row.get(what, 0)) for row in self.rows)

    def assert_no_more_than(self, alone: "Examined", *, beside: int = 40) -> None:
        """Assert that this work wrote the same and examined no more, `beside` a few, and no
        collection whole.
        """
        assert self.whole_collections == []
        assert alone.whole_collections == []
        assert self.total("ninserted") == alone.total("ninserted")
        assert self.total("nModified") == alone.total("nModified")
        assert self.keys <= alone.keys + beside
        assert self.total("docsExamined") <= alone.total("docsExamined") + beside

    @property
    def keys(self) -> int:
        return self.total("keysExamined")

    @property
    def most_documents(self) -> int:
        return max((int(row.get("docsExamined", 0)) for row in self.rows), default=0)


@asynccontextmanager
async def examined(database: Database) -> AsyncIterator[Examined]:
    """What is asked of this database meanwhile, by whomever."""
    await database.command({"profile": 0})
    await database.drop_collection("system.profile")
    await database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
    await database.command({"profile": 2})
    seen = Examined()
    try:
        yield seen
    finally:
        await database.command({"profile": 0})
        rows = database["system.profile"].find({"ns": {"$ne": f"{database.name}.system.profile"}})
        seen.rows += [row async for row in rows if row["op"] != "command" or "planSummary" in row]
