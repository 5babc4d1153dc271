"""A school and its people for escalation's tests."""

from typing import Any

from sebaya_contracts.district import Ladder, Person, Rung, School
from sebaya_contracts.words import Role


def a_person(name: str, *roles: Role, **more: Any) -> Person:
    """A member of staff that mail reaches."""
    given = {"name": f"Bu {name}", "email": f"{name}@s.test"} | more
    return Person(person_id=name, roles=roles, **given)


STAFF = (a_person("a", Role.COUNSELLOR), a_person("b", Role.COUNSELLOR), a_person("h"))


def a_school(**more: Any) -> School:
    """Two counsellors and a person without a role, in the clock's own zone."""
    given = {"time_zone": "UTC", "country": "ID", "languages": ("id",), "staff": STAFF} | more
    return School(school_id="s1", name="S", **given)


def a_ladder(*rungs: str, wait: float = 100) -> Ladder:
    """One person a rung; the contact is owed within a thousand seconds."""
    return Ladder(
        rungs=tuple(Rung(who=(who,), wait_seconds=wait) for who in rungs),
        contact_within_seconds=1000,
    )
