"""The life of a page: one attempt to reach one person by one channel.

`SENDING`, with the token of its sender, is stored before anything goes out. So a page is repeated
only when the process was killed or paused with that send in flight, and then with the same
Message-ID.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# Two, six and eighteen seconds: a mail server's hiccup is over, and an imminent rung (2 min) is not
# yet.
RETRY_SECONDS = (2.0, 6.0, 18.0)


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"


class PageState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Page:
    """`after_answer`: it was on the wire when somebody acknowledged. `told`: the ladder knows that
    it failed.
    """

    school_id: str
    page_id: str
    alert_id: str
    turn: int
    rung: int
    person_id: str
    channel: Channel
    message_id: str
    planned_at: datetime
    state: PageState = PageState.PENDING
    try_at: datetime | None = None
    attempts: int = 0
    token: str | None = None
    sending_until: datetime | None = None
    settled_at: datetime | None = None
    reason: str = ""
    after_answer: bool = False
    told: bool = False

    @property
    def due_at(self) -> datetime | None:
        match self.state:
            case PageState.PENDING:
                return self.try_at or self.planned_at
            case PageState.SENDING:
                return self.sending_until
            case PageState.FAILED:
                return None if self.told else self.settled_at
            case PageState.SENT | PageState.DROPPED:
                return None

    def sendable(self, now: datetime) -> bool:
        return (
            self.state in {PageState.PENDING, PageState.SENDING}
            and self.due_at is not None
            and self.due_at <= now
        )


def page_id(alert_id: str, turn: int, rung: int, person_id: str, channel: Channel) -> str:
    return f"{alert_id}/{turn}/{rung}/{person_id}/{channel.value}"


def sending(page: Page, token: str, lease: timedelta, now: datetime) -> Page:
    """Claimed: from here to the settling the page counts as on the wire."""
    return replace(
        page,
        state=PageState.SENDING,
        token=token,
        sending_until=now + lease,
        attempts=page.attempts + 1,
    )


def sent(page: Page, now: datetime, *, after_answer: bool) -> Page:
    return replace(page, state=PageState.SENT, settled_at=now, after_answer=after_answer)


def dropped(page: Page, now: datetime) -> Page:
    """Somebody has answered; it never goes out."""
    return replace(page, state=PageState.DROPPED, settled_at=now)


def failed(page: Page, reason: str, now: datetime) -> Page:
    return replace(page, state=PageState.FAILED, settled_at=now, reason=reason)


def unreached(page: Page, reason: str, now: datetime) -> Page:
    """What may heal is tried a few times more."""
    if page.attempts > len(RETRY_SECONDS):
        return failed(page, reason, now)
    wait = timedelta(seconds=RETRY_SECONDS[page.attempts - 1])
    return replace(page, state=PageState.PENDING, try_at=now + wait, reason=reason, token=None)
