"""What the headers of a record say, read once; what is wrong with them is a reason, no error."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from conformance.harness import Sourced, attributes_of, delivery_of
from sample_service import asked
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming.delivery import (
    Delivery,
    Replay,
    position,
    read_delivery,
    replay_of,
)
from sebaya_contracts.envelope import Malformed, Sequence
from sebaya_contracts.intake import AdultRequested
from sebaya_contracts.topics import CASES

EVENT = Sourced(CASES, "c1", 7, asked("c1"))
HEADERS = attributes_of(EVENT).headers()


def delivered(headers: Any, value: bytes = b"{}") -> Delivery:
    record = ConsumerRecord(CASES.name, 3, 17, 0, 1, b"s1", value, None, 2, 2, headers)
    return read_delivery(CASES, record, Heartbeat("toy", "test"))


def test_a_record_in_good_order_has_its_kind_its_mark_and_its_event() -> None:
    delivery = delivery_of(EVENT)
    assert (delivery.kind, delivery.fault, delivery.replay) == (AdultRequested, "", None)
    assert (delivery.subject, delivery.school_id) == ("c1", "s1")
    assert delivery.mark().source == "intake_cases_v1/c1"
    assert delivery.mark().sequence == Sequence(1, 7)
    assert delivery.event() == EVENT.event


@pytest.mark.parametrize(
    ("missing", "fault"),
    [("ce_subject", "attribute_missing"), ("ce_sequence", "attribute_missing")],
)
def test_headers_that_cannot_be_read_are_a_fault_that_no_handler_is_given(
    missing: str, fault: str
) -> None:
    delivery = delivered([header for header in HEADERS if header[0] != missing])
    assert (delivery.kind, delivery.fault) == (None, fault)
    assert (delivery.subject, delivery.school_id) == ("3:17", "")
    with pytest.raises(Malformed) as malformed:
        delivery.event()
    assert malformed.value.reason == fault
    with pytest.raises(Malformed):
        delivery.mark()


def test_an_unknown_type_is_a_fault_of_a_known_document() -> None:
    headers = [(name, b"NeverHeardOf" if name == "ce_type" else held) for name, held in HEADERS]
    delivery = delivered(headers)
    assert (delivery.kind, delivery.fault) == (None, "unknown_type")
    assert (delivery.subject, delivery.school_id) == ("c1", "s1")


def test_a_document_is_of_a_topic_and_a_record_without_one_is_alone() -> None:
    assert delivered(HEADERS).document == (CASES.name, b"c1")
    assert delivered([]).document == (CASES.name, b"3:17")
    assert delivered([]).partition == TopicPartition(CASES.name, 3)


def test_a_replay_says_for_whom_and_which() -> None:
    replay = Replay("matching", "intake.cases.v1/c1", "3:17")
    assert replay_of([("ce_id", b"x"), replay.header()]) == replay


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("ce_id", b"matching|a|1:2")],
        [("sebaya_replay", b"matching|a")],
        [("sebaya_replay", b"\xff|\xff")],
    ],
)
def test_anything_else_is_no_replay(headers: list[tuple[str, bytes]]) -> None:
    assert replay_of(headers) is None


def test_a_position_is_partition_and_offset() -> None:
    assert position(SimpleNamespace(partition=3, offset=17)) == "3:17"
