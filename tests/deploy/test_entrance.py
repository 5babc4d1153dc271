"""What the entrance itself says when no service answers: a page for a person, problem details for a
program.
"""

import asyncio
import base64
import hashlib
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from html import escape
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from authorization.district_fixture import SERVICES
from authorization.html import Read
from sebaya_chassis.base.problems import TYPE_BASE, Unavailable
from sebaya_chassis.web.problems import MEDIA_TYPE
from sebaya_cli.school_file import read
from sebaya_cli.stack.caddy import Caddy
from sebaya_cli.stack.folder import SETTINGS
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.up import DEMO_DISTRICT, country_of
from sebaya_intake.domain.crisis_lines import LINES

FOLDER = SETTINGS / "away"
TITLES = ("Sebentar, ya", "One moment, please")
PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@asynccontextmanager
async def entrance(folder: Path, country: str) -> AsyncIterator[httpx.AsyncClient]:
    """Before services that are not there: their ports are taken, so that no other server of this
    machine gets them, and nobody listens.
    """
    with ExitStack() as taken:
        behind = {
            name: [nobody(taken.enter_context(socket.socket()))] for name in (*SERVICES, "issuer")
        }
        caddy = Caddy(folder / "caddy", folder / "caddy.log", free_port(), behind, country)
        await caddy.start()
        try:
            async with httpx.AsyncClient(base_url=caddy.origin, trust_env=False, timeout=20) as web:
                yield web
        finally:
            await caddy.stop()


def nobody(taken: socket.socket) -> int:
    taken.bind((HOST, 0))
    return int(taken.getsockname()[1])


async def test_when_no_service_answers_a_person_gets_a_page_and_a_program_problem_details(
    tmp_path: Path,
) -> None:
    async with entrance(tmp_path, "ID") as web:
        pages = [
            web.get(f"/{service}/s/sma-1/me", headers=PERSON) for service in (*SERVICES, "issuer")
        ]
        sent = web.post(
            "/intake/s/sma-1/me/messages", headers=PERSON, data={"text": "Aku sendirian."}
        )
        program = web.get("/intake/schools/sma-1", headers={"Accept": "application/json"})
        *shown, told = await asyncio.gather(*pages, sent, program)
    for page in shown:
        assert page.status_code == 503
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["retry-after"] == "5" and page.headers["cache-control"] == "no-store"
        assert "etag" not in page.headers and "last-modified" not in page.headers, (
            "a page of this moment alone"
        )
        assert all(title in page.text for title in TITLES)
        assert all(line.contact in page.text for line in LINES["ID"])
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert Read(page.text, "/").runs == ["<style> of ''"], (
            "its own style, and nothing that runs"
        )
        assert (
            f"style-src 'sha256-{digest_of_style(page.text)}'"
            in page.headers["content-security-policy"]
        )
    assert (told.status_code, told.headers["content-type"]) == (503, MEDIA_TYPE)
    assert told.json()["type"] == f"{TYPE_BASE}{Unavailable.slug}" and told.json()["status"] == 503


@pytest.mark.parametrize("country", ["", "XX"])
async def test_where_no_country_is_known_the_page_gives_no_number(
    tmp_path: Path, country: str
) -> None:
    async with entrance(tmp_path, country) as web:
        page = await web.get("/intake/", headers=PERSON)
    assert page.status_code == 503
    assert "nomor darurat" in page.text and "emergency number" in page.text
    assert not [
        line.contact
        for lines in LINES.values()
        for line in lines
        if re.search(rf">{re.escape(line.contact)}<", page.text)
    ]


def test_there_is_a_page_of_each_country_whose_lines_are_known() -> None:
    """The check of `make check` tells when a line, its day or its translation has changed."""
    for country, lines in LINES.items():
        written = (FOLDER / f"{country}.html").read_text()
        assert all(written.count(escape(line.contact)) >= len(TITLES) for line in lines), country
    assert (
        subprocess.run(
            [sys.executable, FOLDER.parent / "away.py", "--check"], capture_output=True, check=False
        ).returncode
        == 0
    )


def test_a_district_of_one_country_has_its_lines_and_one_of_several_has_none() -> None:
    here = read(DEMO_DISTRICT)
    assert country_of(here) == "ID"
    assert country_of([*here, replace(here[0], country="SG")]) == ""


def digest_of_style(text: str) -> str:
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style
    return base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
