"""A moment that a caller names: written out, with its offset, within the calendar."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from sebaya_chassis.base.timestamps import Timestamp

READ = TypeAdapter[datetime](Timestamp)


@pytest.mark.parametrize(
    "given",
    ["2026-03-04T04:30:00Z", "2026-03-04 11:30:00+07:00", datetime(2026, 3, 4, 4, 30, tzinfo=UTC)],
)
def test_a_moment_is_read_as_written(given: object) -> None:
    assert READ.validate_python(given) == datetime(2026, 3, 4, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        0,
        5.5,
        "0",
        "1772598600",
        "1e9",
        "2026",
        True,
        None,
        [],
        "2026-03-04",
        "2026-03-04T04:30:00",
        "1899-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
    ],
)
def test_what_could_mean_several_moments_is_refused(given: object) -> None:
    """Above all a number, of which nobody says whether it counts seconds or milliseconds."""
    with pytest.raises(ValidationError):
        READ.validate_python(given)
