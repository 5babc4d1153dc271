"""The smoke test on containers, with this job's engine: on the images that it names, or where none
can be had on ours.
"""

import os
import subprocess
import sys
from pathlib import Path

from compose.engine import Engine
from compose.images import ROOT, servers

# The engine is ours and ends with the job, so nobody has to clean up behind a test; ports are this
# host's own.
ALONE = {
    "SEBAYA_CONTAINERS": "1",
    "TESTCONTAINERS_RYUK_DISABLED": "true",
    "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
}
IMAGES = {"SEBAYA_TEST_KAFKA_IMAGE": "apache/kafka:4.1.0", "SEBAYA_TEST_MONGODB_IMAGE": "mongo:8"}


def test_the_whole_path_runs_on_containers(docker: Engine, tmp_path: Path) -> None:
    named = {variable: os.environ.get(variable, usual) for variable, usual in IMAGES.items()}
    missing = [variable for variable, image in named.items() if not docker.has(image)]
    images = named | (dict.fromkeys(missing, servers(docker, tmp_path)) if missing else {})
    print(f"Tried on {images}.")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--basetemp",
            str(tmp_path / "containers"),
            "tests/containers",
        ],
        cwd=ROOT,
        env=os.environ | docker.environment | ALONE | images,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " 1 passed" in done.stdout
