"""The rights in the files are enough for the whole path and not for more, on a real broker with TLS
and users.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from pydantic import SecretStr

from deploy.guarded import PASSWORD, GuardedKafka, grant, guarded_kafka
from deploy.rendering import of_kind, overlay
from integration.intake.harness import SCHOOL, key, opening_body, school
from sebaya_chassis.base.kafka_access import KafkaAccess, KafkaSecurity
from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.storage import audit
from sebaya_cli import schools
from sebaya_cli.installation import Installation
from sebaya_cli.stack.choice import choose_mongod
from sebaya_cli.stack.mongo import Mongo
from sebaya_cli.stack.ports import free_port
from sebaya_contracts.topics import ALERTS, AUDIT, MESSAGES, SERVICES, TOPICS, VERDICTS, read_by
from servers import Servers
from support import environment, eventually, running

NOWHERE = Servers("mongodb://127.0.0.1:9", "127.0.0.1:9")
USERS = of_kind(overlay("district"), "KafkaUser")

WHERE_A_CASE_IS = (
    ("escalation", "verdicts", "state.case_id"),
    ("matching", "cases", "_id"),
    ("evaluation", "facts", "_id"),
)

# One broker for the module: it takes as long to start as all of the tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GuardedKafka]:
    """With the users and topics of the files, as Strimzi's operators make them."""
    kafka = guarded_kafka(tmp_path_factory.mktemp("guarded"), USERS)
    await kafka.start()
    try:
        dead = [
            dead_letter_topic(topic, service) for service in SERVICES for topic in read_by(service)
        ]
        await make_topics(kafka.bootstrap, [(topic.name, topic) for topic in [*TOPICS, *dead]], 1)
        await grant(kafka, USERS)
        yield kafka
    finally:
        await kafka.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A MongoDB of its own: the shared servers would bring a second Kafka."""
    folder = tmp_path_factory.mktemp("store")
    mongo = Mongo(choose_mongod(print).binary, folder / "mongo", folder / "mongo.log", free_port())
    await mongo.start()
    try:
        yield mongo.uri
    finally:
        await mongo.stop()


def access(broker: GuardedKafka, user: str, password: str = PASSWORD) -> KafkaAccess:
    return KafkaAccess(KafkaSecurity.SASL_TLS, user, SecretStr(password), broker.ca_file)


@dataclass
class District:
    """The four services in this process, each as its own user."""

    composed: Mapping[str, Any]

    def database(self, service: str) -> Any:
        return self.composed[service].runtime.database


@asynccontextmanager
async def district(broker: GuardedKafka, store: str) -> AsyncIterator[District]:
    async with AsyncExitStack() as stack:
        composed = {}
        for service in SERVICES:
            mine = environment(Servers(store, broker.guarded), "sebaya", topic_prefix="") | {
                "kafka_security": "sasl_tls",
                "kafka_user": f"sebaya-{service}",
                "kafka_password": PASSWORD,
                "kafka_ca_file": broker.ca_file,
            }
            settings = import_module(f"sebaya_{service}.settings").Settings(**mine)
            composed[service] = import_module(f"sebaya_{service}.main").compose(settings)
            await stack.enter_async_context(running(composed[service].runtime))
        yield District(composed)


async def test_the_whole_path_runs_with_the_rights_of_the_files(
    broker: GuardedKafka, store: str
) -> None:
    operator = Installation(store, broker.guarded, "sebaya", "", access(broker, "sebaya-operator"))
    async with district(broker, store) as four:
        await schools.publish(
            operator, schools.changes([school()], await schools.known(operator)), {}
        )
        for service in SERVICES:
            await eventually(
                lambda s=service: four.database(s)["schools"].find_one({"_id": SCHOOL}),
                within=120,
                says=f"{service} knows it",
            )
        case_id = await opened(four.composed["intake"].app)
        for service, collection, field in WHERE_A_CASE_IS:
            rows, named = four.database(service)[collection], {field: case_id}
            await eventually(
                lambda rows=rows, named=named: rows.find_one(named),
                within=120,
                says=f"{service} has the case",
            )
        await eventually(
            lambda: judged(four, case_id), within=120, says="intake has heard the verdict"
        )


async def opened(app: Any) -> str:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://intake.test"
    ) as student:
        answer = await student.post(f"/schools/{SCHOOL}/cases", json=opening_body(), headers=key())
        assert answer.status_code == 202, answer.text
        return str(answer.json()["case_id"])


async def judged(four: District, case_id: str) -> bool:
    """The verdict on the opening is the last link: the case has applied it."""
    case = await four.database("intake")["cases"].find_one({"_id": case_id})
    return case is not None and any(
        mark.startswith("escalation_verdicts") for mark in case["marks"]
    )


async def test_no_service_reads_or_writes_what_is_not_its_own(broker: GuardedKafka) -> None:
    for user in ("sebaya-matching", "sebaya-evaluation", "sebaya-intake", "sebaya-scaler"):
        with pytest.raises(TopicAuthorizationFailedError):
            await read_one(broker, user, MESSAGES.name)
    for user, topic in (
        ("sebaya-evaluation", ALERTS),
        ("sebaya-intake", VERDICTS),
        ("sebaya-matching", VERDICTS),
        ("sebaya-evaluation", AUDIT),
    ):
        producer = Producer(broker.guarded, user, access(broker, user))
        try:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send(topic.name, b"k", b"v", [])
        finally:
            await producer.stop()


async def test_a_wrong_password_and_a_stranger_s_certificate_are_refused(
    broker: GuardedKafka,
) -> None:
    wrong = Producer(broker.guarded, "x", access(broker, "sebaya-intake", "another password"))
    strange = Producer(
        broker.guarded,
        "x",
        KafkaAccess(KafkaSecurity.SASL_TLS, "sebaya-intake", SecretStr(PASSWORD)),
    )
    for producer in (wrong, strange):
        with pytest.raises(KafkaError):
            await producer.send(ALERTS.name, b"k", b"v", [])


async def read_one(broker: GuardedKafka, user: str, topic: str) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.guarded,
        auto_offset_reset="earliest",
        **access(broker, user).arguments(),
    )
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=5000)
    finally:
        await consumer.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_who_keeps_an_audit_chain_may_publish_its_head(service: str) -> None:
    settings = import_module(f"sebaya_{service}.settings").Settings(
        **environment(Servers("mongodb://127.0.0.1:9", "127.0.0.1:9"), "sebaya")
    )
    kinds = import_module(f"sebaya_{service}.main").compose(settings).runtime._kinds
    assert (audit.HEADS in kinds) is (service in AUDIT.chains)
