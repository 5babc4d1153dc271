"""The smoke test on containers: one student is matched, one alarms, and evaluation counts both."""

from pathlib import Path

import httpx

from sebaya_cli import school_file, schools
from sebaya_cli.api_client import read_body, sign_in
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.installation import Installation
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.stack import LocalStack
from sebaya_cli.up import DEMO_DISTRICT
from servers import Servers
from support import eventually

SCHOOL = "sma-1"
SUPPORTER = {
    "supporter_id": "sari",
    "display_name": "Sari",
    "topics": ["friendship"],
    "languages": ["id", "en"],
    "cap": 2,
    "certified_until": "2099-12-31T00:00:00Z",
    "state": "active",
}


def request(text: str) -> dict[str, object]:
    return {
        "topic": "friendship",
        "language": "en",
        "text": text,
        "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
        "consent": {"version": "2026-1", "age": 15},
    }


async def test_the_whole_path_on_containers(container_servers: Servers, tmp_path: Path) -> None:
    where = Installation(container_servers.mongodb_uri, container_servers.kafka, "sebaya", "")

    async def apply(_stack: LocalStack) -> None:
        await schools.make_topic(where, replicas=1)
        await schools.publish(where, schools.changes(school_file.read(DEMO_DISTRICT), {}), {})

    given = {"MONGODB_URI": where.mongodb_uri, "KAFKA_BOOTSTRAP_SERVERS": where.kafka}
    stack = LocalStack(tmp_path / "data", port=free_port(), prepare=apply, environ=given)
    async with (
        stack,
        httpx.AsyncClient(base_url=stack.origin, timeout=30.0, trust_env=False) as web,
    ):
        coordinator = await Staff.signed_in(web, SCHOOL, "coordinator", "coordinator")
        await coordinator.until_known()
        await coordinator.enrol(SUPPORTER)
        supporter = await Staff.signed_in(web, SCHOOL, "sari", "supporter")
        counsellor = await Staff.signed_in(web, SCHOOL, "counsellor", "counsellor")
        calm, risky = Student(web, SCHOOL), Student(web, SCHOOL)
        await calm.ask(request("My best friend moved away and lunch is quiet now."))
        await risky.ask(request("I want to kill myself."))

        async def matched() -> bool:
            for offer in await supporter.offers():
                await supporter.accept(offer["match_id"])
            return (await calm.look())["state"] == "matched" and (await risky.look())[
                "state"
            ] == "with_counsellor"

        await eventually(matched, within=60, every=0.5)
        assert [alert["case_id"] for alert in await counsellor.alerts("open")] == [risky.case_id]
        operator = await sign_in(web, "operator", ["operator"], ["*"])

        async def counted() -> bool:
            totals = read_body(await web.get("/evaluation/operations/totals", headers=operator))
            return bool(
                (totals["cases"], totals["matched"], totals["alerts"]["red"]["raised"]) == (2, 1, 1)
            )

        await eventually(counted, within=60, every=0.5)
