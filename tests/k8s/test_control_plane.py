"""The overlays on a real control plane: admitted, scheduled, rolled out and drained within their
budgets.

Simulated pods are always ready: this shows admission, scheduling and budgets; that a rollout loses
nothing is shown on the local stack.
"""

import asyncio
import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from copy import deepcopy
from pathlib import Path
from textwrap import dedent

import pytest
import pytest_asyncio

from deploy.rendering import (
    COMPONENT,
    K8S,
    KUBECTL,
    NAME,
    Manifest,
    combinations,
    combined,
    kustomize,
    of_kind,
    overlay,
    pod_of,
    roles,
)
from deploy.test_images import GIVEN, copy, release
from k8s.plane import POD_REFUSED, ROOM, ZONES, Plane, Refused, control_plane
from k8s.programs import programs, published_schemas
from sebaya_contracts.topics import SERVICES
from support import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
__all__ = ["copy"]
WITHIN = 300.0
ROOT = K8S.parents[1]
# To a process, which a simulated pod does not have.
FORWARDS = "port-forward"
# As the scheduler says it of a node.
SPREAD = "didn't match pod topology spread constraints"
DISTRICT_NODES = {f"{zone}-{number}": zone for zone in ZONES for number in (1, 2)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plane]:
    async with control_plane(tmp_path_factory.mktemp("plane"), programs()) as plane:
        for path in published_schemas():
            plane.kubectl("create", "-f", str(path))
        plane.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        await plane.simulate(DISTRICT_NODES)
        yield plane


@pytest_asyncio.fixture(loop_scope="module")
async def empty(plane: Plane) -> AsyncIterator[Plane]:
    """The plane, and afterwards nothing of ours on it."""
    yield plane
    plane.kubectl(
        "delete",
        "validatingadmissionpolicybinding,validatingadmissionpolicy",
        "-l",
        "app.kubernetes.io/part-of=sebaya",
    )
    plane.kubectl("delete", "namespace", "sebaya", "--wait=false", "--ignore-not-found")
    await eventually(lambda: gone(plane), within=WITHIN)


async def gone(plane: Plane) -> bool:
    return all(namespace["metadata"]["name"] != "sebaya" for namespace in plane.get("namespaces"))


async def applied(plane: Plane, manifests: Sequence[Manifest]) -> None:
    """The namespace first, as `kubectl apply -k` orders it."""
    plane.apply(of_kind(manifests, "Namespace"))
    plane.apply([made for made in manifests if made["kind"] != "Namespace"])


def pods(plane: Plane) -> list[Manifest]:
    return [
        pod
        for pod in plane.get("pods", "-n", "sebaya")
        if "deletionTimestamp" not in pod["metadata"]
    ]


async def all_ready(plane: Plane, count: int) -> bool:
    ready = [pod for pod in pods(plane) if condition(pod, "Ready") and pod["spec"].get("nodeName")]
    return len(ready) == count


def condition(pod: Manifest, kind: str) -> bool:
    return any(
        c["type"] == kind and c["status"] == "True"
        for c in pod.get("status", {}).get("conditions", [])
    )


def released(k8s: Path) -> list[Manifest]:
    """The district with images by digest, and with a number of workers, which KEDA would set."""
    assert release(k8s, *(f"{name}={image}" for name, image in GIVEN.items())).returncode == 0
    manifests = kustomize(k8s / "overlays" / "district")
    for made in roles(manifests):
        made["spec"].setdefault("replicas", 2)
    return manifests


async def test_a_trial_is_admitted_and_every_pod_is_scheduled(empty: Plane) -> None:
    await applied(empty, overlay("trial"))
    await eventually(
        lambda: all_ready(empty, len(of_kind(overlay("trial"), "Deployment"))),
        within=WITHIN,
        every=1,
    )


async def test_a_district_spreads_over_three_zones_and_rolls_out_and_drains_within_its_budgets(
    empty: Plane, copy: Path
) -> None:
    manifests = released(copy)
    await applied(empty, manifests)
    await eventually(lambda: all_ready(empty, len(SERVICES) * 5), within=WITHIN, every=1)
    spread = {
        (pod["metadata"]["labels"][NAME], zone_of(pod))
        for pod in pods(empty)
        if pod["metadata"]["labels"][COMPONENT] == "api"
    }
    assert spread == {(service, zone) for service in SERVICES for zone in ZONES}
    await rolls_out(empty, manifests)
    await drains(empty)


