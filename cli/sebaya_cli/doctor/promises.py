"""What a promise is checked with, and how a check becomes a finding."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path

import httpx

from sebaya_cli.doctor.finding import Finding, found
from sebaya_cli.doctor.history import History
from sebaya_cli.doctor.request_log import Bounds, Interval, RequestLog
from sebaya_cli.doctor.stores import Stores

BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Everything that a check may look at."""

    history: History
    stores: Stores
    bounds: Bounds = BOUNDS
    ledger: RequestLog | None = None
    kills: Sequence[Interval] = ()
    web: httpx.AsyncClient | None = None
    mails: Path | None = None

    @property
    def began(self) -> datetime:
        """The store's time before anything was read."""
        return self.history.began

    def settled(self, moment: datetime | None) -> bool:
        """Tell whether something is so long ago that every service must know of it."""
        return moment is None or moment <= self.began - self.bounds.settle

    def quiet(self, case_id: str) -> bool:
        """Tell whether the case's last change has settled."""
        return self.settled(self.history.touched.get(case_id))


CheckResult = tuple[int, Iterable[str]]
"""How many were looked at, and what is wrong."""
Promise = Callable[[CheckContext], Awaitable[Finding | None]]


def promise(
    name: str,
) -> Callable[[Callable[[CheckContext], Awaitable[CheckResult | None]]], Promise]:
    """Register a check as a promise; its sentence is the first of the docstring.

    A check that answers None has nothing to go by here.
    """

    def made(check: Callable[[CheckContext], Awaitable[CheckResult | None]]) -> Promise:
        sentence = inspect.cleandoc(check.__doc__ or name).split("\n\n")[0].replace("\n", " ")

        @wraps(check)
        async def look(at: CheckContext) -> Finding | None:
            looked = await check(at)
            return None if looked is None else found(name, sentence, *looked)

        return look

    return made
