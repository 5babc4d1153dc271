"""A line that breaks in the middle of a student's sentence is no fault of ours, and leaves nothing
behind.
"""

import asyncio
import json
import logging

import httpx
import pytest
from prometheus_client import REGISTRY

from integration.intake.harness import SCHOOL, IntakeHarness, key, opening_body
from support import eventually, served

ROUTE = "/schools/{school_id}/cases"


def answers(status: str) -> float:
    about = {"service": "intake", "method": "POST", "route": ROUTE, "status": status}
    return REGISTRY.get_sample_value("sebaya_http_requests_total", about) or 0.0


async def test_who_leaves_in_the_middle_of_a_body_leaves_no_case_and_no_fault(
    harness: IntakeHarness, caplog: pytest.LogCaptureFixture
) -> None:
    before = {status: answers(status) for status in ("422", "500")}
    body = json.dumps(opening_body("planted words")).encode()
    async with served(harness.composed.app) as address:
        url = httpx.URL(address)
        _, writing = await asyncio.open_connection(url.host, url.port)
        lines = [
            f"POST /schools/{SCHOOL}/cases HTTP/1.1",
            "Host: t",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name}: {value}" for name, value in key().items()]
        with caplog.at_level(logging.ERROR):
            writing.write("\r\n".join([*lines, "", ""]).encode() + body[: len(body) // 2])
            await writing.drain()
            writing.transport.abort()

            async def counted() -> bool:
                return answers("422") == before["422"] + 1

            await eventually(counted, says="the request came to its end")
    assert answers("500") == before["500"]
    assert caplog.records == []
    assert await harness.composed.runtime.database["cases"].count_documents({}) == 0
