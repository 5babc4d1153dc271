"""A verdict is overdue since the publication, not since the posting."""

from datetime import UTC, datetime, timedelta

from sebaya_contracts.words import Level
from sebaya_intake.domain.screening import (
    UNPUBLISHED_LONGEST,
    Outbox,
    VerdictTimeout,
    check_verdict,
    start_screening,
)

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PATIENCE = VerdictTimeout(due=60 * SECOND, longest=3600 * SECOND)


def test_what_waits_for_the_broker_is_not_overdue() -> None:
    screening = start_screening(T, PATIENCE)
    for waiting, published in [(1, None), (0, None), (1, T + SECOND), (0, T - SECOND)]:
        looked, again = check_verdict(
            screening, Outbox(waiting, published), PATIENCE, T + 3600 * SECOND
        )
        assert not again
        assert (
            looked.look_at is not None
            and T + 3600 * SECOND < looked.look_at <= T + 3600 * SECOND + UNPUBLISHED_LONGEST
        )


def test_late_publication_starts_the_clock() -> None:
    screening = start_screening(T, PATIENCE)
    published = T + 3000 * SECOND
    looked, again = check_verdict(
        screening, Outbox(0, published), PATIENCE, published + 59 * SECOND
    )
    assert not again and looked.look_at == published + 60 * SECOND
    looked, again = check_verdict(looked, Outbox(0, published), PATIENCE, published + 60 * SECOND)
    assert again and looked.attempt == 2


def test_other_events_of_the_document_do_not_push_the_deadline_on() -> None:
    screening, _ = check_verdict(
        start_screening(T, PATIENCE), Outbox(0, T + 30 * SECOND), PATIENCE, T + 60 * SECOND
    )
    _, again = check_verdict(screening, Outbox(0, T + 89 * SECOND), PATIENCE, T + 90 * SECOND)
    assert again


def test_each_repeat_waits_twice_as_long_up_to_the_longest() -> None:
    screening, now, waits = start_screening(T, PATIENCE), T, []
    for _ in range(9):
        published = now
        while True:
            assert screening.look_at is not None
            now = screening.look_at
            screening, again = check_verdict(screening, Outbox(0, published), PATIENCE, now)
            if again:
                break
        waits.append((now - published) / SECOND)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert screening.attempt == 10


def test_a_look_before_its_time_changes_nothing() -> None:
    screening = start_screening(T, PATIENCE)
    assert check_verdict(screening, Outbox(0, T), PATIENCE, T + 59 * SECOND) == (screening, False)


def test_a_verdict_ends_the_waiting_and_the_first_one_tells_the_time() -> None:
    screening = (
        start_screening(T, PATIENCE)
        .with_verdict(Level.NONE, T + SECOND)
        .with_verdict(Level.AMBER, T + 9 * SECOND)
    )
    assert (screening.level, screening.look_at, screening.screened_at) == (
        Level.AMBER,
        None,
        T + SECOND,
    )
    assert check_verdict(screening, Outbox(0, T), PATIENCE, T + 9999 * SECOND) == (screening, False)