async def test_a_district_waits_for_room_in_a_zone_rather_than_crowd_into_another(
    empty: Plane, copy: Path
) -> None:
    """The scheduler spreads by itself as long as there is room everywhere; what is lost with a zone
    shows where there is not.
    """
    full = [name for name, zone in DISTRICT_NODES.items() if zone != ZONES[-1]]
    empty.kubectl(
        "create",
        "-f",
        "-",
        given=json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": [filler(name) for name in full]}
        ),
    )
    try:
        await applied(empty, released(copy))
        await eventually(lambda: waits(empty), within=WITHIN, every=0.5)
    finally:
        empty.kubectl("delete", "pod", "-n", "default", *full, "--wait")
    await eventually(lambda: all_ready(empty, len(SERVICES) * 5), within=WITHIN, every=1)
    spread = {
        (pod["metadata"]["labels"][NAME], zone_of(pod))
        for pod in pods(empty)
        if pod["metadata"]["labels"][COMPONENT] == "api"
    }
    assert spread == {(service, zone) for service in SERVICES for zone in ZONES}


def filler(node: str) -> Manifest:
    """Takes all that there is of a node."""
    container = {
        "name": "fills",
        "image": "fills.invalid/it",
        "resources": {"requests": {"cpu": ROOM["cpu"]}},
    }
    named = {"name": node, "namespace": "default"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": named,
        "spec": {"nodeName": node, "containers": [container]},
    }


async def waits(plane: Plane) -> bool:
    """One pod a role has come; each of the others waits for no other reason than the spread."""
    found = pods(plane)
    placed = Counter(
        (pod["metadata"]["labels"][NAME], pod["metadata"]["labels"][COMPONENT])
        for pod in found
        if pod["spec"].get("nodeName")
    )
    assert all(number == 1 for number in placed.values()), placed
    refused = [why_unscheduled(pod) for pod in found if not pod["spec"].get("nodeName")]
    return (
        placed.total() == len(SERVICES) * 2
        and len(refused) == len(SERVICES) * 3
        and all(SPREAD in why for why in refused)
    )


def why_unscheduled(pod: Manifest) -> str:
    return next(
        (
            str(c.get("message"))
            for c in pod.get("status", {}).get("conditions", [])
            if c["type"] == "PodScheduled"
        ),
        "",
    )


def zone_of(pod: Manifest) -> str:
    return DISTRICT_NODES[pod["spec"]["nodeName"]]


async def rolls_out(plane: Plane, manifests: Sequence[Manifest]) -> None:
    """A changed image: at every look three apis are ready, and never more workers than there
    were.
    """
    for made in roles(manifests):
        made["spec"]["template"]["metadata"].setdefault("annotations", {})["sebaya/again"] = "1"
    plane.apply(roles(manifests))
    await eventually(lambda: rolled(plane), within=WITHIN, every=0.2)


async def rolled(plane: Plane) -> bool:
    counted = Counter(
        (p["metadata"]["labels"][NAME], p["metadata"]["labels"][COMPONENT])
        for p in pods(plane)
        if condition(p, "Ready")
    )
    for service in SERVICES:
        assert counted[service, "api"] >= 3
        assert counted[service, "worker"] <= 2
    return all(settled(one) for one in plane.get("deployments", "-n", "sebaya"))


def settled(made: Manifest) -> bool:
    status, wanted = made["status"], made["spec"]["replicas"]
    seen = status.get("observedGeneration") == made["metadata"]["generation"]
    return (
        seen
        and status.get("updatedReplicas")
        == status.get("replicas")
        == status.get("readyReplicas")
        == wanted
    )


async def drains(plane: Plane) -> None:
    """Two zones at once. While nothing can be replaced each role gives one pod and no more; then
    all come back in the third.
    """
    leaving = [name for name, zone in DISTRICT_NODES.items() if zone != ZONES[-1]]
    plane.kubectl("cordon", *DISTRICT_NODES)
    with pytest.raises(Refused, match="disruption budget"):
        drain(plane, leaving, within=20)
    left = Counter(
        (pod["metadata"]["labels"][NAME], pod["metadata"]["labels"][COMPONENT])
        for pod in pods(plane)
        if condition(pod, "Ready")
    )
    for service in SERVICES:
        assert (left[service, "api"], left[service, "worker"]) == (2, 1)
    plane.kubectl("uncordon", *(DISTRICT_NODES.keys() - set(leaving)))
    drain(plane, leaving, within=WITHIN)
    await eventually(lambda: all_ready(plane, len(SERVICES) * 5), within=WITHIN, every=1)
    assert {zone_of(pod) for pod in pods(plane)} == {ZONES[-1]}
    plane.kubectl("uncordon", *DISTRICT_NODES)


def drain(plane: Plane, nodes: Sequence[str], within: float) -> None:
    plane.kubectl(
        "drain", *nodes, "--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={within:.0f}s"
    )


async def test_the_api_server_refuses_a_second_eviction_before_the_first_is_replaced(
    empty: Plane, copy: Path
) -> None:
    await applied(empty, released(copy))
    await eventually(lambda: all_ready(empty, len(SERVICES) * 5), within=WITHIN, every=1)
    plane = empty
    for one in DISTRICT_NODES:
        plane.kubectl("cordon", one)  # nothing can be replaced
    try:
        first, second, *_ = [
            pod["metadata"]["name"]
            for pod in plane.get("pods", "-n", "sebaya", "-l", f"{NAME}=intake,{COMPONENT}=api")
        ]
        evict(plane, first)
        await eventually(lambda: fewer(plane), within=60)
        with pytest.raises(Refused, match="disruption budget"):
            evict(plane, second)
    finally:
        for one in DISTRICT_NODES:
            plane.kubectl("uncordon", one)


