"""What `sebaya up` shows: addresses that are whole, the sums of three metrics, and nothing anew
while no number changes.
"""

import asyncio
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rich.console import Console

from sebaya_cli import terminal, up
from sebaya_cli.dead_letters import Letter, list_lines
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


def stack_at(folder: Path) -> Any:
    services = {
        name: SimpleNamespace(url=f"http://127.0.0.1:1{len(name)}") for name in terminal.SERVICES
    }
    return SimpleNamespace(
        origin="http://sebaya.a-long-name-of-a-district.example:18080",
        parts=SimpleNamespace(services=services),
        folder=SimpleNamespace(mail=folder / "mail", log=lambda name: folder / "logs" / name),
        kafka="127.0.0.1:19092",
        mongodb_uri="mongodb://127.0.0.1:27017/?directConnection=true&replicaSet=sebaya",
    )


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_addresses_stand_whole_at_any_width(width: int, is_terminal: bool) -> None:
    screen, stack = io.StringIO(), stack_at(Path("/srv/a/rather/long/folder/of/a/school/district"))
    console = Console(file=screen, width=width, force_terminal=is_terminal, color_system=None)
    terminal.print_whole(console, *terminal.list_addresses(stack))
    words = screen.getvalue().split()
    origin = stack.origin
    for address in (
        *(f"{origin}/intake/", f"{origin}/matching/home", f"{origin}/evaluation/docs"),
        *("http://127.0.0.1:16/metrics", str(stack.folder.mail), stack.kafka, stack.mongodb_uri),
    ):
        assert address in words


def test_the_number_of_a_dead_letter_stands_whole() -> None:
    at = datetime(2026, 11, 30, 8, tzinfo=UTC)
    parked = "intake.messages.v1/0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0003"
    letter = Letter(
        *("escalation", parked, "intake.messages.v1", "sma-1", "11:123456", "handler"),
        *("TimeoutError", "parked", at, (0, 1)),
    )
    screen = io.StringIO()
    terminal.print_whole(Console(file=screen, width=40), *list_lines([letter]))
    assert letter.number in screen.getvalue().split()
    assert list(list_lines([])) == []
