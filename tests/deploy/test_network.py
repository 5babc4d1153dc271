"""Default deny, and each need named: who may speak to whom in a district, asked of the policies as
the cluster would.
"""

import re
from pathlib import Path

from deploy.reach import End, allowed
from deploy.rendering import (
    COMPONENT,
    EVERY,
    K8S,
    NAME,
    Manifest,
    combined,
    environment,
    labels_of,
    named,
    of_kind,
    overlay,
    roles,
    workloads,
)
from sebaya_contracts.topics import SERVICES

KAFKA = End({"strimzi.io/cluster": "sebaya", "strimzi.io/kind": "Kafka"})
ENTITY_OPERATOR = End({"strimzi.io/cluster": "sebaya", "strimzi.io/name": "sebaya-entity-operator"})
MONGODB = End({"app": "sebaya-mongodb-svc"})
STRANGER = End({"app": "somebody"})
DNS = End({"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"})
ENTRANCE = End({}, {"kubernetes.io/metadata.name": "entrance", "sebaya/entrance": "true"})
PROMETHEUS = End({}, {"kubernetes.io/metadata.name": "monitoring", "sebaya/monitoring": "true"})
KEDA = End({}, {"kubernetes.io/metadata.name": "keda", "sebaya/autoscaling": "true"})
ELSEWHERE = End({}, {"kubernetes.io/metadata.name": "elsewhere"})
WORLD = End(address="198.51.100.7")
METADATA = End(address="169.254.169.254")
NODE_CACHE = End(address="169.254.20.10")
DISTRICT_OFFICE = End(address="10.20.30.40")


def ends(name: str) -> list[End]:
    return [End(labels_of(made)) for made in roles(overlay(name))]


def role(end: End) -> str:
    return end.labels[COMPONENT]


@EVERY
def test_nothing_is_allowed_that_is_not_named(name: str) -> None:
    manifests = overlay(name)
    deny = named(manifests, "NetworkPolicy", "default-deny")["spec"]
    assert (deny["podSelector"], sorted(deny["policyTypes"])) == ({}, ["Egress", "Ingress"])
    assert not {"ingress", "egress"} & set(deny)
    for end in ends(name):
        for stranger in (STRANGER, ELSEWHERE):
            assert not allowed(manifests, stranger, end, 8000)
            assert not allowed(manifests, end, stranger, 8000)
    for target, port in ((KAFKA, 9093), (MONGODB, 27017)):
        assert not allowed(manifests, STRANGER, target, port)
        assert not allowed(manifests, ELSEWHERE, target, port)


@EVERY
def test_every_role_reaches_names_kafka_and_mongodb(name: str) -> None:
    for end in ends(name):
        assert allowed(overlay(name), end, DNS, 53, "UDP")
        assert allowed(overlay(name), end, KAFKA, 9093)
        assert allowed(overlay(name), end, MONGODB, 27017)
        assert not allowed(overlay(name), end, KAFKA, 9091), "the brokers' own port"


def test_the_names_cache_of_the_node_is_open_by_its_component_alone(tmp_path: Path) -> None:
    """And what else lives at link-local addresses, the cloud's metadata, stays closed."""
    with_cache = combined(tmp_path, ("kafka", "mongodb", "district-file", "node-local-dns"))
    for made in workloads(with_cache):
        end = End(labels_of(made))
        for protocol in ("UDP", "TCP"):
            assert allowed(with_cache, end, NODE_CACHE, 53, protocol)
            assert not allowed(overlay("district"), end, NODE_CACHE, 53, protocol)
            for port in (53, 80, 443):
                assert not allowed(with_cache, end, METADATA, port, protocol)
        assert not allowed(with_cache, end, NODE_CACHE, 80)
        assert allowed(with_cache, end, DNS, 53, "UDP"), "the cache asks what the pod could ask"


@EVERY
def test_no_service_calls_another(name: str) -> None:
    for one in ends(name):
        for other in ends(name):
            assert not allowed(overlay(name), one, other, 8000)


@EVERY
def test_the_entrance_comes_to_apis_alone(name: str) -> None:
    for end in ends(name):
        assert allowed(overlay(name), ENTRANCE, end, 8000) is (role(end) == "api")


def test_prometheus_reads_every_role_and_nobody_else_does() -> None:
    for end in ends("district"):
        assert allowed(overlay("district"), PROMETHEUS, end, 8000)
        assert not allowed(overlay("district"), KEDA, end, 8000)


