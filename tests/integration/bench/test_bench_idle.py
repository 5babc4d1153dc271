"""The bench of an installation at rest counts the processor time of all its parts, and of no other
process.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.idle import processor_seconds, tree, waiting
from bench.place import Place
from servers import Servers

BUSY = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "sum(range(10**7)); input()"])
"""


@pytest.fixture
def busy() -> Iterator["subprocess.Popen[bytes]"]:
    """A process whose child works, and then waits for its end."""
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE)
    yield process
    process.communicate()


def test_the_time_of_a_tree_is_that_of_its_children_too(busy: "subprocess.Popen[bytes]") -> None:
    found: dict[str, int] = {}
    while len(found) < 2:
        found = tree(busy.pid)
    assert set(found.values()) <= set(tree(os.getpid()).values())
    (child,) = set(found.values()) - {busy.pid}
    while processor_seconds(child) < 0.05:
        assert busy.poll() is None


async def test_a_stack_at_rest_is_measured_part_by_part(servers: Servers) -> None:
    place = Place(servers.mongodb_uri, servers.kafka, scale=0.02)
    run = await waiting(place, many=5)
    assert 0 < run.value < 100
    assert set(run.more) == {"MongoDB", "Kafka", "others", "everything"}
    assert run.more["everything"] == pytest.approx(
        run.value + run.more["MongoDB"] + run.more["Kafka"] + run.more["others"]
    )
