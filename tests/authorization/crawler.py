"""Everybody who may open a page, walking through every page and download there is: by the routes of
all services, and by every link.

A page that is added to a service is walked without being named here.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx
from bson import encode

from authorization.district_fixture import PEER, SERVICES, Things, World
from authorization.html import Read
from browser.district import Entrance
from sebaya_chassis.web.auth import EVERY_SCHOOL, Principal
from sebaya_chassis.web.pages.csrf import COOKIE as FORM
from sebaya_chassis.web.pages.csrf import CsrfGuard
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.provider import Provider
from sebaya_chassis.web.pages.staff_sessions import COOKIE as STAFF
from sebaya_contracts.words import Role
from sebaya_intake.pages.browser_session import NEW, STUDENT
from staff_session import begin_session
from support import ISSUER, SECRET, methods_and_paths

OF_THE_DISTRICT = (Role.DISTRICT_LEAD, Role.OPERATOR)
ORIGIN = "http://127.0.0.1:8080"
PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
# Of the machine, and open to nobody outside.
FOR_PROGRAMS = ("schools/", "district/report", "operations/totals", "feedback-form")
NOT_WALKED = ("/metrics", "/health/", "/openapi.json", "/docs")
NONCE = "n" * 22
TOKEN = CsrfGuard(SECRET, "").token(NONCE)


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """Somebody at a browser, or a program of theirs: what they hold."""

    who: str
    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def sent(self, **more: str) -> dict[str, str]:
        cookies = {FORM: NONCE} | dict(self.cookies)
        return {
            **self.headers,
            **more,
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, and who got it."""

    who: str
    address: str
    status: int
    headers: httpx.Headers
    text: str

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")

    @property
    def read(self) -> Read:
        return Read(self.text, self.address)


def visitors(world: World, things: Things) -> list[Visitor]:
    """One of each role, with what is theirs at the school of these things; a lead and an operator
    act for the whole district.
    """
    staff = [
        signed_in(world, role, things.school_id) for role in Role if role not in OF_THE_DISTRICT
    ]
    return [
        Visitor("nobody"),
        *_students(things),
        *staff,
        *(signed_in(world, role, EVERY_SCHOOL) for role in OF_THE_DISTRICT),
    ]


def signed_in(
    world: World, role: Role, school_id: str, *, person_id: str = PEER, name: str = ""
) -> Visitor:
    """With the session that a sign-in begins, and with a token for programs."""
    principal = Principal(person_id, frozenset({role}), frozenset({school_id}), name)
    bearer = world.bearer(role, school_id, person_id=person_id, name=name)
    return Visitor(role.value, {STAFF: begin_session(world.apps["intake"], principal)}, bearer)


def _students(things: Things) -> Iterator[Visitor]:
    sealed = {
        name: EncryptedCookie(SECRET, f"{name}-{things.school_id}").seal(things.return_code)
        for name in (STUDENT, NEW)
    }
    code = {"Return-Code": things.return_code}
    yield Visitor("student", {STUDENT: sealed[STUDENT]}, code)
    yield Visitor("student with a new code", sealed, code)


@asynccontextmanager
async def one_origin(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """All services as a browser reaches them, and a provider that they know, though nobody goes
    there.
    """
    for app in world.apps.values():
        provider: Provider = app.state.provider
        provider._found, provider._found_at = (
            {"authorization_endpoint": f"{ISSUER}/authorize"},
            float("inf"),
        )
    transport = httpx.ASGITransport(app=Entrance(world.apps), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as web:
        yield web


def routes(world: World, things: Things) -> list[str]:
    """The address of every GET route of every service, pages and downloads; ids that only a link
    can tell are left to the links.
    """
    names = things.names() | {
        "token": world.credentials("student", things, service="evaluation")["Feedback-Token"],
        "wave_token": world.wave_token(things),
    }
    return sorted(
        f"/{service}"
        + "/".join(
            names.get(part[1:-1], "none-such") if part.startswith("{") else part
            for part in path.split("/")
        )
        for service in SERVICES
        for method, path in methods_and_paths(world.apps[service])
        if method == "GET" and not path.startswith(NOT_WALKED)
    )


@dataclass(slots=True)
class Walk:
    """Every address that a visitor comes to, each once."""

    web: httpx.AsyncClient
    begun: list[str]

    async def of(self, visitor: Visitor) -> list[Seen]:
        waiting, known, found = list(self.begun), set(self.begun), []
        while waiting:
            seen = await self.look(visitor, waiting.pop(0))
            found.append(seen)
            fresh = [address for address in dict.fromkeys(leads(seen)) if address not in known]
            known.update(fresh)
            waiting += fresh
        return found

    async def look(self, visitor: Visitor, address: str) -> Seen:
        accept = "application/json" if for_programs(address) else "text/html"
        answer = await self.web.get(address, headers=visitor.sent(**PAGE | {"Accept": accept}))
        return Seen(visitor.who, address, answer.status_code, answer.headers, answer.text)


def for_programs(address: str) -> bool:
    """Whether it is a download, or another answer for a program."""
    return address.split("/", 2)[2].startswith(FOR_PROGRAMS)


def leads(seen: Seen) -> Iterator[str]:
    """Where an answer leads within our own origin."""
    found = [seen.headers["location"]] if "location" in seen.headers else []
    if seen.is_page:
        found += seen.read.links
    for link in found:
        parts = urlsplit(urljoin(f"{ORIGIN}{seen.address}", link))
        if f"{parts.scheme}://{parts.netloc}" == ORIGIN and parts.path.split("/")[1] in SERVICES:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


async def everything_stored(world: World) -> dict[str, bytes]:
    """Every document of every store, byte by byte: with its outbox, the only place from which a
    topic gets anything.
    """
    return {
        f"{service}.{name}.{document['_id']}": encode(document)
        for service, runtime in world.runtimes.items()
        for name in sorted(await runtime.database.list_collection_names())
        for document in await runtime.database[name].find({}).to_list()
    }
