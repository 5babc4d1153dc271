"""The four services, ready to be sent anything."""

from collections.abc import AsyncIterator

import pytest

from input_validation.doors import District, district
from servers import Servers


@pytest.fixture
async def place(servers: Servers, prefix: str) -> AsyncIterator[District]:
    async with district(servers, prefix) as opened:
        yield opened
