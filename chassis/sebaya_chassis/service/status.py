"""How one service stands, for its operator. The service itself reports it, since no service asks
another.

The processes that consume and the processes that answer are often not the same. So a worker leaves
a note in the service's own store each time it is measured; the process that answers reads the notes
that are fresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pymongo import IndexModel

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.consuming.worker_note import WorkerNote
from sebaya_chassis.storage.database import Database, Document

COLLECTION = "workers"
# Three measurements: one may be late, and a restart is over by then.
FRESH = timedelta(seconds=30)
# Below this a consumer is busy, not behind.
BEHIND_SECONDS = 60.0
# Notes of workers that are gone.
INDEXES = [IndexModel([("at", 1)], expireAfterSeconds=3600)]


class State(StrEnum):
    """The worst of what is true."""

    WELL = "well"
    LEFT_OVER = "left_over"
    BEHIND = "behind"
    NO_WORKER = "no_worker"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service as a whole. `ready` is the process that answers; all else is known from the
    workers and the store.
    """

    service: str
    state: State
    ready: bool
    workers: int
    records_behind: int
    seconds_behind: float
    dead_letters: int
    stuck: tuple[str, ...]


def combine_notes(
    service: str,
    notes: Sequence[WorkerNote],
    dead_letters: int,
    *,
    ready: bool,
    stuck: Sequence[str],
) -> ServiceStatus:
    """Combine the workers' notes to the status of their service.

    Partitions are split among workers: what each has not read adds up, how long it waits does not.
    """
    still = tuple(sorted({*stuck, *(loop for note in notes for loop in note.stuck)}))
    seconds = max((note.seconds_behind for note in notes), default=0.0)
    grounds = (
        (State.STOPPED, bool(still) or not ready or any(note.halted for note in notes)),
        (State.NO_WORKER, not notes),
        (State.BEHIND, seconds > BEHIND_SECONDS),
        (State.LEFT_OVER, dead_letters > 0),
    )
    return ServiceStatus(
        service=service,
        state=next((state for state, holds in grounds if holds), State.WELL),
        ready=ready,
        workers=len(notes),
        records_behind=sum(note.records_behind for note in notes),
        seconds_behind=seconds,
        dead_letters=dead_letters,
        stuck=still,
    )


class Workers:
    """The notes of one service's workers."""

    def __init__(self, database: Database) -> None:
        self._notes = database[COLLECTION]
        self._own = new_id()

    async def leave_note(self, note: WorkerNote, health: Health) -> None:
        """Write the note of this process, by the store's time."""
        row: Document = {
            "records_behind": note.records_behind,
            "seconds_behind": note.seconds_behind,
            "halted": note.halted,
            "stuck": health.stuck,
            "at": "$$NOW",
        }
        await self._notes.update_one({"_id": self._own}, [{"$set": row}], upsert=True)

    async def fresh_notes(self, now: datetime) -> list[WorkerNote]:
        """Read the notes of workers that are alive."""
        rows = self._notes.find({"at": {"$gt": now - FRESH}})
        return [
            WorkerNote(
                row["records_behind"], row["seconds_behind"], row["halted"], tuple(row["stuck"])
            )
            async for row in rows
        ]
