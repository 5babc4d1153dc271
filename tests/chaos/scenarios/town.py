"""A town for the named scenarios: a whole stack of its own with two schools, its people, and what a
test may look at from outside.
"""

import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import yaml
from pymongo import AsyncMongoClient

from sebaya_chassis.consuming.topic_reader import records_to_end
from sebaya_chassis.outbox.topics import make_topics
from sebaya_cli import school_file, schools
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.installation import Installation
from sebaya_cli.stack import kafka, mongo, services
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.stack import LocalStack
from sebaya_cli.up import where_is
from sebaya_contracts.envelope import attributes
from sebaya_contracts.topics import SERVICES, Topic
from support import RULES_ALONE, counsellors, eventually

FULL = os.environ.get("SEBAYA_CHAOS_FULL") == "1"
JAKARTA, SINGAPORE = "town-id", "town-sg"
RUNG_SECONDS = 5
# A round of the ladder takes half a minute at least: as many rungs, so that a page falls due every
# few seconds.
ROUND = 6
CALM = "Aku susah tidur karena ujian minggu depan."
GRAVE = "aku mau bunuh diri malam ini"
Json = dict[str, Any]
# These tests start what they stopped, on a machine that may have other things to do; how quickly is
# not what they ask.
for part in (kafka, mongo, services):
    part.FIRST_ANSWER_WITHIN = 240.0


def length(bounded: float, full: float) -> float:
    """Seconds a fault lasts: the short of `make test`, or the whole of `make chaos-scenarios`."""
    return full if FULL else bounded


def district() -> Json:
    """Two countries, so that whose lines are shown can be told; short rungs that go round again and
    again.
    """
    rung = {"who": ["on_call"], "wait_seconds": RUNG_SECONDS}
    ladder = {"contact_within_seconds": 3600, "rungs": [rung] * ROUND}
    return {
        "defaults": {
            "time_zone": "Asia/Jakarta",
            "languages": ["id", "en"],
            **counsellors("counsellor"),
            "ladders": {"amber": ladder, "red": ladder, "imminent": ladder},
        },
        "schools": [
            {"school_id": JAKARTA, "name": "One", "country": "ID"},
            {"school_id": SINGAPORE, "name": "Two", "country": "SG"},
        ],
    }


def wanted(text: str = CALM, danger_now: str = "no") -> Json:
    return {
        "topic": "school",
        "language": "id",
        "text": text,
        "safety": {"self_harm_thoughts": "no", "danger_now": danger_now},
        "consent": {"version": "2026-1", "age": 15},
        "door": "web",
    }


def new_key() -> str:
    return secrets.token_urlsafe(18)


@dataclass(slots=True)
class Town:
    """A running stack, seen from its doors, its topics and its stores."""

    stack: LocalStack
    web: httpx.AsyncClient
    where: Installation
    store: AsyncMongoClient[Json]

    def student(self, school_id: str = JAKARTA) -> Student:
        return Student(self.web, school_id)

    async def staff(
        self, role: str, person_id: str | None = None, school_id: str = JAKARTA
    ) -> Staff:
        return await Staff.signed_in(self.web, school_id, person_id or role, role)

    def collection(self, service: str, name: str) -> Any:
        return self.store[self.where.database(service)][name]

    def pids(self) -> dict[str, int | None]:
        return {
            name: part.child.pid
            for name, part in self.stack.parts.services.items()
            if part.child is not None
        }

    async def live(self) -> dict[str, int]:
        """What the liveness probe of each service gets, past the entrance."""
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as probe:
            services = {
                name: part
                for name, part in self.stack.parts.services.items()
                if part.instance.service in SERVICES
            }
            return {
                name: (await probe.get(f"{part.url}/health/live")).status_code
                for name, part in services.items()
            }

    async def rows(self, topic: Topic) -> list[tuple[str, str, str]]:
        """(subject, sequence, event id) of every record of a topic, in the order of its
        partitions.
        """
        return [
            _row(record)
            async for record in records_to_end(
                self.where.kafka, self.where.topic(topic.name), topic.partitions
            )
        ]

    async def covered(self, school_id: str = JAKARTA) -> bool:
        """Whether intake knows who is on call, which is the last thing a fresh stack learns."""
        seen = await self.web.get(f"/intake/schools/{school_id}")
        return seen.status_code == 200 and seen.json()["on_call"] == "yes"


