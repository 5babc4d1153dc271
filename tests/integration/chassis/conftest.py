"""What the chassis's tests share: a writing service with its store ready and no loops, a stepped
wall clock, an app on a real port.
"""

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from fastapi import FastAPI

from sample_service import sender
from sebaya_chassis.service.runtime import Runtime
from servers import Servers
from support import served


@pytest.fixture
async def runtime(servers: Servers, prefix: str) -> AsyncIterator[Runtime]:
    made = sender(servers, prefix)
    await made.prepare()
    yield made
    await made.producer.stop()
    await made.client.close()


@pytest.fixture
def step_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves what this process believes to be the time of day, as an operator or NTP may."""
    real_time = time.time

    def step(by: timedelta) -> None:
        class Stepped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Stepped":
                return cls.fromtimestamp(real_time() + by.total_seconds(), tz)

            @classmethod
            def utcnow(cls) -> "Stepped":
                return cls.fromtimestamp(real_time() + by.total_seconds(), UTC).replace(tzinfo=None)

        monkeypatch.setattr(time, "time", lambda: real_time() + by.total_seconds())
        for name, module in list(sys.modules.items()):
            if name.startswith("sebaya_") and isinstance(getattr(module, "datetime", None), type):
                monkeypatch.setattr(module, "datetime", Stepped)

    return step


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[FastAPI], Awaitable[str]]]:
    """Puts an app on a free port and gives its address."""
    async with AsyncExitStack() as stack:
        yield lambda app: stack.enter_async_context(served(app))
