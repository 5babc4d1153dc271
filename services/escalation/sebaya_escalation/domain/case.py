"""What escalation knows of a case: whether it goes on, and the lock that signals and erasure meet
at.
"""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Case:
    """`case_id` is empty for the one record of a school whose messages cannot be attributed.

    Every signal and the erasure write this record, so that of the two one sees the other, whichever
    comes first.
    """

    school_id: str
    case_id: str | None
    withdrawn_at: datetime | None = None
    erased: bool = False
    signals: int = 0
    episodes: int = 0

    @property
    def identity(self) -> str:
        return self.case_id or f"school-{self.school_id}"


def withdrawn(case: Case, withdrawn_at: datetime) -> Case:
    return case if case.erased else replace(case, withdrawn_at=withdrawn_at)


def signalled(case: Case, *, begins_episode: bool) -> Case:
    """One more signal. Of an erased case nothing is kept."""
    if case.erased:
        return case
    return replace(case, signals=case.signals + 1, episodes=case.episodes + begins_episode)


def last_came(*moments: datetime | None) -> datetime | None:
    """When the student last did something here: wrote, asked or withdrew. Reading alone leaves no
    trace.
    """
    return max((moment for moment in moments if moment is not None), default=None)


def erased(case: Case) -> Case:
    """The tombstone. The number of episodes stays, so that an alert that is open keeps its own."""
    return Case(school_id=case.school_id, case_id=case.case_id, erased=True, episodes=case.episodes)
