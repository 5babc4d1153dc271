"""How a claim of speed is measured: contenders in turn on the same servers, medians with ranges,
and a ratio within each round.

A machine that is busy with something else slows everybody in a round alike, so what is judged is
the median of the rounds' ratios.
"""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.machine import described
from bench.place import Place


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave: the figure that is compared, and others worth showing (commits a batch,
    seconds until …).
    """

    value: float
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Killed:
    """After kill -9 in the middle of a run and another start: effects that are missing, and effects
    that are there twice.
    """

    lost: int
    doubled: int


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of doing the work. `run` prepares its own data outside its clock; `kill` is measured
    once, after all rounds.
    """

    name: str
    run: Callable[[Place], Awaitable[Run]]
    kill: Callable[[Place], Awaitable[Killed]] | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The ratio of ours to a peer: at least `ratio`, or at most where less is better."""

    peer: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that a figure of one contender may be: of `more` by name, or its value (None)."""

    contender: str
    figure: str | None
    at_most: float


@dataclass(frozen=True, slots=True)
class Bench:
    """One claim. The first contender is ours."""

    name: str
    title: str
    unit: str
    contenders: tuple[Contender, ...]
    bars: tuple[Bar, ...]
    more_is_better: bool = True
    ceilings: tuple[Ceiling, ...] = ()
    rounds: int | None = None
    """The most rounds it takes, where each is long."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the lowest and the highest of what it stands for."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))


Rounds = Sequence[Mapping[str, Run]]


async def measure(bench: Bench, place: Place, repeats: int) -> dict[str, Any]:
    """The report of one bench, as it is written to JSON."""
    rounds = await alternate(bench.contenders, place, min(repeats, bench.rounds or repeats))
    killed = {c.name: await c.kill(place) for c in bench.contenders if c.kill is not None}
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": described(),
    } | reckon(bench, rounds, killed)


async def alternate(
    contenders: Sequence[Contender], place: Place, repeats: int
) -> list[dict[str, Run]]:
    """A B C A B C …: what changes on the machine meanwhile changes for all."""
    rounds: list[dict[str, Run]] = []
    for _ in range(repeats):
        this_round: dict[str, Run] = {}
        for contender in contenders:
            this_round[contender.name] = await contender.run(place)
            await asyncio.sleep(place.rest_seconds)
        rounds.append(this_round)
    return rounds


def reckon(bench: Bench, rounds: Rounds, killed: Mapping[str, Killed]) -> dict[str, Any]:
    """Medians, ranges and ratios of what was measured."""
    ours = bench.contenders[0].name
    return {
        "name": bench.name,
        "title": bench.title,
        "unit": bench.unit,
        "repeats": len(rounds),
        "contenders": [_line(contender.name, rounds, killed) for contender in bench.contenders],
        "ratios": [_ratio(bench, bar, ours, rounds) for bar in bench.bars],
        "ceilings": [_ceiling(bench, ceiling, rounds) for ceiling in bench.ceilings],
    }


def _line(name: str, rounds: Rounds, killed: Mapping[str, Killed]) -> dict[str, Any]:
    runs = [each[name] for each in rounds]
    more = {what: statistics.median(run.more[what] for run in runs) for what in runs[0].more}
    return {
        "name": name,
        **asdict(Spread.of([run.value for run in runs])),
        "more": more,
        "killed": asdict(killed[name]) if name in killed else None,
    }


def _ratio(bench: Bench, bar: Bar, ours: str, rounds: Rounds) -> dict[str, Any]:
    spread = Spread.of([each[ours].value / each[bar.peer].value for each in rounds])
    held = spread.median >= bar.ratio if bench.more_is_better else spread.median <= bar.ratio
    return {
        "peer": bar.peer,
        **asdict(spread),
        "bar": bar.ratio,
        "more_is_better": bench.more_is_better,
        "held": held,
    }


def _ceiling(bench: Bench, ceiling: Ceiling, rounds: Rounds) -> dict[str, Any]:
    runs = [each[ceiling.contender] for each in rounds]
    spread = Spread.of([run.more[ceiling.figure] if ceiling.figure else run.value for run in runs])
    return {
        "contender": ceiling.contender,
        "figure": ceiling.figure or bench.unit,
        **asdict(spread),
        "at_most": ceiling.at_most,
        "held": spread.median <= ceiling.at_most,
    }
