"""The people of the demo as clients of the public API. They know no more than a browser would."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from sebaya_cli.api_client import Json, read_body, sign_in

KNOWN_WITHIN = 60.0


@dataclass(slots=True)
class Student:
    """A student that asks. Keeps the return code, and nothing else about the person."""

    web: httpx.AsyncClient
    school_id: str
    case_id: str = ""
    code: str = field(default="", repr=False)

    @property
    def _door(self) -> str:
        return f"/intake/schools/{self.school_id}"

    @property
    def _mine(self) -> dict[str, str]:
        return {"Return-Code": self.code}

    async def ask(self, request: Json, key: str | None = None) -> Json:
        """Open a case; `request` is the body of `POST …/cases`."""
        answer = await self.web.post(
            f"{self._door}/cases",
            json=request,
            headers={"Idempotency-Key": key or secrets.token_urlsafe(18)},
        )
        opened = read_body(answer, 202)
        self.case_id, self.code = opened["case_id"], opened["return_code"]
        return opened

    async def look(self) -> Json:
        return read_body(await self.web.get(f"{self._door}/me", headers=self._mine))

    async def write(self, text: str) -> Json:
        headers = self._mine | {"Idempotency-Key": secrets.token_urlsafe(18)}
        return read_body(
            await self.web.post(f"{self._door}/me/messages", json={"text": text}, headers=headers),
            202,
        )

    async def want_an_adult(self) -> None:
        read_body(await self.web.post(f"{self._door}/me/adult", headers=self._mine))

    async def report(self, reason: str) -> None:
        read_body(
            await self.web.post(
                f"{self._door}/me/report", json={"reason": reason}, headers=self._mine
            )
        )

    async def withdraw(self) -> None:
        read_body(await self.web.post(f"{self._door}/me/withdraw", headers=self._mine))

    async def say_how_it_went(self, answers: dict[str, int]) -> None:
        """Give feedback, by the short-lived link that intake gives."""
        link = read_body(await self.web.post(f"{self._door}/me/feedback-token", headers=self._mine))
        where = f"/evaluation/schools/{self.school_id}/feedback"
        read_body(
            await self.web.post(
                where, json={"answers": answers}, headers={"Feedback-Token": link["token"]}
            )
        )


@dataclass(slots=True)
class Staff:
    """A signed-in person at one school."""

    web: httpx.AsyncClient
    school_id: str
    person_id: str
    auth: dict[str, str] = field(repr=False)

    @classmethod
    async def signed_in(
        cls, web: httpx.AsyncClient, school_id: str, person_id: str, role: str
    ) -> "Staff":
        return cls(web, school_id, person_id, await sign_in(web, person_id, [role], [school_id]))

    async def get(self, service: str, path: str, **query: str) -> Any:
        return read_body(
            await self.web.get(
                f"/{service}/schools/{self.school_id}{path}", params=query, headers=self.auth
            )
        )

    async def post(self, service: str, path: str, body: Json | None = None, *fine: int) -> Json:
        answer = await self.web.post(
            f"/{service}/schools/{self.school_id}{path}", json=body or {}, headers=self.auth
        )
        return read_body(answer, *fine)

    async def until_known(self) -> None:
        """Wait until a school that was just applied has reached the services: seconds, at most a
        minute.
        """
        for path in (
            f"/intake/schools/{self.school_id}",
            f"/matching/schools/{self.school_id}/supporters",
        ):
            async with asyncio.timeout(KNOWN_WITHIN):
                # Another process knows, so there is no event to wait for.
                while await self._is_missing(path):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)

    async def _is_missing(self, path: str) -> bool:
        return (await self.web.get(path, headers=self.auth)).status_code == 404

    async def enrol(self, supporter: Json) -> None:
        """Enrol a supporter, as a coordinator does; once more is fine."""
        await self.post("matching", "/supporters", supporter, 200, 201, 409)

    async def offers(self) -> list[Json]:
        return list(await self.get("matching", "/offers"))

    async def matches(self) -> list[Json]:
        return list(await self.get("matching", "/matches"))

    async def accept(self, match_id: str) -> bool:
        """Accept an offer; False when it is gone or held by now."""
        return "status" not in await self.post(
            "matching", f"/matches/{match_id}/accept", None, 200, 201, 202, 404, 409
        )

    async def decline(self, match_id: str, reason: str = "no_time") -> None:
        await self.post(
            "matching", f"/matches/{match_id}/decline", {"reason": reason}, 200, 202, 404, 409
        )

    async def met(self, match_id: str) -> None:
        await self.post("matching", f"/matches/{match_id}/meetings", None, 200, 201, 202, 404, 409)

    async def close_match(self, match_id: str, end: str = "completed") -> None:
        await self.post("matching", f"/matches/{match_id}/close", {"end": end}, 200, 202, 404, 409)

    async def feedback(self, match_id: str, answers: dict[str, int]) -> None:
        await self.post("evaluation", "/feedback", {"match_id": match_id, "answers": answers})

    async def alerts(self, state: str) -> list[Json]:
        return list((await self.get("escalation", "/alerts", state=state))["alerts"])

    async def alert(self, alert_id: str) -> Json:
        return dict(await self.get("escalation", f"/alerts/{alert_id}"))

    async def acknowledge(self, alert_id: str) -> None:
        await self.post("escalation", f"/alerts/{alert_id}/acknowledge", None, 200, 202, 409)

    async def contacted(self, alert_id: str) -> None:
        await self.post("escalation", f"/alerts/{alert_id}/contact", None, 200, 202, 409)

    async def close_alert(
        self,
        alert_id: str,
        outcome: str,
        *,
        peer_may_continue: bool,
        note: str = "Spoke with the student.",
    ) -> None:
        """Close what was seen, after a contact; when a signal came meanwhile, look again first."""
        seen = await self.alert(alert_id)
        if seen["contacted_at"] is None:
            await self.contacted(alert_id)
        body = {
            "outcome": outcome,
            "note": note,
            # A case about a friend is never a peer's, and nothing is asked.
            **({} if seen["by_friend"] else {"peer_may_continue": peer_may_continue}),
            "review_after": "week",
            "version": seen["signals_version"],
        }
        await self.post("escalation", f"/alerts/{alert_id}/close", body, 200, 202, 409)

    async def talk_to_supporters(self) -> None:
        """Hold every talk that is owed to a supporter after a grave alert."""
        for owed in await self.get("matching", "/debriefs"):
            path = f"/supporters/{owed['supporter_id']}/debrief"
            await self.post("matching", path, None, 200, 404)
