"""Words that would be a script: stored at every place that keeps words, and sent to every door that
shows some again.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import httpx
import pytest
import pytest_asyncio
from fastapi import params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts
from markupsafe import escape
from playwright.async_api import Browser

from authorization.crawler import (
    NOT_WALKED,
    PAGE,
    TOKEN,
    Seen,
    Visitor,
    Walk,
    for_programs,
    one_origin,
    routes,
    visitors,
)
from authorization.district_fixture import SERVICES, World, key, world_of
from authorization.html import Form, Read
from authorization.seeded_school import PLACES, Lived
from browser.chromium import chromium
from browser.district import Entrance
from input_validation.doors import Operation, operations, put
from sebaya_chassis.web.pages.catalogue import COOKIE as LANGUAGE
from sebaya_chassis.web.pages.csrf import FIELD as TOKEN_FIELD
from servers import Servers
from support import own_prefix, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Out of text, attribute and text area; for a page, a style and a template alike.
SCRIPT = """<script>zq()</script>"'><img src=x onerror=zq()>{{7*7}}"""
RAW = ("<script>zq", "<img src=x")
SHOWABLE = (
    "Accept-Language",
    "Referer",
    "User-Agent",
    "X-Forwarded-Host",
    "X-Forwarded-Prefix",
    "X-Forwarded-For",
    "HX-Current-URL",
)
HEADERS = dict.fromkeys(SHOWABLE, SCRIPT)


def hostile(place: str) -> str:
    return f"{SCRIPT}{place}"