async def fewer(plane: Plane) -> bool:
    budgets = plane.get("poddisruptionbudgets", "-n", "sebaya")
    return any(
        one["metadata"]["name"] == "intake-api" and one["status"]["disruptionsAllowed"] == 0
        for one in budgets
    )


def evict(plane: Plane, pod: str) -> None:
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": "sebaya"},
    }
    path = f"/api/v1/namespaces/sebaya/pods/{pod}/eviction"
    plane.kubectl("create", "--raw", path, "-f", "-", given=json.dumps(eviction))


async def test_the_cluster_refuses_a_district_s_image_without_a_digest(empty: Plane) -> None:
    manifests = overlay("district")
    empty.apply(of_kind(manifests, "Namespace"))
    empty.apply(
        of_kind(
            manifests,
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ServiceAccount",
        )
    )
    await eventually(lambda: refuses(empty, roles(manifests)), within=60, every=1)


async def refuses(plane: Plane, manifests: list[Manifest]) -> bool:
    """A policy takes a moment to be known to the server."""
    try:
        plane.apply(manifests[:1])
    except Refused as refused:
        return "named by its digest" in str(refused)
    return False


async def test_a_pod_below_the_restricted_level_is_refused(empty: Plane) -> None:
    manifests = overlay("trial")
    empty.apply(of_kind(manifests, "Namespace"))
    pod = {**pod_of(roles(manifests)[0])}
    del pod["securityContext"]
    named = {"name": "bare", "namespace": "sebaya"}
    bare = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": named,
        "spec": pod | {"serviceAccountName": "default"},
    }
    with pytest.raises(Refused, match="restricted"):
        empty.apply([bare])


@pytest.mark.parametrize("field", ["podMetricEndpoints", "unknown"])
async def test_an_unknown_field_of_a_custom_resource_is_refused(empty: Plane, field: str) -> None:
    (monitor,) = of_kind(overlay("district"), "PodMonitor")
    empty.apply(of_kind(overlay("district"), "Namespace"))
    with pytest.raises(Refused, match=f"{field}: field not declared in schema"):
        empty.apply([{**monitor, "spec": {**monitor["spec"], field: []}}])


@pytest.mark.parametrize("components", combinations(), ids="+".join)
async def test_every_combination_is_admitted(
    empty: Plane, components: tuple[str, ...], tmp_path: Path
) -> None:
    """Every field is one that its kind has, and the pods of every template would be taken."""
    manifests = combined(tmp_path, components)
    empty.apply(of_kind(manifests, "Namespace"))
    empty.apply([made for made in manifests if made["kind"] != "Namespace"], "--dry-run=server")


async def test_a_template_below_the_restricted_level_does_not_pass_for_admitted(
    empty: Plane,
) -> None:
    manifests = overlay("trial")
    empty.apply(of_kind(manifests, "Namespace"))
    bare = deepcopy(roles(manifests)[0])
    del pod_of(bare)["securityContext"]
    with pytest.raises(Refused, match=POD_REFUSED):
        empty.apply([bare], "--dry-run=server")


def typed() -> list[str]:
    """What the page has a reader type for a trial, in its order: blocks of their own, and commands
    within a sentence.
    """
    page = (
        (ROOT / "docs" / "kubernetes.md")
        .read_text()
        .partition("## Before either")[2]
        .partition("## District")[0]
    )
    found = re.finditer(r"(?:^ {7}.*\n)+|`kubectl [^`]+`", page, re.MULTILINE)
    return [
        dedent(command.group().strip("`")) for command in found if FORWARDS not in command.group()
    ]


async def test_a_trial_is_installed_by_what_the_page_says(empty: Plane) -> None:
    neighbours = re.findall(r"label namespace ([A-Z]+)", "".join(typed()))
    assert len(typed()) == 4 and len(neighbours) == 4
    for name in neighbours:
        empty.kubectl("create", "namespace", name.lower())
    here = os.environ | {
        "KUBECONFIG": str(empty.kubeconfig),
        "PATH": f"{KUBECTL.parent}:{os.environ['PATH']}",
    }
    for command in typed():
        named_here = re.sub(
            r"label namespace ([A-Z]+)",
            lambda found: found.group().replace(found[1], found[1].lower()),
            command,
        )
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-ec", named_here],
            env=here,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (command, done.stderr)
    secrets = {secret["metadata"]["name"] for secret in empty.get("secrets", "-n", "sebaya")}
    assert secrets == {"sebaya-secret", "sebaya-master-keys"} | {
        f"sebaya-{user}-mongodb-password" for user in (*SERVICES, "operator")
    }
    empty.kubectl("delete", "namespace", *(name.lower() for name in neighbours))
