"""A real browser for tests: Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, ViewportSize, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
# Where "leave" leads without a script is a redirect, which no route of a test sees: nobody outside
# is asked.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP *.wikipedia.org 127.0.0.1:1",
]
LONGEST_WAIT = 20_000


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Skips where there is none, in one sentence."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip(
            "Chromium is not installed here (apt-get install chromium), so no page was tried in "
            "a browser."
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        await browser.close()


async def person(
    browser: Browser, language: str = "id", *, script: bool = True, phone: bool = True
) -> BrowserContext:
    """A person's own browser: nothing in it from anybody else."""
    context = await browser.new_context(
        locale=language, java_script_enabled=script, viewport=PHONE if phone else DESK
    )
    context.set_default_timeout(LONGEST_WAIT)
    # Where "leave" leads; a test asks nobody outside.
    await context.route("https://*.wikipedia.org/**", lambda route: route.fulfill(body="elsewhere"))
    return context
