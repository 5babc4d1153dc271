"""The visitor's school of the demo: what waits there is made once, and again only where the visitor
has dealt with it or the store has forgotten it.
"""

import io
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rich.console import Console
from typer.testing import CliRunner

from sebaya_chassis.web.issuer import load_people
from sebaya_cli import terminal, up
from sebaya_cli.api_client import UnexpectedAnswer
from sebaya_cli.demo import visitor, welcome
from sebaya_cli.demo.district import (
    find_visitors,
    people_of_trial,
    people_of_visitor,
    without_visitor,
)
from sebaya_cli.demo.visitor import Codes, Notes, VisitorSchool
from sebaya_cli.demo.visitor_words import (
    DANGER,
    MESSAGES,
    OFFERED,
    PAST,
    PEERS,
    SCHOOL_ID,
    TALK,
    UNCOVERED,
)
from sebaya_cli.main import app
from sebaya_cli.school_file import read
from sebaya_cli.up import DEMO_DISTRICT
from sebaya_contracts.district import School
from sebaya_contracts.words import CaseTopic
from sebaya_escalation.screen import Level, screen

STUDENTS = 3 + len(UNCOVERED) + len(PAST)
DISTRICT = read(DEMO_DISTRICT)


@dataclass
class Services:
    """What the services answer at the doors that the demo uses, without any clock."""

    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    messages: dict[str, str] = field(default_factory=dict)
    feedback: int = 0
    breaks_at: str = ""
    calls: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.replace(f"/schools/{SCHOOL_ID}", "")
        self.calls[f"{request.method} {path}"] += 1
        if self.breaks_at and self.breaks_at in path:
            return httpx.Response(500)
        body = json.loads(request.content) if request.content else {}
        status, answer = self._answer(request, path, body)
        return httpx.Response(status, json=answer)

    def _answer(self, request: httpx.Request, path: str, body: Any) -> tuple[int, Any]:
        key = request.headers.get("Idempotency-Key", "")
        match request.method, path.split("/")[1:]:
            case "POST", ["issuer", "token"]:
                return 200, {"access_token": body["person_id"]}
            case "POST", ["intake", "cases"]:
                return 202, self._opened(key, body)
            case "GET", ["intake", "me"]:
                case = self._of_code(request.headers["Return-Code"])
                return (200, case) if case else (404, {})
            case "POST", ["intake", *_, "messages"]:
                self.messages[key] = body["text"]
                return 202, {"message_id": key}
            case "GET", ["matching", "offers" | "matches" as what]:
                return 200, self._cases_of(request.headers["Authorization"], what)
            case "POST", ["matching", "matches", match_id, act]:
                state = {"accept": "matched", "close": "closed"}.get(act)
                self._case(match_id)["state"] = state or self._case(match_id)["state"]
                return 200, {}
            case "GET", ["escalation", "alerts"]:
                state = request.url.params["state"]
                return 200, {"alerts": [one for one in self.alerts if one["state"] == state]}
            case "GET", ["escalation", "shifts"]:
                begins = [datetime.now(UTC) + timedelta(days=days) for days in (-1, 2, 9)]
                duties = [{"person_id": "second", "since": one.isoformat()} for one in begins]
                return 200, {"duties": duties, "changes": self.changes}
            case "POST", ["escalation", "shifts", "changes"]:
                asked = {"substitute_id": body["to"], "since": body["at"], "accepted_at": None}
                self.changes.append(asked)
                return 201, asked
            case "GET", ["evaluation", "feedback-form"]:
                return 200, {"sides": {side: [{"question_id": "q"}] for side in PEERS_SIDES}}
            case "POST", [*_, "feedback"]:
                self.feedback += 1
        return 200, {"token": "t"}

    def _opened(self, key: str, body: Any) -> dict[str, Any]:
        if key not in self.by_key:
            name = f"case-{len(self.by_key)}"
            covered = next((one for one in PEERS if body["topic"] in one["topics"]), None)
            self.by_key[key] = {
                "case_id": name,
                "return_code": f"code of {name}",
                "state": "offered" if covered else "waiting",
                "peer": covered and covered["supporter_id"],
                "text": body["text"],
            }
            if screen(body["text"]).level >= Level.RED:
                self.alerts.append({"case_id": name, "state": "open"})
        return self.by_key[key]

    def _of_code(self, code: str) -> dict[str, Any] | None:
        cases = self.by_key.values()
        return next((case for case in cases if case["return_code"] == code), None)

    def _case(self, case_id: str) -> dict[str, Any]:
        return next(case for case in self.by_key.values() if case["case_id"] == case_id)

    def _cases_of(self, bearer: str, what: str) -> list[dict[str, Any]]:
        states = {"offered"} if what == "offers" else {"matched", "closed"}
        return [
            {"match_id": case["case_id"], "case_id": case["case_id"]}
            for case in self.by_key.values()
            if case["peer"] == bearer.removeprefix("Bearer ") and case["state"] in states
        ]

    def of(self, text: str) -> dict[str, Any]:
        """The newest case with these first words."""
        return next(case for case in reversed(self.by_key.values()) if case["text"] == text)


