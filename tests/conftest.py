"""What every test may ask for: the real servers, and names of its own on them."""

import os
from collections.abc import AsyncIterator, Generator

import pytest
import structlog

import examples  # noqa: F401 - registers the fast profile before Hypothesis loads it
from route_cache import share_what_is_read
from servers import Servers, shared_servers
from support import own_prefix

share_what_is_read()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where skips are failures (a continuous run), a test that could not run is one that did not
    pass.
    """
    report = yield
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and os.environ.get("SEBAYA_SKIPS_ARE_FAILURES")
    ):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Print tracebacks without colours and locals: drawing those of one fault takes seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """A real Kafka and a real MongoDB, the same for all workers of the run."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        return shared_servers(base.parent / "servers", owner=os.getppid())
    return shared_servers(base / "servers", owner=os.getpid())


@pytest.fixture
async def prefix(servers: Servers) -> AsyncIterator[str]:
    """A start for the names of this test's topics and databases; what bears it is removed
    afterwards.
    """
    async with own_prefix(servers) as name:
        yield name
