"""The whole local stack: starts its parts in order, watches over them, stops them in the reverse
order.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NoReturn, Self

from sebaya_cli.stack.folder import DataFolder
from sebaya_cli.stack.mail import MailSink
from sebaya_cli.stack.parts import Detours, Part, Parts, StackOptions, compose
from sebaya_cli.stack.ports import keep_ports
from sebaya_cli.stack.preflight import StackProblem
from sebaya_cli.stack.process import Child
from sebaya_cli.stack.services import ALL, instances
from sebaya_cli.stack.survey import survey

SERVERS = ("kafka", "kafka_controller", "mongo", "mail")
POLL_SECONDS = 0.2


def silent(_: str) -> None:
    """Report nothing."""


class LocalStack:
    """`async with LocalStack(folder) as stack:` everything is up inside, and nothing is left
    afterwards.

    `prepare` is awaited when the servers answer and before the services start: the place to make
    topics. Enter it from the main thread: the kernel ends the children with the thread that started
    them.
    """

    parts: Parts

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        services: Sequence[str] = ALL,
        report: Callable[[str], None] = silent,
        prepare: Callable[["LocalStack"], Awaitable[None]] | None = None,
        extra_env: Mapping[str, Mapping[str, str]] | None = None,
        database_prefix: str = "sebaya",
        topic_prefix: str = "",
        replicas: int = 1,
        broker: Mapping[str, str] | None = None,
        mongo_parameters: Mapping[str, str] | None = None,
        detours: Detours | None = None,
        country: str = "",
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.folder = DataFolder(data.resolve())
        self._asked_port = port
        self._options = StackOptions(
            tuple(services),
            extra_env or {},
            database_prefix,
            topic_prefix,
            replicas,
            broker or {},
            mongo_parameters or {},
            detours or Detours(),
            country,
        )
        self._report = report
        self._prepare = prepare
        self._environ = environ
        self._leaving = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as leaving:
            lock = await leaving.enter_async_context(self.folder.hold())
            plan = await survey(self.folder, self._asked_port, self._environ, self._report)
            ports = keep_ports(self.folder.ports, self._port_names(), origin=plan.port)
            self.parts = compose(plan, self._options, self.folder, ports, lock, self._report)
            leaving.push_async_callback(self._stop)
            await self._start()
            self._leaving = leaving.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leaving.aclose()

    def _port_names(self) -> list[str]:
        return [*SERVERS, *(one.name for one in instances(ALL, self._options.replicas))]

    @property
    def origin(self) -> str:
        return self.parts.surroundings.origin

    @property
    def mongodb_uri(self) -> str:
        return self.parts.surroundings.mongodb_uri

    @property
    def kafka(self) -> str:
        return self.parts.surroundings.kafka

    @property
    def mail(self) -> MailSink:
        return self.parts.mail

    async def wait(self) -> NoReturn:
        """Watch until a part ends that was not stopped; raise StackProblem with the reason."""
        while True:
            for part in self.parts.all().values():
                if part.child is not None and part.child.ended_unasked:
                    raise StackProblem(part.child.describe_end())
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self, name: str) -> None:
        """Stop one part, such as `kafka`, `intake-1`, or `intake` with all its replicas, and leave
        the others.
        """
        await asyncio.gather(*(self._stop_one(part) for part in self.parts.named(name)))

    async def start(self, name: str) -> None:
        """Start a part again that was stopped or killed."""
        await asyncio.gather(*(part.start() for part in self.parts.named(name)))

    def kill(self, name: str) -> None:
        """End one part as a crash would."""
        for child in self._children(name):
            child.kill()

    def pause(self, name: str) -> None:
        """Freeze one part (SIGSTOP) until `resume`; its connections stay open and unanswered."""
        for child in self._children(name):
            child.pause()

    def resume(self, name: str) -> None:
        for child in self._children(name):
            child.resume()

    def _children(self, name: str) -> list[Child]:
        return [part.child for part in self.parts.named(name) if part.child is not None]

    async def _start(self) -> None:
        await self._start_together(self.parts.servers)
        if self._prepare is not None:
            await self._prepare(self)
        await self._start_together(self.parts.services)
        await self._start_together(self.parts.entrance)

    async def _start_together(self, parts: Mapping[str, Part]) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, part in parts.items():
                    tasks.create_task(self._start_one(name, part))
        except* StackProblem as problems:
            raise StackProblem("\n".join(str(problem) for problem in problems.exceptions)) from None

    async def _start_one(self, name: str, part: Part) -> None:
        began = time.monotonic()
        await part.start()
        self._report(f"{name} is ready ({time.monotonic() - began:.1f} s)")

    async def _stop(self) -> None:
        for group in (self.parts.entrance, self.parts.services, self.parts.servers):
            await asyncio.gather(*(self._stop_one(part) for part in group.values()))

    async def _stop_one(self, part: Part) -> None:
        if said := await part.stop():
            self._report(said)
