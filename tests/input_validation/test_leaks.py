"""Planted words, whatever happens to them: in no log, metric, error, address, trace or foreign
event.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, WriteError

from e2e.district import school_file as described
from input_validation.doors import District, put
from local_stack import build_local_stack, name_installation
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.installation import Installation
from sebaya_cli.stack import services
from sebaya_cli.stack.stack import LocalStack
from sebaya_contracts.topics import ALERTS, MESSAGES, SCHOOLS, SUPPORTERS
from servers import Servers
from support import eventually

SCHOOL = "e2e-00"
SERVICES = ("intake", "matching", "escalation", "evaluation")
PEER = {
    "supporter_id": "peer-1",
    "topics": ["loneliness"],
    "languages": ["id"],
    "cap": 3,
    "certified_until": "2099-12-31T00:00:00Z",
    "state": "active",
}


def mark(what: str) -> str:
    return f"zq{what}{secrets.token_hex(6)}"


# --- one service after another, with every driver failing

PLANT = mark("driver")
FAILURES: list[BaseException] = [
    RuntimeError(PLANT),
    OperationFailure(PLANT, 2, {"errmsg": PLANT}),
    WriteError(PLANT, 121, {"errInfo": {"failed": PLANT}}),
    DuplicateKeyError(PLANT, 11000, {"keyValue": {"text": PLANT}}),
    BulkWriteError({"writeErrors": [{"op": {"text": PLANT}, "errmsg": PLANT}]}),
    UnicodeEncodeError("utf-8", PLANT, 0, 1, PLANT),
    KeyError(PLANT),
]
CALLS = (
    "find",
    "find_one",
    "aggregate",
    "insert_one",
    "update_one",
    "find_one_and_update",
    "count_documents",
)


def fails_with(failure: BaseException) -> Callable[..., None]:
    def fails(*_args: object, **_more: object) -> None:
        raise failure

    return fails


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_a_driver_that_quotes_what_it_was_given_is_not_repeated(
    place: District,
    failure: BaseException,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Errors of libraries hold values; every route of every service fails with them, at the most
    talkative level of every logger.
    """

    talkative = logging.getLogger()
    monkeypatch.setattr(talkative, "level", logging.DEBUG)
    for call in CALLS:
        monkeypatch.setattr(AsyncCollection, call, fails_with(failure))
    answers = []
    for operation in place.operations():
        body = operation.example() if operation.body else None
        for at in operation.free_text() if operation.body else ():
            body = put(body, at, PLANT)
        answers.append(
            await place.send(
                operation,
                body,
                params={"q": PLANT},
                headers={"traceparent": PLANT, "baggage": PLANT},
            )
        )
    assert [answer for answer in answers if answer.status_code >= 500], (
        "the drivers must fail for this test to mean anything"
    )
    printed = capfd.readouterr()
    assert "request_failed" in printed.out or "store" in printed.out
    assert PLANT not in printed.out + printed.err
    for answer in answers:
        assert PLANT not in answer.text + repr(answer.headers)
    for service in SERVICES:
        assert PLANT not in (await place.client(service).get("/metrics")).text


# --- the whole product, as processes


class Plants:
    """The words of one run, and where each may be."""

    def __init__(self) -> None:
        names = (
            "opening",
            "message",
            "peer",
            "counsellor",
            "note",
            "unknown",
            "field",
            "path",
            "query",
            "header",
            "poison",
            "agent",
        )
        self.words = {name: mark(name) for name in names}
        self.staff, self.mail, self.peer = mark("staff"), mark("mail"), mark("name")
        self.codes: list[str] = []
        # What a student leaves for the case of danger: in the clear nowhere at all.
        self.number = f"08{secrets.randbelow(10**14):014}"

    def allowed(self, word: str, topic: str) -> bool:
        """A student's and a peer's words: in the message topic and its dead letters alone. Names:
        in the topics that are made of them; that of a member of staff also in the alert which that
        person took, since its student reads it.
        """
        if word == self.staff:
            return topic.endswith((SCHOOLS.name, ALERTS.name))
        if word == self.mail:
            return topic.endswith(SCHOOLS.name)
        if word == self.peer:
            return topic.endswith(SUPPORTERS.name)
        return (
            word
            in {self.words[name] for name in ("opening", "message", "peer", "counsellor", "poison")}
            and MESSAGES.name in topic
        )

    def all(self) -> list[str]:
        return [*self.words.values(), self.staff, self.mail, self.peer, self.number, *self.codes]


