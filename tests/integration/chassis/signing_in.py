"""A browser before a service with pages and the local issuer, on one origin and the real store."""

import json
import re
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

import httpx
from fastapi import APIRouter, FastAPI, Response

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.settings import ChassisSettings, Environment
from sebaya_chassis.storage.database import connect
from sebaya_chassis.storage.sessions import SessionStore
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.issuer import IssuerSettings, LocalIssuer, create_issuer_app, load_key
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import SubmittedForm, add_pages
from sebaya_chassis.web.pages.session import SignedIn
from sebaya_chassis.web.pages.signin import add_sign_in
from sebaya_chassis.web.pages.staff_sessions import Sessions
from sebaya_chassis.web.refusals import Refusals
from sebaya_chassis.web.session_rules import Withdrawal
from servers import Servers
from support import SECRET, served

PAGE = {"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
RATNA = {"person_id": "bu-ratna", "name": "Bu Ratna", "roles": ["counsellor"], "schools": ["sma-1"]}
# With its attributes; a browser takes 4,096.
MOST_COOKIE_BYTES = 128

MANY = [
    f"sd-negeri-{number:03}-{uuid5(NAMESPACE_URL, str(number)).hex[:6]}" for number in range(200)
]
UNLIKE = [uuid5(NAMESPACE_URL, str(number)).hex for number in range(200)]


class NoSchools:
    async def all(self) -> list[object]:
        return []


@dataclass(slots=True)
class Clock:
    """The time that sessions are judged by; a test moves it."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True)
class Browser:
    """One browser, before a service and the issuer on one origin; and what a test may change."""

    web: httpx.AsyncClient
    origin: str
    apps: tuple[FastAPI, FastAPI]
    issuer: FastAPI
    signer: LocalIssuer
    store: SessionStore
    clock: Clock = field(default_factory=Clock)
    withdrawn: list[tuple[str, Collection[str], Withdrawal]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def begin(self, back: str = "/private") -> httpx.Response:
        """Follows to the issuer's page."""
        answer = await self.web.get("/signin", params={"back": back})
        assert answer.status_code == 303, answer.text
        return await self.web.get(answer.headers["location"])

    async def choose(
        self, page: httpx.Response, person: str = "0", **changed: str
    ) -> httpx.Response:
        """One click on a person."""
        fields = {
            name: unescape(value)
            for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        }
        return await self.web.post("/issuer/authorize", data=fields | {"person": person} | changed)

    async def sign_in(self, back: str = "/private", person: str = "0") -> httpx.Response:
        chosen = await self.choose(await self.begin(back), person)
        assert chosen.status_code == 303, chosen.text
        return await self.web.get(chosen.headers["location"])

    async def who(self, service: int = 0) -> int:
        return (await self.web.get(("/private", "/second/private")[service])).status_code

    def later(self, seconds: float) -> None:
        self.clock.ahead += timedelta(seconds=seconds)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The issuer answers nothing but that it is away, as every process sees it."""
        self.issuer.state.away = True
        try:
            yield
        finally:
            self.issuer.state.away = False
            for app in self.apps:
                app.state.session_renewer._ask_again_at = 0.0


@asynccontextmanager
async def open_browser(folder: Path, servers: Servers, prefix: str) -> AsyncIterator[Browser]:
    """Two services with one store of sessions; the second one's pages begin with `/second`."""
    outer = FastAPI()
    people = [RATNA, *({**RATNA, "schools": schools} for schools in (MANY, UNLIKE, []))]
    (folder / "people.json").write_text(json.dumps(people))
    async with served(outer) as origin, connect(servers.mongodb_uri) as client:
        settings = IssuerSettings(
            environment=Environment.LOCAL,
            oidc_issuer=f"{origin}/issuer",
            origin=origin,
            issuer_people_file=folder / "people.json",
            issuer_key_file=folder / "key.pem",
        )
        issuer, store = create_issuer_app(settings), SessionStore.of(client, prefix)
        await store.create_indexes()
        signer = LocalIssuer(settings.oidc_issuer, "sebaya", load_key(settings.issuer_key_file))
        async with httpx.AsyncClient(base_url=origin, headers=PAGE, trust_env=False) as web:
            browser = Browser(web, origin, (outer, outer), issuer, signer, store)
            first, second = (
                settings_of(origin, root, oidc_issuer=settings.oidc_issuer)
                for root in ("", "/second")
            )
            browser.apps = (service(first, browser), service(second, browser))
            _watch(browser)
            outer.mount("/issuer", issuer)
            outer.mount("/second", browser.apps[1])
            outer.mount("/", browser.apps[0])
            yield browser
            for app in browser.apps:
                await app.state.session_renewer.finish()
                await app.state.provider.close()


def _watch(browser: Browser) -> None:
    """Notes what the issuer is asked for, and lets it be away."""

    @browser.issuer.middleware("http")
    async def note(request: Any, call_next: Any) -> Response:
        if getattr(browser.issuer.state, "away", False):
            return Response(status_code=502)
        browser.asked.append(request.url.path.rsplit("/", 1)[1])
        answer: Response = await call_next(request)
        return answer


def settings_of(origin: str, root: str, **more: Any) -> ChassisSettings:
    return ChassisSettings(
        mongodb_uri="mongodb://nowhere",
        kafka_bootstrap_servers="nowhere:1",
        secret_key=SECRET,
        origin=origin,
        root_path=root,
        **more,
    )


class Shared(Protocol):
    """What the services of a test share."""

    store: SessionStore
    clock: Clock
    withdrawn: list[tuple[str, Collection[str], Withdrawal]]


def service(settings: ChassisSettings, shared: Shared) -> FastAPI:
    """A service with one page that a session opens."""
    app = create_app("toy", "Toy", "", Health("toy", 60), 64 * 1024, settings.root_path)
    router = APIRouter(include_in_schema=False)

    @router.get("/private")
    async def private(principal: SignedIn) -> Response:
        return Response(
            f"{principal.name}, {', '.join(principal.roles)}, {', '.join(principal.schools)}"
        )

    @router.post("/private")
    async def write(_principal: SignedIn, form: SubmittedForm) -> Response:
        return Response(form.one("text"))

    async def withdraw(person_id: str, schools: Collection[str], why: Withdrawal) -> None:
        shared.withdrawn.append((person_id, schools, why))

    def no_store(school_id: str) -> Any:
        raise AssertionError(school_id)

    app.state.refusals = Refusals("toy", no_store, [], audited=False)
    add_pages(app, Pages("sebaya_chassis.web.pages", settings, {}), router, {})
    sessions = Sessions(SECRET, shared.store, "toy", shared.clock.now)
    add_sign_in(app, settings, NoSchools(), sessions, withdraw)  # type: ignore[arg-type]
    return app
