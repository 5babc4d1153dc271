"""The ladder of an alert: the people to page next, and how long an answer is awaited.

One step is one decision, taken with the school as it is at that moment.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_contracts.district import ON_CALL, Ladder, Person, School
from sebaya_contracts.escalation import AlertEvent, AlertPaged
from sebaya_contracts.words import Level, OpenAgainCause
from sebaya_escalation.domain.alert import HOLDER_RUNG, Alert, AlertDecision, Status, open_again
from sebaya_escalation.domain.page import Channel, Page, make_page_id
from sebaya_escalation.domain.rota import is_reachable, list_on_call
from sebaya_escalation.domain.school_ladder import choose_ladder

# When every rung fails or is empty at once, a new round waits this long: mail servers recover in
# minutes, not in milliseconds.
ROUND_AT_LEAST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class LadderStep:
    """The alert after a step, and the pages that it plans.

    No pages: no person can be reached at all, and the step will be tried again.
    """

    alert: Alert
    pages: tuple[Page, ...] = ()
    events: tuple[AlertEvent, ...] = ()


def take_step(alert: Alert, school: School, mail_domain: str, now: datetime) -> LadderStep:
    """Take the step that is due: page the next rung with a reachable person.

    Empty rungs are left at once; after the last one the next turn begins.
    """
    ladder = choose_ladder(school, alert.level)
    turn, rung, began = alert.turn, alert.rung, alert.turn_began_at
    for _ in range(2 * len(ladder.rungs) + 2):
        if rung >= len(ladder.rungs):
            turn, rung = turn + 1, 0
            again_at = (began or now) + ROUND_AT_LEAST
            if again_at > now:
                return LadderStep(
                    replace(alert, turn=turn, rung=rung, turn_began_at=began, next_step_at=again_at)
                )
        if rung <= 0:
            began = now
        who = (alert.holder or "",) if rung == HOLDER_RUNG else ladder.rungs[rung].who
        if people := _reachable_people(who, school, now):
            return _page_rung(
                replace(alert, turn=turn, rung=rung, turn_began_at=began),
                ladder,
                people,
                mail_domain,
                now,
            )
        rung += 1
    return LadderStep(
        replace(alert, turn=turn, rung=rung, turn_began_at=began, next_step_at=now + ROUND_AT_LEAST)
    )


def _reachable_people(who: Iterable[str], school: School, now: datetime) -> tuple[Person, ...]:
    known = {person.person_id: person for person in school.staff}
    found: dict[str, Person] = {}
    for name in who:
        people: Iterable[Person] = (
            list_on_call(school, now) if name == ON_CALL else filter(None, [known.get(name)])
        )
        found |= {person.person_id: person for person in people if is_reachable(person)}
    return tuple(found.values())


def _page_rung(
    alert: Alert, ladder: Ladder, people: tuple[Person, ...], mail_domain: str, now: datetime
) -> LadderStep:
    wait = timedelta(seconds=ladder.rungs[max(alert.rung, 0)].wait_seconds)
    pages = tuple(
        _page(alert, person, channel, mail_domain, now)
        for person in people
        for channel in list_channels(person)
    )
    paged = AlertPaged(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        turn=alert.turn,
        rung=alert.rung,
        recipients=len(pages),
        level=alert.level,
    )
    return LadderStep(replace(alert, rung=alert.rung + 1, next_step_at=now + wait), pages, (paged,))


def list_channels(person: Person) -> tuple[Channel, ...]:
    """List the channels by which a person can be paged."""
    email = (Channel.EMAIL,) if person.email else ()
    return (*email, Channel.WEBHOOK) if person.webhook_url else email


def _page(alert: Alert, person: Person, channel: Channel, mail_domain: str, now: datetime) -> Page:
    identity = make_page_id(alert.alert_id, alert.turn, alert.rung, person.person_id, channel)
    return Page(
        school_id=alert.school_id,
        page_id=identity,
        alert_id=alert.alert_id,
        turn=alert.turn,
        rung=alert.rung,
        person_id=person.person_id,
        channel=channel,
        # Made once, from what the page is: a repeat carries the same, and it names no person.
        message_id=f"<{hashlib.sha256(identity.encode()).hexdigest()[:40]}@{mail_domain}>",
        planned_at=now,
    )


def compute_overdue_seconds(
    school: School, level: Level, unanswered_since: datetime, now: datetime
) -> float:
    """Compute how many seconds past its first rung an alert waits for an answer; 0 within it.

    The people on call had that long.
    """
    wait = choose_ladder(school, level).rungs[0].wait_seconds
    return max(0.0, (now - unanswered_since).total_seconds() - wait)


def leave_failed_rung(alert: Alert, turn: int, rung: int, now: datetime) -> Alert:
    """Leave a rung of which no person could be reached, unless the ladder has moved on or
    stopped.
    """
    if not alert.paging or (alert.turn, alert.rung - 1) != (turn, rung):
        return alert
    return replace(alert, next_step_at=now)


def open_if_contact_overdue(alert: Alert, now: datetime) -> AlertDecision:
    """Open an acknowledged alert again if its student was not spoken to in time."""
    due = (
        alert.status is Status.ACKNOWLEDGED
        and alert.contact_due_at is not None
        and alert.contact_due_at <= now
    )
    return open_again(alert, OpenAgainCause.CONTACT_OVERDUE, now) if due else AlertDecision(alert)
