"""The public API as a client of any kind calls it: answers that are checked, and a sign-in."""

from typing import Any

import httpx

Json = dict[str, Any]


class UnexpectedAnswer(Exception):
    """An answer with another status than the caller expects.

    The message names the call and the problem's title, never a text.
    """


def read_body(answer: httpx.Response, *fine: int) -> Json:
    """Read the body of an answer with one of the statuses `fine` (by default 200, 201, 202).

    Raises UnexpectedAnswer otherwise.
    """
    if answer.status_code not in (fine or (200, 201, 202)):
        title = (
            answer.json().get("title", "")
            if "json" in answer.headers.get("content-type", "")
            else ""
        )
        raise UnexpectedAnswer(
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code} "
            f"{title}".strip()
        )
    body: Json = answer.json() if answer.content else {}
    return body


async def sign_in(
    web: httpx.AsyncClient, person_id: str, roles: list[str], schools: list[str]
) -> dict[str, str]:
    """Get a bearer header from the local issuer."""
    wanted = {"person_id": person_id, "roles": roles, "schools": schools}
    token = read_body(await web.post("/issuer/token", json=wanted))["access_token"]
    return {"Authorization": f"Bearer {token}"}
