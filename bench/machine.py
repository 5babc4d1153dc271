"""What the figures were measured on, in one line without names of hosts or folders."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("aiokafka", "pymongo", "msgspec", "fastapi", "faststream")


def described() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    what = (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, load "
        f"{os.getloadavg()[0]:.1f} at the end"
    )
    return f"{what}, Python {platform.python_version()}, {packages}"


def _processor() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return names[0] if names else platform.machine()
