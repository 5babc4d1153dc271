"""What the demo district is doing, read from outside: evaluation's totals, matching's waiting
lists, and every service's metrics.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sebaya_cli.api_client import UnexpectedAnswer, read_body

Json = dict[str, Any]

LAG = "sebaya_consumer_lag_records"
DEAD_LETTERS = "sebaya_dead_letters_total"
OUTBOX = "sebaya_outbox_documents"


@dataclass(frozen=True, slots=True)
class Totals:
    """One look at everything. `away` names the services that did not answer."""

    opened: int | None = None
    matched: int | None = None
    closed: int | None = None
    waiting: int = 0
    alerts_raised: int = 0
    alerts_acknowledged: int = 0
    feedback: int = 0
    lag: int = 0
    dead_letters: int = 0
    outbox: int = 0
    uncounted: int = 0
    """School months that evaluation has yet to count again."""
    away: tuple[str, ...] = ()


async def fetch_totals(
    web: httpx.AsyncClient,
    auth: dict[str, str],
    schools: Iterable[str],
    services: Mapping[str, str],
) -> Totals:
    """Fetch the totals; `services` are the services' own addresses, for their metrics."""
    metrics, away = await _metrics(web, services)
    try:
        totals: Json = read_body(await web.get("/evaluation/operations/totals", headers=auth))
        waiting = [
            len(read_body(await web.get(f"/matching/schools/{school}/waiting", headers=auth)))
            for school in schools
        ]
    except (httpx.HTTPError, UnexpectedAnswer):
        # A service that starts, stops or does not know the schools yet; the next look is a second
        # away.
        return Totals(away=away or ("the totals",))
    return Totals(
        opened=totals["cases"],
        matched=totals["matched"],
        closed=totals["closed"],
        waiting=sum(waiting),
        alerts_raised=sum(level["raised"] for level in totals["alerts"].values()),
        alerts_acknowledged=sum(level["acknowledged"] for level in totals["alerts"].values()),
        feedback=sum(totals["feedback"].values()),
        lag=int(metrics.get(LAG, 0)),
        dead_letters=int(metrics.get(DEAD_LETTERS, 0)),
        outbox=int(metrics.get(OUTBOX, 0)),
        uncounted=totals["months_to_count"],
        away=away,
    )


async def _metrics(
    web: httpx.AsyncClient, services: Mapping[str, str]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Sum each of the three metrics over all series and services; name the services away."""
    sums = dict.fromkeys((LAG, DEAD_LETTERS, OUTBOX), 0.0)
    away: list[str] = []
    for name, address in services.items():
        try:
            answer = await web.get(f"{address}/metrics")
        except httpx.HTTPError:
            away.append(name)
            continue
        # A full parse of some 600 series would be most of what this look costs.
        for line in answer.text.splitlines():
            metric = line.partition("{")[0]
            if metric in sums:
                sums[metric] += float(line.rpartition(" ")[2])
    return sums, tuple(away)
