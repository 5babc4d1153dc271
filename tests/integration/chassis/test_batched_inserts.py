"""First writes that come while others are being written go together, and each hears its own
answer.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient, monitoring
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import (
    BulkWriteError,
    DuplicateKeyError,
    InvalidDocument,
    NetworkTimeout,
    WriteConcernError,
    WriteError,
)

from sebaya_chassis.storage.batching.batched_inserts import BatchedInserts, _split
from sebaya_chassis.storage.batching.micro_batcher import MAX_IN_FLIGHT
from sebaya_chassis.storage.database import Client, Database, answer_within, connect, open_database
from servers import Servers
from support import eventually

MANY = 60


class Commands(monitoring.CommandListener):
    """How many documents each insert command had."""

    def __init__(self) -> None:
        self.inserted: list[int] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "insert":
            self.inserted.append(len(event.command["documents"]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture
async def client(servers: Servers) -> AsyncIterator[Client]:
    made = connect(servers.mongodb_uri)
    yield made
    await made.close()


@pytest.fixture
def rows(client: Client, prefix: str) -> Database:
    return open_database(client, f"{prefix}_inserts")


class Held:
    """Writes of the driver that wait until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open, self.began = asyncio.Event(), 0
        for name in ("insert_one", "insert_many"):
            self._hold(monkeypatch, name, getattr(AsyncCollection, name))

    def _hold(self, monkeypatch: pytest.MonkeyPatch, name: str, original: Any) -> None:
        async def waiting(*given: Any, **more: Any) -> Any:
            self.began += 1
            await self.open.wait()
            return await original(*given, **more)

        monkeypatch.setattr(AsyncCollection, name, waiting)

    async def all_lanes(
        self, inserts: BatchedInserts, documents: list[dict[str, Any]]
    ) -> list["asyncio.Task[None]"]:
        """One write in each lane, and the rest behind them."""
        tasks = [asyncio.create_task(inserts.insert(document)) for document in documents]

        async def busy() -> bool:
            return self.began == MAX_IN_FLIGHT

        await eventually(busy)
        return tasks


async def test_who_comes_while_others_are_written_goes_with_the_next_write(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    client: Client = AsyncMongoClient(servers.mongodb_uri, event_listeners=[commands])
    try:
        rows = open_database(client, f"{prefix}_inserts")["kept"]
        held = Held(monkeypatch)
        tasks = await held.all_lanes(
            BatchedInserts(rows), [{"_id": number} for number in range(MANY)]
        )
        held.open.set()
        await asyncio.gather(*tasks)
        # In any order: a lane that opens a connection first is overtaken.
        assert sorted(commands.inserted) == [1] * MAX_IN_FLIGHT + [MANY - MAX_IN_FLIGHT]
        assert await rows.distinct("_id") == list(range(MANY))
    finally:
        await client.close()


async def test_on_a_quiet_day_nobody_waits_for_anybody(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One write that hangs does not keep the next."""
    held = Held(monkeypatch)
    inserts = BatchedInserts(rows["kept"])
    stuck = asyncio.create_task(inserts.insert({"_id": "stuck"}))

    async def began() -> bool:
        return held.began == 1

    await eventually(began)
    monkeypatch.undo()
    async with asyncio.timeout(30):
        await inserts.insert({"_id": "next"})
    assert not stuck.done()
    held.open.set()
    await stuck
    assert await rows["kept"].distinct("_id") == ["next", "stuck"]


async def test_each_hears_its_own_answer(rows: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await rows["kept"].create_index("key", unique=True)
    await rows["kept"].insert_one({"_id": "first", "key": 3})
    held = Held(monkeypatch)
    tasks = await held.all_lanes(
        BatchedInserts(rows["kept"]),
        [{"_id": f"no. {number}", "key": number // 2} for number in range(20)],
    )
    held.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    # Two share each key, and a third had 3 before them.
    refused = [number for number, answer in enumerate(answers) if answer is not None]
    assert all(isinstance(answers[number], DuplicateKeyError) for number in refused)
    assert sorted(number // 2 for number in refused) == sorted([*range(10), 3])
    # A name that no random name of a database can hold.
    assert "no. 7" not in str(answers[refused[0]]) and str(refused[0] // 2) in str(
        answers[refused[0]]
    )
    stored = {row["_id"] async for row in rows["kept"].find({})}
    assert stored == {"first"} | {
        f"no. {number}" for number, answer in enumerate(answers) if answer is None
    }


async def test_one_that_cannot_be_written_costs_no_other(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    documents: list[dict[str, Any]] = [
        {"_id": number, "x": object() if number == 9 else ""} for number in range(15)
    ]
    tasks = await held.all_lanes(BatchedInserts(rows["kept"]), documents)
    held.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None)] * 9 + [InvalidDocument] + [
        type(None)
    ] * 5
    assert await rows["kept"].distinct("_id") == [number for number in range(15) if number != 9]


async def test_who_waits_has_its_own_deadline(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind writes that hang, an answer comes when the request's time is over; what is written
    later is found by its key.
    """
    held = Held(monkeypatch)
    inserts = BatchedInserts(rows["kept"])
    first = await held.all_lanes(
        inserts, [{"_id": f"lane {number}"} for number in range(MAX_IN_FLIGHT)]
    )
    patient = asyncio.create_task(inserts.insert({"_id": "patient"}))
    with answer_within(0.2), pytest.raises(NetworkTimeout):
        await asyncio.wait_for(inserts.insert({"_id": "hurried"}), 30)
    held.open.set()
    await asyncio.gather(*first, patient)
    assert "patient" in await rows["kept"].distinct("_id")


async def test_a_store_that_goes_away_is_told_to_all_who_wait(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    inserts = BatchedInserts(rows["kept"])
    tasks = await held.all_lanes(inserts, [{"_id": number} for number in range(12)])
    await rows.client.close()
    held.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)
    # And nobody is left in a lane.
    assert inserts._batcher._in_flight == 0


def test_without_the_journals_word_nobody_takes_it_as_done() -> None:
    error = BulkWriteError(
        {
            "writeErrors": [
                {"index": 1, "code": 11000, "errmsg": "E11000"},
                {"index": 2, "code": 121, "errmsg": "refused"},
            ],
            "writeConcernErrors": [{"code": 64, "errmsg": "waiting for replication timed out"}],
        }
    )
    assert [type(answer) for answer in _split(error, 4)] == [
        WriteConcernError,
        DuplicateKeyError,
        WriteError,
        WriteConcernError,
    ]
