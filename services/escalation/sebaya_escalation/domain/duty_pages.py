"""Pages about changes of duty: to the colleague that is asked; once a duty is taken, to the person
that had it and to the school's coordinators.
"""

from datetime import datetime

from sebaya_contracts.district import School
from sebaya_escalation.domain.ladder import list_channels
from sebaya_escalation.domain.page import (
    NO_TURN,
    OPENED_BY,
    Page,
    PageKind,
    make_duty_id,
    make_message_id,
)
from sebaya_escalation.domain.rota import is_reachable
from sebaya_escalation.domain.shifts import ShiftChange


def list_duty_pages(
    change: ShiftChange, school: School, mail_domain: str, now: datetime
) -> tuple[Page, ...]:
    """List the pages that a change of duty makes, as it is offered or as it is taken.

    The person that acts is told nothing, and each other person once.
    """
    if change.accepted_at is None:
        told = {change.substitute_id: PageKind.DUTY_ASKED}
    else:
        told = {one.person_id: PageKind.DUTY_MOVED for one in school.staff}
        told[change.person_id] = PageKind.DUTY_TAKEN
        told.pop(change.substitute_id, None)
    return tuple(
        Page(
            school_id=school.school_id,
            page_id=(page_id := make_duty_id(change.change_id, kind, person.person_id, channel)),
            alert_id="",
            turn=NO_TURN,
            rung=0,
            person_id=person.person_id,
            channel=channel,
            message_id=make_message_id(page_id, mail_domain),
            planned_at=now,
            kind=kind,
            change_id=change.change_id,
        )
        for person in school.staff
        if (kind := told.get(person.person_id)) and OPENED_BY[kind] in person.roles
        if is_reachable(person)
        for channel in list_channels(person)
    )


def is_current(page: Page, change: ShiftChange) -> bool:
    """Tell whether a page about a change of duty is still true: an offer that was taken asks for
    nothing any more.
    """
    return change.accepted_at is None or page.kind is not PageKind.DUTY_ASKED
