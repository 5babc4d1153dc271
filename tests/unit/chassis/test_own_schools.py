"""The schools whose alerts a person sees: those that its rights name, but for one that it left."""

import pytest
from msgspec.structs import replace

from sebaya_chassis.web.auth import Principal, list_own_schools
from sebaya_contracts.district import School
from sebaya_contracts.words import Role
from unit.escalation.test_alert import SCHOOL


def schools(**leavers: tuple[str, ...]) -> list[School]:
    return [replace(SCHOOL, school_id=name, leavers=left) for name, left in leavers.items()]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("a",), ["a"]),
        (("*",), ["a", "b"]),
        (("a", "gone"), ["a"]),
        (("gone",), []),
        ((), []),
    ],
)
def test_whose_schools_they_are(named: tuple[str, ...], expected: list[str]) -> None:
    person = Principal("sari", frozenset({Role.COUNSELLOR}), frozenset(named))
    known = schools(a=(), b=("dewi",), gone=("sari",))
    assert [school.school_id for school in list_own_schools(person, known)] == expected
