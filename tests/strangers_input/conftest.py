"""The four services, ready to be sent anything."""

from collections.abc import AsyncIterator

import pytest

from servers import Servers
from strangers_input.doors import District, district


@pytest.fixture
async def place(servers: Servers, prefix: str) -> AsyncIterator[District]:
    async with district(servers, prefix) as opened:
        yield opened
