"""The first thing a process does: from here on it can be asked to end. Imports nothing that takes
time.

The first process of a container gets only the signals that it handles itself. A service imports for
seconds before its server listens for any: a stop in between would wait for the whole time that the
process is given to leave.
"""

import os
import signal
from importlib import import_module
from types import FrameType


def run(module: str) -> None:
    """Run the `main` of a module that may take its time to import."""
    signal.signal(signal.SIGTERM, leave)
    import_module(module).main()


def leave(_signal: int, _frame: FrameType | None) -> None:
    """Leave at once, whatever is half imported: nothing was begun that had to be finished."""
    os._exit(0)
