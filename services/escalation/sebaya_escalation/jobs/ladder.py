"""The timer of ladders: takes the steps that are due, each alert by itself."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sebaya_chassis.service.timers import WakeTimer
from sebaya_escalation.commands.paging import count_step, take_due_step
from sebaya_escalation.domain.ladder import LadderStep
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class LadderTimer:
    """Takes the steps of alerts that are due."""

    store_of: Callable[[str], EscalationStore]
    wake_pages: WakeTimer

    async def act(self, school_id: str, alert_ids: Sequence[str]) -> None:
        """Take the due steps of one school's alerts; one that fails keeps no other waiting.

        Raises the first error, once all steps were tried.
        """
        store = self.store_of(school_id)
        # Imminent and amber alike: a step is a few writes, and they go side by side.
        results = await asyncio.gather(
            *(take_due_step(store, alert_id) for alert_id in alert_ids), return_exceptions=True
        )
        steps = [result for result in results if isinstance(result, LadderStep)]
        for step in steps:
            count_step(step)
        if any(step.pages for step in steps):
            self.wake_pages()
        for result in results:
            if isinstance(result, BaseException):
                raise result
