"""Intake's part of the conformance suite: cases of which it hears from matching and escalation, and
what it must show of a school.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.harness import Scenario, Sourced
from sebaya_chassis.service.runtime import Runtime
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertLowered,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
    AlertReopened,
    AlertRose,
    ContactRecorded,
    CoveragePublished,
    Interval,
    MessageScreened,
    StaffBarred,
)
from sebaya_contracts.event import Event
from sebaya_contracts.matching import (
    CaseHeld,
    CaseReferred,
    CaseReleased,
    CaseWaited,
    MatchAccepted,
    MatchClosed,
    MatchDeclined,
    MatchLapsed,
    MatchOffered,
    MatchQuiet,
    MatchWithdrawn,
    SupporterProfiled,
)
from sebaya_contracts.topics import topic_of
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    CaseTopic,
    DeclineReason,
    Level,
    MatchEnd,
    OpenAgainCause,
    SupporterState,
    WaitReason,
)
from sebaya_intake import main
from sebaya_intake.collections import CASES, COVERAGE, MESSAGES, SUPPORTERS
from sebaya_intake.domain.case import Case, state_for_student
from sebaya_intake.domain.message import Message
from sebaya_intake.settings import Settings

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SCHOOLS = ("s1", "s2")


class Told:
    """Events in the order they happened; each source document counts its own."""

    def __init__(self) -> None:
        self.events: list[Sourced] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def add(self, subject: str, *events: Event) -> None:
        for event in events:
            topic = topic_of(event)
            number = self._numbers[topic.name, subject] = (
                self._numbers.get((topic.name, subject), 0) + 1
            )
            self.events.append(Sourced(topic, subject, number, event))


def events() -> list[Sourced]:
    """Two schools; cases that are matched, handed on, held and let go, referred, and asked anew
    after an end.
    """
    told = Told()
    for school_id in SCHOOLS:
        _school(told, school_id)
        _handed_on(told, school_id)
        _held(told, school_id)
        _referred(told, school_id)
        _while_matched(told, school_id)
        _reopened(told, school_id)
    return told.events


def _school(told: Told, school_id: str) -> None:
    school = School(
        school_id=school_id, name="SMA", time_zone="Asia/Jakarta", country="ID", languages=("id",)
    )
    told.add(school_id, SchoolDefined(school_id=school_id, school=school))
    for state in (SupporterState.APPLIED, SupporterState.ACTIVE, SupporterState.PAUSED):
        told.add(f"{school_id}:rani", _profile(school_id, "rani", state))
    told.add(f"{school_id}:budi", _profile(school_id, "budi", SupporterState.ACTIVE))
    for hours in (1, 2, 3):
        covered = Interval(since=AT + timedelta(hours=hours), until=AT + timedelta(hours=hours + 1))
        published = AT + timedelta(minutes=hours)
        expires = AT + timedelta(days=14)
        told.add(
            school_id,
            CoveragePublished(
                school_id=school_id, covered=(covered,), published_at=published, expires_at=expires
            ),
        )


def _profile(school_id: str, supporter_id: str, state: SupporterState) -> SupporterProfiled:
    return SupporterProfiled(
        school_id=school_id,
        supporter_id=supporter_id,
        display_name=supporter_id.title(),
        state=state,
        topics=(CaseTopic.GRIEF,),
        languages=("id",),
        hours=(),
        cap=3,
        certified_until=None,
    )


def _handed_on(told: Told, school_id: str) -> None:
    """Three who did not take it, one who did and left, one who stayed to the end."""
    case_id = f"{school_id}-handed-on"
    _screened(told, school_id, case_id, Level.NONE)
    told.add(case_id, CaseWaited(school_id=school_id, case_id=case_id, reason=WaitReason.ALL_BUSY))
    for number, ended in enumerate((MatchDeclined, MatchLapsed, MatchWithdrawn)):
        match = _match(school_id, case_id, f"m{number}")
        more = {"reason": DeclineReason.NO_TIME} if ended is MatchDeclined else {}
        told.add(case_id, _offered(match), ended(**match, **more))
    left, stayed = _match(school_id, case_id, "m3"), _match(school_id, case_id, "m4", "budi")
    told.add(
        case_id,
        _offered(left),
        _accepted(left),
        MatchQuiet(**left, school_days=3),
        _closed(left, MatchEnd.SUPPORTER_LEFT, case_closed=False),
    )
    told.add(
        case_id,
        _offered(stayed),
        _accepted(stayed),
        _closed(stayed, MatchEnd.COMPLETED, case_closed=True),
    )


def _with_counsellor(told: Told, school_id: str, case_id: str, level: Level) -> None:
    _screened(told, school_id, case_id, level)
    _alert(told, school_id, case_id, "first", closed=True)
    told.add(case_id, CaseHeld(school_id=school_id, case_id=case_id, alert_id=f"{case_id}-first"))


def _held(told: Told, school_id: str) -> None:
    case_id = f"{school_id}-held"
    _with_counsellor(told, school_id, case_id, Level.RED)
    told.add(
        case_id, CaseReleased(school_id=school_id, case_id=case_id, alert_id=f"{case_id}-first")
    )
    told.add(case_id, _offered(_match(school_id, case_id, "m1")))


def _referred(told: Told, school_id: str) -> None:
    case_id = f"{school_id}-referred"
    _with_counsellor(told, school_id, case_id, Level.IMMINENT)
    told.add(
        case_id, CaseReferred(school_id=school_id, case_id=case_id, alert_id=f"{case_id}-first")
    )


def _while_matched(told: Told, school_id: str) -> None:
    """In an active match the peer stays and the counsellor comes in; messages get verdicts of their
    own.
    """
    case_id = f"{school_id}-while-matched"
    match = _match(school_id, case_id, "m1")
    _screened(told, school_id, case_id, Level.NONE)
    told.add(case_id, _offered(match), _accepted(match))
    for number, level in enumerate((Level.NONE, Level.AMBER, Level.RED)):
        message_id = f"{case_id}-{number}"
        told.add(
            message_id,
            MessageScreened(
                school_id=school_id, message_id=message_id, case_id=case_id, level=level
            ),
        )
    again = f"{case_id}-0"
    told.add(
        again,
        MessageScreened(school_id=school_id, message_id=again, case_id=case_id, level=Level.AMBER),
    )
    _alert(told, school_id, case_id, "first", closed=True)
    _alert(told, school_id, case_id, "second", closed=False)


def _reopened(told: Told, school_id: str) -> None:
    """A human closes the alert, and opens it again."""
    case_id = f"{school_id}-reopened"
    _screened(told, school_id, case_id, Level.RED)
    _alert(told, school_id, case_id, "first", closed=True)
    again = AlertReopened(
        school_id=school_id,
        case_id=case_id,
        alert_id=f"{case_id}-first",
        level=Level.RED,
        reopened_at=AT + timedelta(hours=1),
    )
    told.add(again.alert_id, again)


def _screened(told: Told, school_id: str, case_id: str, level: Level) -> None:
    told.add(
        f"{case_id}-opening",
        MessageScreened(
            school_id=school_id,
            message_id=f"{case_id}-opening",
            case_id=case_id,
            level=level,
            opening=True,
        ),
    )


def _alert(told: Told, school_id: str, case_id: str, name: str, *, closed: bool) -> None:
    who: dict[str, Any] = {
        "school_id": school_id,
        "case_id": case_id,
        "alert_id": f"{case_id}-{name}",
        "level": Level.RED,
    }
    told.add(
        who["alert_id"],
        AlertRaised(**who, episode=1, cause=AlertCause.MESSAGE, raised_at=AT),
        AlertPaged(**who, turn=0, rung=0, recipients=1),
        AlertAcknowledged(**who, person_id="p1", acknowledged_at=AT, waited_seconds=1.0),
    )
    if not closed:
        graver = who | {"level": Level.IMMINENT}
        told.add(
            who["alert_id"],
            AlertRose(**graver, cause=AlertCause.MESSAGE, rose_at=AT),
            AlertOpenedAgain(**graver, cause=OpenAgainCause.ROSE, opened_at=AT),
            AlertLowered(**who, lowered_at=AT),
        )
        told.add(
            case_id + "-staff",
            StaffBarred(school_id=school_id, case_id=case_id, person_ids=("p1",), changed_at=AT),
        )
    if closed:
        told.add(who["alert_id"], ContactRecorded(**who, contacted_at=AT, waited_seconds=2.0))
        told.add(
            who["alert_id"],
            AlertClosed(
                **who, outcome=AlertOutcome.SUPPORTED, peer_may_continue=True, closed_at=AT
            ),
        )


def _match(school_id: str, case_id: str, name: str, supporter_id: str = "rani") -> dict[str, Any]:
    return {
        "school_id": school_id,
        "case_id": case_id,
        "match_id": f"{case_id}-{name}",
        "supporter_id": supporter_id,
    }


def _offered(match: dict[str, Any]) -> MatchOffered:
    return MatchOffered(**match, offered_at=AT, lapses_at=AT + timedelta(days=1))


def _accepted(match: dict[str, Any]) -> MatchAccepted:
    return MatchAccepted(**match, accepted_at=AT + timedelta(hours=1), waited_seconds=3600.0)


def _closed(match: dict[str, Any], end: MatchEnd, *, case_closed: bool) -> MatchClosed:
    return MatchClosed(**match, end=end, closed_at=AT + timedelta(hours=2), case_closed=case_closed)


def compose(settings_kwargs: dict[str, Any]) -> Runtime:
    return main.compose(Settings(**settings_kwargs)).runtime


async def summary(runtime: Runtime) -> object:
    """Everything but the moments at which a verdict was stored."""
    schools = [school.school_id for school in await runtime.schools.all()]
    return schools, [await _of_school(runtime, school_id) for school_id in SCHOOLS]


async def _of_school(runtime: Runtime, school_id: str) -> object:
    store = runtime.store(school_id)
    cases = await store.documents(CASES).find({}, sort={"_id": 1})
    messages = await store.documents(MESSAGES).find({}, sort={"_id": 1})
    supporters = await store.documents(SUPPORTERS).find({}, sort={"_id": 1})
    coverage = await store.documents(COVERAGE).find({})
    known = [one.state for one in supporters], [one.state for one in coverage]
    return [_case(one.state) for one in cases], [_message(one.state) for one in messages], known


def _case(case: Case) -> object:
    return case.case_id, state_for_student(case), case.view, case.screening and case.screening.level


def _message(message: Message) -> object:
    return message.message_id, message.case_id, message.screening and message.screening.level


SCENARIO = Scenario("intake", events, compose, summary)
