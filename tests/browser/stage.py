"""A lived-in school behind a real server and a real browser, without clocks: what happens there
happens when a test says so.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext

from authorization.crawler import Visitor, signed_in
from authorization.district_fixture import OURS, World, world_of
from authorization.seeded_school import Lived, Words
from browser.chromium import chromium, person
from browser.district import Entrance
from sebaya_contracts.words import Role
from servers import Servers
from support import own_prefix, served


@dataclass(slots=True)
class Stage:
    """What a test drives."""

    world: World
    lived: Lived
    browser: Browser
    origin: str

    def at(self, service: str, path: str = "") -> str:
        return f"{self.origin}/{service}/s/{OURS}{path}"

    async def browser_of(
        self, visitor: Visitor | None = None, language: str = "id", *, phone: bool = False
    ) -> BrowserContext:
        """Somebody's own browser, with what they hold."""
        context = await person(self.browser, language, phone=phone)
        if visitor is not None:
            await self.hands(context, visitor)
        return context

    async def hands(self, context: BrowserContext, visitor: Visitor) -> None:
        """The cookies of a sign-in, in a browser that may be somebody else's too."""
        held = [
            {"name": name, "value": value, "url": self.origin}
            for name, value in visitor.cookies.items()
        ]
        await context.add_cookies(held)  # type: ignore[arg-type]

    def signed_in(self, role: Role, school_id: str = OURS, **more: str) -> Visitor:
        return signed_in(self.world, role, school_id, **more)


@asynccontextmanager
async def staged(servers: Servers, words: Words = str) -> AsyncIterator[Stage]:
    async with own_prefix(servers) as prefix, world_of(servers, prefix) as world:
        lived = Lived(world, words)
        async with served(Entrance(world.apps)) as origin, chromium() as browser:  # type: ignore[arg-type]
            yield Stage(world, lived, browser, origin)
