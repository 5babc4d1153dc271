"""Whom a visitor of the demo may be first, and what waits for each."""

from collections.abc import Iterator

from sebaya_cli.demo.district import people_of_visitor
from sebaya_cli.demo.visitor import Codes
from sebaya_cli.demo.visitor_words import STUDENT_NOTE
from sebaya_contracts.district import School
from sebaya_contracts.words import Role

# The page on which each begins, below the origin.
BEGINNINGS = {
    Role.SUPPORTER: "/matching/s/{school}/mine",
    Role.COUNSELLOR: "/escalation/s/{school}/alerts",
    Role.COORDINATOR: "/matching/home",
    Role.DISTRICT_LEAD: "/evaluation/district",
    Role.OPERATOR: "/evaluation/operations",
}


def list_people(origin: str, school: School, codes: Codes | None) -> Iterator[str]:
    """List the people of the visitor's school in a suggested order, each with a sentence and an
    address; the students' return codes, where they are known.

    Lines and no table, which would cut an address on a narrow terminal.
    """
    at = f"{origin}/intake/s/{school.school_id}"
    yield f"{school.name} is yours: no robot works there. Be, in this order:"
    yield f"  1. a student. {STUDENT_NOTE}"
    yield f"     {at}"
    if codes is not None:
        yield f"     {at}/return"
        yield f"     the code of one who talks with a supporter: {codes.in_talk}"
        yield f"     the code of one in danger: {codes.in_danger}"
    for number, person in enumerate(people_of_visitor(school), start=2):
        role = Role(person["roles"][0])
        yield f"  {number}. {person['name']}, {role.replace('_', ' ')}. {person['note']['en']}"
        yield f"     {origin}{BEGINNINGS[role].format(school=school.school_id)}"
    yield "To be two of them at once, use a private window for the second."
    yield ""
