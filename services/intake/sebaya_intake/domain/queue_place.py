"""Where a case stands that matching is not to place yet: what the case keeps of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A place in the school's queue; `seen_at` is when the student came with the code.

    `refused`: the queue was full. The words are read by the screen, and go when it finds them calm.
    """

    since: datetime
    seen_at: datetime | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """That a coordinator set the case aside, in a group."""

    group_id: str
    at: datetime