@dataclass(slots=True)
class Hostile:
    """The school whose every word is a script, and what everybody saw there."""

    world: World
    lived: Lived
    web: httpx.AsyncClient
    people: list[Visitor] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    @property
    def pages(self) -> list[Seen]:
        return [one for one in self.seen if one.is_page]

    def visitor(self, who: str) -> Visitor:
        return next(visitor for visitor in self.people if visitor.who == who)

    async def walks(self) -> None:
        walk = Walk(self.web, [*routes(self.world, self.lived.things), *self.lived.addresses()])
        self.seen = [one for visitor in self.people for one in await walk.of(visitor)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def school(servers: Servers) -> AsyncIterator[Hostile]:
    async with (
        own_prefix(servers) as prefix,
        world_of(servers, prefix) as world,
        one_origin(world) as web,
    ):
        lived = Lived(world, hostile)
        await lived.live()
        made = Hostile(world, lived, web, visitors(world, lived.things))
        await made.walks()
        yield made


def harmless(read: Read, text: str, where: object) -> None:
    assert read.runs == [], where
    assert not any(raw in text for raw in RAW), where


async def test_what_is_stored_is_shown_as_it_was_written_and_runs_nowhere(school: Hostile) -> None:
    for one in school.pages:
        harmless(one.read, one.text, (one.who, one.address))
    for place in PLACES:
        assert [one for one in school.pages if str(escape(hostile(place))) in one.text], (
            f"words of {place} stand on no page"
        )


async def test_programs_get_it_as_data(school: Hostile) -> None:
    """A browser that is led there shows a text and runs nothing."""
    told = [one for one in school.seen if for_programs(one.address)]
    assert [one for one in told if json.dumps(SCRIPT)[1:-1] in one.text]
    for one in told:
        assert one.headers["content-type"] in {"application/json", "application/problem+json"}, (
            one.address
        )
        assert one.headers["x-content-type-options"] == "nosniff"


# --- what is sent comes back


def one_by_one(form: Form) -> Iterator[dict[str, str]]:
    """The form with a script in all of its fields, if it takes words, and then in each in turn."""
    if any(one.takes_words for one in form.fields.values()):
        yield {name: hostile(name) for name in form.fields} | {TOKEN_FIELD: TOKEN}
    whole = form.filled() | ({TOKEN_FIELD: TOKEN} if TOKEN_FIELD in form.fields else {})
    yield from ({**whole, name: hostile(name)} for name in form.fields)


async def test_every_field_of_every_form_of_everybody(school: Hostile) -> None:
    shown = set()
    for visitor in school.people:
        forms = {
            (form.action, *form.fields): form
            for one in school.pages
            if one.who == visitor.who
            for form in one.read.forms
        }
        for form in forms.values():
            for fields in one_by_one(form):
                answer = await school.web.request(
                    form.method, form.action, data=fields, headers=visitor.sent(**PAGE)
                )
                where = (visitor.who, form.action, fields)
                assert answer.status_code < 500, where
                harmless(Read(answer.text, form.action), answer.text, where)
                shown |= {name for name in fields if str(escape(hostile(name))) in answer.text}
    assert shown >= {"text", "note", "code"}, "these come back to whoever wrote them"


def asked_for(world: World) -> dict[str, set[str]]:
    """By route: what it takes from the address."""
    return {
        f"/{service}{context.path}": {
            one.alias
            for one in get_flat_params(route.dependant)
            if isinstance(one.field_info, params.Query)
        }
        for service in SERVICES
        for context in iter_route_contexts(world.apps[service].routes)
        if isinstance(route := context.route, APIRoute)
        and "GET" in (context.methods or ())
        and not str(context.path).startswith(NOT_WALKED)
    }


async def test_every_parameter_and_every_header(school: Hostile) -> None:
    known = asked_for(school.world)
    assert {"before", "span", "back", "state", "code"} <= set().union(*known.values())
    names = school.lived.things.names()
    for route, asked in known.items():
        query = urlencode(dict.fromkeys([*asked, "q"], SCRIPT))
        for path in {
            route,
            *(
                route.replace(part, quote(SCRIPT, safe=""))
                for part in route.split("/")
                if part.startswith("{")
            ),
        }:
            address = path.format(**names | {"token": "x", "wave_token": "x", "name": "x"})
            for who in ("nobody", "counsellor"):
                sent = school.visitor(who)
                sent = Visitor(who, {**sent.cookies, LANGUAGE: quote(SCRIPT)}, sent.headers)
                answer = await school.web.get(
                    f"{address}?{query}", headers={**sent.sent(**PAGE), **HEADERS}
                )
                assert answer.status_code < 500, address
                assert not any(raw in str(answer.headers) for raw in RAW)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    harmless(Read(answer.text, address), answer.text, (who, address))


def words_of(operation: Operation) -> Iterator[object]:
    body = operation.example()
    for at, schema in operation.fields():
        if any(
            operation.resolved(one).get("type") == "string"
            for one in [schema, *schema.get("anyOf", ())]
        ):
            yield put(body, at, SCRIPT)


async def test_every_field_of_every_body(school: Hostile) -> None:
    """Sent by a program that takes pages for an answer."""
    tried = 0
    for service in SERVICES:
        for operation in operations(service, school.world.apps[service]):
            for body in words_of(operation) if operation.body else ():
                path = operation.path.format(**school.lived.things.names())
                for who in ("student", "coordinator", "counsellor"):
                    headers = {**school.visitor(who).sent(), **key(), "Accept": "text/html"}
                    answer = await school.web.request(
                        operation.method, f"/{service}{path}", json=body, headers=headers
                    )
                    assert answer.status_code < 500, operation
                    if answer.headers.get("content-type", "").startswith("text/html"):
                        harmless(Read(answer.text, path), answer.text, operation)
                    tried += 1
    assert tried > 40


# --- in a browser

WATCHING = """
window.zqRan = [];
window.zq = () => window.zqRan.push("zq");
document.addEventListener("securitypolicyviolation", (event) =>
  window.zqRan.push(event.violatedDirective));
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind(school: Hostile) -> AsyncIterator[tuple[Browser, str]]:
    """A browser, and where it finds the services."""
    async with served(Entrance(school.world.apps)) as url, chromium() as browser:
        yield browser, url


async def opens(
    behind: tuple[Browser, str], visitor: Visitor, *addresses: str, bypass_csp: bool
) -> dict[str, list[str]]:
    """What ran, or was kept from running, on each of the pages."""
    browser, url = behind
    context = await browser.new_context(bypass_csp=bypass_csp, locale="id")
    await context.add_init_script(WATCHING)
    await context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in visitor.cookies.items()]
    )
    page, ran = await context.new_page(), {}
    for address in addresses:
        await page.goto(f"{url}{address}")
        ran[address] = await page.evaluate("window.zqRan")
    await context.close()
    return ran


async def test_nothing_of_it_runs_in_a_browser_though_no_policy_forbade_it(
    school: Hostile, behind: tuple[Browser, str]
) -> None:
    """Escaping alone holds: every page that shows such words, to the first of those who see
    them.
    """
    known: set[str] = set()
    for visitor in school.people:
        fresh = {
            one.address
            for one in school.pages
            if one.who == visitor.who and str(escape(SCRIPT)) in one.text
        } - known
        known |= fresh
        ran = await opens(behind, visitor, *sorted(fresh), bypass_csp=True)
        assert {address: what for address, what in ran.items() if what} == {}
    assert len(known) > 12


async def test_the_policy_holds_where_escaping_fails(
    school: Hostile, behind: tuple[Browser, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall, tried with the first one taken out."""
    for environment in school.world.apps["intake"].state.pages._languages.values():
        monkeypatch.setattr(environment, "autoescape", False)
        monkeypatch.setattr(environment, "cache", {})
    mine = f"/intake/s/{school.lived.things.school_id}/me"
    for bypassed in (True, False):
        ran = (await opens(behind, school.visitor("student"), mine, bypass_csp=bypassed))[mine]
        assert ("zq" in ran) is bypassed, "the policy is what stops it"
        assert any(what.startswith("script-src") for what in ran) is not bypassed
