"""What escalation brings to the conformance suite."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.harness import Scenario, Sourced
from sebaya_chassis.service.runtime import Runtime
from sebaya_contracts.district import Day, Person, School, SchoolDefined, Shift
from sebaya_contracts.event import Event
from sebaya_contracts.intake import (
    AdultRequested,
    AdultRequestedWithoutCase,
    CaseErased,
    CaseWithdrawn,
    ContactDetailsOpened,
    MessagePosted,
    SafetyAnswers,
)
from sebaya_contracts.matching import StudentHandedOn
from sebaya_contracts.topics import CASES, MATCHES, MESSAGES, SCHOOLS, Topic
from sebaya_contracts.words import (
    Answer,
    Author,
    CaseTopic,
    DetailsReason,
    Role,
    WorryReason,
)
from sebaya_escalation.commands.details import list_opened
from sebaya_escalation.main import compose as compose_escalation
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore

START = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
CALM = "aku suka main bola"
LOW = "Kadang aku merasa capek hidup"
HIGH = "aku sering menyakiti diri sendiri"
NOW_OR_NEVER = "Aku mau bunuh diri malam ini, obatnya sudah siap"

BARE = School(
    school_id="s1", name="SMA 1", time_zone="Asia/Jakarta", country="ID", languages=("id",)
)
STAFFED = School(
    school_id="s1",
    name="SMA 1",
    time_zone="Asia/Jakarta",
    country="ID",
    languages=("id",),
    staff=(
        Person(person_id="bk-1", name="Ibu Sari", roles=(Role.COUNSELLOR,), email="sari@s1.test"),
    ),
    rota=(Shift(person_id="bk-1", days=tuple(Day), since="00:00", until="24:00"),),
)
OTHER = School(
    school_id="s2", name="SMA 2", time_zone="Asia/Makassar", country="ID", languages=("id",)
)


class Numbering:
    """Gives each source document its own sequence."""

    def __init__(self) -> None:
        self.events: list[Sourced] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._minutes = 0

    def now(self) -> datetime:
        self._minutes += 1
        return START + timedelta(minutes=self._minutes)

    def add(self, topic: Topic, subject: str, event: Event) -> None:
        number = self._numbers[topic.name, subject] = (
            self._numbers.get((topic.name, subject), 0) + 1
        )
        self.events.append(Sourced(topic, subject, number, event))

    def posted(
        self, case_id: str, message_id: str, text: str, school_id: str = "s1", **more: Any
    ) -> None:
        posted = MessagePosted(
            **{
                "school_id": school_id,
                "case_id": case_id,
                "message_id": message_id,
                "author": Author.STUDENT,
                "text": text,
            }
            | {"posted_at": self.now()}
            | more
        )
        # Some documents of intake hold one message, others several.
        self.add(MESSAGES, case_id if case_id == "c4" else message_id, posted)


def events() -> list[Sourced]:
    n = Numbering()
    n.add(SCHOOLS, "s1", SchoolDefined(school_id="s1", school=BARE))
    n.add(SCHOOLS, "s2", SchoolDefined(school_id="s2", school=OTHER))
    n.add(SCHOOLS, "s1", SchoolDefined(school_id="s1", school=STAFFED))
    _talks(n)
    _leaves(n)
    return n.events


def _talks(n: Numbering) -> None:
    answers = SafetyAnswers(self_harm_thoughts=Answer.YES, danger_now=Answer.NO)
    n.posted("c1", "c1-m1", CALM, opening=True, safety=answers, topic=CaseTopic.LONELINESS)
    n.posted("c1", "c1-m2", LOW)
    n.posted("c1", "c1-m3", NOW_OR_NEVER)
    n.posted("c1", "c1-m4", "Apakah kamu berpikir untuk bunuh diri?", author=Author.COUNSELLOR)
    n.posted("c1", "c1-m3", NOW_OR_NEVER, attempt=2)
    n.posted(
        "c4",
        "c4-m1",
        CALM,
        opening=True,
        safety=SafetyAnswers(self_harm_thoughts=Answer.NO, danger_now=Answer.NO),
    )
    n.posted("c4", "c4-m2", HIGH, author=Author.SUPPORTER)
    n.posted("c4", "c4-m1", CALM, opening=True, attempt=2)
    n.posted("c5", "c5-m1", HIGH, school_id="s2")


def _leaves(n: Numbering) -> None:
    n.posted("c2", "c2-m1", LOW, opening=True)
    handed_on = StudentHandedOn(
        school_id="s1",
        case_id="c6",
        match_id="m1",
        supporter_id="sup-1",
        worry=WorryReason.TOO_HEAVY,
        handed_on_at=n.now(),
    )
    n.add(MATCHES, "c6", handed_on)
    n.add(CASES, "c2", AdultRequested(school_id="s1", case_id="c2", requested_at=n.now()))
    n.add(CASES, "c2", CaseWithdrawn(school_id="s1", case_id="c2", withdrawn_at=n.now()))
    n.posted("c3", "c3-m1", HIGH, opening=True)
    n.add(CASES, "c3", CaseErased(school_id="s1", case_id="c3", erased_at=n.now()))
    n.posted("c3", "c3-m2", HIGH)
    n.add(CASES, "c6", CaseErased(school_id="s1", case_id="c6", erased_at=n.now()))
    for reason in (DetailsReason.MEETING_AGREED, DetailsReason.LIFE_IN_DANGER):
        opened = ContactDetailsOpened(
            school_id="s1",
            case_id="c1",
            alert_id="a-c1",
            person_id="bk-1",
            reason=reason,
            student_told=True,
            opened_at=n.now(),
        )
        n.add(CASES, "c1", opened)
    for request_id, text in (("r1", ""), ("r2", NOW_OR_NEVER)):
        asked = AdultRequestedWithoutCase(
            school_id="s1", case_id=request_id, requested_at=n.now(), text=text
        )
        n.add(MESSAGES, request_id, asked)


async def summary(runtime: Runtime) -> object:
    return {
        school_id: await _of_school(EscalationStore(runtime.store(school_id), "d.test"))
        for school_id in ("s1", "s2")
    }


async def _of_school(store: EscalationStore) -> object:
    """Of an erased case only that no words are left: whether it had an alert depends on what came
    before the erasure.
    """
    cases = [loaded.state for loaded in await store.cases.find({}, sort={"_id": 1})]
    gone = {case.case_id for case in cases if case.erased}
    alerts = [
        loaded.state
        for loaded in await store.alerts.find({}, sort={"state.case_id": 1, "state.episode": 1})
    ]
    verdicts = [loaded.state for loaded in await store.verdicts.find({}, sort={"_id": 1})]
    coverage = (await store.coverage.load(store.school_id)).state
    names = {alert.alert_id: f"{alert.case_id}#{alert.episode}" for alert in alerts}
    return {
        "cases": [(case.case_id, case.withdrawn_at, case.erased) for case in cases],
        "alerts": [
            (
                names[a.alert_id],
                a.level,
                a.cause,
                a.status,
                sorted((s.signal_id, s.level, s.text) for s in a.signals),
            )
            for a in alerts
            if a.case_id not in gone
        ],
        "verdicts": [
            (v.message_id, v.level, v.opening, v.topic, names.get(v.alert_id or ""))
            for v in verdicts
            if v.case_id not in gone
        ],
        "left of the erased": [
            *(
                signal.text
                for alert in alerts
                if alert.case_id in gone
                for signal in alert.signals
                if signal.text or signal.why
            ),
            *(
                verdict.level
                for verdict in verdicts
                if verdict.case_id in gone and (verdict.level != "none" or verdict.topic)
            ),
        ],
        "covered": len(coverage.covered),
        "opened details": await list_opened(store),
    }


def compose(settings: dict[str, Any]) -> Runtime:
    return compose_escalation(Settings(**settings)).runtime


SCENARIO = Scenario("escalation", events, compose, summary)
