"""What kustomize makes of deploy/k8s, and how to ask about it."""

import functools
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

K8S = Path(__file__).parents[2] / "deploy" / "k8s"
KUBECTL = Path(sys.executable).with_name("kubectl")
OVERLAYS = ("trial", "district")
EVERY = pytest.mark.parametrize("name", OVERLAYS)
STORES = tuple(
    (kafka, mongodb)
    for kafka in ("kafka", "kafka-given")
    for mongodb in ("mongodb", "mongodb-given")
)
OPTIONS = (
    "ingress",
    "monitoring",
    "autoscaling",
    "trial-people",
    "district-file",
    "node-local-dns",
)
ROLES = ("api", "worker")
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
OURS = {
    "app.kubernetes.io/part-of": "sebaya",
    "app.kubernetes.io/instance": "sebaya",
    "app.kubernetes.io/managed-by": "kustomize",
}
Manifest = dict[str, Any]
Labels = Mapping[str, str]


def kustomize(folder: Path) -> list[Manifest]:
    done = subprocess.run(
        [KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [
        manifest for manifest in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if manifest
    ]


@functools.cache
def overlay(name: str) -> tuple[Manifest, ...]:
    return tuple(kustomize(K8S / "overlays" / name))


def combined(folder: Path, components: Sequence[str]) -> list[Manifest]:
    """The base with these components, as somebody's own overlay would have them."""
    root = os.path.relpath(K8S, folder.resolve())
    content = {
        "namespace": "sebaya",
        "labels": [{"includeTemplates": True, "pairs": OURS}],
        "resources": [f"{root}/base"],
        "components": [f"{root}/components/{name}" for name in components],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return kustomize(folder)


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def named(manifests: Sequence[Manifest], kind: str, name: str) -> Manifest:
    (found,) = [
        manifest for manifest in of_kind(manifests, kind) if manifest["metadata"]["name"] == name
    ]
    return found


def pod_of(workload: Manifest) -> Manifest:
    return workload["spec"]["template"]["spec"]


def labels_of(workload: Manifest) -> dict[str, str]:
    return workload["spec"]["template"]["metadata"]["labels"]


def workloads(manifests: Sequence[Manifest]) -> list[Manifest]:
    return of_kind(manifests, "Deployment", "Job")


def roles(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The deployments of the four services, without what only a trial has."""
    return [
        made for made in of_kind(manifests, "Deployment") if labels_of(made)[COMPONENT] in ROLES
    ]


def environment(
    manifests: Sequence[Manifest], workload: Manifest, secret: str = "a value from a secret"
) -> dict[str, str]:
    """The variables of the one container, with config maps looked up; what comes from a secret is
    `secret`.
    """
    (container,) = pod_of(workload)["containers"]
    values: dict[str, str] = {}
    for source in container.get("envFrom", []):
        values |= named(manifests, "ConfigMap", source["configMapRef"]["name"])["data"]
    for entry in container.get("env", []):
        values[entry["name"]] = entry.get("value") or _referenced(
            manifests, entry["valueFrom"], secret
        )
    return values


def _referenced(manifests: Sequence[Manifest], source: Manifest, secret: str) -> str:
    if "secretKeyRef" in source:
        return secret
    reference = source["configMapKeyRef"]
    return str(named(manifests, "ConfigMap", reference["name"])["data"][reference["key"]])


def matches(selector: Manifest, labels: Labels) -> bool:
    """Whether a Kubernetes label selector takes these labels; an empty one takes all."""
    if any(labels.get(name) != value for name, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions", []))


def _holds(expression: Manifest, labels: Labels) -> bool:
    assert expression["operator"] == "In", "the files use no other operator"
    return labels.get(expression["key"]) in expression["values"]


def combinations() -> list[tuple[str, ...]]:
    """Each pair of stores with none, with each one, and with all of the options."""
    options = [(), *((option,) for option in OPTIONS), OPTIONS]
    return [(*stores, *chosen) for stores in STORES for chosen in options]