async def test_planted_words_stay_where_they_belong(
    servers: Servers,
    prefix: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Five talkative processes at once: on a busy machine they take longer to their first answer
    # than an operator would wait.
    monkeypatch.setattr(services, "FIRST_ANSWER_WITHIN", 240.0)
    plants = Plants()
    where = name_installation(servers, prefix)
    talkative = {
        name: {"PYTHONASYNCIODEBUG": "1", "PYTHONWARNINGS": "default", "OTEL_LOG_LEVEL": "debug"}
        for name in SERVICES
    }
    stack = build_local_stack(servers, prefix, tmp_path, with_names(plants), extra_env=talkative)
    async with stack, httpx.AsyncClient(base_url=stack.origin, timeout=60, trust_env=False) as web:
        student = await everything_happens(web, plants, where)
        answers = await everything_goes_wrong(web, plants, student)
        await eventually(lambda: parked(stack), within=120, every=0.5, says="the poison is parked")
        await eventually(
            lambda: mailed(stack), within=120, every=0.5, says="the counsellor is paged"
        )
        metrics = "".join([(await web.get(f"/{service}/metrics")).text for service in SERVICES])
        records = await everything_published(where)
        assert plants.number not in await everything_stored(where), "kept sealed alone"
        mails = "".join(mail.as_string() for mail in stack.mail.read())
    logs = "".join(
        log.read_text(errors="replace") for log in logs_of(stack, tmp_path_factory.getbasetemp())
    )
    assert "record_parked" in logs and "POST" not in logs, (
        "the run has logged, and no request line is among it"
    )
    for word in plants.all():
        assert word not in logs, f"{word} in a log"
        assert word not in metrics, f"{word} in a metric"
        told = [one.url.path for one in answers if word in one.text + repr(one.headers)]
        assert told == [], f"{word} in an error"
        assert word == plants.mail or word not in mails, f"{word} in a mail"
        where_found = {topic for topic, text in records if word in text}
        assert not [topic for topic in where_found if not plants.allowed(word, topic)], (
            f"{word} in {where_found}"
        )
    for topic, text in records:
        assert MESSAGES.name in topic or "self_harm_thoughts" not in text, (
            f"safety answers in {topic}"
        )
    for word in (plants.words["opening"], plants.words["poison"]):
        assert [topic for topic, text in records if word in text], (
            "what is looked for must be there to be found"
        )


def with_names(plants: Plants) -> dict[str, Any]:
    content = described()
    content["schools"] = content["schools"][:1]
    content["defaults"]["staff"][0] |= {
        "name": plants.staff,
        "email": f"{plants.mail}@school.example",
    }
    return content


async def everything_happens(
    web: httpx.AsyncClient, plants: Plants, where: Installation
) -> Student:
    """A risky opening, words of all three sides, an alert closed with a note; and a record that
    nobody can read.
    """
    coordinator = await Staff.signed_in(web, SCHOOL, "coordinator", "coordinator")
    await coordinator.until_known()
    await coordinator.enrol(PEER | {"display_name": plants.peer})
    student, calm = Student(web, SCHOOL), Student(web, SCHOOL)
    danger = opening(f"Aku mau bunuh diri malam ini {plants.words['opening']}")
    await student.ask(danger | {"contact_details": {"number": plants.number}})
    await calm.ask(opening(f"Aku suka bola {plants.words['opening']}"))
    plants.codes += [student.code, calm.code, student.code.replace("-", "")]
    await student.write(plants.words["message"])
    peer = await Staff.signed_in(web, SCHOOL, PEER["supporter_id"], "supporter")
    offers = await eventually(peer.offers, within=120, every=0.5)
    assert await peer.accept(offers[0]["match_id"])
    await writes(web, peer, calm.case_id, plants.words["peer"])
    counsellor = await Staff.signed_in(web, SCHOOL, "counsellor", "counsellor")
    alerts = await eventually(lambda: counsellor.alerts("open"), within=120, every=0.5)
    await writes(web, counsellor, student.case_id, plants.words["counsellor"])
    opened = await web.post(
        f"/intake/schools/{SCHOOL}/cases/{student.case_id}/contact-details",
        json={"reason": "life_in_danger"},
        headers=counsellor.auth,
    )
    assert opened.json()["number"] == plants.number
    await counsellor.acknowledge(alerts[0]["alert_id"])
    await counsellor.close_alert(
        alerts[0]["alert_id"], "supported", peer_may_continue=True, note=plants.words["note"]
    )
    await poison(where, plants.words["poison"])
    return calm


def opening(text: str) -> dict[str, Any]:
    safety = (
        {"self_harm_thoughts": "unsure", "danger_now": "no"}
        if "bunuh" in text
        else {"self_harm_thoughts": "no", "danger_now": "no"}
    )
    return {
        "topic": "loneliness",
        "language": "id",
        "text": text,
        "safety": safety,
        "consent": {"version": "2026-1", "age": 15},
        "door": "web",
    }


async def writes(web: httpx.AsyncClient, who: Staff, case_id: str, text: str) -> None:
    async def written() -> bool:
        headers = who.auth | {"Idempotency-Key": secrets.token_hex(16)}
        answer = await web.post(
            f"/intake/schools/{SCHOOL}/cases/{case_id}/messages",
            json={"text": text},
            headers=headers,
        )
        return answer.status_code == 202

    await eventually(
        written, within=120, every=0.5, says="intake has heard of the match or the alert"
    )


async def poison(where: Installation, word: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=where.kafka)
    await producer.start()
    try:
        for value in (
            f'{{"text": "{word}"',
            f'{{"type": "MessagePosted", "school_id": "{SCHOOL}", "text": {{"a": "{word}"}}}}',
        ):
            headers = [
                ("ce_type", b"MessagePosted"),
                ("ce_subject", word.encode()),
                ("ce_id", word.encode()),
                ("traceparent", word.encode()),
            ]
            await producer.send_and_wait(
                where.topic(MESSAGES.name), value.encode(), key=b"c1", headers=headers
            )
    finally:
        await producer.stop()


async def everything_goes_wrong(
    web: httpx.AsyncClient, plants: Plants, student: Student
) -> list[httpx.Response]:
    """Refusals of every kind, each with a plant in each of its parts."""
    word, code = plants.words, {"Return-Code": student.code}
    key = {
        "Idempotency-Key": secrets.token_hex(16),
        "User-Agent": word["agent"],
        "X-Forwarded-For": word["header"],
    }
    cases, mine = f"/intake/schools/{SCHOOL}/cases", f"/intake/schools/{SCHOOL}/me"
    unknown = opening(word["unknown"]) | {word["field"]: word["unknown"]}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", cases, {"json": unknown, "headers": key}),
        (
            "POST",
            cases,
            {"json": opening(word["unknown"]) | {"topic": word["unknown"]}, "headers": key},
        ),
        (
            "POST",
            cases,
            {
                "content": json.dumps(unknown)[:-3],
                "headers": key | {"Content-Type": "application/json"},
            },
        ),
        ("POST", cases, {"json": opening(word["unknown"] * 2000), "headers": key}),
        ("POST", cases, {"data": {"text": word["unknown"]}, "headers": key}),
        (
            "POST",
            f"{mine}/messages",
            {"json": {"text": word["unknown"]}, "headers": {"Return-Code": word["header"]} | key},
        ),
        ("POST", f"{mine}/messages", {"json": {"text": [word["unknown"]]}, "headers": code | key}),
        ("BREW", f"/intake/{word['path']}", {"params": {word["query"]: word["query"]}}),
    ]
    for service in SERVICES:
        headers = {
            "Authorization": f"Bearer {word['header']}",
            "Cookie": f"a={word['header']}",
            "Feedback-Token": word["header"],
        }
        calls += [
            (
                "GET",
                f"/{service}/{word['path']}?code={student.code}",
                {"params": {"q": word["query"]}, "headers": headers},
            ),
            ("GET", f"/{service}/schools/{word['path']}/alerts", {"headers": headers}),
            (
                "POST",
                f"/{service}/schools/{SCHOOL}/feedback",
                {"json": {"answers": {word["field"]: 1}}, "headers": headers},
            ),
        ]
    calls.append(("GET", f"/{word['path']}", {"params": {"q": word["query"]}}))
    answers = [await web.request(method, path, **more) for method, path, more in calls]
    assert not [answer.url.path for answer in answers if answer.is_success], (
        "each of these must be refused"
    )
    return answers


