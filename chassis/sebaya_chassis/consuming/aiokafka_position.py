"""The one place that reads aiokafka's private state: how far a client has come in a partition.

The library's own `position` waits until that is known, and raises for a partition that was revoked
meanwhile; what is measured and decided here must know it at once, or know that it is not known.
"""

from aiokafka import AIOKafkaConsumer, TopicPartition


def next_offset(client: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """Return the next offset that is fetched; None until that is known, and where the partition is
    not the client's.
    """
    subscription = client._subscription.subscription
    assignment = subscription.assignment if subscription is not None else None
    if assignment is None:
        return None
    state = assignment.state_value(partition)
    return state.position if state is not None and state.has_valid_position else None


def is_read_to_end(client: AIOKafkaConsumer, partition: TopicPartition) -> bool:
    """Tell whether a client has fetched all that a partition is known to hold."""
    position = next_offset(client, partition)
    if position is None:
        return False
    end = client.highwater(partition)
    return end is not None and position >= end
