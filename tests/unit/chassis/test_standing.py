"""How a service stands: the worst that is true of it, whoever told it."""

import pytest

from sebaya_chassis.standing import BEHIND_SECONDS, Note, Standing, State, standing

WELL = Note()


def of(*notes: Note, dead: int = 0, ready: bool = True, stuck: tuple[str, ...] = ()) -> Standing:
    return standing("matching", notes, dead, ready=ready, stuck=stuck)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (of(WELL), State.WELL),
        (of(WELL, Note(5, BEHIND_SECONDS)), State.WELL),
        (of(WELL, dead=1), State.LEFT_OVER),
        (of(WELL, Note(5, BEHIND_SECONDS + 1), dead=1), State.BEHIND),
        (of(), State.NO_WORKER),
        (of(dead=3), State.NO_WORKER),
        (of(WELL, Note(halted=True)), State.STOPPED),
        (of(WELL, Note(stuck=("timers",))), State.STOPPED),
        (of(WELL, stuck=("clock",)), State.STOPPED),
        (of(WELL, ready=False), State.STOPPED),
    ],
)
def test_the_worst_of_what_is_true_is_told(found: Standing, state: State) -> None:
    assert found.state is state


def test_what_workers_have_not_read_adds_up_and_the_longest_wait_counts() -> None:
    both = of(Note(3, 2.0, stuck=("relay",)), Note(4, 9.0), stuck=("clock",))
    assert (both.workers, both.records_behind, both.seconds_behind, both.stuck) == (2, 7, 9.0, ("clock", "relay"))