def _row(record: Any) -> tuple[str, str, str]:
    about = attributes(record.headers)
    return about.subject, str(about.sequence), about.event_id


def written(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(district()))
    return file


@asynccontextmanager
async def town(
    data: Path,
    *,
    topics: tuple[Topic, ...] = (),
    broker: Mapping[str, str] | None = None,
    extra_env: Mapping[str, Mapping[str, str]] | None = None,
    replicas: int = 1,
) -> AsyncIterator[Town]:
    """Kafka, MongoDB, the services and the entrance, of this test alone. `topics` are made before
    the services make theirs.
    """
    file = written(data / "district.yaml")
    given = extra_env or {}

    async def prepare(stack: LocalStack) -> None:
        where = where_is(stack)
        await make_topics(where.kafka, [(where.topic(topic.name), topic) for topic in topics], 1)
        await schools.make_topic(where, replicas=1)
        present = await schools.known(where)
        await schools.publish(where, schools.changes(school_file.read(file), present), present)

    stack = LocalStack(
        data / "stack",
        port=free_port(),
        prepare=prepare,
        broker=broker,
        extra_env={**given, "escalation": RULES_ALONE | {**given.get("escalation", {})}},
        replicas=replicas,
        environ={},
    )
    limits = httpx.Limits(max_connections=64)
    async with (
        stack,
        httpx.AsyncClient(
            base_url=stack.origin, timeout=30.0, trust_env=False, limits=limits
        ) as web,
        AsyncMongoClient[Json](stack.mongodb_uri, serverSelectionTimeoutMS=20_000) as store,
    ):
        here = Town(stack, web, where_is(stack), store)
        for school_id in (JAKARTA, SINGAPORE):
            await eventually(lambda name=school_id: here.covered(name), within=90, every=0.3)
        yield here


async def store_time(here: Town) -> datetime:
    """By which deadlines are kept."""
    hello = await here.store.admin.command("hello")
    return hello["localTime"]  # type: ignore[no-any-return]


async def paged(here: Town) -> int:
    return int(
        await here.collection("escalation", "pages").count_documents({"state.state": "sent"})
    )


async def pages_kept_their_times(
    here: Town, since: datetime, until: datetime, on_time: timedelta
) -> None:
    """Every step of the one open alert's ladder at the first school that fell due in between was
    decided and sent when it was due.
    """
    due = {"school_id": JAKARTA, "state.planned_at": {"$gte": since, "$lt": until - on_time}}
    pages = [row["state"] async for row in here.collection("escalation", "pages").find(due)]
    assert len(pages) >= (until - since).total_seconds() / (RUNG_SECONDS + 1) - 2, (
        f"{len(pages)} pages"
    )
    assert Counter(page["state"] for page in pages) == {"sent": len(pages)}
    late = [page["settled_at"] - page["planned_at"] for page in pages]
    starts = sorted(page["planned_at"] for page in pages)
    gaps = [after - before for before, after in pairwise(starts)]
    assert max(late) < on_time, max(late)
    assert max(gaps) < timedelta(seconds=RUNG_SECONDS) + on_time, max(gaps)
    print(
        f"{len(pages)} pages fell due; the latest was sent {max(late).total_seconds():.2f} s "
        "after its time"
    )


def increasing(rows: list[tuple[str, str, str]]) -> bool:
    """Whether the records of each document came in its order, each once."""
    newest: dict[str, str] = {}
    for subject, sequence, _ in rows:
        if sequence <= newest.get(subject, ""):
            return False
        newest[subject] = sequence
    return True
