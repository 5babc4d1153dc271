"""The life of a page: one attempt to reach one person by one channel.

`SENDING`, with the token of its sender, is stored before anything goes out. So a page is repeated
only when the process was killed or paused with that send in flight, and then with the same
Message-ID.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sebaya_contracts.words import Role

# Two, six and eighteen seconds: a mail server's hiccup is over, and an imminent rung (2 min) is not
# yet.
RETRY_SECONDS = (2.0, 6.0, 18.0)


class Channel(StrEnum):
    """By what a person is paged."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class PageKind(StrEnum):
    """Why a person is paged: a step of the ladder, something new for the holder of an alert, a look
    after the student that is due; for a coordinator contact details that were opened, and an alert
    that a whole round of its ladder left unanswered; and of duties: one that a colleague is asked
    to take, one's own that was taken, and for a coordinator one that changed hands.
    """

    STEP = "step"
    NEWS = "news"
    REVIEW = "review"
    DETAILS = "details"
    UNANSWERED = "unanswered"
    DUTY_ASKED = "duty_asked"
    DUTY_TAKEN = "duty_taken"
    DUTY_MOVED = "duty_moved"


# No answer to the alert drops these.
BESIDE_LADDER = (PageKind.NEWS, PageKind.REVIEW, PageKind.DETAILS)
# The role that may open what a page leads to: no person without it is called.
OPENED_BY = {
    PageKind.STEP: Role.COUNSELLOR,
    PageKind.NEWS: Role.COUNSELLOR,
    PageKind.REVIEW: Role.COUNSELLOR,
    PageKind.DETAILS: Role.COORDINATOR,
    PageKind.DUTY_ASKED: Role.COUNSELLOR,
    PageKind.DUTY_TAKEN: Role.COUNSELLOR,
    # These say all there is to know, and lead nowhere.
    PageKind.UNANSWERED: Role.COORDINATOR,
    PageKind.DUTY_MOVED: Role.COORDINATOR,
}


# The turn of pages that belong to no round of the ladder.
NO_TURN = 0


class PageState(StrEnum):
    """Where a page stands; SENDING is on the wire, DROPPED was answered before it went out.

    UNKNOWN was handed over whole, and no answer came: it may arrive, so it is not sent again.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Page:
    """One attempt to reach one person by one channel.

    `after_answer`: it was on the wire when a person acknowledged. `told`: the ladder knows that it
    failed. `token` is its sender's, until `sending_until`. Where `change_id` is a change of duty,
    the page is about that and `alert_id` is empty.
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
    kind: PageKind = PageKind.STEP
    change_id: str = ""

    @property
    def due_at(self) -> datetime | None:
        """When the sender must act on it; None for never."""
        match self.state:
            case PageState.PENDING:
                return self.try_at or self.planned_at
            case PageState.SENDING:
                return self.sending_until
            case PageState.FAILED:
                return None if self.told else self.settled_at
            case PageState.SENT | PageState.UNKNOWN | PageState.DROPPED:
                return None

    def sendable(self, now: datetime) -> bool:
        """Tell whether a sender may claim it now."""
        return (
            self.state in {PageState.PENDING, PageState.SENDING}
            and self.due_at is not None
            and self.due_at <= now
        )


def make_message_id(page_id: str, mail_domain: str) -> str:
    """Make a page's Message-ID from what the page is: a repeat carries the same, and it names no
    person.
    """
    return f"<{hashlib.sha256(page_id.encode()).hexdigest()[:40]}@{mail_domain}>"


def make_page_id(alert_id: str, turn: int, rung: int, person_id: str, channel: Channel) -> str:
    """Make a page's id from what it is, so that one step plans it once."""
    return f"{alert_id}/{turn}/{rung}/{person_id}/{channel.value}"


def make_news_id(alert_id: str, version: str, person_id: str, channel: Channel) -> str:
    """Make the id of a page that tells a holder of something new; `version` names what."""
    return f"{alert_id}/news/{version}/{person_id}/{channel.value}"


def make_details_id(opening_id: str, person_id: str, channel: Channel) -> str:
    """Make the id of a page that tells a coordinator of opened contact details."""
    return f"{opening_id}/{person_id}/{channel.value}"


def make_unanswered_id(alert_id: str, turn: int, person_id: str, channel: Channel) -> str:
    """Make the id of a page that tells a coordinator of an alert that nobody answered."""
    return f"{alert_id}/unanswered/{turn}/{person_id}/{channel.value}"


def make_duty_id(change_id: str, kind: PageKind, person_id: str, channel: Channel) -> str:
    """Make the id of a page that tells a person of a change of duty."""
    return f"{change_id}/{kind.value}/{person_id}/{channel.value}"


def claim_page(page: Page, token: str, lease: timedelta, now: datetime) -> Page:
    """Claim a page for a sender: until its result is stored it counts as on the wire."""
    return replace(
        page,
        state=PageState.SENDING,
        token=token,
        sending_until=now + lease,
        attempts=page.attempts + 1,
    )


def mark_sent(page: Page, now: datetime, *, after_answer: bool) -> Page:
    """Mark a page as sent; `after_answer` if its alert was acknowledged meanwhile."""
    return replace(page, state=PageState.SENT, settled_at=now, after_answer=after_answer)


def mark_unknown(page: Page, reason: str, now: datetime) -> Page:
    """Mark a page of which nothing is known but that it was handed over. The ladder goes on by its
    own clock.
    """
    return replace(page, state=PageState.UNKNOWN, settled_at=now, reason=reason)


def drop_page(page: Page, now: datetime) -> Page:
    """Drop a page, for its alert was acknowledged; it never goes out."""
    return replace(page, state=PageState.DROPPED, settled_at=now)


def mark_failed(page: Page, reason: str, now: datetime) -> Page:
    """Mark a page as failed for good. `reason` is a closed word (`paging.send_errors`)."""
    return replace(page, state=PageState.FAILED, settled_at=now, reason=reason)


def retry_or_fail(page: Page, reason: str, now: datetime) -> Page:
    """Retry a page after a transient failure, or mark it as failed after the last retry."""
    if page.attempts > len(RETRY_SECONDS):
        return mark_failed(page, reason, now)
    wait = timedelta(seconds=RETRY_SECONDS[page.attempts - 1])
    return replace(page, state=PageState.PENDING, try_at=now + wait, reason=reason, token=None)
