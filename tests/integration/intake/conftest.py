"""Intake, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from integration.intake.harness import IntakeHarness, prepared_intake
from integration.intake.student_browser import StudentBrowser, open_browser
from servers import Servers


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[IntakeHarness]:
    async with prepared_intake(servers, prefix) as harness:
        yield harness


@pytest.fixture
async def student(harness: IntakeHarness) -> AsyncIterator[StudentBrowser]:
    async with open_browser(harness) as student:
        yield student
