"""The people of the demo district: the schools of a file, and the supporters of each."""

import random
from collections.abc import Sequence
from typing import Any

from sebaya_cli.demo.texts import Text
from sebaya_cli.demo.visitor_words import ENROL, NOTES, PEERS, SCHOOL_ID
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


def find_visitors(district: Sequence[School]) -> School | None:
    """Find the visitor's school; None where the district has none."""
    return next((school for school in district if school.school_id == SCHOOL_ID), None)


def without_visitor(district: Sequence[School]) -> list[School]:
    """List the schools at which robots do the work."""
    return [school for school in district if school.school_id != SCHOOL_ID]


def people_of_visitor(school: School) -> list[dict[str, Any]]:
    """List the people that the local issuer offers for signing in by one click, in the order in
    which a visitor may be them.

    They are one a role: at the visitor's school, and for the whole district.
    """
    staff = {role: person for person in reversed(school.staff) for role in person.roles}
    peer = PEERS[0]
    there = [
        _person(peer["supporter_id"], peer["display_name"], Role.SUPPORTER, school.school_id),
        *(
            _person(staff[role].person_id, staff[role].name, role, school.school_id)
            for role in ADULTS
            if role in staff
        ),
        *_district_wide(),
    ]
    return [person | {"note": NOTES[Role(person["roles"][0])]} for person in there]


def people_of_trial(district: Sequence[School]) -> list[dict[str, Any]]:
    """List all staff of a district's own file, and one supporter a school, to be enrolled there."""
    listed: dict[tuple[str, Role], dict[str, Any]] = {}
    for school in district:
        for person in school.staff:
            for role in person.roles:
                offered = _person(person.person_id, person.name, role)
                known = listed.setdefault((person.person_id, role), offered)
                known["schools"].append(school.school_id)
    peers = [
        _person(f"{school.school_id}-peer-1", "Supporter", Role.SUPPORTER, school.school_id)
        | {"note": {language: text.format(school.school_id) for language, text in ENROL.items()}}
        for school in district
    ]
    return [*listed.values(), *peers, *_district_wide()]


def _district_wide() -> list[dict[str, Any]]:
    return [
        _person("lead", "Pak Adi", Role.DISTRICT_LEAD, "*"),
        _person("operator", "Mbak Tika", Role.OPERATOR, "*"),
    ]


def _person(person_id: str, name: str, role: Role, *schools: str) -> dict[str, Any]:
    return {"person_id": person_id, "name": name, "roles": [role.value], "schools": list(schools)}


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
