"""A district runs images by digest: the files as they come are refused, the release step sets them,
and a tag is not taken.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.rendering import K8S, NAME, kustomize, overlay, pod_of, roles
from sebaya_contracts.topics import SERVICES

DIGEST = "sha256:" + "0123456789abcdef" * 4
GIVEN = {service: f"registry.example:5000/district/{service}@{DIGEST}" for service in SERVICES}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(K8S, tmp_path / "k8s"))


def release(k8s: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, k8s / "release_images.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_district_without_digests_is_refused_and_can_be_pulled_from_nowhere() -> None:
    done = release(K8S, "--check", str(K8S / "overlays" / "district"))
    assert done.returncode == 1
    assert all(
        f"Deployment {service}-{role}: sebaya.invalid/{service}:unset" in done.stderr
        for service in SERVICES
        for role in ("api", "worker")
    )
    for made in roles(overlay("district")):
        assert pod_of(made)["containers"][0]["image"].startswith("sebaya.invalid/")


def test_the_release_step_sets_every_image_by_digest(copy: Path) -> None:
    assert release(copy, *(f"{name}={image}" for name, image in GIVEN.items())).returncode == 0
    assert release(copy, "--check", str(copy / "overlays" / "district")).returncode == 0
    for made in roles(kustomize(copy / "overlays" / "district")):
        assert pod_of(made)["containers"][0]["image"] == GIVEN[made["metadata"]["labels"][NAME]], (
            made["metadata"]["name"]
        )


@pytest.mark.parametrize(
    "wrong",
    [
        "intake=registry.example/intake:1.2",
        "intake=registry.example/intake",
        f"intake=registry.example/intake:1.2@{DIGEST}",
        "intake=registry.example/intake@sha256:abc",
        f"in_take=registry.example/intake@{DIGEST}",
    ],
)
def test_an_image_without_a_digest_alone_is_refused_and_nothing_is_written(
    copy: Path, wrong: str
) -> None:
    before = (copy / "components/images/kustomization.yaml").read_text()
    others = [f"{name}={image}" for name, image in GIVEN.items() if name != "intake"]
    done = release(copy, wrong, *others)
    assert done.returncode == 1
    assert wrong in done.stderr
    assert (copy / "components/images/kustomization.yaml").read_text() == before


def test_a_service_that_was_forgotten_is_named(copy: Path) -> None:
    done = release(
        copy, *(f"{name}={image}" for name, image in GIVEN.items() if name != "matching")
    )
    assert (done.returncode, "matching" in done.stderr) == (1, True)
