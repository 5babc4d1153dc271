"""Intake, ready for a test."""

from collections.abc import AsyncIterator

import pytest

from integration.intake.intake_door import Door, door_of
from integration.intake.web_student import Student, browser
from servers import Servers


@pytest.fixture
async def door(servers: Servers, prefix: str) -> AsyncIterator[Door]:
    async with door_of(servers, prefix) as door:
        yield door


@pytest.fixture
async def student(door: Door) -> AsyncIterator[Student]:
    async with browser(door) as student:
        yield student
