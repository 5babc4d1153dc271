"""How a service stands: the worst that is true of it, whoever told it."""

import pytest

from sebaya_chassis.consuming.worker_note import WorkerNote
from sebaya_chassis.service.status import BEHIND_SECONDS, ServiceStatus, State, combine_notes

WELL = WorkerNote()


def of(
    *notes: WorkerNote, dead: int = 0, ready: bool = True, stuck: tuple[str, ...] = ()
) -> ServiceStatus:
    return combine_notes("matching", notes, dead, ready=ready, stuck=stuck)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (of(WELL), State.WELL),
        (of(WELL, WorkerNote(5, BEHIND_SECONDS)), State.WELL),
        (of(WELL, dead=1), State.LEFT_OVER),
        (of(WELL, WorkerNote(5, BEHIND_SECONDS + 1), dead=1), State.BEHIND),
        (of(), State.NO_WORKER),
        (of(dead=3), State.NO_WORKER),
        (of(WELL, WorkerNote(halted=True)), State.STOPPED),
        (of(WELL, WorkerNote(stuck=("timers",))), State.STOPPED),
        (of(WELL, stuck=("clock",)), State.STOPPED),
        (of(WELL, ready=False), State.STOPPED),
    ],
)
def test_the_worst_of_what_is_true_is_told(found: ServiceStatus, state: State) -> None:
    assert found.state is state


def test_what_workers_have_not_read_adds_up_and_the_longest_wait_counts() -> None:
    both = of(WorkerNote(3, 2.0, stuck=("relay",)), WorkerNote(4, 9.0), stuck=("clock",))
    assert (both.workers, both.records_behind, both.seconds_behind, both.stuck) == (
        2,
        7,
        9.0,
        ("clock", "relay"),
    )
