"""The AsyncAPI document says what the code says: every topic, every type, every key."""

import json
from pathlib import Path
from typing import Any

import pytest

import sebaya_contracts
from sebaya_contracts import generate
from sebaya_contracts.event import Event, Part
from sebaya_contracts.topics import MESSAGES, RESPONSES, SENSITIVE, SERVICES, TOPICS, Topic, read_by

Document = dict[str, Any]
SCHEMAS = Path(sebaya_contracts.__file__).parent.parent / "schemas"
KINDS = [kind for topic in TOPICS for kind in topic.types.values()]


@pytest.fixture(scope="module")
def document() -> Document:
    found: Document = json.loads((SCHEMAS / "asyncapi.json").read_text())
    return found


def test_the_generated_files_are_up_to_date() -> None:
    assert generate.main(check=True) == 0


def test_a_stale_file_and_one_too_many_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "OUT", tmp_path)
    assert generate.main(check=True) == 1
    assert generate.main(check=False) == 0
    assert generate.main(check=True) == 0
    (tmp_path / "left.over.v1.json").write_text("{}")
    assert generate.main(check=True) == 1
    (tmp_path / "left.over.v1.json").unlink()
    (tmp_path / "asyncapi.json").write_text("{}")
    assert generate.main(check=True) == 1


def test_every_topic_is_a_channel(document: Document) -> None:
    channels = {channel["address"]: channel for channel in document["channels"].values()}

    assert channels.keys() == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        assert channels[topic.name]["x-key"] == topic.key
        assert channels[topic.name]["bindings"]["kafka"]["partitions"] == topic.partitions
        assert channels[topic.name]["messages"].keys() == topic.types.keys()


def test_every_type_is_a_message_with_a_summary(document: Document) -> None:
    messages = document["components"]["messages"]

    assert messages.keys() == {kind.kind() for kind in KINDS}
    assert all(message["summary"] for message in messages.values())


def test_every_reference_leads_somewhere(document: Document) -> None:
    found_references = references(document)
    assert len(found_references) >= 2 * len(KINDS), (
        "a message is named by its channel and names its schema"
    )
    for reference in found_references:
        file, _, path = reference.partition("#/")
        found: Any = json.loads((SCHEMAS / file).read_text()) if file else document
        for step in path.split("/"):
            assert step in found, reference
            found = found[step]


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [value for key, value in part.items() if key == "$ref"]
        return own + [one for value in part.values() for one in references(value)]
    return [one for value in part for one in references(value)] if isinstance(part, list) else []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_reference_within_a_schema_leads_somewhere(topic: Topic) -> None:
    schema = generate.schemas(topic)
    assert all(
        reference.removeprefix("#/$defs/") in schema["$defs"] for reference in references(schema)
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind())
def test_every_event_says_what_it_means(kind: type[Event]) -> None:
    assert kind.__doc__
    assert kind.__doc__ not in {Event.__doc__, Part.__doc__}
    first = kind.__doc__.strip().split("\n\n")[0]
    assert first.endswith(".") or ":" in kind.__doc__


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind())
def test_every_event_carries_its_key_and_is_frozen(kind: type[Event]) -> None:
    topic = next(topic for topic in TOPICS if kind.kind() in topic.types)
    assert topic.key in kind.__struct_fields__
    assert "school_id" in kind.__struct_fields__
    assert kind.__struct_config__.frozen


def test_a_type_belongs_to_one_topic() -> None:
    assert len({kind.kind() for kind in KINDS}) == len(KINDS)


def test_free_text_and_answers_are_kept_for_less_than_a_week() -> None:
    for topic in (MESSAGES, RESPONSES):
        assert topic.retention == SENSITIVE
        assert (topic.retention + topic.segment).total_seconds() < 7 * 86400


def test_every_service_reads_the_schools_and_nothing_it_writes() -> None:
    for service in SERVICES:
        read = list(read_by(service))
        assert any(topic.name.startswith("district.schools") for topic in read)
        assert all(topic.writer != service for topic in read)
