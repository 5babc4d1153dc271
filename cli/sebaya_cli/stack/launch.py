"""A script (-I -S) that becomes the command of its arguments, tied to its parent: on Linux it dies
with it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie_to(parent: int) -> None:
    """Ask the kernel to kill us when the parent ends, and end now if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    tie_to(int(sys.argv[1]))
    # The command is the stack's own; no shell is wanted.
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606
