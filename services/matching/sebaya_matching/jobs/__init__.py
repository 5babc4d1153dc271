"""What a worker of matching does by the clock."""

from dataclasses import dataclass

from sebaya_chassis.service.runtime import Loop
from sebaya_chassis.service.timers import Timer
from sebaya_matching.collections import CASES
from sebaya_matching.jobs.gauges import MatchingGauges
from sebaya_matching.jobs.matching_round import MatchingRound


@dataclass(frozen=True, slots=True)
class MatchingJobs:
    """The timer's round and the gauges."""

    matching_round: MatchingRound
    gauges: MatchingGauges

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with cases that are due."""
        return (Timer(CASES.collection, "waiting", self.matching_round.handle_due),)

    def loops(self) -> dict[str, Loop]:
        """List the loops that keep the gauges."""
        return {"watch": self.gauges.run, "promises": self.gauges.run_promises}
