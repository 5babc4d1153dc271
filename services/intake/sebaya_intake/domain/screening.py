"""Waiting for a verdict. What has none in time since its publication is published again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_contracts.words import Level

# While a message waits for the broker there is nothing to be overdue; checking less and less often
# spares the store in an outage.
UNPUBLISHED_LONGEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class VerdictTimeout:
    """How long a verdict may take before the first repeat; doubled for each further one, up to the
    longest.
    """

    due: timedelta
    longest: timedelta

    def after(self, attempt: int) -> timedelta:
        """Return how long the verdict on this attempt (from 1) may take."""
        return min(self.longest, self.due * (1 << min(attempt - 1, 20)))


@dataclass(frozen=True, slots=True)
class Screening:
    """How far one message is screened. `asked_at` is when its newest attempt was written,
    `published_at` when the broker had that.
    """

    asked_at: datetime
    look_at: datetime | None
    attempt: int = 1
    published_at: datetime | None = None
    level: Level | None = None
    screened_at: datetime | None = None

    @property
    def screened(self) -> bool:
        return self.level is not None

    def with_verdict(self, level: Level, now: datetime) -> "Screening":
        """Return the screening with its verdict; the first one sets the time."""
        return replace(self, level=level, look_at=None, screened_at=self.screened_at or now)


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a document says of its events: how many still wait, and when the broker last had one."""

    waiting: int
    published_at: datetime | None

    def published_since(self, moment: datetime) -> datetime | None:
        """Return when the broker had everything written since a moment; None while it has not."""
        if self.waiting or self.published_at is None or self.published_at < moment:
            return None
        return self.published_at


def start_screening(now: datetime, timeout: VerdictTimeout) -> Screening:
    """Return the screening of a message that is written now."""
    return Screening(asked_at=now, look_at=now + timeout.after(1))


def check_verdict(
    screening: Screening, outbox: Outbox, timeout: VerdictTimeout, now: datetime
) -> tuple[Screening, bool]:
    """Return the screening after a check, and whether the message must be published again."""
    if screening.look_at is None or now < screening.look_at:
        return screening, False
    published = screening.published_at or outbox.published_since(screening.asked_at)
    if published is None:
        pause = min(max(timeout.due, now - screening.asked_at), UNPUBLISHED_LONGEST)
        return replace(screening, look_at=now + pause), False
    overdue_at = published + timeout.after(screening.attempt)
    if now < overdue_at:
        return replace(screening, published_at=published, look_at=overdue_at), False
    attempt = screening.attempt + 1
    return Screening(asked_at=now, look_at=now + timeout.after(attempt), attempt=attempt), True
