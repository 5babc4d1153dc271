"""The names of a school's staff, for their colleagues' pages."""

from collections.abc import Mapping

from sebaya_contracts.district import School


def names_by_id(school: School) -> Mapping[str, str]:
    """Map the ids of a school's staff to their names; a page shows any other person by the id."""
    return {person.person_id: person.name for person in school.staff}
