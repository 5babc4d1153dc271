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
from sebaya_escalation.screening.reading_process import ReadingProcess

log = get_logger()

# Well under the time after which a loop that does not turn is stuck.
WATCH_SECONDS = 10.0

ScreenText = Callable[[str], Screening]
"""What is said of a text; a function of a module, which its process imports."""


class Screener:
    """The screen of one worker, in a process of its own."""

    def __init__(self, within: float, screen_text: ScreenText = screen.screen) -> None:
        """`within` is the seconds that a text may take."""
        self._rules = ReadingProcess(screen_text, within)

    async def screen(self, text: str) -> Screening:
        """Screen a text.

        Raises ProcessLost where the screen dies of it or does not come back, ReadingFailed where it
        raises.
        """
        return await self._rules.read(text)

    async def run(self, beat: Heartbeat) -> None:
        """Start the process ahead of the first message, and keep asking whether it still answers:
        a worker without its screen is stuck, and is started anew.
        """
        while True:
            try:
                await self._rules.read("")
            except ProcessLost as lost:
                log.warning("screen_lost", reason=lost.reason)
            await pause(WATCH_SECONDS, beat)

    async def close(self) -> None:
        """End the process."""
        await self._rules.close()