PEERS_SIDES = ("student", "supporter")


async def started(services: Services, folder: Path) -> Codes:
    """One start of `sebaya up` on the data of a folder."""
    school = find_visitors(DISTRICT)
    assert school is not None
    transport = httpx.MockTransport(services)
    async with httpx.AsyncClient(transport=transport, base_url="http://origin.test") as web:
        return await VisitorSchool(web, school, Notes(folder / "visitor.json")).prepare()


async def test_a_first_start_lays_everything_out(tmp_path: Path) -> None:
    services = Services()
    codes = await started(services, tmp_path)
    assert services.of(OFFERED.text)["state"] == "offered"
    assert [alert["case_id"] for alert in services.alerts] == [services.of(DANGER.text)["case_id"]]
    assert services.of(TALK.text)["state"] == "matched"
    assert list(services.messages.values()) == [text for _, text in MESSAGES]
    assert len(services.changes) == 1
    assert services.feedback == 2 * len(PAST)
    assert all(services.of(asking.text)["state"] == "waiting" for asking in UNCOVERED)
    assert codes.in_talk == services.of(TALK.text)["return_code"]
    assert codes.in_danger == services.of(DANGER.text)["return_code"]
    assert (tmp_path / "visitor.json").stat().st_mode & 0o077 == 0


async def test_a_restart_does_nothing_twice(tmp_path: Path) -> None:
    services = Services()
    first = await started(services, tmp_path)
    assert await started(services, tmp_path) == first
    made = (len(services.by_key), len(services.alerts), len(services.changes), services.feedback)
    assert made == (STUDENTS, 1, 1, 2 * len(PAST))
    assert services.calls[f"POST /intake/cases/{services.of(TALK.text)['case_id']}/messages"] == 2


@pytest.mark.parametrize(
    "breaks_at",
    ["/supporters", "/cases", "/messages", "/accept", "/changes", "/alerts", "/close", "/feedback"],
)
async def test_a_start_that_broke_off_is_gone_on_with(breaks_at: str, tmp_path: Path) -> None:
    services = Services(breaks_at=breaks_at)
    with pytest.raises(UnexpectedAnswer):
        await started(services, tmp_path)
    services.breaks_at = ""
    await started(services, tmp_path)
    assert (len(services.by_key), len(services.alerts), len(services.changes)) == (STUDENTS, 1, 1)
    assert [text for _, text in MESSAGES] == list(services.messages.values())
    assert services.feedback <= 2 * len(PAST)


async def test_what_the_visitor_dealt_with_waits_again_at_the_next_start(tmp_path: Path) -> None:
    services = Services()
    await started(services, tmp_path)
    services.of(OFFERED.text)["state"] = "matched"
    services.of(TALK.text)["state"] = "closed"
    services.alerts[0]["state"] = "closed"
    services.changes[0]["accepted_at"] = "now"
    await started(services, tmp_path)
    assert len(services.by_key) == STUDENTS + 3
    assert [alert["state"] for alert in services.alerts] == ["closed", "open"]
    assert len({change["since"] for change in services.changes}) == len(services.changes) == 2
    assert len(services.messages) == 2 * len(MESSAGES)


async def test_an_alert_that_the_visitor_holds_is_no_reason_for_a_second(tmp_path: Path) -> None:
    services = Services()
    await started(services, tmp_path)
    services.alerts[0]["state"] = "acknowledged"
    await started(services, tmp_path)
    assert len(services.alerts) == 1


