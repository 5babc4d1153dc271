"""A reader of the released version understands today's records, and today's reader the released
ones.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sebaya_contracts
from sebaya_contracts.compatible import breaks
from sebaya_contracts.generate import asyncapi, documents, schemas
from sebaya_contracts.topics import ALERTS, CASES, SCHOOLS

Document = dict[str, Any]
RELEASED = Path(sebaya_contracts.__file__).parent.parent / "released"


def released() -> dict[str, Document]:
    return {path.name: json.loads(path.read_text()) for path in sorted(RELEASED.glob("*.json"))}


def test_there_is_a_released_version_of_every_topic_that_was_released() -> None:
    assert "asyncapi.json" in released()
    addresses = {channel["address"] for channel in released()["asyncapi.json"]["channels"].values()}
    assert {f"{address}.json" for address in addresses} == released().keys() - {"asyncapi.json"}


@pytest.mark.parametrize("name", sorted(released()))
def test_todays_types_break_no_reader_of_the_released_ones(name: str) -> None:
    made = documents()
    assert name in made, "a released topic is gone; a break is a new topic beside the old one"
    assert breaks(released()[name], json.loads(made[name])) == []


def changed(document: Document, change: Callable[[Document], Any]) -> Document:
    new = copy.deepcopy(document)
    change(new)
    return new


def opened(document: Document) -> Document:
    found: Document = document["$defs"]["CaseOpened"]
    return found


BROKEN: dict[str, tuple[Callable[[Document], Any], str]] = {
    "a field is gone": (
        lambda d: opened(d)["properties"].pop("topic"),
        "CaseOpened.topic: the field is gone",
    ),
    "an optional field is gone": (
        lambda d: d["$defs"]["Preferences"]["properties"].pop("hours"),
        "Preferences.hours: the field is gone",
    ),
    "an event type is gone": (lambda d: d["oneOf"].pop(0), "CaseOpened: the event type is gone"),
    "a type is gone": (lambda d: d["$defs"].pop("Preferences"), "Preferences: the type is gone"),
    "a new field is required": (
        lambda d: (
            opened(d)["properties"].update(grade={"type": "string"}),
            opened(d)["required"].append("grade"),
        ),
        "CaseOpened.grade: the field is required",
    ),
    "a field became required": (
        lambda d: d["$defs"]["Preferences"].setdefault("required", []).append("hours"),
        "Preferences.hours: the field is required",
    ),
    "a field became optional": (
        lambda d: opened(d)["required"].remove("consent_version"),
        "CaseOpened.consent_version: the field may be missing",
    ),
    "another type": (
        lambda d: opened(d)["properties"]["case_id"].update(type="integer"),
        "CaseOpened.case_id: the type",
    ),
    "a wider type": (
        lambda d: opened(d)["properties"].update(
            case_id={"anyOf": [{"type": "string"}, {"type": "null"}]}
        ),
        "CaseOpened.case_id: the type",
    ),
    "another named type": (
        lambda d: opened(d)["properties"]["topic"].update({"$ref": "#/$defs/Door"}),
        "CaseOpened.topic: the type",
    ),
    "other items": (
        lambda d: d["$defs"]["Preferences"]["properties"]["hours"].update(
            items={"type": "integer"}
        ),
        "Preferences.hours: the type",
    ),
    "a limit": (
        lambda d: opened(d)["properties"]["case_id"].update(maxLength=3),
        "CaseOpened.case_id: the type, the limits",
    ),
    "another default": (
        lambda d: d["$defs"]["Preferences"]["properties"]["hours"].update(default=["morning"]),
        "Preferences.hours: the type, the limits or the default",
    ),
    "a word is gone": (
        lambda d: d["$defs"]["Door"]["enum"].remove("friend"),
        "Door: the word 'friend' is gone",
    ),
    "a new word": (
        lambda d: d["$defs"]["Door"]["enum"].append("kiosk"),
        "do not know the word 'kiosk'",
    ),
    "another event name": (
        lambda d: opened(d)["properties"]["type"].update(enum=["CaseBegun"]),
        "CaseOpened.type: the type",
    ),
    "unknown fields are forbidden": (
        lambda d: opened(d).update(additionalProperties=False),
        "CaseOpened: the object's own rules",
    ),
    "no object any more": (
        lambda d: d["$defs"].update(Preferences={"type": "string"}),
        "Preferences: the type has changed",
    ),
    "another topic": (lambda d: d.update(title="intake.cases.v2"), "the topic is now called"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_reader_is_named(name: str) -> None:
    change, expected = BROKEN[name]
    found = breaks(schemas(CASES), changed(schemas(CASES), change))

    assert any(expected in one for one in found), found


HARMLESS: dict[str, Callable[[Document], Any]] = {
    "nothing": lambda _d: None,
    "a new field with a default": lambda d: opened(d)["properties"].update(
        grade={"type": "string", "default": ""}
    ),
    "a new event type": lambda d: (
        d["oneOf"].append({"$ref": "#/$defs/CaseMoved"}),
        d["$defs"].update(
            CaseMoved={
                "type": "object",
                "properties": {"case_id": {"type": "string"}},
                "required": ["case_id"],
            }
        ),
    ),
    "another description": lambda d: opened(d).update(description="Somebody asked."),
    "another order of words": lambda d: d["$defs"]["Door"]["enum"].reverse(),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_breaks_nobody_passes(name: str) -> None:
    assert breaks(schemas(CASES), changed(schemas(CASES), HARMLESS[name])) == []


def test_a_new_policy_with_a_default_breaks_nobody() -> None:
    """The default of the whole repeats the defaults of its fields."""

    def add(document: Document) -> None:
        document["$defs"]["Policies"]["properties"]["quiet_hours"] = {
            "type": "boolean",
            "default": False,
        }
        document["$defs"]["School"]["properties"]["policies"]["default"]["quiet_hours"] = False

    assert breaks(schemas(SCHOOLS), changed(schemas(SCHOOLS), add)) == []


def channel(document: Document) -> Document:
    found: Document = document["channels"][ALERTS.name.replace(".", "_")]
    return found


LAID_OUT_ANEW: dict[str, tuple[Callable[[Document], Any], str]] = {
    "the topic is gone": (
        lambda d: d["channels"].pop(ALERTS.name.replace(".", "_")),
        "the topic is gone",
    ),
    "another name": (
        lambda d: channel(d).update(address="escalation.alerts.v2"),
        "the address was",
    ),
    "another key": (
        lambda d: channel(d).update({"x-key": "case_id"}),
        "the key was school_id and is case_id",
    ),
    "other partitions": (
        lambda d: channel(d)["bindings"]["kafka"].update(partitions=12),
        "the partition count was 6 and is 12",
    ),
    "compacted": (
        lambda d: channel(d)["bindings"]["kafka"].update(
            topicConfiguration={"cleanup.policy": ["compact"]}
        ),
        "the way of keeping was",
    ),
    "an event type is gone": (
        lambda d: channel(d)["messages"].pop("AlertRose"),
        "the event type AlertRose is gone",
    ),
}


@pytest.mark.parametrize("name", LAID_OUT_ANEW)
def test_another_layout_of_a_topic_is_named(name: str) -> None:
    change, expected = LAID_OUT_ANEW[name]
    found = breaks(asyncapi(), changed(asyncapi(), change))

    assert any(expected in one for one in found), found


def test_a_new_topic_and_a_longer_retention_break_nobody() -> None:
    def add(document: Document) -> None:
        document["channels"]["evaluation_waves_v1"] = channel(document) | {
            "address": "evaluation.waves.v1"
        }
        channel(document)["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] = 2**50

    assert breaks(asyncapi(), changed(asyncapi(), add)) == []
