"""What `sebaya up` shows: the sums of three metrics, and nothing anew while no number changes."""

import asyncio
import io
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rich.console import Console

from sebaya_cli import up
from sebaya_cli.demo.retrying import RetryingTransport
from sebaya_cli.demo.simulation import Simulation
from sebaya_cli.demo.totals import Totals, fetch_totals

METRICS = """
# HELP sebaya_consumer_lag_records Records behind
# TYPE sebaya_consumer_lag_records gauge
sebaya_consumer_lag_records{service="s",topic="a"} 2.0
sebaya_consumer_lag_records{service="s",topic="b"} 1.0
sebaya_dead_letters_total{service="s",topic="a",reason="json"} 1.0
sebaya_dead_letters_created{service="s",topic="a",reason="json"} 1.7e+09
sebaya_outbox_documents{service="s"} 4.0
sebaya_outbox_oldest_seconds{service="s"} 77.0
"""
TOTALS = {
    "cases": 9,
    "matched": 5,
    "closed": 3,
    "alerts": {"red": {"raised": 2, "acknowledged": 1}},
    "feedback": {"student": 1},
    "months_to_count": 0,
}


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.host == "away.test":
        raise httpx.ConnectError("away")
    if request.url.path == "/metrics":
        return httpx.Response(200, text=METRICS)
    if request.url.path.endswith("/totals"):
        return httpx.Response(200, json=TOTALS)
    return httpx.Response(200, json=[{}, {}])


async def test_the_metrics_of_all_services_are_summed_and_the_absent_ones_named() -> None:
    services = {"one": "http://one.test", "two": "http://two.test", "gone": "http://away.test"}
    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://origin.test") as web:
        totals = await fetch_totals(web, {}, ["s1", "s2"], services)
    assert (totals.lag, totals.dead_letters, totals.outbox) == (6, 2, 8)
    assert (totals.opened, totals.waiting, totals.away) == (9, 4, ("gone",))


@dataclass
class Told:
    """Gives these totals one after another, then stands still."""

    totals: list[Totals]
    asked: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, *_given: Any) -> Totals:
        if self.asked == len(self.totals):
            self.done.set()
            await asyncio.Event().wait()
        self.asked += 1
        return self.totals[self.asked - 1]


async def test_the_table_is_drawn_anew_only_when_a_number_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told([Totals(opened=number) for number in (1, 1, 1, 2, 2, 1)])

    async def signed_in(*_given: Any) -> dict[str, str]:
        return {}

    monkeypatch.setattr(up, "fetch_totals", told)
    monkeypatch.setattr(up, "sign_in", signed_in)
    monkeypatch.setattr(up, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(up.terminal, "SERVICES", ())
    stack: Any = SimpleNamespace(mail=SimpleNamespace(read=list), parts=None)
    screen = io.StringIO()
    async with httpx.AsyncClient() as web:
        play, people = Simulation(web, [], 1.0), RetryingTransport()
        showing = asyncio.create_task(
            up._show(web, stack, play, people, [], Console(file=screen, width=120))
        )
        await asyncio.wait_for(told.done.wait(), 10)
        drawn = screen.getvalue().count("opened")
        showing.cancel()
        await asyncio.wait({showing})
    assert drawn == 3
