"""Faults of processes: killed, frozen past their leases, dead between two writes, on a stepped
clock, in a group that will not settle.
"""

import asyncio
import time
from contextlib import ExitStack

from aiokafka import AIOKafkaConsumer

from chaos.faults.base import Fault, Order
from chaos.field import Field
from sebaya_contracts.topics import read_by

DIES_WITHIN = 20.0
NEVER = 10**9
MEMBER_STAYS = 1.5


class _Held(Fault):
    """Keeps the supervisor's hands off its processes while it lasts."""

    def __init__(self, order: Order, field: Field) -> None:
        super().__init__(order, field)
        self._hold = ExitStack()

    @property
    def parts(self) -> list[str]:
        """All replicas, where the target is a service."""
        return [
            part.name if hasattr(part, "instance") else self.order.target
            for part in self.field.stack.parts.named(self.order.target)
        ]

    async def inject(self) -> None:
        for part in self.parts:
            self._hold.enter_context(self.field.held(part))
        await self._do()

    async def heal(self) -> None:
        with self._hold:
            await self._undo()

    async def _do(self) -> None:
        raise NotImplementedError

    async def _undo(self) -> None:
        raise NotImplementedError


class Kill(_Held):
    """SIGKILL, and after a while a start, as a supervisor would."""

    async def _do(self) -> None:
        self.field.stack.kill(self.order.target)

    async def _undo(self) -> None:
        await self.field.stack.start(self.order.target)


class Pause(_Held):
    """SIGSTOP for longer than a lease, then SIGCONT: it goes on where it was, believing that it
    still holds what it held.
    """

    async def _do(self) -> None:
        self.field.stack.pause(self.order.target)

    async def _undo(self) -> None:
        self.field.stack.resume(self.order.target)


class DeathAtWrite(_Held):
    """The process ends itself at its n-th write from now, so that over many runs it dies between
    any two writes of a decision.

    In a handler: from the next records that it fetches, so that they are in hand, and nothing or
    not everything is done about them.
    """

    async def _do(self) -> None:
        control, child = (
            self.field.controls[self.order.target],
            self.field.services[self.order.target].child,
        )
        options = self.order.options
        control.die(options["writes"], options["side"], in_handler=options["in_handler"])
        deadline = time.monotonic() + DIES_WITHIN
        while child is not None and child.running and time.monotonic() < deadline:  # noqa: ASYNC110 - a process ends
            await asyncio.sleep(0.02)
        self.happened = bool(control.last_words())
        self.detail = control.last_words()

    async def _undo(self) -> None:
        self.field.controls[self.order.target].die(NEVER, "before")
        if self.happened:
            await self.field.restart(self.order.target)


class ClockStep(Fault):
    """The wall clock of one replica jumps, and later jumps back."""

    async def inject(self) -> None:
        self.field.controls[self.order.target].step_clock(self.order.options["seconds"])
        self.detail = f"{self.order.options['seconds']:+.0f} s"

    async def heal(self) -> None:
        self.field.controls[self.order.target].step_clock(0.0)


class RebalanceStorm(Fault):
    """Strangers join a service's group and leave it, again and again. They never commit."""

    def __init__(self, order: Order, field: Field) -> None:
        super().__init__(order, field)
        self._storm: asyncio.Task[None] | None = None

    @property
    def parts(self) -> list[str]:
        return ["kafka"]  # a storm while the broker is away would be none

    async def inject(self) -> None:
        self._storm = asyncio.create_task(self._blow())

    async def heal(self) -> None:
        if self._storm is not None:
            await self._storm

    async def _blow(self) -> None:
        deadline = time.monotonic() + self.order.hold
        while time.monotonic() < deadline:
            await self._join_and_leave()

    async def _join_and_leave(self) -> None:
        where = self.field.where
        member = AIOKafkaConsumer(
            *(where.topic(topic.name) for topic in read_by(self.order.target)),
            bootstrap_servers=where.kafka,
            group_id=f"{where.topic_prefix}sebaya.{self.order.target}",
            enable_auto_commit=False,
            session_timeout_ms=3000,
            heartbeat_interval_ms=500,
        )
        try:
            await member.start()
            await asyncio.sleep(MEMBER_STAYS)
        finally:
            await member.stop()
