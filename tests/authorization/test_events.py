"""Events without a school, with two, of an unknown one, or about another's things: every type that
a service reads, of every topic.

Refused means parked, whole and with its reason; what the stores hold of every school is then what
they held before.
"""

import importlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiokafka import ConsumerRecord
from bson import encode

from conformance.harness import Scenario, Sourced, deliver, prepared, record_of
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming.dead_letters import COLLECTION as PARKED
from sebaya_chassis.consuming.delivery import Record, read_delivery
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.escalation import CoveragePublished
from sebaya_contracts.intake import AdultRequestedWithoutCase
from sebaya_contracts.matching import SupporterProfiled
from sebaya_contracts.topics import MESSAGES, SCHOOLS, SERVICES
from servers import Servers
from support import environment, own_prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")

THEIRS, UNKNOWN = "theirs", "never-heard-of"
# What these tell of lies under its own school's name: another school's event of the same name is
# another thing.
NAMED_BY_SCHOOL = (
    SchoolDefined,
    SupporterProfiled,
    CoveragePublished,
    AdultRequestedWithoutCase,
)
# Told to a human, whatever is wrong with it: an alert of whichever school it names, with its first
# call, and never a verdict.
HEARD_OF = {"alerts", "pages", "cases", "unscreened"}


@dataclass(slots=True)
class Reader:
    """A service that has read its scenario, and one event of each type to be forged."""

    runtime: Runtime
    ours: str
    examples: list[Sourced]
    offset: int = 100_000

    async def refuses(self, sourced: Sourced, forged: Record) -> str:
        """The reason; fails where anything changed."""
        assert self.runtime.bulk_applier is not None and self.runtime.record_processor is not None
        self.offset += 1
        forged.offset = self.offset
        before = await self.picture(sourced)
        delivery = read_delivery(sourced.topic, forged, Heartbeat(self.runtime.service, "test"))
        assert await self.runtime.bulk_applier.apply([[delivery]]) == []
        outcome = await self.runtime.record_processor.process(delivery)
        assert outcome is Outcome.PARKED, (sourced.event.kind(), outcome)
        assert await self.picture(sourced) == before, sourced.event.kind()
        return await self.reason()

    async def reason(self) -> str:
        """Of the record that was parked last; each row is then removed, or the next would only wait
        behind it.
        """
        rows = await self.runtime.database[PARKED].find({}).to_list()
        await self.runtime.database[PARKED].delete_many({})
        (entry,) = (entry for row in rows for entry in row["entries"])
        return str(entry["reason"])

    async def picture(self, sourced: Sourced) -> dict[str, bytes]:
        """Every document of every school, byte by byte."""
        besides = {PARKED, "meta"} | (HEARD_OF if sourced.topic is MESSAGES else set())
        found = {}
        for name in sorted(set(await self.runtime.database.list_collection_names()) - besides):
            async for document in self.runtime.database[name].find({}):
                found[f"{name}.{document['_id']}"] = encode(document)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SERVICES)
async def reader(request: pytest.FixtureRequest, servers: Servers) -> AsyncIterator[Reader]:
    scenario: Scenario = importlib.import_module(f"conformance.{request.param}").SCENARIO
    async with own_prefix(servers) as prefix:
        settings = environment(servers, prefix, retry_seconds=0.05)
        async with prepared(scenario, settings) as runtime:
            await make_topics(
                runtime.settings.kafka_bootstrap_servers,
                topics_of(scenario.service, runtime.settings),
                1,
            )
            events = scenario.events()
            ours = events[0].event.school_id
            await deliver(
                runtime,
                [
                    *events,
                    Sourced(
                        SCHOOLS, THEIRS, 1, SchoolDefined(school_id=THEIRS, school=_school(THEIRS))
                    ),
                ],
            )
            yield Reader(
                runtime, ours, _of_each_type([one for one in events if one.event.school_id == ours])
            )


