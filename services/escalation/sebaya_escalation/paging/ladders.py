"""The ladder's timer: takes the steps that are due, each alert by itself."""

import asyncio
from collections.abc import Callable, Sequence

from sebaya_chassis.service.timers import WakeTimer
from sebaya_escalation import metrics
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.ladder import LadderStep
from sebaya_escalation.paging.store import step
from sebaya_escalation.store import EscalationStore


class Ladders:
    """`act` is what the chassis' timer calls with due alerts of one school."""

    def __init__(self, store_of: Callable[[str], EscalationStore], wake: WakeTimer) -> None:
        self._store_of = store_of
        self._nudge = wake

    async def act(self, school_id: str, alert_ids: Sequence[str]) -> None:
        """One alert that cannot be stepped keeps none of the others waiting."""
        store = self._store_of(school_id)
        # Imminent and amber alike: a step is a few writes, and they go side by side.
        taken = await asyncio.gather(
            *(step(store, alert_id) for alert_id in alert_ids), return_exceptions=True
        )
        for done in taken:
            if isinstance(done, LadderStep):
                count_step(done)
        if any(isinstance(done, LadderStep) and done.pages for done in taken):
            self._nudge()
        for done in taken:
            if isinstance(done, BaseException):
                raise done


def count_step(done: LadderStep) -> None:
    """A closed alert's last look is no step."""
    if done.alert.status is not Status.CLOSED:
        metrics.STEPS.labels(done.alert.level, "yes" if done.pages else "no").inc()
