"""The second stage of the screen, meaning, in a process of its own beside the rules' one.

It takes ten times as long as the rules, so it has a queue with an end: what finds no room there is
not called calm, but left without a verdict, and intake publishes it again.
"""

from collections.abc import Callable

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.consuming.handlers import ProcessLost
from sebaya_escalation import metrics
from sebaya_escalation.screen import Screening
from sebaya_escalation.screen.meaning import ModelUnavailable
from sebaya_escalation.screening.inside import ReadingFailed
from sebaya_escalation.screening.meaning_inside import Reading, load_model, read_meaning
from sebaya_escalation.screening.reading_process import ReadingProcess, Terms

log = get_logger()

ReadMeaning = Callable[[str, Screening], Reading]
"""What meaning says of a text beside the rules; a function of a module."""

# The longest message takes two seconds of an idle core; the rest is for one that is busy. All
# losses of a text fit into the time of a handler. The model loads in a second or two.
TERMS = Terms(within=8.0, together=1, prepare=load_model, silent=60.0)
# So many texts are read within a second: 25 to 80 ms each.
ROOM = 12
# A text that the process was lost with so often is left to the rules.
LOSSES = 2


class NoRoom(Exception):
    """So many texts wait for the second stage that this one would not be read within a second."""


class _Unread(Exception):
    """The second stage cannot read a text, for this reason."""


class MeaningStage:
    """The second stage of one worker. Where it cannot be used the rules work alone, and a gauge
    says so.
    """

    def __init__(self, read: ReadMeaning = read_meaning) -> None:
        self._process = ReadingProcess(read, TERMS)
        self._waiting = 0
        self._missing = False

    @property
    def missing(self) -> bool:
        """Whether the model cannot be used on this machine."""
        return self._missing

    async def read(self, text: str, rules: Screening, *, may_wait: bool) -> Reading:
        """Read a text beside what the rules said; the rules' word alone where the model is missing,
        or is lost with this text.

        Raises NoRoom where the text may not wait and would have to.
        """
        if self._missing:
            return _by_rules_alone(rules, "missing")
        if self._waiting >= ROOM and not may_wait:
            raise NoRoom
        self._waiting += 1
        try:
            return await self._read(text, rules)
        except _Unread as unread:
            return _by_rules_alone(rules, str(unread))
        finally:
            self._waiting -= 1

    async def watch(self, calm: Screening) -> None:
        """Load the model ahead of the first text, and look whether it can still be used."""
        try:
            await self._read("", calm)
        except _Unread as unread:
            log.warning("meaning_unread", reason=str(unread))

    async def _read(self, text: str, rules: Screening) -> Reading:
        reason = ""
        for _ in range(LOSSES):
            try:
                reading = await self._process.read(text, rules)
            except ProcessLost as lost:
                reason = lost.reason
            except ReadingFailed as failed:
                self._set_missing(missing=str(failed) == ModelUnavailable.__name__)
                raise _Unread("missing" if self._missing else "failed") from None
            else:
                self._set_missing(missing=False)
                return reading
        raise _Unread(reason)

    def _set_missing(self, *, missing: bool) -> None:
        self._missing = missing
        metrics.MEANING_MISSING.set(missing)

    async def close(self) -> None:
        """End the process."""
        await self._process.close()


def _by_rules_alone(rules: Screening, reason: str) -> Reading:
    metrics.WITHOUT_MEANING.labels(reason).inc()
    return Reading(rules)
