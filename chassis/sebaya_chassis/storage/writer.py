"""The writing side of a process: the store's epoch and time, and the relay that publishes what was
written.
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
    """The right to publish one document's outbox until a moment.

    Every terminal write of its holder filters on the token. `withheld` counts the events given with
    it that lie beside the outbox in the store.
    """

    token: str
    until: datetime
    withheld: int = 0


class Publisher(Protocol):
    """The relay, which brings written events to the broker; a call never waits and never fails."""

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None, /
    ) -> None: ...


class SweepOnly:
    """Stands for the relay where a process has none: the sweep of another finds the events."""

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None, /
    ) -> None:
        """Leave the events where they are: the outbox is the queue."""


class DueDates(Protocol):
    """The timers of a process, which hear of each due date that it writes."""

    def expect(self, collection: str, due: datetime) -> None: ...


class NoTimers:
    """No timers in this process: a process that has them finds the date when it looks."""

    def expect(self, collection: str, due: datetime) -> None:
        """Do nothing: the date stands in the document."""


@dataclass(slots=True)
class Writer:
    """What a write needs of its process. `epoch` is read from the store at start; a restore raises
    it (decision 9).
    """

    service: str
    clock: StoreClock
    lease_seconds: float = 30.0
    epoch: int = 1
    publisher: Publisher = field(default_factory=SweepOnly)
    due_dates: DueDates = field(default_factory=NoTimers)

    def new_lease(self) -> Lease | None:
        """Make the lease of a new document; None where no relay of this process would use it."""
        if isinstance(self.publisher, SweepOnly):
            return None
        return Lease(new_id(), self.clock.now() + timedelta(seconds=self.lease_seconds))

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None, /
    ) -> None:
        self.publisher.notify_relay(ref, entries, lease)

    def expect_due(self, collection: str, due: datetime | None) -> None:
        """Say that a due date is about to be written; a lost word costs it seconds, no more."""
        if due is not None:
            self.due_dates.expect(collection, due)
