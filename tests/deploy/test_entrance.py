"""What the entrance itself says when no service answers: a page for a person, problem details for a program."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sebaya_chassis.problems import MEDIA_TYPE, TYPE_BASE, Unavailable
from sebaya_cli.stack.caddy import Caddy
from sebaya_cli.stack.ports import free_port
from strangers.html import Read
from strangers.world import SERVICES

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def entrance(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Before services that are not there."""
    nobody = {name: [free_port()] for name in (*SERVICES, "issuer")}
    caddy = Caddy(tmp_path / "caddy", tmp_path / "caddy.log", free_port(), nobody)
    await caddy.start()
    try:
        async with httpx.AsyncClient(base_url=caddy.origin, trust_env=False, timeout=20) as web:
            yield web
    finally:
        await caddy.stop()


async def test_when_no_service_answers_a_person_gets_a_page_and_a_program_problem_details(entrance: httpx.AsyncClient) -> None:
    pages = [entrance.get(f"/{service}/s/sma-1/me", headers=PERSON) for service in (*SERVICES, "issuer")]
    sent = entrance.post("/intake/s/sma-1/me/messages", headers=PERSON, data={"text": "Aku sendirian."})
    program = entrance.get("/intake/schools/sma-1", headers={"Accept": "application/json"})
    *shown, told = await asyncio.gather(*pages, sent, program)
    for page in shown:
        assert page.status_code == 503
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["retry-after"] == "5" and page.headers["cache-control"] == "no-store"
        assert "nomor darurat" in page.text and "emergency number" in page.text, "in both languages"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert Read(page.text, "/").runs == ["<style> of ''"], "its own style, and nothing that runs"
    assert (told.status_code, told.headers["content-type"]) == (503, MEDIA_TYPE)
    assert told.json()["type"] == f"{TYPE_BASE}{Unavailable.slug}" and told.json()["status"] == 503


async def test_its_policy_lets_its_own_style_pass(entrance: httpx.AsyncClient) -> None:
    page = await entrance.get("/issuer/", headers=PERSON)
    style = re.search(r"<style>(.*?)</style>", page.text, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
