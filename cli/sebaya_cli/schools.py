"""`sebaya school`: what the district's file says becomes what the services know."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_cli.installation import Installation
from sebaya_cli.topic_events import read, topic_state
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Attributes, Sequence, encode
from sebaya_contracts.topics import SCHOOLS


@dataclass(frozen=True, slots=True)
class Known:
    """A school as the topic has it."""

    school: School
    sequence: Sequence


@dataclass(frozen=True, slots=True)
class Change:
    """What applying would do to one school."""

    school: School
    kind: str
    """`new`, `changed` or `same`"""
    fields: tuple[str, ...] = ()


async def known(where: Installation) -> dict[str, Known]:
    """Read the newest description of each school: the newest by sequence wins.

    Empty where no district was ever applied, so that the topic is not there yet.
    """
    if (await topic_state(where, [SCHOOLS])).missing:
        return {}
    found: dict[str, Known] = {}
    async for seen in read(where, SCHOOLS):
        before = found.get(seen.event.school_id)
        if isinstance(seen.event, SchoolDefined) and (
            before is None or before.sequence < seen.about.sequence
        ):
            found[seen.event.school_id] = Known(seen.event.school, seen.about.sequence)
    return found


def changes(wanted: list[School], present: dict[str, Known]) -> list[Change]:
    """Compare school by school: new, changed (in which fields) or the same."""
    return [_change(school, present.get(school.school_id)) for school in wanted]


def _change(school: School, before: Known | None) -> Change:
    if before is None:
        return Change(school, "new")
    school = msgspec.structs.replace(school, leavers=find_leavers(before.school, school))
    old, new = msgspec.to_builtins(before.school), msgspec.to_builtins(school)
    differing = tuple(name for name in new if new[name] != old.get(name))
    return Change(school, "changed" if differing else "same", differing)


def find_leavers(before: School, after: School) -> tuple[str, ...]:
    """Find the people that a school has had among its staff, and has not any more, by id."""
    once = {person.person_id for person in before.staff} | set(before.leavers)
    return tuple(sorted(once - {person.person_id for person in after.staff}))


async def publish(where: Installation, wanted: list[Change], present: dict[str, Known]) -> int:
    """Bring what is new or changed to the topic, in the file's order. How many that were."""
    producer = Producer(where.kafka, "district", where.access)
    sent = 0
    try:
        for change in wanted:
            if change.kind == "same":
                continue
            before = present.get(change.school.school_id)
            after = (
                Sequence(before.sequence.epoch, before.sequence.number + 1)
                if before
                else Sequence(1, 1)
            )
            await _send(producer, where, change.school, after)
            sent += 1
    finally:
        await producer.stop()
    return sent


async def _send(
    producer: Producer, where: Installation, school: School, sequence: Sequence
) -> None:
    event = SchoolDefined(school_id=school.school_id, school=school)
    about = Attributes(
        new_id(),
        "/district",
        event.kind(),
        school.school_id,
        school.school_id,
        sequence,
        datetime.now(UTC),
    )
    await producer.send(
        where.topic(SCHOOLS.name), school.school_id.encode(), encode(event), about.headers()
    )


async def make_topic(where: Installation, replicas: int) -> None:
    """Make the topic of schools: a district's first command may come before its services."""
    await make_topics(where.kafka, [(where.topic(SCHOOLS.name), SCHOOLS)], replicas, where.access)
