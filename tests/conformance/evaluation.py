"""What evaluation brings to the conformance suite."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from conformance.harness import Scenario, Sourced
from sebaya_chassis.service.runtime import Runtime
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseErased, CaseOpened, CaseWithdrawn, Preferences
from sebaya_contracts.matching import MatchAccepted, MatchClosed, MatchOffered, MeetingLogged
from sebaya_contracts.topics import ALERTS, CASES, MATCHES, SCHOOLS, Topic
from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    CaseTopic,
    Door,
    Level,
    MatchEnd,
)
from sebaya_evaluation.collections import FACTS
from sebaya_evaluation.main import compose as compose_evaluation
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import EvaluationStore

# Twenty minutes before a month begins in Jakarta: what is counted in which month depends on the
# zone.
START = datetime(2026, 9, 30, 16, 40, tzinfo=UTC)
SCHOOL = School(
    school_id="s1", name="SMA 1", time_zone="Asia/Jakarta", country="ID", languages=("id",)
)
OTHER = School(
    school_id="s2", name="SMA 2", time_zone="Asia/Makassar", country="ID", languages=("id",)
)


class Numbering:
    """Gives each source document its own sequence."""

    def __init__(self) -> None:
        self.events: list[Sourced] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def add(self, topic: Topic, subject: str, event: Event) -> None:
        number = self._numbers[topic.name, subject] = (
            self._numbers.get((topic.name, subject), 0) + 1
        )
        self.events.append(Sourced(topic, subject, number, event))


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def opened(
    school_id: str, case_id: str, at: float, topic: CaseTopic = CaseTopic.LONELINESS
) -> CaseOpened:
    return CaseOpened(
        school_id=school_id,
        case_id=case_id,
        topic=topic,
        door=Door.WEB,
        preferences=Preferences(language="id"),
        opening_message_id=f"{case_id}-m1",
        consent_version="2026-1",
        consented_at=after(at),
        opened_at=after(at),
    )


def matched(numbers: Numbering, school_id: str, case_id: str, at: float, match: str = "m") -> None:
    """Offered, accepted, met and closed, ten minutes a step."""
    match_id = f"{case_id}-{match}"
    who: dict[str, Any] = {"school_id": school_id, "case_id": case_id, "match_id": match_id}
    supporter = {"supporter_id": f"p-{case_id}"}
    numbers.add(
        MATCHES,
        case_id,
        MatchOffered(**who, **supporter, offered_at=after(at), lapses_at=after(at + 1440)),
    )
    numbers.add(
        MATCHES,
        case_id,
        MatchAccepted(**who, **supporter, accepted_at=after(at + 10), waited_seconds=600.0),
    )
    numbers.add(MATCHES, case_id, MeetingLogged(**who, met_at=after(at + 20)))
    numbers.add(
        MATCHES,
        case_id,
        MatchClosed(**who, **supporter, end=MatchEnd.COMPLETED, closed_at=after(at + 30)),
    )


def alerted(
    numbers: Numbering, school_id: str, case_id: str | None, alert_id: str, at: float
) -> None:
    """Raised, risen, acknowledged, contacted and closed."""
    about: dict[str, Any] = {"school_id": school_id, "case_id": case_id, "alert_id": alert_id}
    cause = AlertCause.UNSCREENED if case_id is None else AlertCause.MESSAGE
    numbers.add(
        ALERTS,
        alert_id,
        AlertRaised(**about, episode=1, level=Level.AMBER, cause=cause, raised_at=after(at)),
    )
    numbers.add(ALERTS, alert_id, AlertRose(**about, level=Level.RED, cause=cause))
    waited = {"waited_seconds": 60.0}
    numbers.add(
        ALERTS,
        alert_id,
        AlertAcknowledged(
            **about, level=Level.RED, person_id="c1", acknowledged_at=after(at + 1), **waited
        ),
    )
    numbers.add(
        ALERTS,
        alert_id,
        ContactRecorded(**about, level=Level.RED, contacted_at=after(at + 2), waited_seconds=120.0),
    )
    end = {"outcome": AlertOutcome.SUPPORTED, "peer_may_continue": True, "closed_at": after(at + 3)}
    numbers.add(ALERTS, alert_id, AlertClosed(**about, level=Level.RED, **end))


def events() -> list[Sourced]:
    numbers = Numbering()
    for school in (SCHOOL, OTHER):
        numbers.add(
            SCHOOLS, school.school_id, SchoolDefined(school_id=school.school_id, school=school)
        )
    for number in range(4):
        for school_id in ("s1", "s2"):
            case_id = f"{school_id}-c{number}"
            numbers.add(CASES, case_id, opened(school_id, case_id, 15.0 * number))
            matched(numbers, school_id, case_id, 60.0 * number)
    alerted(numbers, "s1", "s1-c0", "a1", 30)
    alerted(numbers, "s1", "s1-c0", "a2", 400)
    alerted(numbers, "s2", "s2-c1", "a3", 5)
    alerted(numbers, "s1", None, "a4", 7)
    numbers.add(
        CASES, "s1-c1", CaseWithdrawn(school_id="s1", case_id="s1-c1", withdrawn_at=after(500))
    )
    matched(numbers, "s1", "s1-c2", 900, match="n")
    numbers.add(CASES, "s1-c3", CaseErased(school_id="s1", case_id="s1-c3", erased_at=after(600)))
    numbers.add(CASES, "s2-c1", CaseErased(school_id="s2", case_id="s2-c1", erased_at=after(700)))
    return numbers.events


def stores(runtime: Runtime) -> Iterator[EvaluationStore]:
    for school_id in ("s1", "s2"):
        yield EvaluationStore(runtime.store(school_id), runtime.schools)


async def summary(runtime: Runtime) -> object:
    """Every fact but for what waits to be counted, and every roll-up counted from them."""
    picture: dict[str, Any] = {}
    for store in stores(runtime):
        found = await runtime.store(store.school_id).documents(FACTS).find({})
        facts = [replace(loaded.state, dirty=(), dirty_since=None) for loaded in found]
        await store.rebuild()
        tallies = {
            period: {name: asdict(tally) for name, tally in strata.items()}
            for period, strata in (await store.load_tallies()).items()
            if strata
        }
        picture[store.school_id] = {
            "facts": sorted(facts, key=lambda fact: fact.fact_id),
            "tallies": tallies,
        }
    return picture


def compose(settings: dict[str, Any]) -> Runtime:
    return compose_evaluation(Settings(**settings)).runtime


SCENARIO = Scenario("evaluation", events, compose, summary)
