"""The broker answers for each topic by itself; only "exists already" is no failure. And what names
and headers of dead letters say.
"""

from types import SimpleNamespace

import pytest

from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.consuming.delivery import Replay, position, replay_of
from sebaya_chassis.outbox.topics import TopicsMissing, refuse_failures
from sebaya_contracts.topics import TOPICS, YEARS


def response(*errors: tuple[object, ...]) -> object:
    return SimpleNamespace(topic_errors=list(errors))


def test_made_and_there_already_are_both_fine() -> None:
    fine = [("a", 0, None), ("b", 36, "exists"), ("c", 0)]
    refuse_failures(response(*fine))
    refuse_failures(response())
    with pytest.raises(TopicsMissing, match="topic d"):
        refuse_failures(response(*fine, ("d", 41, "no")))


@pytest.mark.parametrize("code", [-1, 7, 17, 29, 37, 38, 40, 41, 44])
def test_any_other_code_names_the_topic(code: int) -> None:
    with pytest.raises(TopicsMissing, match=f"topic b: error {code} no"):
        refuse_failures(response(("a", 36, "exists"), ("b", code, "no")))
    with pytest.raises(TopicsMissing, match=f"topic b: error {code}$"):
        refuse_failures(response(("b", code)))


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


def test_dead_letters_are_kept_as_long_as_their_records_may_be() -> None:
    for topic in TOPICS:
        dead = dead_letter_topic(topic, "matching")
        assert dead.name == f"{topic.name}.matching.dlq"
        assert dead.retention == (topic.retention or YEARS)


def test_a_position_is_partition_and_offset() -> None:
    assert position(SimpleNamespace(partition=3, offset=17)) == "3:17"
