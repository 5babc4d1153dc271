"""Intake's own settings; each number with its reason."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import model_validator

from sebaya_chassis.base.settings import ChassisSettings, Environment
from sebaya_intake.domain.code_rate_limit import CodeLimits
from sebaya_intake.domain.crowding import Bounds
from sebaya_intake.domain.screening import VerdictTimeout


class Settings(ChassisSettings):
    # The secret file of the master keys, `id:key` a line, the current one first.
    master_keys_file: Path | None = None
    # A verdict takes well under a second; a minute without one means that a message was lost
    # between the two services.
    verdict_due_seconds: float = 60.0
    # A message that cannot be screened is already an alert of escalation; repeating it more than
    # hourly does not help.
    verdict_longest_seconds: float = 3600.0
    # By the clock alone, so that what was lost is found though no verdict comes; a screen that
    # answers is asked again faster (`republish_budget`).
    republish_per_second: float = 2.0
    # Pressing the button twice is one cry for help; a minute later it is another.
    adult_again_seconds: float = 60.0
    # A student in need must not watch a blank page: longer than an election of the store, shorter
    # than a student waits.
    answer_seconds: float = 4.0
    # A student mistypes a code a few times. Of the 20 bits of a missing group a thief tries 10 in a
    # quarter of an hour, 960 a day: 1 in 1,092 a day, by all doors together; with three replicas,
    # of which each may look at one more at the same moment, 1 in 910.
    code_tries: int = 10
    # Of a whole school: a class of forty who each mistype seven times.
    school_tries: int = 300
    tries_seconds: float = 900.0
    # A school at which codes are being guessed answers each try with a code this much later, right
    # or wrong.
    slow_seconds: float = 1.0
    # Requests of one school that wait for a supporter at once: a school of a thousand has some five
    # a day, so that these are two months' worth, and far more than its supporters' slots.
    waiting_at_most: int = 300
    # Requests in the queue behind them: at 8,000 characters each, 64 MB a school at the very most.
    queued_at_most: int = 2000
    # How soon what is queued comes out once there is room; one scrape interval.
    queue_seconds: float = 30.0
    # Gauges over all schools; one scrape interval.
    watch_seconds: float = 30.0

    @model_validator(mode="after")
    def _master_keys(self) -> Self:
        if self.environment is Environment.PRODUCTION and self.master_keys_file is None:
            raise ValueError(
                "SEBAYA_MASTER_KEYS_FILE is missing: it names the secret file of the master keys; "
                "make one by `sebaya keys add FILE`"
            )
        return self

    @property
    def verdict_timeout(self) -> VerdictTimeout:
        return VerdictTimeout(
            timedelta(seconds=self.verdict_due_seconds),
            timedelta(seconds=self.verdict_longest_seconds),
        )

    @property
    def code_limits(self) -> CodeLimits:
        return CodeLimits(self.code_tries, self.school_tries, timedelta(seconds=self.tries_seconds))

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.waiting_at_most, self.queued_at_most)

    @property
    def adult_again(self) -> timedelta:
        return timedelta(seconds=self.adult_again_seconds)
