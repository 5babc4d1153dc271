"""The servers a stack uses: an address in the environment, a mongod on the path, or the package."""

import ctypes
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sebaya_cli.stack.mongo import find_packaged_mongod
from sebaya_cli.stack.preflight import (
    GIVE_MONGODB,
    LIBRARIES,
    LOWEST_MONGODB,
    StackProblem,
    as_numbers,
    library_problem,
    platform_problem,
    processor_problem,
)


@dataclass(frozen=True, slots=True)
class Mongod:
    """A mongod to run, and its version."""

    binary: Path
    version: str


def read_environment(name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Read a setting of the environment; an empty one counts as none."""
    return environ.get(name) or None


def choose_mongod(report: Callable[[str], None]) -> Mongod:
    """Choose the mongod on the path if it is new enough, else the package's.

    Raises StackProblem where neither can run.
    """
    on_path = shutil.which("mongod")
    if on_path:
        version = version_of(Path(on_path))
        if as_numbers(version) >= LOWEST_MONGODB:
            return Mongod(Path(on_path), version)
        report(
            f"The mongod on the path is {version}, and 6.0 is the lowest; the packaged one is "
            "used instead."
        )
    for problem in (machine_problem(), library_problem(missing_libraries())):
        if problem:
            raise StackProblem(problem)
    binary = find_packaged_mongod()
    if binary is None:
        raise StackProblem(
            f"The packaged MongoDB is not installed: run make install, or {GIVE_MONGODB}."
        )
    return Mongod(binary, version_of(binary))


def machine_problem() -> str | None:
    """Check whether the packaged mongod runs on this machine."""
    return platform_problem(
        platform.system(), platform.machine(), platform.libc_ver()[0]
    ) or processor_problem(processor_flags())


def processor_flags() -> frozenset[str]:
    """Read the processor's abilities, as the kernel lists them."""
    try:
        found = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return frozenset()
    return frozenset(found[1].split()) if found else frozenset()


def missing_libraries() -> list[str]:
    """List the libraries that the packaged mongod needs and the system lacks."""
    return [name for name in LIBRARIES if not _loads(name)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def version_of(mongod: Path) -> str:
    """Ask a mongod for its version, such as 6.0.5. Raises StackProblem."""
    try:
        said = subprocess.run(
            [mongod, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as reason:
        raise StackProblem(f"{mongod} does not run here ({reason}): {GIVE_MONGODB}.") from reason
    found = re.search(r"v(\d+\.\d+\.\d+)", said)
    if not found:
        raise StackProblem(
            f"{mongod} --version names no version; it may not be MongoDB itself: {GIVE_MONGODB}."
        )
    return found[1]
