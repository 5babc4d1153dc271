"""What can be set from outside, beyond the chassis."""

from sebaya_chassis.base.settings import ChassisSettings


class Settings(ChassisSettings):
    """Names are `SEBAYA_…`, as in every service."""

    # A freed slot makes a round due at once; this only catches what a crash or a certificate's date
    # left unnoticed.
    retry_waiting_seconds: float = 30.0
    # 500 x 500 slots are solved in well under a second; a school with more waiting has them tried
    # in turn.
    cases_in_a_try: int = 500
    supporters_in_a_try: int = 2000
    # The gauges of stages; about one scrape interval.
    watch_seconds: float = 20.0
    # The promises are counted again from every pair there is, which costs by the pairs.
    promises_seconds: float = 30.0
    # Transactions at once while offers are written; more of them gain little on one school's
    # documents.
    offer_lanes: int = 8
    # After another decision came first: the next scan of the timer, not this one.
    race_retry_seconds: float = 0.2
