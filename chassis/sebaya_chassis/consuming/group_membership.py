"""How a consumer joins its group, and leaves it. The library's client is made anew each time."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import backoff
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming.offset_commits import ANSWER_SECONDS
from sebaya_chassis.outbox.producer import METADATA_MAX_AGE_MS

log = get_logger()

REQUEST_SLACK_MS = 10_000
STOP_SECONDS = 5.0


def group_of(service: str) -> str:
    """Name the consumer group of a service, before an installation's prefix."""
    return f"sebaya.{service}"


class GroupMembership:
    """The memberships of one service's process in its consumer group, one after another."""

    def __init__(self, service: str, topics: Iterable[str], settings: ChassisSettings) -> None:
        self.group = settings.topic(group_of(service))
        self._service = service
        self._topics = list(topics)
        self._settings = settings

    @property
    def rebalance_timeout_ms(self) -> int:
        """Calculate how long the group waits for a member that still finishes and commits what it
        has in hand, in milliseconds.

        By default that is the session's timeout: a member that drains for longer is put out, comes
        back, puts out the other one, and so on.
        """
        # A commit that is under way, and the last one.
        return max(
            self._settings.session_timeout_ms,
            int((self._settings.drain_seconds + 2 * ANSWER_SECONDS) * 1000),
        )

    async def join(
        self, listener: ConsumerRebalanceListener, heartbeat: Heartbeat
    ) -> AIOKafkaConsumer:
        """Join the group, for as long as it takes until the broker is there."""
        attempt = 0
        while True:
            heartbeat.turn()
            client = self._new_client()
            try:
                await client.start()
            except (KafkaError, OSError) as error:
                await self.leave(client)
                log.warning("broker_away", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1
            else:
                client.subscribe(self._topics, listener=listener)
                return client

    def _new_client(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap_servers,
            client_id=f"sebaya-{self._service}",
            group_id=self.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=self._settings.batch_records,
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=self._settings.session_timeout_ms // 4,
            rebalance_timeout_ms=self.rebalance_timeout_ms,
            # A member that joins is answered when all have joined.
            request_timeout_ms=self.rebalance_timeout_ms + REQUEST_SLACK_MS,
            max_poll_interval_ms=300_000,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            **self._settings.kafka_access.arguments(),
        )

    async def leave(self, client: AIOKafkaConsumer) -> None:
        """Stop a client. aiokafka's stop raises CancelledError, or hangs, while the broker is
        away.
        """
        stopping = asyncio.ensure_future(client.stop())
        await asyncio.wait({stopping}, timeout=STOP_SECONDS)
        if not stopping.done():
            stopping.cancel()
        elif not stopping.cancelled() and (error := stopping.exception()) is not None:
            log.warning("kafka_stop_unfinished", exc_info=error)