def _school(school_id: str) -> School:
    return School(
        school_id=school_id, name="SMA", time_zone="Asia/Jakarta", country="ID", languages=("id",)
    )


def _of_each_type(events: list[Sourced]) -> list[Sourced]:
    """One of each, as something new of its document."""
    found = {
        type(one.event): one for one in events if getattr(one.event, "case_id", "") is not None
    }
    return [Sourced(one.topic, one.subject, 10_000, one.event) for one in found.values()]


def changed(
    record: Record,
    *,
    header: list[str] | None = None,
    data: Callable[[dict[str, Any]], object] | None = None,
) -> Record:
    """The record with other values of its school's header, or with other data."""
    headers = list(record.headers)
    if header is not None:
        headers = [one for one in headers if one[0] != "ce_schoolid"] + [
            ("ce_schoolid", value.encode()) for value in header
        ]
    value = record.value
    if data is not None:
        content = json.loads(value or b"")
        data(content)
        value = json.dumps(content).encode()
    return ConsumerRecord(
        record.topic, 0, 0, 0, 1, record.key, value, None, 0, len(value or b""), headers
    )


def school_of(record: Record) -> list[str]:
    return [value.decode() for name, value in record.headers if name == "ce_schoolid"]


def twice(record: Record) -> Record:
    """The data names their school first, and ours, as the header does, at its end."""
    made = changed(record)
    made.value = b'{"school_id":"%s",' % THEIRS.encode() + (record.value or b"")[1:]
    return made


FORGED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no header": (lambda record: changed(record, header=[]), "attribute_missing"),
    "an empty header": (lambda record: changed(record, header=[""]), "attribute_unreadable"),
    "two headers": (
        lambda record: changed(record, header=[THEIRS, *school_of(record)]),
        "attribute_twice",
    ),
    "another header": (lambda record: changed(record, header=[THEIRS]), "school_mismatch"),
    "no school in the data": (
        lambda record: changed(record, data=lambda content: content.pop("school_id")),
        "schema",
    ),
    "two schools in the data": (twice, "field_twice"),
    "a pattern": (
        lambda record: changed(
            record, header=["*"], data=lambda content: content.update(school_id="*")
        ),
        "attribute_unreadable",
    ),
}


@pytest.mark.parametrize("how", FORGED)
async def test_an_event_without_one_school_is_parked_and_changes_nothing(
    reader: Reader, how: str
) -> None:
    forge, reason = FORGED[how]
    for sourced in reader.examples:
        assert await reader.refuses(sourced, forge(record_of(sourced))) == reason, (
            sourced.event.kind()
        )


async def test_an_event_of_an_unknown_school_is_parked_and_changes_nothing(reader: Reader) -> None:
    for sourced in reader.examples:
        if not isinstance(sourced.event, SchoolDefined):
            moved = _of(sourced, UNKNOWN)
            assert await reader.refuses(moved, record_of(moved)) == "unknown_school", (
                sourced.event.kind()
            )


async def test_an_event_about_another_schools_things_is_parked_and_changes_nothing(
    reader: Reader,
) -> None:
    """Header and data agree on their school; the case, message or alert is ours."""
    for sourced in reader.examples:
        if not isinstance(sourced.event, NAMED_BY_SCHOOL):
            moved = _of(sourced, THEIRS)
            assert await reader.refuses(moved, record_of(moved)) == "another_school", (
                sourced.event.kind()
            )


async def test_a_school_that_is_described_as_another_is_parked(reader: Reader) -> None:
    (defined,) = (one for one in reader.examples if isinstance(one.event, SchoolDefined))
    forged = changed(
        record_of(defined), data=lambda content: content["school"].update(school_id=THEIRS)
    )
    assert await reader.refuses(defined, forged) == "schema"


def _of(sourced: Sourced, school_id: str) -> Sourced:
    return Sourced(
        sourced.topic,
        sourced.subject,
        sourced.number,
        msgspec.structs.replace(sourced.event, school_id=school_id),
    )
