"""Topics, rights and scaling are what the contracts say, and no more."""

import subprocess
import sys
from collections import defaultdict

import pytest

from deploy.rendering import (
    COMPONENT,
    EVERY,
    K8S,
    NAME,
    Manifest,
    environment,
    labels_of,
    named,
    of_kind,
    overlay,
    roles,
)
from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_contracts.topics import (
    AUDIT,
    CASES,
    SCHOOLS,
    SENSITIVE,
    SERVICES,
    TOPICS,
    read_by,
)

Right = tuple[str, str, str]


def test_the_generated_files_are_what_the_contracts_say() -> None:
    subprocess.run([sys.executable, K8S / "generate.py", "--check"], check=True)


@EVERY
def test_there_is_each_topic_as_the_contracts_describe_it(name: str) -> None:
    dead = [dead_letter_topic(topic, service) for topic in TOPICS for service in topic.readers]
    wanted = {topic.name: (topic.partitions, topic.config()) for topic in [*TOPICS, *dead]}
    found = of_kind(overlay(name), "KafkaTopic")
    assert {
        made["metadata"]["name"]: (made["spec"]["partitions"], made["spec"]["config"])
        for made in found
    } == wanted
    assert {made["metadata"]["labels"]["strimzi.io/cluster"] for made in found} == {"sebaya"}


@EVERY
def test_copies_fit_the_brokers_and_a_lost_one_stops_nothing(name: str) -> None:
    manifests = overlay(name)
    (pool,) = of_kind(manifests, "KafkaNodePool")
    config = named(manifests, "Kafka", "sebaya")["spec"]["kafka"]["config"]
    copies = {made["spec"]["replicas"] for made in of_kind(manifests, "KafkaTopic")}
    assert copies == {pool["spec"]["replicas"]}
    for setting in ("default", "offsets.topic", "transaction.state.log"):
        assert config[f"{setting}.replication.factor"] == pool["spec"]["replicas"]
    if name == "district":
        assert (pool["spec"]["replicas"], config["min.insync.replicas"]) == (3, 2)
    for made in roles(manifests):
        assert environment(manifests, made)["SEBAYA_TOPIC_REPLICAS"] == str(
            pool["spec"]["replicas"]
        )


