"""Builds the programs of a control plane from the Go modules pinned beside this file, once for each
set of pins.

Kept outside the project, under the user's cache, in a folder named by the pins' digest. Takes
minutes the first time and says what it does.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
VERSION = "v1.34.4"
VERSIONS = "k8s.io/component-base/version"
LINKED = (
    f"-s -w -X {VERSIONS}.gitVersion={VERSION} -X {VERSIONS}.gitMajor=1 -X {VERSIONS}.gitMinor=34"
)
PROGRAMS = {
    "etcd": (HERE, "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": (HERE, "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": (HERE, "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "kube-scheduler": (HERE, "k8s.io/kubernetes/cmd/kube-scheduler"),
    "kwok": (HERE / "kwok", "sigs.k8s.io/kwok/cmd/kwok"),
}
STAGES = ("node/fast/node-initialize", "node/heartbeat-with-lease/node-heartbeat-with-lease")
POD_STAGES = ("pod/fast/pod-ready", "pod/fast/pod-complete", "pod/fast/pod-delete")
CRDS = {
    "github.com/kedacore/keda/v2": "config/crd/bases/keda.sh_*.yaml",
    "github.com/mongodb/mongodb-kubernetes-operator": "config/crd/bases/*.yaml",
    "github.com/prometheus-operator/prometheus-operator": (
        "example/prometheus-operator-crd/monitoring.coreos.com_p*.yaml"
    ),
}


class NoGo(Exception):
    """The message says what is missing."""


def cache() -> Path:
    pins = [HERE / name for name in ("go.mod", "go.sum", "kwok/go.mod", "kwok/go.sum")]
    digest = hashlib.sha256(
        b"".join(path.read_bytes() for path in pins) + LINKED.encode()
    ).hexdigest()
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "sebaya" / f"controlplane-{digest[:16]}"


def programs() -> Path:
    """The folder with the programs, built where they are missing. Raises NoGo,
    CalledProcessError.
    """
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / "building"):
        missing = [name for name in PROGRAMS if not (folder / name).exists()]
        for number, name in enumerate(missing, start=1):
            print(f"Building {name} ({number} of {len(missing)}; minutes, once) …", flush=True)
            build(name, folder)
    return folder


def build(name: str, folder: Path) -> None:
    """Under another name until it is whole."""
    module, package = PROGRAMS[name]
    unfinished = folder / f".{name}"
    run(module, "build", "-trimpath", "-ldflags", LINKED, "-o", str(unfinished), package)
    unfinished.replace(folder / name)


def run(module: Path, *arguments: str) -> str:
    if shutil.which("go") is None:
        raise NoGo(
            "Go is not installed here; the control plane is built with it (1.26 or newer): see "
            "docs/kubernetes.md."
        )
    done = subprocess.run(
        ["go", *arguments], cwd=module, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


@contextmanager
def alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def module_folder(go_mod: Path, module: str) -> Path:
    """Where the module's files are, checked against go.sum."""
    return Path(json.loads(run(go_mod, "mod", "download", "-json", module))["Dir"])


def stages() -> str:
    """How kwok's nodes and pods behave: ready at once."""
    folder = module_folder(HERE / "kwok", "sigs.k8s.io/kwok") / "kustomize" / "stage"
    return "\n---\n".join(
        (folder / f"{stage}.yaml").read_text() for stage in (*STAGES, *POD_STAGES)
    )


def published_schemas() -> list[Path]:
    """The custom resource definitions that operators publish, and those of Strimzi, of which no
    module carries any (strimzi.yaml).
    """
    found = [
        path
        for module, pattern in CRDS.items()
        for path in sorted(module_folder(HERE / "crds", module).glob(pattern))
    ]
    return [*found, HERE / "strimzi.yaml"]


if __name__ == "__main__":
    print(programs())
