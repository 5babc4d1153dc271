"""What one worker says of how far it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerNote:
    """What a worker said of itself when it was measured last; times in seconds."""

    records_behind: int = 0
    seconds_behind: float = 0.0
    halted: bool = False
    stuck: tuple[str, ...] = ()
