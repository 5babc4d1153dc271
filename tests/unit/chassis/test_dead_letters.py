"""How long dead letters are kept."""

from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_contracts.topics import TOPICS, YEARS


def test_dead_letters_are_kept_as_long_as_their_records_may_be() -> None:
    for topic in TOPICS:
        dead = dead_letter_topic(topic, "matching")
        assert dead.name == f"{topic.name}.matching.dlq"
        assert dead.retention == (topic.retention or YEARS)
