"""What escalation knows of a case: whether it goes on, and the record at which its signals and its
erasure meet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_contracts.escalation import StaffBarred
from sebaya_escalation.domain.barring import Bar, BarReason, add_bars, list_barred


@dataclass(frozen=True, slots=True)
class Case:
    """A case, as far as its signals go. `case_id` is None for the one record of a school for
    messages that cannot be attributed.

    Every signal and the erasure write this record, so that of the two one sees the other, whichever
    comes first. `by_friend`: it is out of worry about a friend, and never a peer's.
    """

    school_id: str
    case_id: str | None
    withdrawn_at: datetime | None = None
    erased: bool = False
    signals: int = 0
    episodes: int = 0
    by_friend: bool = False
    bars: tuple[Bar, ...] = ()

    @property
    def identity(self) -> str:
        """The record's id."""
        return self.case_id or f"school-{self.school_id}"


def note_withdrawal(case: Case, withdrawn_at: datetime) -> Case:
    """Note that the student withdrew the case."""
    return case if case.erased else replace(case, withdrawn_at=withdrawn_at)


def add_signal(case: Case, *, begins_episode: bool, by_friend: bool = False) -> Case:
    """Count one more signal, and keep that a case is about a friend; of an erased case nothing is
    kept.
    """
    if case.erased:
        return case
    return replace(
        case,
        signals=case.signals + 1,
        episodes=case.episodes + begins_episode,
        by_friend=case.by_friend or by_friend,
    )


def bar_people(
    case: Case, people: Iterable[str], why: BarReason, now: datetime
) -> tuple[Case, tuple[StaffBarred, ...]]:
    """Bar members of staff from a case and from every alert of it, the later ones too."""
    barred = replace(case, bars=add_bars(case.bars, people, why))
    return barred, publish_bars(case, barred, now)


def publish_bars(before: Case, after: Case, now: datetime) -> tuple[StaffBarred, ...]:
    """Make the event of a change of the people barred; none without a change or a case."""
    people = list_barred(after.bars)
    if after.case_id is None or people == list_barred(before.bars):
        return ()
    return (
        StaffBarred(
            school_id=after.school_id,
            case_id=after.case_id,
            person_ids=tuple(sorted(people)),
            changed_at=now,
        ),
    )


def latest_activity(*moments: datetime | None) -> datetime | None:
    """Find when the student last did something here: wrote, asked or withdrew.

    Reading alone leaves no trace. None where nothing is known.
    """
    return max((moment for moment in moments if moment is not None), default=None)


def erase(case: Case) -> Case:
    """Erase all but a tombstone; its number of episodes and the people barred are an open alert's
    too.
    """
    return Case(
        school_id=case.school_id,
        case_id=case.case_id,
        erased=True,
        episodes=case.episodes,
        bars=case.bars,
    )
