"""Inside a service under test: Python loads this before the service, which itself knows nothing of
tests.

By a control file the test steps this process's wall clock, or lets it die at its n-th write from
now, or from the next records that it fetches: before the write leaves, or after it is done and
before anybody is told. Writes are MongoDB's commands (by PyMongo's own command events), records
sent, and offsets committed.
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import monitoring

LOOK_SECONDS = 0.05
CODE_OF_DEATH = 97
WRITES = frozenset({"insert", "update", "delete", "findAndModify", "commitTransaction"})


class Fate:
    """How many writes are left to live, and on which side of the last one death waits."""

    def __init__(self, last_words: Path) -> None:
        self._last_words = last_words
        self._left: int | None = None
        self._side = "before"
        self._counts = True

    def order(self, writes: int, side: str, *, in_handler: bool) -> None:
        self._counts = not in_handler
        self._side, self._left = side, writes

    def fetched(self) -> None:
        """Records are in hand: what is written from now on may be what they do."""
        self._counts = True

    def before(self, write: str) -> None:
        if self._left is None or not self._counts:
            return
        self._left -= 1
        if self._left <= 0 and self._side == "before":
            self._die(write)

    def after(self, write: str) -> None:
        if self._left is not None and self._left <= 0 and self._side == "after":
            self._die(write)

    def _die(self, write: str) -> None:
        self._last_words.write_text(f"{self._side} {write}")
        os._exit(CODE_OF_DEATH)


class Commands(monitoring.CommandListener):
    """Every write that this process asks of MongoDB."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in WRITES:
            self._fate.before(f"{event.command_name} of {event.command.get(event.command_name)}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if event.command_name in WRITES:
            self._fate.after(event.command_name)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """The next write is as good."""


def watch_kafka(fate: Fate) -> None:
    """Records sent and offsets committed are writes too; what is fetched is what a handler then has
    in hand.
    """
    for owner, name in ((AIOKafkaProducer, "send_and_wait"), (AIOKafkaConsumer, "commit")):
        setattr(owner, name, _watched(fate, getattr(owner, name), name))
    fetch = AIOKafkaConsumer.getmany

    async def getmany(*given: Any, **named: Any) -> Any:
        records = await fetch(*given, **named)
        if records:
            fate.fetched()
        return records

    AIOKafkaConsumer.getmany = getmany


def _watched(fate: Fate, call: Any, name: str) -> Any:
    async def watched(*given: Any, **named: Any) -> Any:
        fate.before(name)
        answer = await call(*given, **named)
        fate.after(name)
        return answer

    return watched


class WallClock:
    """This process's wall clock, stepped against the machine's. The monotonic one goes on, as it
    does in a real step.
    """

    def __init__(self) -> None:
        self._travel: Any = None

    def step(self, seconds: float) -> None:
        import time_machine  # after the service's own start: most processes never need it

        if self._travel is not None:
            self._travel.stop()
            self._travel = None
        if seconds:
            self._travel = time_machine.travel(time.time() + seconds, tick=True)
            self._travel.start()


def obey(control: Path, fate: Fate, clock: WallClock) -> None:
    """Look for new orders until the process ends. Those that were there before it began are not for
    it, but the clock's are.
    """
    orders = _read(control)
    clock_now = 0.0
    death_seen = orders.get("death", 0)
    while True:
        orders = _read(control)
        if orders.get("clock", 0.0) != clock_now:
            clock_now = orders.get("clock", 0.0)
            clock.step(clock_now)
        if orders.get("death", 0) != death_seen:
            death_seen = orders["death"]
            fate.order(orders["writes"], orders["side"], in_handler=orders["in_handler"])
            control.with_suffix(".heard").write_text(str(death_seen))
        time.sleep(LOOK_SECONDS)


def _read(control: Path) -> dict[str, Any]:
    return dict(json.loads(control.read_text())) if control.exists() else {}


def begin(control: Path) -> None:
    fate = Fate(control.with_suffix(".last"))
    monitoring.register(Commands(fate))
    watch_kafka(fate)
    threading.Thread(
        target=obey, args=(control, fate, WallClock()), daemon=True, name="control"
    ).start()


if "CHAOS_CONTROL" in os.environ:
    begin(Path(os.environ["CHAOS_CONTROL"]))
