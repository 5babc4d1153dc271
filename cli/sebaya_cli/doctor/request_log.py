"""What the checker may be told from outside: the requests of clients, the kills and pauses, and how
long things may take.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request for support, by its `Idempotency-Key`, and what came of it in the end.

    `status` is the last clear answer (202, or a refusal), None where none ever came, however often
    it was sent again with its key. `unclear`: at least one attempt had no clear answer.
    `given_up`: it was sent once and never again, whatever came. `message_ids` are those answered
    for later messages of the case.
    """

    key: str
    school_id: str
    status: int | None
    case_id: str | None = None
    message_ids: tuple[str, ...] = ()
    unclear: bool = False
    withdrawn: bool = False
    erased: bool = False
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class ForgedRecord:
    """A record that was forged: its topic by its plain name, where it stands, and the services that
    must have parked it.
    """

    topic: str
    partition: int
    offset: int
    services: tuple[str, ...] = ()

    @property
    def position(self) -> str:
        return f"{self.partition}:{self.offset}"


@dataclass(slots=True)
class RequestLog:
    """What the clients of one run did, from their own side.

    The checker takes it as the whole of what was asked of the installation.
    """

    sent: list[SentRequest] = field(default_factory=list)
    poison: list[ForgedRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Interval:
    """From when to when something was killed, paused or cut off, until it had recovered. `target`
    is for people.
    """

    since: datetime
    until: datetime
    target: str = ""

    def overlap(self, since: datetime, until: datetime) -> timedelta:
        """Return how much of a stretch lies inside."""
        return max(timedelta(0), min(self.until, until) - max(self.since, since))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long each thing may take before it is wrong.

    `settle`: a change is known everywhere; what is younger is not judged. `outbox`: an event
    reaches the broker. `verdict`: a message has its verdict. `step`: a step of a ladder that is due
    is taken. `counted`: a change is in evaluation's roll-ups. `agreed`: the pager knows of a change
    of duty that colleagues agreed on.
    """

    settle: timedelta = timedelta(seconds=10)
    outbox: timedelta = timedelta(seconds=10)
    verdict: timedelta = timedelta(seconds=30)
    step: timedelta = timedelta(seconds=30)
    counted: timedelta = timedelta(seconds=60)
    agreed: timedelta = timedelta(seconds=10)


# Where nobody asks any more and everything has arrived. A ladder that runs has its step's time even
# so.
AT_REST = Bounds(
    settle=timedelta(0),
    outbox=timedelta(0),
    verdict=timedelta(0),
    counted=timedelta(0),
    agreed=timedelta(0),
)
