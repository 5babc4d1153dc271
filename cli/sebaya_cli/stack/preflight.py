"""What would stop a stack, each as a pure check: a sentence with its remedy, or None. All run
before anything is started.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LAYOUT = 1  # of the data folder; raised when an older Sebaya could not read it
LOWEST_MONGODB = (6, 0)
GIGABYTE = 1_000_000_000
FIRST_START_NEEDS = GIGABYTE
LATER_STARTS_NEED = GIGABYTE // 4
GIVE_MONGODB = (
    "give a running MongoDB 6.0 or newer by MONGODB_URI, put a mongod on the path, or "
    "use Compose (docker compose up)"
)
ANOTHER_FOLDER = "choose another folder with --data (or SEBAYA_DATA)"
# what the packaged mongod asks of the system, and the Debian or Ubuntu package that has it
LIBRARIES = {
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libcurl.so.4": "libcurl4",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
}


class StackProblem(Exception):
    """Says in a sentence what is wrong with the local stack, and the remedy."""


def platform_problem(system: str, machine: str, libc: str) -> str | None:
    """Check the platform: the packaged mongod is built for Linux on x86-64 with glibc."""
    if (system, machine, libc) == ("Linux", "x86_64", "glibc"):
        return None
    return (
        f"The packaged MongoDB runs on Linux x86-64 with glibc, and this is {system} "
        f"{machine} {libc}".rstrip()
        + f": {GIVE_MONGODB}."
    )


def processor_problem(flags: frozenset[str]) -> str | None:
    """Check the processor for AVX."""
    return (
        None
        if "avx" in flags
        else f"This processor has no AVX, which MongoDB needs: {GIVE_MONGODB}."
    )


def library_problem(missing: Sequence[str]) -> str | None:
    if not missing:
        return None
    packages = " ".join(dict.fromkeys(LIBRARIES[name] for name in missing))
    return (
        f"The packaged MongoDB needs {', '.join(missing)} of the system (Debian, Ubuntu: apt "
        f"install {packages}); or {GIVE_MONGODB}."
    )


def disk_problem(folder: Path, free: int, first_start: bool) -> str | None:
    needed = FIRST_START_NEEDS if first_start else LATER_STARTS_NEED
    if free >= needed:
        return None
    room = f"{folder} has {free / GIGABYTE:.1f} GB free and {needed / GIGABYTE:.1f} GB are needed"
    return f"{room}. Make room, or {ANOTHER_FOLDER}."


def port_problem(port: int, taken: bool) -> str | None:
    if not taken:
        return None
    return (
        f"Port {port} is in use by another program. End that one, or choose another port with "
        "--port (or SEBAYA_ORIGIN_PORT)."
    )


def lock_problem(folder: Path) -> str:
    return (
        f"Another running stack uses the data folder {folder}. Stop that one, or {ANOTHER_FOLDER}."
    )


def layout_problem(folder: Path, found: int) -> str | None:
    if found <= LAYOUT:
        return None
    newer = (
        f"The data folder {folder} was written by a newer Sebaya (layout {found}, this one "
        f"knows {LAYOUT})"
    )
    return f"{newer}. Update Sebaya, or {ANOTHER_FOLDER}."


def kafka_folder_problem(folder: Path) -> str | None:
    """Check that a log folder is formatted whole or not there."""
    logs = folder / "log"
    begun = logs.is_dir() and any(logs.iterdir())
    return (
        _half_written("Kafka", logs) if begun and not (logs / "meta.properties").exists() else None
    )


def mongo_folder_problem(folder: Path) -> str | None:
    """Check for collections without the table of what is in them.

    A first start that was killed has no collections yet, and mongod begins anew.
    """
    begun = any(folder.glob("collection-*.wt"))
    return (
        _half_written("MongoDB", folder)
        if begun and not (folder / "WiredTiger.turtle").exists()
        else None
    )


def _half_written(server: str, folder: Path) -> str:
    half = f"{server}'s data in {folder} is half written, and starting on it could lose the rest"
    return f"{half}. Restore it from a copy, or move it away and start afresh."


def mongodb_version_problem(found: str, ours: str) -> str | None:
    """Check that the release line is the one that wrote the data.

    Moving up, one line at a time, is an operator's decision.
    """
    return (
        None
        if as_numbers(found)[:2] == as_numbers(ours)[:2]
        else _written_by_another("MongoDB", found, ours)
    )


def kafka_version_problem(found: str, ours: str) -> str | None:
    """Check that Kafka is no older than the one that wrote the data."""
    return (
        None if as_numbers(found) <= as_numbers(ours) else _written_by_another("Kafka", found, ours)
    )


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _written_by_another(server: str, found: str, ours: str) -> str:
    return (
        f"The data folder was written by {server} {found}, and this is {server} {ours}. Give "
        f"the former, or {ANOTHER_FOLDER}."
    )


def lookalike_problem(build: Mapping[str, Any], hello: Mapping[str, Any]) -> str | None:
    """Check what a MongoDB says about itself.

    Look-alikes break the guarded writes on which every decision rests.
    """
    if (
        any("ferretdb" in key.lower() for key in build)
        or "gitVersion" not in build
        or not _has_its_storage(build, hello)
    ):
        return (
            "The server is not MongoDB itself, and look-alikes do not keep its promises (seen: "
            f"46 of 60 took 7 places): {GIVE_MONGODB}."
        )
    version = str(build["version"])
    if tuple(build["versionArray"][:2]) < LOWEST_MONGODB:
        return (
            f"The server is MongoDB {version}, and 6.0 is the lowest that Sebaya runs on: "
            f"{GIVE_MONGODB}."
        )
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        return (
            "The MongoDB given is no replica set, and Sebaya needs transactions: start it with "
            "--replSet and run rs.initiate() once."
        )
    return None


def _has_its_storage(build: Mapping[str, Any], hello: Mapping[str, Any]) -> bool:
    return hello.get("msg") == "isdbgrid" or "wiredTiger" in build.get("storageEngines", ())
