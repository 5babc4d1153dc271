"""The producer with the settings that lose nothing."""

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.kafka_access import OPEN, KafkaAccess
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import backoff
from sebaya_contracts.envelope import Headers

log = get_logger()
# Deleted or grown topics are noticed within this; the default of five minutes leaves a consumer
# without partitions.
METADATA_MAX_AGE_MS = 5_000


class Producer:
    """One idempotent producer a process, made anew when it breaks for good."""

    def __init__(self, bootstrap: str, service: str, access: KafkaAccess = OPEN) -> None:
        self._bootstrap = bootstrap
        self._access = access
        self._service = service
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def start(self, heartbeat: Heartbeat) -> None:
        """Wait, beating, until the broker is there."""
        attempt = 0
        while self._producer is None:
            heartbeat.turn()
            try:
                await self._connect()
            except KafkaError as error:
                log.warning("broker_away", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1

    async def _connect(self) -> AIOKafkaProducer:
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
        """Send a record and return its partition and offset. Raises KafkaError when the broker
        refuses.

        Waits for the acknowledgement, however long: a time-out would mean "unknown", and a second
        send could overtake.
        """
        producer = await self._connect()
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
        await _stop_client(producer)

    async def reach(self) -> None:
        """Ask the broker for anything at all. Raises KafkaError where none answers."""
        producer = await self._connect()
        if not await producer.client.force_metadata_update():
            raise KafkaConnectionError("no broker answers")

    async def stop(self) -> None:
        """Stop the library's producer. The next send starts another one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop_client(producer)


async def _stop_client(client: AIOKafkaProducer, seconds: float = 5.0) -> None:
    """aiokafka's stop hangs while the broker is away; what was not acknowledged is still in an
    outbox.
    """
    try:
        await asyncio.wait_for(client.stop(), seconds)
    except (TimeoutError, KafkaError) as error:
        log.warning("kafka_stop_unfinished", exc_info=error)
