"""The producer with the settings that lose nothing, and the topics as the contracts describe them."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.kafka_access import OPEN, KafkaAccess
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import backoff
from sebaya_contracts.envelope import Headers
from sebaya_contracts.topics import Topic

log = get_logger()
TOPIC_EXISTS = 36
# Deleted or grown topics are noticed within this; the default of five minutes leaves a consumer
# without partitions.
METADATA_MAX_AGE_MS = 5_000


class TopicsMissing(RuntimeError):
    """The broker refused to make a topic; the message names it and the broker's reason."""


async def make_topics(
    bootstrap: str, wanted: Iterable[tuple[str, Topic]], replicas: int, access: KafkaAccess = OPEN
) -> None:
    """Makes what is missing; existing topics stay as they are. Raises KafkaError or TopicsMissing."""
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
    """The broker reports each topic on its own; only "exists already" is no failure."""
    for name, code, *rest in getattr(response, "topic_errors", ()):
        if code not in {0, TOPIC_EXISTS}:
            raise TopicsMissing(
                f"the broker did not make the topic {name}: error {code} {rest[0] if rest else ''}".strip()
            )


async def records_to_end(
    bootstrap: str, name: str, partitions: int, access: KafkaAccess = OPEN
) -> AsyncIterator["ConsumerRecord[bytes, bytes]"]:
    """A topic from its first record to where it ends now, partition by partition. Raises
    KafkaError.
    """
    every = [TopicPartition(name, number) for number in range(partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **access.arguments(),
    )
    try:
        await consumer.start()
        consumer.assign(every)
        ends = await consumer.end_offsets(every)
        await consumer.seek_to_beginning(*every)
        waiting = set(every)
        while waiting := {
            partition
            for partition in waiting
            if await consumer.position(partition) < ends[partition]
        }:
            for records in (await consumer.getmany(*waiting, timeout_ms=500)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()


class Producer:
    """One idempotent producer a process, made anew when it breaks for good."""

    def __init__(self, bootstrap: str, service: str, access: KafkaAccess = OPEN) -> None:
        self._bootstrap = bootstrap
        self._access = access
        self._service = service
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def start(self, beat: Heartbeat) -> None:
        """Waits, beating, until the broker is there."""
        attempt = 0
        while self._producer is None:
            beat.turn()
            try:
                await self._connected()
            except KafkaError as error:
                log.warning("broker_away", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1

    async def _connected(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=f"sebaya-{self._service}",
                    acks="all",
                    enable_idempotence=True,
                    metadata_max_age_ms=METADATA_MAX_AGE_MS,
                    max_request_size=1_048_576,
                    **self._access.arguments(),
                )
                try:
                    await producer.start()
                except BaseException:
                    # A producer whose start failed leaves an open client behind.
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> tuple[int, int]:
        """Waits for the acknowledgement, however long: a time-out would mean "unknown", and a
        second send could overtake.

        Returns the partition and offset. Raises KafkaError when the broker refuses.
        """
        producer = await self._connected()
        try:
            sent = await producer.send_and_wait(topic, value=value, key=key, headers=headers)
        except KafkaError as error:
            await self._replace_broken(producer, error)
            raise
        return sent.partition, sent.offset

    async def _replace_broken(self, producer: AIOKafkaProducer, error: KafkaError) -> None:
        """After a fatal error (a lost sequence number, a closed producer) every later send would
        fail too.
        """
        if error.retriable or self._producer is not producer:
            return
        self._producer = None
        await stopped(producer)

    async def reach(self) -> None:
        """Ask the broker for anything at all. Raises KafkaError where none answers."""
        producer = await self._connected()
        if not await producer.client.force_metadata_update():
            raise KafkaConnectionError("no broker answers")

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await stopped(producer)


async def stopped(client: AIOKafkaProducer, seconds: float = 5.0) -> None:
    """aiokafka's stop hangs while the broker is away; what was not acknowledged is still in an
    outbox.
    """
    try:
        await asyncio.wait_for(client.stop(), seconds)
    except (TimeoutError, KafkaError) as error:
        log.warning("kafka_stop_unfinished", exc_info=error)
