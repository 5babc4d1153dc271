"""The queue of a school at which more is asked than its supporters can take.

What is queued was stored, goes to the screen like every other, and is not announced to matching.
"""

from dataclasses import replace
from datetime import datetime

from sebaya_contracts.intake import CaseErased
from sebaya_contracts.words import Level
from sebaya_intake.domain.case import Case, Decision, NewCase, announcement, erase
from sebaya_intake.domain.crowding import Entrance
from sebaya_intake.domain.queue_place import QueuePlace


def enqueue(new: NewCase, entrance: Entrance, now: datetime) -> NewCase:
    """Put a new case into the queue; its announcement is made when it comes out."""
    place = QueuePlace(now, refused=entrance is Entrance.SCREENED)
    return replace(new, case=replace(new.case, queue=place), announcement=None)


def note_seen(case: Case, now: datetime) -> Decision:
    """Record that the student of a queued case came with its code."""
    if case.queue is None or case.queue.seen_at is not None:
        return case, ()
    return replace(case, queue=replace(case.queue, seen_at=now)), ()


def never_seen(case: Case) -> bool:
    """Tell whether a queued case is of a student that never came with its code. One that is set
    aside is kept.
    """
    return case.queue is not None and case.queue.seen_at is None and case.aside is None


def was_refused(case: Case) -> bool:
    """Tell whether the opening was refused, and nothing dangerous was found in it since."""
    return case.queue is not None and case.queue.refused and not case.view.needed_adult


def may_leave_queue(case: Case) -> bool:
    """Tell whether a queued case may be announced: its student has the code, or an adult was needed
    for it. One that is set aside stays where it is.
    """
    if case.queue is None or case.aside is not None or was_refused(case):
        return False
    return case.queue.seen_at is not None or case.view.needed_adult


def leave_queue(case: Case, _now: datetime) -> Decision:
    """Announce a queued case to matching."""
    if not may_leave_queue(case) or case.opening is None:
        return case, ()
    return replace(case, queue=None), (announcement(case, case.opening),)


def end_refused(case: Case, now: datetime) -> tuple[Case, tuple[CaseErased, ...]]:
    """Erase what was refused once the screen has found it calm."""
    calm = case.screening is not None and case.screening.level is Level.NONE
    if not was_refused(case) or not calm or case.erased_at is not None:
        return case, ()
    ended, events = erase(case, now)
    return ended, tuple(event for event in events if isinstance(event, CaseErased))