async def test_a_store_without_the_noted_students_gets_new_ones(tmp_path: Path) -> None:
    await started(Services(), tmp_path)
    fresh = Services()
    await started(fresh, tmp_path)
    assert len(fresh.by_key) == STUDENTS
    assert len(fresh.messages) == len(MESSAGES)


def test_the_words_say_what_they_are_meant_to() -> None:
    calm = [OFFERED, TALK, *UNCOVERED, *PAST]
    assert screen(DANGER.text).level is Level.RED
    assert {screen(asking.text).level for asking in calm} == {Level.NONE}
    assert {screen(text).level for _, text in MESSAGES} == {Level.NONE}
    covered = Counter(topic for peer in PEERS for topic in peer["topics"])
    assert set(covered.values()) == {1}
    assert not {asking.topic for asking in UNCOVERED} & set(covered)
    assert {asking.topic for asking in (OFFERED, TALK)} <= set(PEERS[0]["topics"])
    assert {asking.topic for asking in PAST} <= set(PEERS[1]["topics"]) < set(CaseTopic)


def test_robots_work_at_all_schools_but_the_visitors() -> None:
    assert len(without_visitor(DISTRICT)) == len(DISTRICT) - 1
    assert find_visitors(without_visitor(DISTRICT)) is None


@pytest.mark.parametrize("width", [20, 40, 80])
def test_whom_to_be_first_stands_whole_at_any_width(width: int) -> None:
    school, screen_of = find_visitors(DISTRICT), io.StringIO()
    assert school is not None
    console = Console(file=screen_of, width=width, color_system=None)
    codes = Codes("AAAA-BBBB-CCCC", "DDDD-EEEE-FFFF")
    terminal.print_whole(console, *welcome.list_people("http://127.0.0.1:8080", school, codes))
    words = screen_of.getvalue().split()
    for path in (f"intake/s/{SCHOOL_ID}", f"matching/s/{SCHOOL_ID}/mine", "evaluation/operations"):
        assert f"http://127.0.0.1:8080/{path}" in words
    assert {codes.in_talk, codes.in_danger} <= set(words)


def test_the_issuer_offers_the_visitors_people_in_order_and_a_trials_whole_staff(
    tmp_path: Path,
) -> None:
    school, file = find_visitors(DISTRICT), tmp_path / "people.json"
    assert school is not None
    file.write_text(json.dumps(people_of_visitor(school)))
    offered = load_people(file)
    roles = [role.value for person in offered for role in person.roles]
    assert roles == ["supporter", "counsellor", "coordinator", "district_lead", "operator"]
    assert all({"id", "en"} == set(person.note) for person in offered)
    file.write_text(json.dumps(people_of_trial(DISTRICT)))
    trial = {(person.person_id, tuple(person.schools)) for person in load_people(file)}
    everywhere = tuple(one.school_id for one in DISTRICT)
    assert {("counsellor", everywhere), ("coordinator", everywhere)} <= trial
    assert {(f"{name}-peer-1", (name,)) for name in everywhere} <= trial


@pytest.mark.parametrize(
    ("robots", "district"), [(False, DISTRICT), (True, without_visitor(DISTRICT))]
)
async def test_a_districts_own_trial_has_nothing_made_up(
    robots: bool, district: list[School], tmp_path: Path
) -> None:
    services, said = Services(), io.StringIO()
    stack: Any = SimpleNamespace(
        origin="http://origin.test", folder=SimpleNamespace(visitor=tmp_path / "visitor.json")
    )
    transport = httpx.MockTransport(services)
    async with httpx.AsyncClient(transport=transport, base_url=stack.origin) as web:
        await up._welcome(web, stack, district, up.Trial(robots=robots), Console(file=said))
    assert (said.getvalue(), services.calls) == ("", Counter())
    assert not stack.folder.visitor.exists()


@pytest.mark.parametrize(
    ("options", "robots"), [((), True), (("--no-robots",), False), (("--district", "own"), False)]
)
def test_robots_are_for_the_demos_own_schools(
    options: tuple[str, ...], robots: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[up.Trial] = []

    async def run(_data: Path, _port: int | None, trial: up.Trial, _console: Console) -> None:
        asked.append(trial)

    monkeypatch.setattr(up, "run", run)
    assert CliRunner().invoke(app, ["up", *options]).exit_code == 0
    assert [trial.robots for trial in asked] == [robots]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(visitor, "PATIENCE_SECONDS", 5.0)