def rights(user: Manifest) -> set[Right]:
    assert user["spec"]["authentication"] == {"type": "scram-sha-512"}
    acls = user["spec"]["authorization"]["acls"]
    assert all(acl["resource"]["patternType"] == "literal" for acl in acls), (
        "no right by a part of a name"
    )
    return {
        (acl["resource"]["type"], acl["resource"]["name"], op)
        for acl in acls
        for op in acl["operations"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_what_it_consumes_or_compares_and_the_ledger_and_writes_its_own(
    service: str,
) -> None:
    wanted: set[Right] = {
        ("group", f"sebaya.{service}", "Read"),
        ("topic", SCHOOLS.name, "Read"),
        ("topic", CASES.name, "Read"),
    }
    for topic in TOPICS:
        if service in topic.readers:
            wanted |= {
                ("topic", topic.name, "Read"),
                ("topic", f"{topic.name}.{service}.dlq", "Write"),
            }
        if topic.writer == service or (
            topic is AUDIT and service in {"intake", "matching", "escalation"}
        ):
            wanted.add(("topic", topic.name, "Write"))
            # What it compares its store with at start: never students' words.
            if topic.retention != SENSITIVE:
                wanted.add(("topic", topic.name, "Read"))
    assert rights(named(overlay("district"), "KafkaUser", f"sebaya-{service}")) == wanted


def test_words_of_students_are_readable_to_escalation_and_the_operator_alone() -> None:
    readers = defaultdict(set)
    for user in of_kind(overlay("district"), "KafkaUser"):
        for kind, topic, operation in rights(user):
            if kind == "topic" and operation not in {"Write", "Describe"}:
                readers[topic].add(user["metadata"]["name"])
    assert readers["intake.messages.v1"] == {"sebaya-escalation", "sebaya-operator"}
    assert readers["intake.messages.v1.escalation.dlq"] == {"sebaya-operator"}


def test_the_scaler_can_read_no_record() -> None:
    assert {
        operation
        for _, _, operation in rights(named(overlay("district"), "KafkaUser", "sebaya-scaler"))
    } == {"Describe"}


@EVERY
def test_each_role_comes_as_its_service_s_own_user(name: str) -> None:
    users = {made["metadata"]["name"] for made in of_kind(overlay(name), "KafkaUser")}
    for made in roles(overlay(name)):
        user = environment(overlay(name), made)["SEBAYA_KAFKA_USER"]
        assert user == f"sebaya-{labels_of(made)[NAME]}"
        assert user in users


def test_each_service_s_user_of_the_store_has_its_own_database_and_the_sessions() -> None:
    (store,) = of_kind(overlay("district"), "MongoDBCommunity")
    granted = {
        user["name"]: {(role["db"], role["name"]) for role in user["roles"]}
        for user in store["spec"]["users"]
    }
    for service in SERVICES:
        own = {f"sebaya_{service}", "sebaya_sessions"}
        assert granted[f"sebaya-{service}"] == {(database, "readWrite") for database in own}
        secret = next(
            user["connectionStringSecretName"]
            for user in store["spec"]["users"]
            if user["name"] == f"sebaya-{service}"
        )
        for role in ("api", "worker"):
            made = named(overlay("district"), "Deployment", f"{service}-{role}")
            entry = next(
                e
                for e in made["spec"]["template"]["spec"]["containers"][0]["env"]
                if e["name"] == "MONGODB_URI"
            )
            assert entry["valueFrom"]["secretKeyRef"] == {
                "name": secret,
                "key": "connectionString.standard",
            }


def workers() -> list[Manifest]:
    return of_kind(overlay("district"), "ScaledObject")


def test_workers_are_never_more_than_partitions_and_never_too_few_for_timers() -> None:
    assert {made["spec"]["scaleTargetRef"]["name"] for made in workers()} == {
        f"{service}-worker" for service in SERVICES
    }
    for made in workers():
        service = made["metadata"]["labels"][NAME]
        assert made["spec"]["maxReplicaCount"] <= max(
            topic.partitions for topic in read_by(service)
        )
        assert 2 <= made["spec"]["minReplicaCount"] <= made["spec"]["maxReplicaCount"]
        assert "idleReplicaCount" not in made["spec"], "timers run though nothing arrives"
        deployment = named(overlay("district"), "Deployment", f"{service}-worker")
        assert labels_of(deployment)[COMPONENT] == "worker"
        assert "replicas" not in deployment["spec"], "applying the files must not undo the scaling"


def test_an_unknown_lag_changes_nothing() -> None:
    for made in workers():
        assert made["spec"]["fallback"]["behavior"] == "currentReplicas"
        for trigger in made["spec"]["triggers"]:
            assert trigger["metadata"]["scaleToZeroOnInvalidOffset"] == "false"
            assert trigger["metadata"]["offsetResetPolicy"] == "earliest", (
                "as the consumer itself begins"
            )
            assert trigger["metadata"]["allowIdleConsumers"] == "false"


def test_the_scaler_looks_at_what_the_workers_consume() -> None:
    for made in workers():
        service = made["metadata"]["labels"][NAME]
        topics = {trigger["metadata"]["topic"] for trigger in made["spec"]["triggers"]}
        assert topics == {topic.name for topic in read_by(service) if topic.partitions > 1}
        told = environment(
            overlay("district"), named(overlay("district"), "Deployment", f"{service}-worker")
        )
        for trigger in made["spec"]["triggers"]:
            assert trigger["metadata"]["consumerGroup"] == f"sebaya.{service}"
            assert trigger["metadata"]["bootstrapServers"] == told["KAFKA_BOOTSTRAP_SERVERS"]
