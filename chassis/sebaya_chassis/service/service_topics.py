"""The topics that a service needs, made where they are missing."""

import asyncio

from aiokafka.errors import KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import backoff
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.outbox.topics import TopicsMissing, make_topics
from sebaya_contracts.topics import TOPICS, Topic, read_by, written_by

log = get_logger()


def topics_of(service: str, settings: ChassisSettings) -> list[tuple[str, Topic]]:
    """List the topics of a service by their names on this broker: what it reads and writes, and its
    dead letters. Of others it need not even know.
    """
    own = [
        (settings.topic(topic.name), topic)
        for topic in TOPICS
        if service in topic.readers or topic in written_by(service)
    ]
    dead = [
        (
            settings.topic(topic.dead_letters(service)),
            dead_letter_topic(topic, service),
        )
        for topic in read_by(service)
    ]
    return own + dead


async def ensure_topics(service: str, settings: ChassisSettings, heartbeat: Heartbeat) -> None:
    """Make the topics of a service that are missing, for as long as it takes until the broker is
    there. Several processes may do so at once.
    """
    attempt = 0
    while True:
        heartbeat.turn()
        try:
            await make_topics(
                settings.kafka_bootstrap_servers,
                topics_of(service, settings),
                settings.topic_replicas,
                settings.kafka_access,
            )
        except (KafkaError, TopicsMissing, OSError) as error:
            log.warning("topics_not_made", exc_info=error, attempt=attempt)
            await asyncio.sleep(backoff(attempt))
            attempt += 1
        else:
            return
