"""How far one worker is, in its own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerNote:
    """What a worker said of itself at its last look."""

    records_behind: int = 0
    seconds_behind: float = 0.0
    halted: bool = False
    stuck: tuple[str, ...] = ()
