"""Screens texts outside the event loop, so that no text can stop a worker: neither one that the
screen never comes back from nor one that it dies of.
"""

from collections.abc import Callable

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import pause
from sebaya_chassis.consuming.handlers import ProcessLost
from sebaya_escalation import screen
from sebaya_escalation.screen import Screening
from sebaya_escalation.screening.meaning_inside import Reading
from sebaya_escalation.screening.meaning_stage import MeaningStage
from sebaya_escalation.screening.reading_process import ReadingProcess, Terms

log = get_logger()

# Well under the time after which a loop that does not turn is stuck.
WATCH_SECONDS = 10.0

ScreenText = Callable[[str], Screening]
"""What is said of a text; a function of a module, which its process imports."""


class Screener:
    """The screen of one worker: the rules in one process, meaning in another."""

    def __init__(
        self,
        within: float,
        screen_text: ScreenText = screen.screen,
        meaning: MeaningStage | None = None,
    ) -> None:
        """`within` is the seconds that a text may take; without `meaning` the rules work alone."""
        self._rules = ReadingProcess(screen_text, Terms(within))
        self._meaning = meaning

    async def read_rules(self, text: str) -> Screening:
        """Screen a text by the rules: the first stage, which answers within milliseconds.

        Raises ProcessLost where the screen dies of it or does not come back, ReadingFailed where it
        raises.
        """
        return await self._rules.read(text)

    async def read_meaning(self, text: str, rules: Screening, *, may_wait: bool) -> Reading:
        """Read a text's meaning beside what the rules said: the second stage, which may only raise.

        Raises NoRoom where the text may not wait and would have to.
        """
        if self._meaning is None:
            return Reading(rules)
        return await self._meaning.read(text, rules, may_wait=may_wait)

    def describe(self) -> str:
        """Tell which stages are at work, as readiness shows it."""
        if self._meaning is None:
            return "rules"
        return "rules, meaning missing" if self._meaning.missing else "rules and meaning"

    async def run(self, beat: Heartbeat) -> None:
        """Start the processes ahead of the first message, and keep asking whether they still
        answer: a worker without its rules is stuck, and is started anew.
        """
        while True:
            try:
                calm = await self._rules.read("")
                beat.turn()
                if self._meaning is not None:
                    await self._meaning.watch(calm)
            except ProcessLost as lost:
                log.warning("screen_lost", reason=lost.reason)
            await pause(WATCH_SECONDS, beat)

    async def close(self) -> None:
        """End the processes."""
        await self._rules.close()
        if self._meaning is not None:
            await self._meaning.close()
