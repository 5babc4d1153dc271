"""Says which images a district runs: `make release-images IMAGES="NAME=REPOSITORY@sha256:… …"`;
`--check OVERLAY` refuses others.

Writes components/images/kustomization.yaml. A tag is refused: what it names can change between two
nodes that pull it.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from sebaya_contracts.topics import SERVICES

HERE = Path(__file__).parent
FILE = HERE / "components/images/kustomization.yaml"
PLACEHOLDERS = "sebaya.invalid"
"""The names in the files; `.invalid` can be pulled from nowhere (RFC 2606)."""
DIGEST = re.compile(r"^(?P<repository>[^@\s]+)@(?P<digest>sha256:[0-9a-f]{64})$")
NAMES = (*SERVICES, "cli")
HEAD = "# Written by `make release-images`: which images the district runs, by digest.\n"


class Refused(Exception):
    """The message says which image, and why."""


def image(argument: str) -> dict[str, str]:
    """One `NAME=REPOSITORY@sha256:…` as kustomize takes it. Raises Refused."""
    name, _, reference = argument.partition("=")
    if name not in NAMES:
        raise Refused(
            f"{argument}: there is no image {name or '(without a name)'}; the images are "
            f"{', '.join(NAMES)}."
        )
    found = DIGEST.match(reference)
    if found is None or ":" in found["repository"].rpartition("/")[2]:
        raise Refused(
            f"{argument}: name the image by its digest alone, such as "
            f"{name}=registry.example/sebaya/{name}@sha256:…."
        )
    return {
        "name": f"{PLACEHOLDERS}/{name}",
        "newName": found["repository"],
        "digest": found["digest"],
    }


def component(arguments: Iterable[str]) -> str:
    """The file's text. Raises Refused, also when a service has no image."""
    images = sorted((image(argument) for argument in arguments), key=lambda one: one["name"])
    missing = {f"{PLACEHOLDERS}/{service}" for service in SERVICES} - {
        one["name"] for one in images
    }
    if missing:
        raise Refused(
            "No image is given for "
            f"{', '.join(sorted(name.rpartition('/')[2] for name in missing))}."
        )
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "images": images,
    }
    return HEAD + yaml.safe_dump(content, sort_keys=False)


def ours(manifests: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The workloads of ours with each of their images."""
    for manifest in manifests:
        pod = (
            manifest.get("spec", {}).get("template", {}).get("spec", {})
            if manifest["kind"] in {"Deployment", "Job"}
            else {}
        )
        for container in [*pod.get("initContainers", []), *pod.get("containers", [])]:
            yield f"{manifest['kind']} {manifest['metadata']['name']}", container["image"]


def check(manifests: Iterable[dict[str, Any]]) -> None:
    """Raises Refused, naming every image without a digest."""
    loose = [f"{where}: {name}" for where, name in ours(manifests) if not DIGEST.match(name)]
    if loose:
        raise Refused(
            "These images have no digest:\n  "
            + "\n  ".join(loose)
            + "\nRun make release-images before this is applied."
        )


def rendered(overlay: Path) -> list[dict[str, Any]]:
    kubectl = Path(sys.executable).with_name("kubectl")
    done = subprocess.run(
        [kubectl, "kustomize", overlay], check=True, capture_output=True, text=True
    )
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def main(arguments: list[str]) -> None:
    try:
        if arguments[:1] == ["--check"]:
            check(rendered(Path(arguments[1])))
        else:
            FILE.write_text(component(arguments))
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main(sys.argv[1:])
