"""What escalation knows of a case: whether it goes on, and the record at which its signals and its
erasure meet.
"""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A case, as far as its signals go. `case_id` is None for the one record of a school for
    messages that cannot be attributed.

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
        """The record's id."""
        return self.case_id or f"school-{self.school_id}"


def note_withdrawal(case: Case, withdrawn_at: datetime) -> Case:
    """Note that the student withdrew the case."""
    return case if case.erased else replace(case, withdrawn_at=withdrawn_at)


def add_signal(case: Case, *, begins_episode: bool) -> Case:
    """Count one more signal; of an erased case nothing is kept."""
    if case.erased:
        return case
    return replace(case, signals=case.signals + 1, episodes=case.episodes + begins_episode)


def latest_activity(*moments: datetime | None) -> datetime | None:
    """Find when the student last did something here: wrote, asked or withdrew.

    Reading alone leaves no trace. None where nothing is known.
    """
    return max((moment for moment in moments if moment is not None), default=None)


def erase(case: Case) -> Case:
    """Erase all but a tombstone; its number of episodes lets an open alert keep its own."""
    return Case(school_id=case.school_id, case_id=case.case_id, erased=True, episodes=case.episodes)
