"""What a worker does by the clock: publishes again what has no verdict, wipes what was erased or is
too old, and measures.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.service.runtime import Loop, Runtime
from sebaya_chassis.service.timers import Timer
from sebaya_intake.domain.crisis import OnCall
from sebaya_intake.domain.crisis_lines import LINES, oldest_verified
from sebaya_intake.metrics import (
    COVERAGE_UNKNOWN,
    LINES_AGE,
    LINES_MISSING,
    OVERDUE,
    REPUBLISHED,
    WORDS_ENDED,
    WORDS_POSTPONED,
)
from sebaya_intake.settings import Settings
from sebaya_intake.store import Aged, IntakeStore

StoreOf = Callable[[str], IntakeStore]


@dataclass(slots=True)
class TokenBucket:
    """A bucket of one second's worth; what finds it empty keeps its claim until the lease ends, and
    comes again then.
    """

    per_second: float
    _left: float = field(init=False)
    _filled_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._left = max(1.0, self.per_second)

    def allows(self) -> bool:
        now = time.monotonic()
        self._left = min(
            max(1.0, self.per_second), self._left + (now - self._filled_at) * self.per_second
        )
        self._filled_at = now
        return self._left >= 1.0

    def spend(self, amount: int) -> None:
        self._left -= amount


class IntakeJobs:
    """The timers and the gauges of intake."""

    def __init__(
        self, runtime: Runtime, store_of: StoreOf, settings: Settings, countries: dict[str, str]
    ) -> None:
        self._runtime = runtime
        self._store_of = store_of
        self._settings = settings
        self._countries = countries
        self._pace = TokenBucket(settings.republish_per_second)

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with cases and messages that are due."""
        return (
            Timer("cases", "case", self.cases),
            Timer("messages", "message_verdict", self.messages),
        )

    def loops(self) -> dict[str, Loop]:
        """List the loop that keeps the gauges."""
        return {"watch": self.measure_for_ever}

    async def cases(self, school_id: str, ids: Sequence[str]) -> None:
        store = self._store_of(school_id)
        for case_id in ids:
            case = (await store.case(case_id)).state
            if case.erased_at is not None:
                await store.wipe(case_id)
                continue
            if case.screening is not None and case.screening.look_at is not None:
                await self._look(store.look_at_case, case_id)
            await self._look_at_words(store, case_id)

    async def _look_at_words(self, store: IntakeStore, case_id: str) -> None:
        policies = (await self._runtime.schools.require(store.school_id)).policies
        aged = await store.look_at_words(case_id, timedelta(days=policies.retention_days))
        WORDS_ENDED.inc(aged is Aged.ENDED)
        WORDS_POSTPONED.inc(aged is Aged.POSTPONED)

    async def messages(self, school_id: str, ids: Sequence[str]) -> None:
        store = self._store_of(school_id)
        for message_id in ids:
            await self._look(store.look_at_message, message_id)

    async def _look(self, look: Callable[[str], Awaitable[int]], identity: str) -> None:
        if not self._pace.allows():
            return
        again = await look(identity)
        self._pace.spend(again)
        REPUBLISHED.inc(again)

    async def learn_countries(self) -> None:
        """Whose lines to show while the store is away, of schools too that nobody has asked this
        process about yet.
        """
        for school in await self._runtime.schools.all():
            self._countries[school.school_id] = school.country

    async def measure_for_ever(self, beat: Heartbeat) -> None:
        await repeat_every(self.measure, self._settings.watch_seconds, beat)

    async def measure(self) -> None:
        """Counts over all schools, one school at a time. Raises what the driver raises when the
        store is away.
        """
        overdue = unknown = 0
        schools = await self._runtime.schools.all()
        measure_lines(
            [school.country for school in schools if school.active],
            self._runtime.writer.clock.now(),
        )
        for school in schools:
            self._countries[school.school_id] = school.country
            store = self._store_of(school.school_id)
            overdue += await store.overdue()
            unknown += await store.on_call() is OnCall.UNKNOWN
        OVERDUE.set(overdue)
        COVERAGE_UNKNOWN.set(unknown)


def measure_lines(of_schools: Sequence[str], now: datetime) -> None:
    """Numbers that no student is shown are nobody's task."""
    for country in LINES:
        LINES_AGE.labels(country).set(
            age_in_days(oldest_verified(country), now) if country in of_schools else 0
        )
    LINES_MISSING.set(sum(country not in LINES for country in of_schools))


def age_in_days(verified_on: date, now: datetime) -> int:
    return (now.date() - verified_on).days
