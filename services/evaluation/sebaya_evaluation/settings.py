"""What can be set from outside, beyond the chassis."""

from typing import Annotated

from pydantic import Field

from sebaya_chassis.base.settings import ChassisSettings
from sebaya_evaluation.domain.spans import Calendar


class Settings(ChassisSettings):
    """Names are `SEBAYA_…`."""

    # Counting rests four times as long as it worked: a burst of facts costs a fifth of a core, and
    # is counted in fewer, larger strokes.
    recompute_rest: float = 4.0
    # A report is then never older than this plus one recount; well under the timers' lease, within
    # which a claim must end.
    recompute_rest_longest_seconds: float = 5.0
    # The gauges are for dashboards that scrape every 15 to 30 seconds.
    watch_seconds: float = 15.0
    # The month (1 to 12) in which the schools' year begins; its two terms have six months each.
    # What was released of other terms does not go away: set it once.
    school_year_starts: Annotated[int, Field(ge=1, le=12)] = 7
    # The current one and the two before it: a pupil's time at a school.
    report_years: Annotated[int, Field(ge=1, le=8)] = 3
    # A release is counted within this after its Monday has begun, unless a reader is faster.
    release_watch_seconds: float = 60.0

    @property
    def calendar(self) -> Calendar:
        """The schools' calendar."""
        return Calendar(self.school_year_starts, self.report_years)
