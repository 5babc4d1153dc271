"""Requests that a coordinator takes for pranks, set aside as a group by when they came.

They are out of matching and of every supporter's sight, until their student's next word or until
the group is undone. None is deleted for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_contracts.intake import CaseReopened, CaseSetAside
from sebaya_contracts.words import Door, Level
from sebaya_intake.domain.case import Case, Decision
from sebaya_intake.domain.projection import Phase
from sebaya_intake.domain.queue import note_seen
from sebaya_intake.domain.queue_place import SetAside
from sebaya_intake.errors import CannotSetAside

# Pranks are seen within days; what is older is no flood.
OLDEST = timedelta(days=7)
# In a longer time a school's ordinary requests come, too.
LONGEST = timedelta(hours=12)
Rule = Callable[[Case, datetime], Decision]
NOT_MATCHED = frozenset({Phase.RECEIVED, Phase.WAITING, Phase.OFFERED})


@dataclass(frozen=True, slots=True)
class AsideGroup:
    """The requests that came from `since` on and before `until`.

    `work_at` is when a worker must carry out what was decided; None once that is done. `size` is
    how many requests the worker set aside.
    """

    group_id: str
    school_id: str
    since: datetime
    until: datetime
    made_at: datetime
    made_by: str
    work_at: datetime | None
    size: int = 0
    undone_at: datetime | None = None
    undone_by: str | None = None


def make_group(
    group_id: str, school_id: str, since: datetime, until: datetime, made_by: str, now: datetime
) -> AsideGroup:
    """Make a group.

    Raises CannotSetAside for a time that is empty, to come, too long ago or too long.
    """
    if not (now - OLDEST <= since < until <= now and until - since <= LONGEST):
        raise CannotSetAside(
            errors=[
                {"field": "since", "message": "within the last 7 days"},
                {"field": "until", "message": "over, and after `since` by 12 hours at most"},
            ]
        )
    return AsideGroup(group_id, school_id, since, until, now, made_by, work_at=now)


def undo_group(group: AsideGroup, undone_by: str, now: datetime) -> AsideGroup:
    """Cancel a group: what is still set aside by it goes on."""
    if group.undone_at is not None:
        return group
    return replace(group, undone_at=now, undone_by=undone_by, work_at=now)


def finish_work(group: AsideGroup, done: AsideGroup, size: int) -> AsideGroup:
    """Note that a worker carried out what it had read as `done`; what was decided since stays
    due.
    """
    known = replace(group, size=max(group.size, size))
    return replace(known, work_at=None) if group.work_at == done.work_at else known


def can_be_set_aside(case: Case) -> bool:
    """Tell whether a case may be taken for a prank: the screen found it calm, nothing called an
    adult, there was no match, its student has not written since, and it was not set aside before.
    """
    opening, level = case.opening, case.screening.level if case.screening else None
    called = (case.adult_asked_at, case.reported_at, case.worried_at)
    return (
        opening is not None
        and opening.door is not Door.STAFF
        and level is Level.NONE
        and not case.view.needed_adult
        and not any(called)
        and case.view.match is None
        and case.view.phase in NOT_MATCHED
        and case.student_posted_at == opening.opened_at
        and case.withdrawn_at is None
        and case.aside is None
        and not case.reopened
    )


def set_aside(case: Case, group_id: str, now: datetime) -> Decision:
    """Set a case aside; one that cannot be stays as it is."""
    if not can_be_set_aside(case):
        return case, ()
    aside = replace(case, aside=SetAside(group_id, now))
    if case.queue is not None:
        return aside, ()
    event = CaseSetAside(school_id=case.school_id, case_id=case.case_id, set_aside_at=now)
    return aside, (event,)


def after_students_word(rule: Rule) -> Rule:
    """Make a rule open a case again before it decides what its student does."""

    def reopened_first(case: Case, now: datetime) -> Decision:
        back, first = reopen(case, now, by_student=True)
        after, events = rule(back, now)
        return after, (*first, *events)

    return reopened_first


def reopen(case: Case, now: datetime, *, by_student: bool) -> Decision:
    """Open a case again that was set aside; another one stays as it is.

    What its student reopened is never set aside once more.
    """
    if case.aside is None:
        return case, ()
    back = replace(case, aside=None, reopened=case.reopened or by_student)
    if case.queue is not None:
        return note_seen(back, now) if by_student else (back, ())
    event = CaseReopened(school_id=case.school_id, case_id=case.case_id, reopened_at=now)
    return back, (event,)
