"""The benches still run: every contender once, on very little, and what each loses or doubles after
kill -9 is counted.
"""

import pytest

from bench.__main__ import BENCHES, benches
from bench.frame import measure
from bench.place import Place
from bench.table import table
from servers import Servers


@pytest.mark.parametrize("name", BENCHES)
async def test_a_bench_runs_and_ours_loses_and_doubles_nothing(servers: Servers, name: str) -> None:
    place = Place(servers.mongodb_uri, servers.kafka, scale=0.005, rest_seconds=0.0)
    for bench in benches([name]):
        report = await measure(bench, place, repeats=1)
        assert [line["name"] for line in report["contenders"]] == [
            contender.name for contender in bench.contenders
        ]
        assert all(line["median"] > 0 for line in report["contenders"])
        ours = report["contenders"][0]["killed"]
        assert ours in (None, {"lost": 0, "doubled": 0})
        assert report["title"] in table(report)
