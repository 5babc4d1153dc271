"""When a session is renewed, and what it loses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_chassis.storage.sessions import StoredSession
from sebaya_chassis.web.session_rules import Freshness, freshness, schools_lost

BEGUN = datetime(2026, 3, 2, 7, tzinfo=UTC)
SESSION = StoredSession(
    key="k",
    person_id="p",
    name="P",
    roles=("coordinator", "counsellor"),
    schools=("sma-1", "sma-2"),
    provider_session="s",
    renewed_at=BEGUN,
    until=BEGUN + timedelta(hours=8),
    renewable=True,
    sealed=b"",
)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, Freshness.FRESH),
        (149, Freshness.FRESH),
        (150, Freshness.DUE),
        (239, Freshness.DUE),
        (240, Freshness.STALE),
        (899, Freshness.STALE),
        (900, Freshness.LAPSED),
        (8 * 3600 - 1, Freshness.LAPSED),
        (8 * 3600, Freshness.OVER),
    ],
)
def test_a_session_is_renewed_long_before_five_minutes_and_kept_for_fifteen(
    seconds: int, expected: Freshness
) -> None:
    assert freshness(SESSION, BEGUN + timedelta(seconds=seconds)) is expected


def test_a_session_without_a_refresh_token_is_good_until_its_end() -> None:
    session = replace(SESSION, renewable=False, until=BEGUN + timedelta(hours=1))
    assert freshness(session, BEGUN + timedelta(minutes=59)) is Freshness.FRESH
    assert freshness(session, BEGUN + timedelta(hours=1)) is Freshness.OVER


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        (None, ["sma-1", "sma-2"]),
        (SESSION, []),
        (replace(SESSION, schools=("sma-2",)), ["sma-1"]),
        (replace(SESSION, schools=("*",)), []),
        (replace(SESSION, schools=("sma-1", "sma-2", "sma-3")), []),
        (replace(SESSION, roles=("counsellor",)), ["sma-1", "sma-2"]),
    ],
)
def test_what_a_person_loses_is_named_by_school(
    after: StoredSession | None, lost: list[str]
) -> None:
    assert list(schools_lost(SESSION, after)) == lost


def test_losing_every_school_but_one_is_named_as_all_of_them() -> None:
    assert list(schools_lost(replace(SESSION, schools=("*",)), SESSION)) == ["*"]
