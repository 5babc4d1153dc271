"""Evaluation on the real store: two schools, no loops unless a test runs them."""

from collections.abc import AsyncIterator

import pytest

from integration.evaluation.harness import EvaluationHarness, prepared_evaluation
from servers import Servers
from support import environment


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[EvaluationHarness]:
    async with prepared_evaluation(environment(servers, prefix, recompute_rest=0)) as found:
        yield found
