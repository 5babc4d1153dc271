"""The page of a service's document stands by itself: a browser that opens it asks no other host."""

import re

import httpx
import pytest
from fastapi import FastAPI

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.settings import Environment
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.docs_page import OWN_ORIGIN_ONLY
from sebaya_chassis.web.issuer import IssuerSettings, create_issuer_app

NAMED = re.compile(r"""(?:src|href)=["']([^"']+)["']|url: *["']([^"']+)["']""")


def apps() -> dict[str, FastAPI]:
    issuer = IssuerSettings(
        environment=Environment.LOCAL, oidc_issuer="http://issuer.test", root_path="/behind"
    )
    return {
        "a service": create_app("toy", "Toy", "", Health("toy", 60), 1024, "/behind"),
        "the issuer": create_issuer_app(issuer),
    }


@pytest.mark.parametrize("name", apps())
async def test_the_page_names_no_other_host_and_all_that_it_names_is_there(name: str) -> None:
    """Behind an entrance that takes the service's prefix off."""
    transport = httpx.ASGITransport(app=apps()[name])
    async with httpx.AsyncClient(transport=transport, base_url="http://toy.test") as client:
        page = await client.get("/docs")
        assert page.headers["content-security-policy"] == OWN_ORIGIN_ONLY
        assert "//" not in re.sub(r"<!--.*?-->", "", page.text)
        assert '"validatorUrl": null' in page.text
        named = [one or other for one, other in NAMED.findall(page.text)]
        ours = [path for path in named if not path.startswith("data:")]
        assert ours == [
            "/behind/docs/swagger-ui.css",
            "/behind/docs/swagger-ui-bundle.js",
            "/behind/openapi.json",
        ]
        kinds = [
            (await client.get(path.removeprefix("/behind"))).headers["content-type"].split(";")[0]
            for path in ours
        ]
        assert kinds == ["text/css", "text/javascript", "application/json"]


@pytest.mark.parametrize("name", apps())
async def test_there_is_no_second_page(name: str) -> None:
    transport = httpx.ASGITransport(app=apps()[name])
    async with httpx.AsyncClient(transport=transport, base_url="http://toy.test") as client:
        assert (await client.get("/redoc")).status_code == 404
