"""The frame alternates, reckons medians and ratios within a round, and writes where it may."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bench.frame import Bar, Bench, Ceiling, Contender, Killed, Run, alternate, measure, reckon
from bench.place import Place
from bench.table import table, written

PLACE = Place("mongodb://127.0.0.1:1", "127.0.0.1:1", rest_seconds=0.0)


def giving(order: list[str], name: str, values: list[float]) -> Callable[[Place], Awaitable[Run]]:
    left = iter(values)

    async def run(_place: Place) -> Run:
        order.append(name)
        return Run(next(left), {"commits": 1.0})

    return run


def bench(
    order: list[str],
    ours: list[float],
    peer: list[float],
    ratio: float = 0.7,
    *,
    more_is_better: bool = True,
) -> Bench:
    contenders = (
        Contender("ours", giving(order, "ours", ours)),
        Contender("peer", giving(order, "peer", peer)),
    )
    return Bench("b", "B", "events/s", contenders, (Bar("peer", ratio),), more_is_better)


async def test_contenders_take_turns() -> None:
    order: list[str] = []
    made = bench(order, [1, 2, 3], [4, 5, 6])
    rounds = await alternate(made.contenders, PLACE, 3)
    assert order == ["ours", "peer"] * 3
    assert [(each["ours"].value, each["peer"].value) for each in rounds] == [(1, 4), (2, 5), (3, 6)]


async def test_a_ratio_is_of_one_round_and_not_of_the_medians() -> None:
    """The machine was three times slower in the second round: that says nothing about either."""
    made = bench([], [80, 30, 80], [100, 30, 160])
    report = reckon(
        made,
        await alternate(made.contenders, PLACE, 3),
        {"ours": Killed(0, 0), "peer": Killed(0, 41)},
    )
    ratio = report["ratios"][0]
    assert (ratio["median"], ratio["low"], ratio["high"]) == (0.8, 0.5, 1.0)
    ours, peer = report["contenders"]
    assert (ours["median"], ours["low"], ours["high"]) == (80, 30, 80)
    assert (peer["median"], peer["killed"]) == (100, {"lost": 0, "doubled": 41})


@pytest.mark.parametrize(
    ("more_is_better", "ratio", "held"),
    [(True, 0.7, True), (True, 0.9, False), (False, 0.7, False), (False, 0.9, True)],
)
async def test_a_bar_is_held_or_missed(more_is_better: bool, ratio: float, held: bool) -> None:
    made = bench([], [80], [100], ratio, more_is_better=more_is_better)
    report = reckon(made, await alternate(made.contenders, PLACE, 1), {})
    assert report["ratios"][0]["held"] is held


@pytest.mark.parametrize(("figure", "at_most", "held"), [(None, 3, True), ("commits", 0.5, False)])
async def test_a_ceiling_is_of_one_contenders_own_figure(
    figure: str | None, at_most: float, held: bool
) -> None:
    made = bench([], [2, 3, 9], [4, 4, 4])
    made = replace(made, ceilings=(Ceiling("ours", figure, at_most),))
    report = reckon(made, await alternate(made.contenders, PLACE, 3), {})
    assert report["ceilings"][0]["held"] is held
    written_as = "wanted at most 3: held" if held else "wanted at most 0.5: **missed**"
    assert written_as in table(report | {"measured_at": "today", "machine": "m"})


async def test_a_long_bench_takes_fewer_rounds_and_no_column_for_kills_it_does_not_do() -> None:
    order: list[str] = []
    report = await measure(replace(bench(order, [1, 2], [3, 4]), rounds=2), PLACE, 5)
    assert order == ["ours", "peer"] * 2
    assert "kill -9" not in table(report)


async def test_a_report_is_written_between_its_markers_alone() -> None:
    made = bench([], [80.0], [1600.0])
    report = reckon(made, await alternate(made.contenders, PLACE, 1), {"ours": Killed(1, 2)}) | {
        "measured_at": "today",
        "machine": "m",
    }
    page = "before\n<!-- bench:b -->\nold\n<!-- /bench:b -->\n<!-- bench:c -->kept<!-- /bench:c -->"
    new = written(page, "b", table(report))
    assert "old" not in new
    assert new.startswith("before\n")
    assert new.endswith("<!-- bench:c -->kept<!-- /bench:c -->")
    assert "| ours | 80 | 80 – 80 | 1 | 1 / 2 |" in new
    assert "| peer | 1,600 | 1,600 – 1,600 | 1 | – |" in new
    assert "**missed**" in new
    with pytest.raises(ValueError, match="0 places"):
        written(page, "unknown", "x")
