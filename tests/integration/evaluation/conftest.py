"""Evaluation on the real store: two schools, no loops unless a test runs them."""

from collections.abc import AsyncIterator

import pytest

from integration.evaluation.harness import Desk, opened_desk
from servers import Servers
from support import environment


@pytest.fixture
async def desk(servers: Servers, prefix: str) -> AsyncIterator[Desk]:
    async with opened_desk(environment(servers, prefix, recompute_rest=0)) as found:
        yield found
