"""From the Dockerfile to a district: images are built, pushed, named by the digests that come back,
and taken by a cluster as such.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from compose.engine import Engine
from compose.images import PYTHON, ROOT, debian
from compose.registry import registry
from deploy.rendering import K8S, NAME, Manifest, kustomize, of_kind, overlay, pod_of, roles
from deploy.test_images import release
from k8s.plane import control_plane
from k8s.programs import programs, published_schemas
from k8s.test_control_plane import DISTRICT_NODES, WITHIN, all_ready, applied, pods, refuses
from sebaya_contracts.topics import SERVICES
from support import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
POLICY = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
MEMBERS = {**{service: f"services/{service}" for service in SERVICES}, "cli": "cli"}


@dataclass(frozen=True, slots=True)
class Released:
    """Images by digest, and deploy/k8s with them."""

    images: dict[str, str]
    k8s: Path

    @property
    def district(self) -> list[Manifest]:
        return kustomize(self.k8s / "overlays" / "district")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def released(
    docker: Engine, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Released]:
    folder = tmp_path_factory.mktemp("release")
    python = PYTHON if docker.has(PYTHON) else debian(docker, folder)
    async with registry(folder / "registry") as address:
        images = {
            name: await asyncio.to_thread(pushed, docker, name, address, python) for name in MEMBERS
        }
        k8s = Path(shutil.copytree(K8S, folder / "k8s"))
        done = release(k8s, *(f"{name}={image}" for name, image in images.items()))
        assert done.returncode == 0, done.stderr
        yield Released(images, k8s)


def pushed(docker: Engine, name: str, address: str, python: str) -> str:
    """As docs/install.md has it; the reference by digest that the registry answered with."""
    repository = f"{address}/sebaya/{name}"
    told = [f"MEMBER={MEMBERS[name]}", f"NAME={name}", f"PYTHON_IMAGE={python}"]
    arguments = [part for argument in told for part in ("--build-arg", argument)]
    docker.docker("build", "--quiet", *arguments, "--tag", f"{repository}:1.0", str(ROOT))
    docker.docker("push", "--quiet", f"{repository}:1.0")
    (built,) = json.loads(docker.docker("inspect", f"{repository}:1.0"))
    (reference,) = [
        digest for digest in built["RepoDigests"] if digest.startswith(f"{repository}@")
    ]
    # What is there from now on can only have come from the registry.
    docker.docker("image", "rm", "--force", f"{repository}:1.0", reference)
    return str(reference)


async def test_each_service_of_a_district_runs_its_own_image_by_digest(
    docker: Engine, released: Released
) -> None:
    done = release(released.k8s, "--check", str(released.k8s / "overlays" / "district"))
    assert done.returncode == 0, done.stderr
    for made in roles(released.district):
        service = made["metadata"]["labels"][NAME]
        (container,) = pod_of(made)["containers"]
        assert container["image"] == released.images[service]
        await asyncio.to_thread(docker.docker, "pull", "--quiet", container["image"])
        (pulled,) = json.loads(docker.docker("inspect", container["image"]))
        assert pulled["Config"]["Labels"]["org.opencontainers.image.title"] == f"sebaya-{service}"
        module = container["command"][-1]
        assert (
            docker.docker(
                "run",
                "--rm",
                container["image"],
                "python",
                "-c",
                f"import {module}; print({module}.__name__)",
            ).strip()
            == module
        )


async def test_the_cluster_takes_a_district_of_real_digests(
    released: Released, tmp_path: Path
) -> None:
    if shutil.which("go") is None:
        pytest.skip(
            "Go is not installed here, so there is no control plane to try this on (1.26 or "
            "newer builds it)."
        )
    manifests = released.district
    for made in roles(manifests):
        made["spec"].setdefault("replicas", 2)  # KEDA would set it
    async with control_plane(tmp_path / "plane", programs()) as plane:
        for path in published_schemas():
            plane.kubectl("create", "-f", str(path))
        plane.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        await plane.simulate(DISTRICT_NODES)
        await applied(plane, of_kind(manifests, "Namespace", "ServiceAccount", *POLICY))
        await eventually(
            lambda: refuses(plane, roles(overlay("district"))),
            within=60,
            every=1,
            says="the policy is in force",
        )
        await applied(plane, manifests)
        await eventually(lambda: all_ready(plane, len(SERVICES) * 5), within=WITHIN, every=1)
        running = {
            container["image"] for pod in pods(plane) for container in pod["spec"]["containers"]
        }
    assert running == {released.images[service] for service in SERVICES}