async def parked(stack: LocalStack) -> bool:
    return "record_parked" in stack.folder.log("escalation").read_text(errors="replace")


async def mailed(stack: LocalStack) -> bool:
    return bool(stack.mail.read())


async def everything_stored(where: Installation) -> str:
    """Every document of every store of this run."""
    async with AsyncMongoClient(where.mongodb_uri) as client:
        names = [
            name
            for name in await client.list_database_names()
            if name.startswith(where.database_prefix)
        ]
        return "".join(
            [
                repr(await client[name][collection].find({}).to_list())
                for name in names
                for collection in await client[name].list_collection_names()
            ]
        )


async def everything_published(where: Installation) -> list[tuple[str, str]]:
    """Every record of every topic of this run, headers and key included."""
    admin = AIOKafkaAdminClient(bootstrap_servers=where.kafka)
    await admin.start()
    topics = [topic for topic in await admin.list_topics() if topic.startswith(where.topic_prefix)]
    await admin.close()
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=where.kafka,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[str, str]] = []
        left = {partition for partition in partitions if ends[partition]}
        while left:
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                found += [
                    (
                        partition.topic,
                        repr((record.key, record.headers)) + (record.value or b"").decode(),
                    )
                    for record in records
                ]
            left = {
                partition
                for partition in left
                if await consumer.position(partition) < ends[partition]
            }
            await asyncio.sleep(0)
    finally:
        await consumer.stop()
    return found


def logs_of(stack: LocalStack, base: Path) -> list[Path]:
    """The services', the entrance's and, where this run started them, the broker's and the
    store's.
    """
    shared = [folder / "servers" / "logs" for folder in (base, base.parent)]
    return [
        log for folder in (stack.folder.log("x").parent, *shared) for log in folder.glob("*.log")
    ]
