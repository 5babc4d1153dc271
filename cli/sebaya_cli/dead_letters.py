"""`sebaya dlq`: look at dead letters without their text, bring them back in order, or drop them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from sebaya_chassis.consuming.dead_letters import COLLECTION, OPEN
from sebaya_chassis.consuming.delivery import Replay
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.storage.database import Database, connect, open_database
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal
from sebaya_contracts.topics import SERVICES

# A service takes up a replayed record within its next poll; one that is down or still retrying
# needs longer.
ANSWER_SECONDS = 60.0
HIDDEN_HEADERS = ("dlq_", "sebaya_replay")


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter of one service. `number` is how the commands name it:
    `<service>/<topic>/<subject>@<partition:offset>`.
    """

    service: str
    park_id: str
    topic: str
    school_id: str
    at: str
    reason: str
    error: str
    state: str
    parked_at: datetime
    dead: tuple[int, int]

    @property
    def number(self) -> str:
        return f"{self.service}/{self.park_id}@{self.at}"

    @property
    def dead_topic(self) -> str:
        return f"{self.topic}.{self.service}.dlq"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one dead letter: `applied`, `ignored`, `failed`, `dropped`, or `waiting` when
    the service gave no answer in time.
    """

    letter: Letter
    outcome: str


class DeadLetters:
    """The dead letters of every service of an installation."""

    def __init__(self, where: Installation, databases: dict[str, Database]) -> None:
        self._where = where
        self._databases = databases

    async def open(
        self, service: str | None = None, numbers: list[str] | None = None
    ) -> list[Letter]:
        """List the dead letters that wait, each document's in order.

        Raises Refusal for a number that is not among them.
        """
        found = [
            letter
            for name in self._databases
            if service in {None, name}
            for letter in await self._of(name)
        ]
        if not numbers:
            return found
        missing = set(numbers) - {letter.number for letter in found}
        if missing:
            raise Refusal(
                f"There is no open dead letter {sorted(missing)[0]}; `sebaya dlq list` shows "
                "those there are."
            )
        return [letter for letter in found if letter.number in numbers]

    async def _of(self, service: str) -> list[Letter]:
        rows = (
            self._databases[service][COLLECTION]
            .find({"entries.state": {"$in": OPEN}})
            .sort("entries.0.parked_at", 1)
        )
        return [letter async for row in rows for letter in _letters(service, row)]

    async def headers(self, letter: Letter) -> dict[str, str]:
        """Read what the record says of itself; its text stays hidden."""
        record = await self._read(letter)
        return {name: value.decode(errors="replace") for name, value in record.headers} | {
            "bytes": str(len(record.value or b""))
        }

    async def _read(self, letter: Letter) -> Any:
        partition = TopicPartition(self._where.topic(letter.dead_topic), letter.dead[0])
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._where.kafka,
            enable_auto_commit=False,
            auto_offset_reset="none",
            **self._where.access.arguments(),
        )
        await consumer.start()
        try:
            consumer.assign([partition])
            consumer.seek(partition, letter.dead[1])
            return await asyncio.wait_for(consumer.getone(partition), 10.0)
        except TimeoutError:
            raise Refusal(
                f"The record of {letter.number} is no longer in {letter.dead_topic}; its "
                "retention has passed."
            ) from None
        finally:
            await consumer.stop()

    async def replay(self, letters: list[Letter]) -> AsyncIterator[Result]:
        """Replay letters in order, one after another.

        A document stops at its first failure, and its later letters keep waiting.
        """
        producer = Producer(self._where.kafka, "dlq", self._where.access)
        stopped: set[str] = set()
        try:
            for letter in letters:
                document = f"{letter.service}/{letter.park_id}"
                if document in stopped:
                    continue
                outcome = await self._replay_one(producer, letter)
                if outcome not in {"applied", "ignored"}:
                    stopped.add(document)
                yield Result(letter, outcome)
        finally:
            await producer.stop()

    async def _replay_one(self, producer: Producer, letter: Letter) -> str:
        record = await self._read(letter)
        headers = [
            (name, value) for name, value in record.headers if not name.startswith(HIDDEN_HEADERS)
        ]
        await self._set_state(letter, "replaying")
        mark = Replay(letter.service, letter.park_id, letter.at).header()
        await producer.send(
            self._where.topic(letter.topic), record.key, record.value, [*headers, mark]
        )
        return await self._answer(letter)

    async def _answer(self, letter: Letter) -> str:
        """Wait for the service to say what became of it."""
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            state = await self._state(letter)
            if state != "replaying":
                return state
            await asyncio.sleep(0.1)
        return "waiting"

    async def _state(self, letter: Letter) -> str:
        row = await self._parked(letter).find_one(
            {"_id": letter.park_id}, {"entries": {"$elemMatch": {"at": letter.at}}}
        )
        return str(row["entries"][0]["state"]) if row and row.get("entries") else "gone"

    async def drop(self, letter: Letter) -> Result:
        """Give it up for good. The note of it stays, with the time."""
        await self._set_state(letter, "dropped")
        return Result(letter, "dropped")

    async def _set_state(self, letter: Letter, state: str) -> None:
        changes = {"entries.$.state": state, "entries.$.settled_at": datetime.now(UTC)}
        await self._parked(letter).update_one(
            {"_id": letter.park_id, "entries.at": letter.at}, {"$set": changes}
        )

    def _parked(self, letter: Letter) -> Any:
        return self._databases[letter.service][COLLECTION]


def _letters(service: str, row: dict[str, Any]) -> Iterator[Letter]:
    for entry in row["entries"]:
        if entry["state"] in OPEN:
            yield Letter(
                service=service,
                park_id=row["_id"],
                topic=row["topic"],
                school_id=row["school_id"],
                at=entry["at"],
                reason=entry["reason"],
                error=entry["error"],
                state=entry["state"],
                parked_at=entry["parked_at"],
                dead=(entry["dead"][0], entry["dead"][1]),
            )


def list_lines(letters: Sequence[Letter]) -> Iterator[str]:
    """List a heading and one line a letter, in columns; a number is never cut, whatever its
    length. Nothing for none.
    """
    rows = [("number", "school", "reason", "state", "since")] if letters else []
    rows += [
        (
            letter.number,
            letter.school_id,
            f"{letter.reason} {letter.error}".strip(),
            letter.state,
            f"{letter.parked_at:%F %T}",
        )
        for letter in letters
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


@asynccontextmanager
async def opened(where: Installation) -> AsyncIterator[DeadLetters]:
    """Open the dead letters of every service's store."""
    client = connect(where.mongodb_uri)
    try:
        yield DeadLetters(
            where, {service: open_database(client, where.database(service)) for service in SERVICES}
        )
    finally:
        await client.close()
