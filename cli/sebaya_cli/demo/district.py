"""The people of the demo district: the schools of a file, and the supporters of each."""

import random
from collections.abc import Sequence
from typing import Any

from sebaya_cli.demo.texts import Text
from sebaya_contracts.district import School
from sebaya_contracts.words import CaseTopic, Role

HOURS = ("mon-lunch", "tue-after", "wed-lunch", "thu-after", "fri-lunch")
NAMES = (
    "Kenanga",
    "Melati",
    "Rimba",
    "Samudra",
    "Langit",
    "Embun",
    "Senja",
    "Cakra",
    "Bayu",
    "Arunika",
    "Lentera",
    "Pelangi",
)


ADULTS = (Role.COUNSELLOR, Role.COORDINATOR)


def supporters(
    school: School, number: int, cap: int, chance: random.Random
) -> list[dict[str, Any]]:
    """Make the bodies of `POST …/supporters`: each topic is covered, and none covers them all."""
    topics = [topic.value for topic in CaseTopic]
    return [
        {
            "supporter_id": f"{school.school_id}-peer-{index + 1}",
            "display_name": f"{NAMES[index % len(NAMES)]} {index + 1}",
            "topics": sorted({topics[index % len(topics)], *chance.sample(topics, 6)}),
            "languages": list(school.languages),
            "hours": [],
            "cap": cap,
            "certified_until": "2099-12-31T00:00:00Z",
            "state": "active",
        }
        for index in range(number)
    ]


def people(district: Sequence[School]) -> list[dict[str, Any]]:
    """List the people that the local issuer offers for signing in by one click.

    They are one a role, at the first school or for the whole district.
    """
    school = district[0]
    staff = {role: person for person in reversed(school.staff) for role in person.roles}
    return [
        _person(f"{school.school_id}-peer-1", f"{NAMES[0]} 1", Role.SUPPORTER, school.school_id),
        *(
            _person(staff[role].person_id, staff[role].name, role, school.school_id)
            for role in ADULTS
            if role in staff
        ),
        _person("lead", "District lead", Role.DISTRICT_LEAD, "*"),
        _person("operator", "Operator", Role.OPERATOR, "*"),
    ]


def _person(person_id: str, name: str, role: Role, school_id: str) -> dict[str, Any]:
    return {"person_id": person_id, "name": name, "roles": [role.value], "schools": [school_id]}


def request(story: Text, school: School, chance: random.Random) -> dict[str, Any]:
    """Make the body of `POST …/cases`, with safety answers that say nothing: the words decide."""
    policies = school.policies
    return {
        "topic": story.topic,
        "language": story.lang if story.lang in school.languages else school.languages[0],
        "text": story.text,
        "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
        "hours": [],
        "preferred_supporters": [],
        "excluded_supporters": [],
        "consent": {
            "version": policies.consent_version,
            "age": chance.randint(max(school.youngest, policies.self_consent_age), school.oldest),
        },
        "door": "web",
    }
