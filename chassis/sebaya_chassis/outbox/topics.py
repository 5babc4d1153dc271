"""Topics on the broker, as the contracts describe them."""

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from sebaya_chassis.base.kafka_access import OPEN, KafkaAccess
from sebaya_contracts.topics import Topic

TOPIC_EXISTS = 36


class TopicsMissing(RuntimeError):
    """The broker refused to make a topic; the message names it and the broker's reason."""


async def make_topics(
    bootstrap: str, wanted: Iterable[tuple[str, Topic]], replicas: int, access: KafkaAccess = OPEN
) -> None:
    """Make the topics that are missing; existing ones stay as they are.

    Raises KafkaError, TopicsMissing.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access.arguments())
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        new = [
            NewTopic(
                name,
                num_partitions=topic.partitions,
                replication_factor=replicas,
                topic_configs=topic.config(),
            )
            for name, topic in wanted
            if name not in existing
        ]
        if new:
            refuse_failures(await admin.create_topics(new))
    finally:
        await admin.close()


def refuse_failures(response: object) -> None:
    """Raise TopicsMissing for the first topic that the broker did not make.

    It reports each topic on its own; only "exists already" is no failure.
    """
    for name, code, *rest in getattr(response, "topic_errors", ()):
        if code not in {0, TOPIC_EXISTS}:
            why = f"error {code} {rest[0] if rest else ''}".strip()
            raise TopicsMissing(f"the broker did not make the topic {name}: {why}")
