"""The whole examination: every topic once, every store at one instant, one finding a promise. It
only reads.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from pymongo.errors import OperationFailure

from sebaya_cli.doctor import alerts, chains, counts, messages, outboxes, pages, requests, slots
from sebaya_cli.doctor.finding import Finding
from sebaya_cli.doctor.history import History, silent
from sebaya_cli.doctor.promises import BOUNDS, CheckContext, Promise
from sebaya_cli.doctor.request_log import Bounds, Interval, RequestLog
from sebaya_cli.doctor.stores import Stores, snapshot
from sebaya_cli.installation import Installation

FAMILIES = (requests, messages, alerts, pages, slots, counts, outboxes, chains)
PROMISES: tuple[Promise, ...] = tuple(promise for family in FAMILIES for promise in family.PROMISES)
# A collection that was made after the snapshot's instant cannot be read in it; a younger instant
# can.
NOT_AT_THAT_INSTANT = {246, 239}
SNAPSHOTS = 3


async def examine(
    where: Installation,
    *,
    ledger: RequestLog | None = None,
    kills: Sequence[Interval] = (),
    bounds: Bounds = BOUNDS,
    web: httpx.AsyncClient | None = None,
    mails: Path | None = None,
    say: Callable[[str], None] = silent,
) -> list[Finding]:
    """Examine an installation: one finding a promise, all right in a healthy one.

    Raises Refusal where something is not there to be read. With a `log` of requests they are held
    against what clients were answered. `web` is a client of the origin that carries an operator's
    token: evaluation's own answer is then compared too. `mails` is the folder of a mail sink: its
    mails are held against the pages.
    """
    history = await History.read(
        where, {(one.topic, one.position) for one in ledger.poison} if ledger else None, say
    )
    return await judge(
        where, lambda stores: CheckContext(history, stores, bounds, ledger, kills, web, mails), say
    )


async def judge(
    where: Installation,
    look_at: Callable[[Stores], CheckContext],
    say: Callable[[str], None] = silent,
) -> list[Finding]:
    """Check every promise on one snapshot of the stores.

    A younger snapshot is taken where the store cannot show the first one any more.
    """
    for left in reversed(range(SNAPSHOTS)):
        async with snapshot(where) as stores:
            try:
                findings = [await _checked(promise, look_at(stores), say) for promise in PROMISES]
            except OperationFailure as error:
                if error.code not in NOT_AT_THAT_INSTANT or not left:
                    raise
            else:
                break
    return [finding for finding in findings if finding is not None]


async def _checked(
    promise: Promise, look: CheckContext, say: Callable[[str], None]
) -> Finding | None:
    say(f"checking: {getattr(promise, '__name__', '').replace('_', ' ')}")
    return await promise(look)
