"""What every rendering of deploy/k8s keeps: that it renders, who it may be, what it may use, and
that it can be named.
"""

import json
from pathlib import Path

import pytest

from deploy.rendering import (
    COMPONENT,
    EVERY,
    NAME,
    ROLES,
    Manifest,
    combinations,
    combined,
    labels_of,
    matches,
    named,
    of_kind,
    overlay,
    pod_of,
    roles,
    workloads,
)
from sebaya_contracts.topics import SERVICES, read_by

CLUSTER_WIDE = {"Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


@pytest.mark.parametrize("components", combinations(), ids="+".join)
def test_the_base_renders_with_every_store_and_option(
    components: tuple[str, ...], tmp_path: Path
) -> None:
    manifests = combined(tmp_path, components)
    assert len(roles(manifests)) == len(SERVICES) * len(ROLES)
    identities = [(made["kind"], made["metadata"]["name"]) for made in manifests]
    assert len(identities) == len(set(identities))
    restricted(manifests)


@EVERY
def test_an_overlay_runs_each_service_as_api_and_worker(name: str) -> None:
    found = {(labels_of(made)[NAME], labels_of(made)[COMPONENT]) for made in roles(overlay(name))}
    assert found == {(service, role) for service in SERVICES for role in ROLES}


@EVERY
def test_everything_is_in_one_restricted_namespace_and_labelled(name: str) -> None:
    manifests = overlay(name)
    (namespace,) = of_kind(manifests, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for made in manifests:
        if made["kind"] not in CLUSTER_WIDE:
            assert made["metadata"]["namespace"] == namespace["metadata"]["name"], made["metadata"][
                "name"
            ]
    for made in workloads(manifests):
        for labels in (labels_of(made), made["metadata"]["labels"]):
            assert labels["app.kubernetes.io/part-of"] == "sebaya"
            assert {
                NAME,
                COMPONENT,
                "app.kubernetes.io/instance",
                "app.kubernetes.io/managed-by",
            } <= set(labels)


@EVERY
def test_every_pod_keeps_the_restricted_level(name: str) -> None:
    restricted(overlay(name))


def restricted(manifests: "list[Manifest] | tuple[Manifest, ...]") -> None:
    for made in workloads(manifests):
        pod = pod_of(made)
        where = made["metadata"]["name"]
        assert pod["securityContext"]["runAsNonRoot"] is True, where
        assert pod["securityContext"]["runAsUser"] > 0, where
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert pod["automountServiceAccountToken"] is False, where
        # The first process of a pod would be deaf to the signal that ends it, for as long as it
        # starts; whoever shares sees the other's.
        assert pod["shareProcessNamespace"] is True and len(pod["containers"]) == 1, where
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), where
        assert all(
            {"emptyDir", "configMap", "secret"} & set(volume) for volume in pod["volumes"]
        ), where
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, where
            assert context["readOnlyRootFilesystem"] is True, where
            assert context["capabilities"] == {"drop": ["ALL"]}, where
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), where
            assert set(container["resources"]["limits"]) == {"memory"}, where


@EVERY
def test_each_role_has_an_account_of_its_own_without_rights(name: str) -> None:
    manifests = overlay(name)
    accounts = [pod_of(made)["serviceAccountName"] for made in workloads(manifests)]
    assert len(accounts) == len(set(accounts))
    for account in accounts:
        assert named(manifests, "ServiceAccount", account)["automountServiceAccountToken"] is False
    assert not of_kind(manifests, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")


@EVERY
def test_each_role_has_a_budget_that_takes_one_pod_at_a_time(name: str) -> None:
    manifests = overlay(name)
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for made in roles(manifests):
        covering = [
            budget for budget in budgets if matches(budget["spec"]["selector"], labels_of(made))
        ]
        assert len(covering) == 1, made["metadata"]["name"]
        assert covering[0]["spec"]["maxUnavailable"] == 1
        assert covering[0]["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@EVERY
def test_each_selector_takes_the_pods_of_one_deployment_alone(name: str) -> None:
    manifests = overlay(name)
    deployments = of_kind(manifests, "Deployment")
    for made in deployments:
        taken = [
            other for other in deployments if matches(made["spec"]["selector"], labels_of(other))
        ]
        assert taken == [made]
    for service in of_kind(manifests, "Service"):
        if "selector" in service["spec"]:
            taken = [
                made
                for made in deployments
                if matches({"matchLabels": service["spec"]["selector"]}, labels_of(made))
            ]
            assert len(taken) == 1, service["metadata"]["name"]
            ports = {port["name"] for port in pod_of(taken[0])["containers"][0]["ports"]}
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@EVERY
def test_pods_of_a_role_spread_over_zones_and_nodes(name: str) -> None:
    for made in roles(overlay(name)):
        by_key = {
            spread["topologyKey"]: spread for spread in pod_of(made)["topologySpreadConstraints"]
        }
        assert set(by_key) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
        strict = "DoNotSchedule" if name == "district" else "ScheduleAnyway"
        assert by_key["topology.kubernetes.io/zone"]["whenUnsatisfiable"] == strict
        for spread in by_key.values():
            assert matches(spread["labelSelector"], labels_of(made))
            assert spread["labelSelector"]["matchLabels"][NAME] == labels_of(made)[NAME], (
                "two services must not count as one"
            )
            assert spread["nodeTaintsPolicy"] == "Honor"


@EVERY
def test_a_rollout_takes_no_api_away_and_makes_no_worker_too_many(name: str) -> None:
    for made in roles(overlay(name)):
        change = made["spec"]["strategy"]["rollingUpdate"]
        if labels_of(made)[COMPONENT] == "api":
            assert change == {"maxUnavailable": 0, "maxSurge": 1}
        else:
            assert change == {"maxUnavailable": 1, "maxSurge": 0}
            partitions = max(topic.partitions for topic in read_by(labels_of(made)[NAME]))
            assert made["spec"].get("replicas", 0) <= partitions


@EVERY
def test_no_secret_is_in_the_files(name: str) -> None:
    manifests = overlay(name)
    assert not of_kind(manifests, "Secret")
    settings = json.dumps(of_kind(manifests, "ConfigMap")).lower()
    assert not any(word in settings for word in ("password", "secret_key", "mongodb_uri"))


def test_a_district_has_an_api_in_each_zone_and_a_trial_one_pod_a_role() -> None:
    assert {made["spec"]["replicas"] for made in roles(overlay("trial"))} == {1}
    apis = [made for made in roles(overlay("district")) if labels_of(made)[COMPONENT] == "api"]
    assert {made["spec"]["replicas"] for made in apis} == {3}
