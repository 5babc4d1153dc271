"""Matching on the real store: one school, no loops unless a test runs them."""

from collections.abc import AsyncIterator

import pytest

from integration.matching.harness import Place, prepared_place
from servers import Servers
from support import environment


@pytest.fixture
async def place(servers: Servers, prefix: str) -> AsyncIterator[Place]:
    async with prepared_place(environment(servers, prefix)) as found:
        yield found
