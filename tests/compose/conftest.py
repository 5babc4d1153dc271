"""The deployment for real. Collected only where it is asked for (`make test-compose`): it takes an
engine, and minutes.
"""

import os
from collections.abc import Iterator

import pytest

from compose.engine import Engine, engine

if not os.environ.get("SEBAYA_COMPOSE"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for the whole job: what one test has built, the next one finds."""
    with engine(tmp_path_factory.mktemp("engine")) as found:
        yield found
