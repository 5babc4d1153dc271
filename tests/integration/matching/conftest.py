"""Matching on the real store: one school, no loops unless a test runs them."""

from collections.abc import AsyncIterator

import pytest

from integration.matching.harness import MatchingHarness, prepared_matching
from servers import Servers
from support import environment


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[MatchingHarness]:
    async with prepared_matching(environment(servers, prefix)) as found:
        yield found
