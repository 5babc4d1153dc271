"""A school where everything has happened that its pages can tell of, in words of the test's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from authorization.district_fixture import OURS, PEER, RED, SERVICES, Things, World, key, school
from authorization.permission_matrix import ANSWERS, CASE_WANTED, CLOSING
from sebaya_contracts.district import Person, School, SchoolDefined
from sebaya_contracts.words import Role

# Every place where somebody's words, or a name, are kept.
PLACES = (
    "opening",
    "student",
    "supporter",
    "counsellor",
    "note",
    "display_name",
    "school",
    "staff",
)
HOUR = "zq-hour-of-budi"
Words = Callable[[str], str]


@dataclass(slots=True)
class Lived:
    """The school, and where its words went."""

    world: World
    words: Words
    things: Things = field(default_factory=lambda: Things(OURS))
    closed_alert: str = ""

    def addresses(self) -> list[str]:
        """Pages that no link leads to any more."""
        return [
            f"/escalation/s/{OURS}/alerts/{self.closed_alert}",
            f"/escalation/schools/{OURS}/alerts/{self.closed_alert}",
        ]

    async def live(self) -> None:
        """One student with a peer, words of all three, an alert that was closed and one that is
        open; others who wait or are done.
        """
        world, things = self.world, self.things
        await self.begin()
        await self.enrol(PEER)
        await self.over()
        await self.opened()
        await world.take(things)
        await self.writes("supporter", Role.SUPPORTER)
        await self.alarm()
        await self.closed()
        await self.alarm()
        await self.writes("counsellor", Role.COUNSELLOR)
        await self.sends(
            "intake", "POST", "/cases", json=self.wanted()
        )  # nobody has looked for a peer yet
        await self.says_how_it_went()
        await world.settle()

    async def begin(self) -> None:
        """The school, known to all services."""
        self.world.things[OURS] = self.things
        for service in SERVICES:
            await self.world.applied(
                service, SchoolDefined(school_id=OURS, school=self.school()), subject=OURS
            )

    def school(self) -> School:
        """Two counsellors: the one whom tokens name, and a colleague."""
        staff = tuple(
            Person(
                person_id=name,
                name=f"{self.words('staff')} {name}",
                roles=(Role.COUNSELLOR,),
                email="zq-mail@s.test",
            )
            for name in (PEER, "sari")
        )
        described = school(OURS)
        return School(
            **{name: getattr(described, name) for name in described.__struct_fields__}
            | {"name": self.words("school"), "staff": staff}
        )

    async def enrol(self, supporter_id: str) -> None:
        valid = (datetime.now(UTC) + timedelta(days=20)).isoformat()
        body = {
            "supporter_id": supporter_id,
            "display_name": self.words("display_name"),
            "topics": ["loneliness"],
            "languages": ["id"],
        }
        await self.sends(
            "matching",
            "POST",
            "/supporters",
            Role.COORDINATOR,
            json=body | {"cap": 10, "certified_until": valid, "state": "active"},
        )
        await self.world.settle()

    def wanted(self) -> dict[str, object]:
        left = {"class_name": "X-1"}
        return CASE_WANTED | {
            "text": self.words("opening"),
            "hours": [HOUR],
            "contact_details": left,
        }

    async def over(self) -> None:
        """A match of this peer that has ended."""
        await self.opened()
        await self.world.take(self.things)
        await self.sends(
            "matching",
            "POST",
            f"/matches/{self.things.match_id}/close",
            Role.SUPPORTER,
            json={"end": "completed"},
        )
        await self.world.settle()

    async def opened(self) -> None:
        """A case with an offer."""
        world, things = self.world, self.things
        opened = await self.sends("intake", "POST", "/cases", json=self.wanted())
        things.case_id, things.return_code = opened["case_id"], opened["return_code"]
        await world.settle()
        await world.matching_round.match_waiting(OURS)
        await world.settle()
        offers = await world.web["matching"].get(
            f"/schools/{OURS}/offers", headers=world.bearer("supporter", OURS)
        )
        things.match_id = next(offer["match_id"] for offer in offers.json())

    async def writes(self, place: str, role: Role) -> None:
        await self.sends(
            "intake",
            "POST",
            f"/cases/{self.things.case_id}/messages",
            role,
            json={"text": self.words(place)},
        )
        await self.world.settle()

    async def alarm(self) -> None:
        mine = {"Return-Code": self.things.return_code}
        await self.sends(
            "intake",
            "POST",
            "/me/messages",
            json={"text": f"{self.words('student')} {RED}"},
            headers=mine,
        )
        await self.world.settle()
        alerts = await self.sends("escalation", "GET", "/alerts", Role.COUNSELLOR)
        self.things.alert_id = next(one["alert_id"] for one in alerts["alerts"])

    async def closed(self) -> None:
        at = f"/alerts/{self.things.alert_id}"
        for act in ("acknowledge", "contact"):
            await self.sends("escalation", "POST", f"{at}/{act}", Role.COUNSELLOR)
        version = (await self.sends("escalation", "GET", at, Role.COUNSELLOR))["signals_version"]
        closing = CLOSING | {"note": self.words("note"), "version": version}
        await self.sends("escalation", "POST", f"{at}/close", Role.COUNSELLOR, json=closing)
        self.closed_alert = self.things.alert_id
        await self.world.settle()

    async def says_how_it_went(self) -> None:
        link = self.world.credentials("student", self.things, service="evaluation")
        await self.sends("evaluation", "POST", "/feedback", json={"answers": ANSWERS}, headers=link)

    async def sends(
        self, service: str, method: str, path: str, role: Role | None = None, **more: object
    ) -> dict[str, object]:
        headers = (
            key() | (self.world.bearer(role, OURS) if role else {}) | dict(more.pop("headers", {}))
        )  # type: ignore[call-overload]
        answer = await self.world.web[service].request(
            method, f"/schools/{OURS}{path}", headers=headers, **more
        )  # type: ignore[arg-type]
        assert answer.is_success, (path, answer.text)
        told: dict[str, object] = answer.json()
        return told
