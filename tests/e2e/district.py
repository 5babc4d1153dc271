"""A district for the main job: 20 schools, half of them with more supply than asked for, half with
far less.
"""

from dataclasses import dataclass
from typing import Any

from sebaya_cli.demo.people import Staff
from sebaya_contracts.words import CaseTopic
from support import counsellors

SCHOOLS = 20
TOPICS = [topic.value for topic in CaseTopic]


@dataclass(frozen=True, slots=True)
class Peer:
    """One supporter as enrolled: what the test's own reckoning of supply needs."""

    supporter_id: str
    topics: frozenset[str]
    languages: frozenset[str]
    cap: int


def school_id(number: int) -> str:
    return f"e2e-{number:02}"


def school_file() -> dict[str, Any]:
    """As a district's YAML would say it. Ladders are long: this test is not about paging."""
    rung = {"who": ["on_call"], "wait_seconds": 3600}
    ladder = {"contact_within_seconds": 7200, "rungs": [rung]}
    return {
        "defaults": {
            "time_zone": "Asia/Jakarta",
            "country": "ID",
            "languages": ["id", "en"],
            **counsellors("counsellor"),
            "ladders": {"amber": ladder, "red": ladder, "imminent": ladder},
            "policies": {"offer_lapse_seconds": 3600},
        },
        "schools": [
            {"school_id": school_id(number), "name": f"School {number}"}
            for number in range(SCHOOLS)
        ],
    }


def peers(number: int) -> list[Peer]:
    """Even schools have room for all; odd ones have few peers, each for some topics and languages
    that no other has.

    Cases come one by one and an offer stands once it is made, so where peers overlap the most that
    can be matched depends on the order of arrival (a generalist may be taken before the case that
    only a generalist fits). Apart, every order reaches the same number, and the test can ask for it
    to the unit. One school in four has peers that overlap all the same: there no case may wait
    beside a free peer.
    """
    name = school_id(number)
    both = frozenset({"id", "en"})
    if number % 2 == 0:
        return [Peer(f"{name}-p{index}", frozenset(TOPICS), both, 10) for index in range(9)]
    if overlap(number):
        return [
            Peer(f"{name}-p0", frozenset(TOPICS[:3]), both, 2),
            Peer(f"{name}-p1", frozenset(TOPICS[3:8]), frozenset({"en"}), 3),
            Peer(f"{name}-p2", frozenset(TOPICS), frozenset({"id"}), 4),
            Peer(f"{name}-p3", frozenset(TOPICS), frozenset({"fr"}), 5),
        ]
    return [
        Peer(f"{name}-p0", frozenset(TOPICS[:3]), both, 2),
        Peer(f"{name}-p1", frozenset(TOPICS[3:]), frozenset({"en"}), 1),
        Peer(f"{name}-p2", frozenset(TOPICS[3:]), frozenset({"id"}), 4),
        Peer(f"{name}-p3", frozenset(TOPICS), frozenset({"fr"}), 5),
    ]


def overlap(number: int) -> bool:
    """Whether the peers of a school fit the same cases in part."""
    return number % 4 == 3


async def enrol(coordinator: Staff, peer: Peer) -> None:
    await coordinator.enrol(
        {
            "supporter_id": peer.supporter_id,
            "display_name": peer.supporter_id,
            "topics": sorted(peer.topics),
            "languages": sorted(peer.languages),
            "hours": [],
            "cap": peer.cap,
            "certified_until": "2099-12-31T00:00:00Z",
            "state": "active",
        }
    )
