"""Matching's part of the conformance suite: cases of every kind, told by four topics."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.harness import Scenario, Sourced
from sebaya_chassis.service.runtime import Runtime
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.escalation import (
    AlertClosed,
    AlertRaised,
    AlertReopened,
    MessageScreened,
    PeerDecisionChanged,
)
from sebaya_contracts.event import Event
from sebaya_contracts.intake import (
    CaseErased,
    CaseOpened,
    CaseReopened,
    CaseSetAside,
    CaseWithdrawn,
    Preferences,
    PreferencesChanged,
    RematchRequested,
)
from sebaya_contracts.topics import ALERTS, CASES, SCHOOLS, VERDICTS
from sebaya_contracts.words import AlertCause, AlertOutcome, CaseTopic, Door, Level
from sebaya_matching import main
from sebaya_matching.collections import CASES as CASE_DOCUMENTS
from sebaya_matching.domain.case import Case
from sebaya_matching.settings import Settings

SCHOOL = "s1"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def events() -> list[Sourced]:
    """What could have happened at one school; after an erasure nothing more is delivered in this
    order.
    """
    return [
        Sourced(SCHOOLS, SCHOOL, 1, SchoolDefined(school_id=SCHOOL, school=_school())),
        *_opened("calm"),
        _verdict("calm", Level.NONE),
        *_opened("released"),
        _verdict("released", Level.RED, "a-released"),
        _raised("released", Level.RED),
        _closed("released", peer_may_continue=True),
        *_opened("held"),
        _verdict("held", Level.NONE),
        # It leaves no mark: were the alert known by then, it would be passed over.
        _verdict("held", Level.AMBER, "a-held", message="m2", opening=False),
        _raised("held", Level.AMBER),
        *_opened("referred"),
        _verdict("referred", Level.IMMINENT, "a-referred"),
        _raised("referred", Level.IMMINENT),
        _closed("referred", peer_may_continue=False),
        *_opened("reopened"),
        _verdict("reopened", Level.NONE),
        _raised("reopened", Level.RED),
        _closed("reopened", peer_may_continue=True),
        Sourced(
            ALERTS,
            "a-reopened",
            3,
            AlertReopened(**_of_alert("reopened"), reopened_at=AT),
        ),
        *_opened("given-back"),
        _verdict("given-back", Level.NONE),
        _closed("given-back", peer_may_continue=False),
        Sourced(
            ALERTS,
            "a-given-back",
            3,
            PeerDecisionChanged(
                **_of_alert("given-back"),
                peer_may_continue=True,
                changed_at=AT + timedelta(hours=1),
            ),
        ),
        *_opened("pending"),
        *_opened(
            "withdrawn", CaseWithdrawn(school_id=SCHOOL, case_id="withdrawn", withdrawn_at=AT)
        ),
        _verdict("withdrawn", Level.NONE),
        *_opened(
            "rematch",
            RematchRequested(
                school_id=SCHOOL, case_id="rematch", match_id="m-of-nobody", requested_at=AT
            ),
        ),
        _verdict("rematch", Level.NONE),
        *_opened(
            "wishes",
            PreferencesChanged(
                school_id=SCHOOL,
                case_id="wishes",
                preferences=Preferences(language="id", excluded_supporters=("sari",)),
                changed_at=AT,
            ),
        ),
        _verdict("wishes", Level.NONE),
        *_opened("aside", CaseSetAside(school_id=SCHOOL, case_id="aside", set_aside_at=AT)),
        _verdict("aside", Level.NONE),
        *_opened(
            "taken-up",
            CaseSetAside(school_id=SCHOOL, case_id="taken-up", set_aside_at=AT),
            CaseReopened(school_id=SCHOOL, case_id="taken-up", reopened_at=AT),
        ),
        _verdict("taken-up", Level.NONE),
        _verdict("erased", Level.RED, "a-erased"),
        _raised("erased", Level.RED),
        _closed("erased", peer_may_continue=True),
        *_opened("erased", CaseErased(school_id=SCHOOL, case_id="erased", erased_at=AT)),
    ]


def compose(settings_kwargs: dict[str, Any]) -> Runtime:
    return main.compose(Settings(**settings_kwargs)).runtime


async def summary(runtime: Runtime) -> object:
    """Where every case stands and what is known of it; times and outboxes depend on the order and
    are left out.
    """
    cases = await runtime.store(SCHOOL).documents(CASE_DOCUMENTS).find({}, sort={"_id": 1})
    schools = [school.school_id for school in await runtime.schools.all()]
    return schools, [_picture(loaded.state) for loaded in cases]


def _picture(case: Case) -> object:
    facts = (
        case.referred,
        case.withdrawn,
        case.closed,
        case.opening,
        case.request,
        sorted(case.alerts.items()),
    )
    return case.case_id, case.stage, facts, case.match, case.former, case.due_at is not None


def _school() -> School:
    return School(
        school_id=SCHOOL,
        name="SMA 1",
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id", "en"),
    )


def _opened(case_id: str, *later: Event) -> list[Sourced]:
    opened = CaseOpened(
        school_id=SCHOOL,
        case_id=case_id,
        topic=CaseTopic.LONELINESS,
        door=Door.WEB,
        preferences=Preferences(language="id", hours=("mon-lunch",), excluded_supporters=("budi",)),
        opening_message_id=f"{case_id}-m1",
        consent_version="2026-1",
        consented_at=AT,
        opened_at=AT,
    )
    return [
        Sourced(CASES, case_id, number, event)
        for number, event in enumerate([opened, *later], start=1)
    ]


def _verdict(
    case_id: str,
    level: Level,
    alert_id: str | None = None,
    *,
    message: str = "m1",
    opening: bool = True,
) -> Sourced:
    message_id = f"{case_id}-{message}"
    screened = MessageScreened(
        school_id=SCHOOL,
        message_id=message_id,
        case_id=case_id,
        level=level,
        opening=opening,
        alert_id=alert_id,
    )
    return Sourced(VERDICTS, message_id, 1, screened)


def _raised(case_id: str, level: Level) -> Sourced:
    alert_id = f"a-{case_id}"
    raised = AlertRaised(
        school_id=SCHOOL,
        alert_id=alert_id,
        case_id=case_id,
        episode=1,
        level=level,
        cause=AlertCause.MESSAGE,
        raised_at=AT,
    )
    return Sourced(ALERTS, alert_id, 1, raised)


def _of_alert(case_id: str) -> dict[str, Any]:
    return {
        "school_id": SCHOOL,
        "alert_id": f"a-{case_id}",
        "case_id": case_id,
        "level": Level.RED,
    }


def _closed(case_id: str, *, peer_may_continue: bool) -> Sourced:
    closed = AlertClosed(
        **_of_alert(case_id),
        outcome=AlertOutcome.SUPPORTED,
        peer_may_continue=peer_may_continue,
        closed_at=AT,
    )
    return Sourced(ALERTS, closed.alert_id, 2, closed)


SCENARIO = Scenario("matching", events, compose, summary)
