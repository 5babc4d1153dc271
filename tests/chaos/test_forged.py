"""What is forged as another school's must be something that every reader would have applied;
otherwise nobody need park it.
"""

import importlib

import pytest
from aiokafka import ConsumerRecord

from chaos.faults.records import HANDLED, handled_by_all, readers_of
from sebaya_contracts.topics import MATCHES, Topic


def record(offset: int, kind: str) -> ConsumerRecord:
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e"),
        ("ce_source", b"/matching"),
        ("ce_type", kind.encode()),
        ("ce_subject", b"m1"),
        ("ce_time", b"2026-11-26T10:00:00Z"),
        ("ce_schoolid", b"s1"),
        ("ce_sequence", b"1.1"),
    ]
    return ConsumerRecord("t", 0, offset, 0, 1, b"k", b"v", None, 1, 1, headers)


@pytest.mark.parametrize("topic", HANDLED, ids=lambda topic: topic.name)
def test_types_that_some_reader_skips_are_left_out(topic: Topic) -> None:
    kinds = list(topic.types)
    found = handled_by_all(topic, [record(offset, kind) for offset, kind in enumerate(kinds)])
    assert [kinds[one.offset] for one in found] == [HANDLED[topic].kind()]


@pytest.mark.parametrize("topic", HANDLED, ids=lambda topic: topic.name)
def test_every_reader_handles_the_type_that_is_forged(topic: Topic) -> None:
    for service in readers_of(topic):
        scenario = importlib.import_module(f"conformance.{service}").SCENARIO
        assert HANDLED[topic] in {type(sourced.event) for sourced in scenario.events()}, service


def test_the_newest_comes_last() -> None:
    kind = HANDLED[MATCHES].kind()
    assert [
        one.offset
        for one in handled_by_all(
            MATCHES, [record(3, kind), record(4, "MatchLapsed"), record(7, kind)]
        )
    ] == [3, 7]
