"""`sebaya demo`: the demo district for a bounded time on fresh data, then its own totals checked
from outside.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from sebaya_cli import terminal
from sebaya_cli.api_client import read_body, sign_in
from sebaya_cli.demo import check
from sebaya_cli.demo.check import Line
from sebaya_cli.demo.district import without_visitor
from sebaya_cli.demo.retrying import RetryingTransport
from sebaya_cli.demo.simulation import Account, Simulation
from sebaya_cli.demo.totals import fetch_totals
from sebaya_cli.doctor import RequestLog, SentRequest, examine
from sebaya_cli.stack.folder import CACHE
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.stack import LocalStack
from sebaya_cli.terminal import print_whole
from sebaya_cli.up import DEMO_DISTRICT, apply_district, where_is
from sebaya_contracts.district import School

# Waits at the end: offers lapse after 20 s, and evaluation's roll-ups follow its facts by about a
# second.
SETTLE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Report:
    """What the demo found. Right when every line is, and every case is in exactly one end."""

    lines: list[Line]
    ends: Counter[str]
    opened: int
    troubles: Counter[str]
    again: Counter[str]
    """What its people had to send again, by the reason: no fault, as long as an answer came."""

    @property
    def right(self) -> bool:
        settled = self.ends["unsettled"] == 0 and sum(self.ends.values()) == self.opened
        return settled and not self.troubles and all(line.right for line in self.lines)

    def table(self) -> Table:
        table = Table(
            "what",
            "expected",
            "found",
            "",
            title="The demo's totals, checked from outside",
            title_justify="left",
        )
        for line in self.lines:
            table.add_row(
                line.what, f"{line.expected:,}", f"{line.found:,}", "ok" if line.right else "WRONG"
            )
        for end, number in sorted(self.ends.items()):
            table.add_row(
                f"cases that are {end}", "", f"{number:,}", "WRONG" if end == "unsettled" else ""
            )
        for trouble, number in self.troubles.items():
            table.add_row(trouble, "0", f"{number:,}", "WRONG")
        for reason, number in sorted(self.again.items()):
            table.add_row(f"requests sent again: {reason}", "", f"{number:,}", "")
        return table

    def as_json(self) -> dict[str, Any]:
        lines = [
            {"what": line.what, "expected": line.expected, "found": line.found, "right": line.right}
            for line in self.lines
        ]
        counted = {
            "opened": self.opened,
            "ends": self.ends,
            "troubles": self.troubles,
            "sent_again": self.again,
        }
        return {"right": self.right, **counted, "lines": lines}


async def run(seconds: int, pace: float, console: Console) -> Report:
    """Run the demo on fresh data, which is removed afterwards. Raises StackProblem."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="demo-", dir=CACHE.parent))
    district: list[School] = []

    async def prepare(stack: LocalStack) -> None:
        district.extend(await apply_district(stack, DEMO_DISTRICT))

    stack = LocalStack(
        data,
        port=free_port(),
        report=lambda said: print_whole(console, f"· {said}"),
        prepare=prepare,
    )
    transport = RetryingTransport()
    try:
        async with (
            stack,
            httpx.AsyncClient(
                base_url=stack.origin, transport=transport, timeout=30.0, trust_env=False
            ) as web,
        ):
            account = await _played(stack, web, district, seconds, pace, console)
            return await _checked(stack, web, account, transport)
    finally:
        shutil.rmtree(data, ignore_errors=True)


async def _played(
    stack: LocalStack,
    web: httpx.AsyncClient,
    district: list[School],
    seconds: int,
    pace: float,
    console: Console,
) -> Account:
    # Nobody visits here: the visitor's school is left out, and its numbers stay zero.
    play = Simulation(web, without_visitor(district), pace)
    playing = asyncio.create_task(play.run())
    try:
        console.print(f"· students ask for {seconds} s …")
        await asyncio.wait({playing}, timeout=seconds)
        play.stop_asking()
        console.print("· nobody asks any more; what is under way comes to its end …")
        await _settled(stack, web, district, play)
        play.go_home()
        await playing
    finally:
        playing.cancel()
    await _quiet(stack, web, district)
    return play.account


async def _settled(
    stack: LocalStack, web: httpx.AsyncClient, district: list[School], play: Simulation
) -> None:
    """Until every case is in one of its ends and every event has arrived, or the time is up (the
    check then says what is wrong).
    """
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        ends = await check.outcomes(play.account.opened.values())
        if ends["unsettled"] == 0 and await _arrived(stack, web, district):
            return
        await asyncio.sleep(1.0)


async def _quiet(stack: LocalStack, web: httpx.AsyncClient, district: list[School]) -> None:
    """After the people have gone: until the last of their events is everywhere."""
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    quiet = 0
    while quiet < 3 and asyncio.get_running_loop().time() < deadline:
        quiet = quiet + 1 if await _arrived(stack, web, district) else 0
        await asyncio.sleep(0.7)


async def _arrived(stack: LocalStack, web: httpx.AsyncClient, district: list[School]) -> bool:
    auth = await sign_in(web, "operator", ["operator", "coordinator"], ["*"])
    services = {name: stack.parts.services[name].url for name in terminal.SERVICES}
    totals = await fetch_totals(web, auth, [school.school_id for school in district], services)
    return totals.lag == 0 and totals.outbox == 0 and totals.uncounted == 0 and not totals.away


async def _checked(
    stack: LocalStack, web: httpx.AsyncClient, account: Account, transport: RetryingTransport
) -> Report:
    events = await check.Events.read(where_is(stack))
    auth = await sign_in(web, "operator", ["operator"], ["*"])
    totals = read_body(await web.get("/evaluation/operations/totals", headers=auth))
    findings = await examine(where_is(stack), ledger=_ledger(account), mails=stack.folder.mail)
    opened = len(account.opened)
    lines = [
        *check.topic_lines(
            events, opened, account.messages, sum(account.feedback.values()), account.adults
        ),
        *check.evaluation_lines(events, totals, opened, account.feedback),
        *check.promise_lines(findings),
    ]
    return Report(
        lines,
        await check.outcomes(account.opened.values()),
        opened,
        account.troubles,
        transport.again,
    )


def _ledger(account: Account) -> RequestLog:
    return RequestLog(
        [
            SentRequest(case_id, student.school_id, 202, case_id)
            for case_id, student in account.opened.items()
        ]
    )
