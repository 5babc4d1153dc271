"""What a worker of escalation does by the clock: steps of ladders, pages, coverages, gauges."""

from dataclasses import dataclass

from sebaya_chassis.service.runtime import Loop
from sebaya_chassis.service.timers import Timer
from sebaya_escalation.collections import ALERTS, COVERAGE, PAGES
from sebaya_escalation.jobs.coverage import CoverageTimer
from sebaya_escalation.jobs.gauges import Gauges
from sebaya_escalation.jobs.ladder import LadderTimer
from sebaya_escalation.jobs.sender import PageSender
from sebaya_escalation.screening.screener import Screener


@dataclass(frozen=True, slots=True)
class EscalationJobs:
    """The timers and loops of one process."""

    ladder: LadderTimer
    sender: PageSender
    coverage: CoverageTimer
    screener: Screener
    gauges: Gauges

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with alerts, pages and coverages that are due."""
        return (
            Timer(ALERTS.collection, "ladder", self.ladder.act),
            Timer(PAGES.collection, "pages", self.sender.enqueue),
            Timer(COVERAGE.collection, "coverage", self.coverage.renew),
        )

    def loops(self) -> dict[str, Loop]:
        """List the loops that send pages, keep the gauges and watch the screen."""
        return {
            "sender": self.sender.run,
            "gauges": self.gauges.run,
            "screen": self.screener.run,
        }
