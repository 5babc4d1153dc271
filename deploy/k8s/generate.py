"""Writes the Kafka topics, the users and their rights, the scaling of workers, the alert rules
(`make manifests`); `--check` only looks.

Who reads and writes which topic is said once, in sebaya_contracts.topics, and what alarms once, in
deploy/prometheus/rules; here they become custom resources of Strimzi, KEDA and the Prometheus
Operator.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.consuming.group_membership import group_of
from sebaya_chassis.service.restore import LEDGER
from sebaya_chassis.service.store_check import checked_topics
from sebaya_contracts.topics import SERVICES, TOPICS, Topic, read_by, written_by

HERE = Path(__file__).parent
RULES = HERE.parent / "prometheus" / "rules"
CLUSTER = "sebaya"
OPERATOR = "sebaya-operator"
SCALER = "sebaya-scaler"
BOOTSTRAP = f"{CLUSTER}-kafka-bootstrap:9093"
# One record of lag costs milliseconds; a worker that is this far behind on average needs company.
LAG_A_WORKER = 500
# Timers must run though one worker is lost or moves.
FEWEST_WORKERS = 2
Manifest = dict[str, Any]


def dead_letters(service: str) -> list[Topic]:
    return [dead_letter_topic(topic, service) for topic in read_by(service)]


def every_topic() -> list[Topic]:
    return [*TOPICS, *(dead for service in SERVICES for dead in dead_letters(service))]


def labelled(kind: str, name: str, spec: Manifest) -> Manifest:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": spec,
    }


def topics() -> Iterator[Manifest]:
    """Three copies each; the broker takes a record when two have it (components/kafka)."""
    for topic in every_topic():
        yield labelled(
            "KafkaTopic",
            topic.name,
            {"partitions": topic.partitions, "replicas": 3, "config": topic.config()},
        )


def allow(kind: str, name: str, *operations: str) -> Manifest:
    return {
        "resource": {"type": kind, "name": name, "patternType": "literal"},
        "operations": list(operations),
    }


def user(name: str, acls: Iterable[Manifest]) -> Manifest:
    return labelled(
        "KafkaUser",
        name,
        {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(acls)},
        },
    )


def service_user(service: str) -> Manifest:
    """Reads what it consumes, the ledger of a restore, and what its store is compared with; writes
    what is its own and its dead letters; and nothing else.

    Read and Write include Describe.
    """
    written = [*written_by(service), *dead_letters(service)]
    read = dict.fromkeys([*read_by(service), *LEDGER, *checked_topics(service)])
    return user(
        f"sebaya-{service}",
        [
            *(allow("topic", topic.name, "Read") for topic in read),
            *(allow("topic", topic.name, "Write") for topic in written),
            allow("group", group_of(service), "Read"),
        ],
    )


def users() -> Iterator[Manifest]:
    yield from map(service_user, SERVICES)
    # The command: publishes schools, reads every topic, brings dead letters back, winds a restored
    # service's reading back.
    yield user(
        OPERATOR,
        [
            *(allow("topic", topic.name, "Read", "Write") for topic in every_topic()),
            *(allow("group", group_of(service), "Read") for service in SERVICES),
        ],
    )
    # KEDA looks at the lag and can read no record.
    yield user(
        SCALER,
        [
            *(allow("topic", topic.name, "Describe") for topic in TOPICS if topic.readers),
            *(allow("group", group_of(service), "Describe") for service in SERVICES),
        ],
    )


def lag(service: str, topic: Topic) -> Manifest:
    """An unknown lag (no committed offset yet) counts from the earliest record, as the worker
    itself will.
    """
    return {
        "type": "kafka",
        "metadata": {
            "bootstrapServers": BOOTSTRAP,
            "consumerGroup": group_of(service),
            "topic": topic.name,
            "lagThreshold": str(LAG_A_WORKER),
            "offsetResetPolicy": "earliest",
            "allowIdleConsumers": "false",
            "scaleToZeroOnInvalidOffset": "false",
            "sasl": "scram_sha512",
            "tls": "enable",
        },
        "authenticationRef": {"name": SCALER},
    }


def scaled_worker(service: str) -> Manifest:
    """Never more workers than the partitions of its widest topic; a lag that cannot be read changes
    nothing.
    """
    partitioned = [topic for topic in read_by(service) if topic.partitions > 1]
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {
            "name": f"{service}-worker",
            "labels": {"app.kubernetes.io/name": service, "app.kubernetes.io/component": "worker"},
        },
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": f"{service}-worker",
            },
            "minReplicaCount": FEWEST_WORKERS,
            "maxReplicaCount": max(topic.partitions for topic in partitioned),
            "pollingInterval": 15,
            "fallback": {
                "failureThreshold": 3,
                "replicas": FEWEST_WORKERS,
                "behavior": "currentReplicas",
            },
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": steady()}},
            "triggers": [lag(service, topic) for topic in partitioned],
        },
    }


def steady() -> Manifest:
    """Each change moves partitions: one worker at a time, and down only after ten quiet minutes."""
    one_a_minute = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": one_a_minute},
        "scaleDown": {"stabilizationWindowSeconds": 600, "policies": one_a_minute},
    }


def rules() -> Iterator[Manifest]:
    """The groups of all files, as they are."""
    groups = [
        group
        for file in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(file.read_text())["groups"]
    ]
    yield {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "sebaya"},
        "spec": {"groups": groups},
    }


def documents(manifests: Iterable[Manifest]) -> str:
    head = "# Written by deploy/k8s/generate.py: `make manifests`.\n"
    return head + yaml.safe_dump_all(manifests, sort_keys=False, width=140)


def files() -> dict[Path, str]:
    return {
        HERE / "components/kafka/topics.yaml": documents(topics()),
        HERE / "components/kafka/users.yaml": documents(users()),
        HERE / "components/monitoring/rules.yaml": documents(rules()),
        HERE / "components/autoscaling/workers.yaml": documents(map(scaled_worker, SERVICES)),
    }


def main() -> None:
    stale = [
        path for path, text in files().items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in sys.argv:
        if stale:
            sys.exit(
                "Not what the contracts and the rules say (make manifests): "
                + ", ".join(str(path.relative_to(HERE)) for path in stale)
            )
        return
    for path in stale:
        path.write_text(files()[path])


if __name__ == "__main__":
    main()
