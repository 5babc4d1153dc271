"""The ports of a stack: picked free at the first start, then kept with the data."""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

from sebaya_cli.stack.folder import write_whole

HOST = "127.0.0.1"
# below the range from which the kernel takes ports for outgoing connections, so that nobody borrows
# ours between two starts
LOWEST, HIGHEST = 20_000, 32_000


def in_use(port: int) -> bool:
    """Check whether a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def free_port(taken: Iterable[int] = ()) -> int:
    """Pick a free port that is not among `taken`."""
    # A port is not a secret.
    while (port := random.randint(LOWEST, HIGHEST)) in taken or in_use(port):  # noqa: S311
        pass
    return port


def kept_ports(file: Path) -> dict[str, int]:
    """Read the ports that were kept with the data."""
    return json.loads(file.read_text()) if file.exists() else {}


def keep_ports(file: Path, names: Iterable[str], **chosen: int) -> dict[str, int]:
    """Keep the chosen ports, and for each name the one it had.

    A name gets a free port if it had none yet, or another program uses it now.
    """
    kept = kept_ports(file) | chosen
    for name in names:
        if name not in kept or in_use(kept[name]):
            kept[name] = free_port(kept.values())
    write_whole(file, json.dumps(kept, indent=2))
    return kept
