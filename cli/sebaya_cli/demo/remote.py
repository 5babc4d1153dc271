"""`sebaya demo --against`: the demo's people at an installation that runs elsewhere, checked
through its entrance alone.
"""

import asyncio
from collections.abc import Iterable

import httpx
from rich.console import Console

from sebaya_cli.api_client import Json, UnexpectedAnswer, read_body, sign_in
from sebaya_cli.demo import check
from sebaya_cli.demo.check import Line
from sebaya_cli.demo.district import without_visitor
from sebaya_cli.demo.retrying import RetryingTransport
from sebaya_cli.demo.run import SETTLE_SECONDS, Report
from sebaya_cli.demo.simulation import Account, Simulation
from sebaya_cli.refusal import Refusal
from sebaya_cli.school_file import read
from sebaya_cli.up import DEMO_DISTRICT

# Whether there is anything at an address is known at once; one that is only busy may take a moment.
FIRST_LOOK_SECONDS = 3.0


async def run(origin: str, seconds: int, pace: float, console: Console) -> Report:
    """Run the demo at an installation that is up already. Raises Refusal.

    The demo's schools must have been applied there, and its sign-in must be the local issuer.
    """
    before = await _first_look(origin)
    transport = RetryingTransport()
    async with httpx.AsyncClient(
        base_url=origin, transport=transport, timeout=30.0, trust_env=False
    ) as web:
        play = Simulation(web, without_visitor(read(DEMO_DISTRICT)), pace)
        playing = asyncio.create_task(play.run())
        try:
            console.print(f"· students ask at {origin} for {seconds} s …")
            await asyncio.wait({playing}, timeout=seconds)
            play.stop_asking()
            console.print("· nobody asks any more; what is under way comes to its end …")
            await _until(play.account, web, before)
            play.go_home()
            await playing
        finally:
            playing.cancel()
        await _until(play.account, web, before)
        return await _report(play.account, web, before, transport)


async def _first_look(origin: str) -> Json:
    """Read the totals before the demo. Raises Refusal when no installation answers."""
    try:
        async with httpx.AsyncClient(
            base_url=origin,
            transport=RetryingTransport(FIRST_LOOK_SECONDS),
            timeout=30.0,
            trust_env=False,
        ) as web:
            return await _totals(web)
    except (httpx.HTTPError, httpx.InvalidURL, UnexpectedAnswer) as trouble:
        raise Refusal(
            f"No installation for a demo answers at {origin} ({trouble or type(trouble).__name__})."
        ) from trouble


async def _totals(web: httpx.AsyncClient) -> Json:
    return read_body(
        await web.get(
            "/evaluation/operations/totals",
            headers=await sign_in(web, "operator", ["operator"], ["*"]),
        )
    )


async def _until(account: Account, web: httpx.AsyncClient, before: Json) -> None:
    """Every case in one of its ends and everything counted, or the time is up (the report then says
    what is wrong).
    """
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        ends, totals = await check.outcomes(account.opened.values()), await _totals(web)
        if (
            ends["unsettled"] == 0
            and totals["months_to_count"] == 0
            and all(line.right for line in _lines(account, before, totals))
        ):
            return
        await asyncio.sleep(1.0)


async def _report(
    account: Account, web: httpx.AsyncClient, before: Json, transport: RetryingTransport
) -> Report:
    lines = list(_lines(account, before, await _totals(web)))
    ends = await check.outcomes(account.opened.values())
    return Report(lines, ends, len(account.opened), account.troubles, transport.again)


def _lines(account: Account, before: Json, after: Json) -> Iterable[Line]:
    """Compare the demo's own counts with the change of the totals; it must be alone there."""
    yield Line(
        "cases that evaluation counts", len(account.opened), after["cases"] - before["cases"]
    )
    for side, number in sorted(account.feedback.items()):
        yield Line(
            f"feedback of the {side}",
            number,
            after["feedback"].get(side, 0) - before["feedback"].get(side, 0),
        )