@EVERY
def test_apis_fetch_keys_and_only_escalation_s_worker_pages(name: str) -> None:
    for end in ends(name):
        pages = end.labels[NAME] == "escalation" and role(end) == "worker"
        assert allowed(overlay(name), end, WORLD, 443) is (role(end) == "api" or pages)
        assert allowed(overlay(name), end, WORLD, 587) is pages
        for port in (80, 443, 587):
            assert not allowed(overlay(name), end, METADATA, port), "the cloud's metadata"
            assert not allowed(overlay(name), end, DISTRICT_OFFICE, port), (
                "a school's file must not reach inside"
            )


@EVERY
def test_the_mail_server_s_port_is_open_to_who_sends(name: str) -> None:
    made = named(overlay(name), "Deployment", "escalation-worker")
    told = environment(overlay(name), made)
    mail = End({NAME: told["SEBAYA_SMTP_HOST"], COMPONENT: "trial"}) if name == "trial" else WORLD
    assert allowed(overlay(name), End(labels_of(made)), mail, int(told["SEBAYA_SMTP_PORT"]))


def test_keda_looks_at_the_broker_alone() -> None:
    assert allowed(overlay("district"), KEDA, KAFKA, 9093)
    assert not allowed(overlay("district"), KEDA, MONGODB, 27017)


@EVERY
def test_stores_speak_among_themselves_and_to_the_api_server(name: str) -> None:
    manifests = overlay(name)
    for port in (9090, 9091):
        assert allowed(manifests, KAFKA, KAFKA, port)
    assert allowed(manifests, ENTITY_OPERATOR, KAFKA, 9091)
    assert allowed(manifests, MONGODB, MONGODB, 27017)
    for end in (ENTITY_OPERATOR, MONGODB):
        assert allowed(manifests, end, DISTRICT_OFFICE, 6443)
    assert not allowed(manifests, KAFKA, MONGODB, 27017)
    assert not allowed(manifests, MONGODB, KAFKA, 9093)


def test_apis_ask_the_trial_s_issuer() -> None:
    issuer = End(labels_of(named(overlay("trial"), "Deployment", "trial-issuer")))
    for end in ends("trial"):
        assert allowed(overlay("trial"), end, issuer, 8010) is (role(end) == "api")


def paths(manifests: tuple[Manifest, ...]) -> dict[str, str]:
    (ingress,) = [
        made for made in of_kind(manifests, "Ingress") if made["metadata"]["name"] == "sebaya"
    ]
    (rule,) = ingress["spec"]["rules"]
    assert all(path["pathType"] == "Prefix" for path in rule["http"]["paths"])
    return {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}


@EVERY
def test_the_entrance_has_the_prefixes_that_the_services_know(name: str) -> None:
    manifests = overlay(name)
    prefixes = {f"/{service}": f"{service}-api" for service in SERVICES}
    assert {
        path: service for path, service in paths(manifests).items() if service != "closed"
    } == prefixes
    local = re.findall(
        r"handle_path (/[a-z]+)/", (Path(K8S).parent / "local" / "Caddyfile").read_text()
    )
    assert set(local) - {"/issuer"} == set(prefixes)
    for service in SERVICES:
        told = environment(manifests, named(manifests, "Deployment", f"{service}-api"))
        assert told["SEBAYA_ROOT_PATH"] == f"/{service}"
        named(manifests, "Service", f"{service}-api")


@EVERY
def test_metrics_and_health_stay_inside(name: str) -> None:
    manifests = overlay(name)
    closed = {path for path, service in paths(manifests).items() if service == "closed"}
    assert closed == {
        f"/{service}/{inside}" for service in SERVICES for inside in ("metrics", "health")
    }
    assert "selector" not in named(manifests, "Service", "closed")["spec"], (
        "nobody may stand behind it"
    )


@EVERY
def test_the_entrance_s_address_is_the_one_that_services_write_into_links(name: str) -> None:
    manifests = overlay(name)
    hosts = {
        rule["host"]
        for ingress in of_kind(manifests, "Ingress")
        for rule in ingress["spec"]["rules"]
    }
    for made in roles(manifests):
        assert {environment(manifests, made)["SEBAYA_ORIGIN"].partition("://")[2]} == hosts
