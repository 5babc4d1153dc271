"""The ladder of an alert: the people to page next, and how long an answer is awaited.

One step is one decision, taken with the school as it is at that moment.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sebaya_contracts.district import ON_CALL, Ladder, Person, School
from sebaya_contracts.escalation import AlertEvent, AlertPaged
from sebaya_contracts.words import Level, OpenAgainCause, Role
from sebaya_escalation.domain.alert import HOLDER_RUNG, Alert, AlertDecision, Status, open_again
from sebaya_escalation.domain.page import (
    NO_TURN,
    OPENED_BY,
    Channel,
    Page,
    PageKind,
    make_details_id,
    make_message_id,
    make_news_id,
    make_page_id,
    make_unanswered_id,
)
from sebaya_escalation.domain.review import HOLDER, Review, keep_within, leave_rung
from sebaya_escalation.domain.rota import is_reachable, list_on_call
from sebaya_escalation.domain.school_ladder import choose_ladder
from sebaya_escalation.domain.timeline import Entry, Happening, add_once_a_round

# When every rung fails or is empty at once, a new round waits this long: mail servers recover in
# minutes, not in milliseconds.
ROUND_AT_LEAST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class LadderStep:
    """The alert after a step, and the pages that it plans.

    Without one that calls for an answer no person can be reached at all, and the step will be tried
    again.
    """

    alert: Alert
    pages: tuple[Page, ...] = ()
    events: tuple[AlertEvent, ...] = ()

    @property
    def reaches_people(self) -> bool:
        """Whether a page calls for an answer; a coordinator only hears that there was none."""
        return any(page.kind is not PageKind.UNANSWERED for page in self.pages)


def take_step(alert: Alert, school: School, mail_domain: str, now: datetime) -> LadderStep:
    """Take the step that is due of an alert that is not closed: tell its holder what is new, and
    where the ladder runs, page the next rung with a reachable person.

    A holder that cannot be told holds nothing: the alert is open again.
    """
    paging = _Paging(school, mail_domain, now)
    again = open_if_contact_overdue(alert, now)
    told = _tell_holder(again.alert, paging)
    if not again.alert.paging:
        if told.pages or again.alert.tell_at is None:
            return told
        again = open_again(told.alert, OpenAgainCause.NEW_SIGNAL, now)
        told = LadderStep(replace(again.alert, tell_at=None))
    climbed = _climb(told.alert, paging)
    called = {page.person_id for page in climbed.pages}
    news = tuple(page for page in told.pages if page.person_id not in called)
    return replace(climbed, pages=(*news, *climbed.pages), events=(*again.events, *climbed.events))


def take_review_step(
    alert: Alert, review: Review, school: School, mail_domain: str, now: datetime
) -> LadderStep:
    """Call the next person for a look that is due: the holder, then the rungs of the alert's
    ladder. What an alert is published as does not change.
    """
    paging, ladder = _Paging(school, mail_domain, now), choose_ladder(school, alert.level)
    review = keep_within(review, len(ladder.rungs))
    pages: tuple[Page, ...] = ()
    while not pages:
        people = _people_at(review.rung, alert, ladder, paging)
        calls = review.calls_prefix(alert.alert_id)
        pages = tuple(
            _page(
                alert,
                person,
                channel,
                paging,
                identity=f"{calls}{person.person_id}/{channel.value}",
                kind=PageKind.REVIEW,
                turn=NO_TURN,
                rung=review.rung,
            )
            for person in people
            for channel in list_channels(person)
        )
        wait = timedelta(seconds=ladder.rungs[max(review.rung, 0)].wait_seconds)
        review = leave_rung(review, len(ladder.rungs), wait, now)
        if review.rung == HOLDER:
            break
    return LadderStep(replace(alert, review=review), pages)


def wait_for_school(alert: Alert, until: datetime, now: datetime) -> LadderStep:
    """Put the step of an alert off whose school is not described here."""
    if (review := alert.review) and alert.review_step_at and alert.review_step_at <= now:
        alert = replace(alert, review=replace(review, next_at=until))
    if alert.status is Status.CLOSED:
        return LadderStep(alert)
    again = open_if_contact_overdue(alert, now)
    tell_at = until if again.alert.tell_at else None
    waiting = replace(again.alert, next_step_at=until, tell_at=tell_at)
    return LadderStep(waiting, events=again.events)


@dataclass(frozen=True, slots=True)
class _Paging:
    """What pages are planned with."""

    school: School
    mail_domain: str
    now: datetime


def _tell_holder(alert: Alert, paging: _Paging) -> LadderStep:
    if alert.tell_at is None:
        return LadderStep(alert)
    # While the ladder runs, the holder is asked to take the alert again, like anybody else.
    kind = PageKind.STEP if alert.paging else PageKind.NEWS
    version = f"{paging.now:%Y%m%dT%H%M%S.%f}"
    pages = tuple(
        _page(
            alert,
            person,
            channel,
            paging,
            identity=make_news_id(alert.alert_id, version, person.person_id, channel),
            kind=kind,
            turn=NO_TURN,
            rung=HOLDER_RUNG,
        )
        for person in _reachable_people((alert.holder or "",), paging, alert.barred)
        for channel in list_channels(person)
    )
    return LadderStep(replace(alert, tell_at=None, holder_called=bool(pages)), pages)


def _climb(alert: Alert, paging: _Paging) -> LadderStep:
    """Page the next rung with a reachable person. Empty rungs are left at once; after the last one
    the coordinators hear of it, and the next turn begins.
    """
    ladder, now = choose_ladder(paging.school, alert.level), paging.now
    told: tuple[Page, ...] = ()
    for _ in range(2 * len(ladder.rungs) + 2):
        if alert.rung >= len(ladder.rungs):
            if not told and _is_news_to_coordinators(alert):
                told = _tell_coordinators(alert, paging)
                alert = replace(alert, coordinators_told_at=now)
            alert = replace(alert, turn=alert.turn + 1, rung=0, holder_called=False)
            again_at = (alert.turn_began_at or now - ROUND_AT_LEAST) + ROUND_AT_LEAST
            if again_at > now:
                return LadderStep(replace(alert, next_step_at=again_at), told)
        if alert.rung <= 0:
            alert = replace(alert, turn_began_at=now)
        people = _people_at(alert.rung, alert, ladder, paging)
        if people and not _is_waited_for(alert, people):
            step = _page_rung(alert, ladder, people, paging)
            return replace(step, pages=(*told, *step.pages))
        if not people:
            alert = _note_empty(alert, Happening.RUNG_EMPTY, now, str(alert.rung + 1))
        alert = replace(alert, rung=alert.rung + 1)
    alert = _note_empty(alert, Happening.UNREACHED, now)
    return LadderStep(replace(alert, next_step_at=now + ROUND_AT_LEAST), told)


def _is_news_to_coordinators(alert: Alert) -> bool:
    """Once each time that it waits for an answer anew."""
    since = alert.open_since or alert.raised_at
    return alert.coordinators_told_at is None or alert.coordinators_told_at < since


def _tell_coordinators(alert: Alert, paging: _Paging) -> tuple[Page, ...]:
    return _page_coordinators(
        alert,
        paging,
        PageKind.UNANSWERED,
        lambda person_id, channel: make_unanswered_id(
            alert.alert_id, alert.turn, person_id, channel
        ),
    )


def _people_at(rung: int, alert: Alert, ladder: Ladder, paging: _Paging) -> tuple[Person, ...]:
    """List the people of a rung. Where all that the ladder could call are barred, their colleagues
    are called in their place: no student is left with nobody because one person was named.
    """
    if rung == HOLDER_RUNG:
        return _reachable_people((alert.holder or "",), paging, alert.barred)
    who = ladder.rungs[rung].who
    people = _reachable_people(who, paging, alert.barred)
    named = [name for one in ladder.rungs for name in one.who]
    if people or not _reachable_people(who, paging, frozenset()):
        return people
    if _reachable_people(named, paging, alert.barred):
        return ()
    everybody = [person.person_id for person in paging.school.staff]
    return _reachable_people(everybody, paging, alert.barred)


def _is_waited_for(alert: Alert, people: tuple[Person, ...]) -> bool:
    """Tell whether a rung is the holder alone, who was called in this round already."""
    return alert.holder_called and [one.person_id for one in people] == [alert.holder]


def _note_empty(alert: Alert, what: Happening, now: datetime, about: str = "") -> Alert:
    entry = Entry(now, what, about=about, level=alert.level)
    return replace(alert, timeline=add_once_a_round(alert.timeline, entry))


def _reachable_people(
    who: Iterable[str], paging: _Paging, barred: Set[str], kind: PageKind = PageKind.STEP
) -> tuple[Person, ...]:
    """List the people of a rung that can be called, and may open what they are called to."""
    known = {person.person_id: person for person in paging.school.staff}
    found: dict[str, Person] = {}
    for name in who:
        people: Iterable[Person] = (
            list_on_call(paging.school, paging.now)
            if name == ON_CALL
            else filter(None, [known.get(name)])
        )
        found |= {
            person.person_id: person
            for person in people
            if OPENED_BY[kind] in person.roles
            and is_reachable(person)
            and person.person_id not in barred
        }
    return tuple(found.values())


def _page_rung(
    alert: Alert, ladder: Ladder, people: tuple[Person, ...], paging: _Paging
) -> LadderStep:
    wait = timedelta(seconds=ladder.rungs[max(alert.rung, 0)].wait_seconds)
    pages = tuple(
        _page(
            alert,
            person,
            channel,
            paging,
            identity=make_page_id(
                alert.alert_id, alert.turn, alert.rung, person.person_id, channel
            ),
        )
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
    holder_called = alert.holder_called or alert.rung == HOLDER_RUNG
    climbed = replace(
        alert,
        rung=alert.rung + 1,
        next_step_at=paging.now + wait,
        holder_called=holder_called,
    )
    return LadderStep(climbed, pages, (paged,))


def list_channels(person: Person) -> tuple[Channel, ...]:
    """List the channels by which a person can be paged."""
    email = (Channel.EMAIL,) if person.email else ()
    return (*email, Channel.WEBHOOK) if person.webhook_url else email


def _page(
    alert: Alert, person: Person, channel: Channel, paging: _Paging, *, identity: str, **more: Any
) -> Page:
    given = {"turn": alert.turn, "rung": alert.rung} | more
    return Page(
        school_id=alert.school_id,
        page_id=identity,
        alert_id=alert.alert_id,
        person_id=person.person_id,
        channel=channel,
        message_id=make_message_id(identity, paging.mail_domain),
        planned_at=paging.now,
        **given,
    )


def is_wanted(page: Page, alert: Alert) -> bool:
    """Tell whether a page still has a purpose: a step while the ladder runs, news while its person
    holds the alert; for a person that is barred it has none.
    """
    if page.person_id in alert.barred:
        return False
    match page.kind:
        case PageKind.STEP | PageKind.UNANSWERED:
            return alert.paging
        case PageKind.NEWS:
            return alert.status is Status.ACKNOWLEDGED and alert.holder == page.person_id
        case PageKind.REVIEW:
            return alert.review is not None and page.page_id.startswith(
                alert.review.page_prefix(alert.alert_id)
            )
        case _:
            return True


def call_coordinators(
    alert: Alert, opening_id: str, school: School, mail_domain: str, now: datetime
) -> tuple[Page, ...]:
    """Plan the pages that tell a school's coordinators of contact details that were opened; one
    that is barred from the case hears nothing.
    """
    return _page_coordinators(
        alert,
        _Paging(school, mail_domain, now),
        PageKind.DETAILS,
        lambda person_id, channel: make_details_id(opening_id, person_id, channel),
    )


def _page_coordinators(
    alert: Alert, paging: _Paging, kind: PageKind, make_id: Callable[[str, Channel], str]
) -> tuple[Page, ...]:
    staff = paging.school.staff
    coordinators = [one.person_id for one in staff if Role.COORDINATOR in one.roles]
    return tuple(
        _page(
            alert,
            person,
            channel,
            paging,
            identity=make_id(person.person_id, channel),
            kind=kind,
            turn=NO_TURN,
            rung=0,
        )
        for person in _reachable_people(coordinators, paging, alert.barred, kind)
        for channel in list_channels(person)
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
    """Go on with the next rung, at once, if the student was not spoken to in time: an acknowledged
    alert is open again, and its holder is told too.
    """
    if alert.status is Status.CLOSED or alert.contact_due_at is None or alert.contact_due_at > now:
        return AlertDecision(alert)
    overdue = replace(alert, contact_due_at=None)
    if alert.paging:
        return AlertDecision(replace(overdue, next_step_at=now))
    next_rung = max(alert.rung, 0)
    return open_again(overdue, OpenAgainCause.CONTACT_OVERDUE, now, rung=next_rung)
