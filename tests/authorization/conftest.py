"""A furnished district for the tests of strangers."""

from collections.abc import AsyncIterator

import pytest_asyncio

from authorization.district_fixture import World, furnished
from servers import Servers
from support import own_prefix


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    """Two schools with one of everything each, the same for a whole file: its tests leave what they
    compare as it was.
    """
    async with own_prefix(servers) as prefix, furnished(servers, prefix) as made:
        yield made
