"""What the staff of a school are called, for their colleagues' pages."""

from collections.abc import Mapping

from sebaya_contracts.district import School


def names_of(school: School) -> Mapping[str, str]:
    """By id. Whoever is not in the school's file any more is shown by the id."""
    return {person.person_id: person.name for person in school.staff}
