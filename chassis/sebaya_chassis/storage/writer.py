"""What a write needs to know of the process it happens in: the store's epoch and time, and who
publishes afterwards.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.storage.clock import StoreClock


class DocumentRef(NamedTuple):
    """A document of one school."""

    collection: str
    school_id: str
    identity: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to publish one document's outbox until a moment. Every terminal write of its holder
    filters on the token.
    """

    token: str
    until: datetime


class Publisher(Protocol):
    """Whoever brings written events to the broker; never waits, never fails."""

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None, /
    ) -> None: ...


class SweepOnly:
    """No relay in this process: what is written waits for the sweep of one that has it."""

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None, /
    ) -> None:
        """Nothing to do: the outbox is the queue."""


@dataclass(slots=True)
class Writer:
    """The writing side of a process. `epoch` is read from the store at start; a restore raises it
    (DESIGN 3).
    """

    service: str
    clock: StoreClock
    lease_seconds: float = 30.0
    epoch: int = 1
    publisher: Publisher = field(default_factory=SweepOnly)

    def new_lease(self) -> Lease | None:
        """A lease for a document about to be born; None where nobody here would use it."""
        if isinstance(self.publisher, SweepOnly):
            return None
        return Lease(new_id(), self.clock.now() + timedelta(seconds=self.lease_seconds))

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None, /
    ) -> None:
        self.publisher.notify_relay(ref, entries, lease)
