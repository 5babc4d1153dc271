"""What can be set from outside, beyond the chassis."""

from sebaya_chassis.base.settings import ChassisSettings


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
    # Eight years; a longer range is a mistake in the address.
    report_months: int = 96
