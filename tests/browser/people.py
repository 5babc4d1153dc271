"""What a person does at a page, and what every page must hold to."""

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Dialog, Page, Response

HEAVIEST_FIRST_LOAD = 100_000
MOST_REQUESTS = 5
GRAVE = {"serious", "critical"}
AXE = Axe()


@dataclass
class Person:
    """One tab, and what went wrong in it."""

    page: Page
    troubles: list[str] = field(default_factory=list)
    loaded: list[Response] = field(default_factory=list)

    @classmethod
    async def at(cls, context: BrowserContext) -> "Person":
        person = cls(await context.new_page())
        person.page.on("pageerror", lambda error: person.troubles.append(str(error)))
        person.page.on(
            "console",
            lambda said: (
                person.troubles.append(said.text)
                if "Content Security Policy" in said.text
                else None
            ),
        )
        person.page.on("dialog", person.dismisses)
        person.page.on("response", lambda response: person.loaded.append(response))  # noqa: PLW0108 - a built-in function is refused
        return person

    async def dismisses(self, dialog: Dialog) -> None:
        self.troubles.append(f"a script ran: {dialog.message}")
        await dialog.dismiss()

    async def first_load(self, url: str) -> int:
        """The bytes of all that a first visit fetches, uncompressed."""
        self.loaded.clear()
        await self.page.goto(url, wait_until="networkidle")
        found = [response for response in self.loaded if response.status == 200]
        assert len(found) <= MOST_REQUESTS, [response.url for response in found]
        # Only now: of a page that has been left the browser keeps no bodies.
        return sum([len(await response.body()) for response in found])

    async def faults(self) -> list[str]:
        """What axe finds grave on the page as it stands."""
        found: dict[str, Any] = (await AXE.run(self.page)).response
        return [
            f"{fault['id']}: {node['html'][:120]}"
            for fault in found["violations"]
            if fault["impact"] in GRAVE
            for node in fault["nodes"]
        ]

    async def fits(self) -> bool:
        """Nothing sticks out to the side."""
        return bool(
            await self.page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
        )
