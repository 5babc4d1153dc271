"""The first thing a process does: from here on it can be asked to end. Imports nothing that takes
time.

The first process of a container gets only the signals that it handles itself. A service imports for
seconds before its server listens for any: whoever stopped it meanwhile waited for the whole time
that it is given to leave.
"""

import os
import signal
from importlib import import_module
from types import FrameType


def run(module: str) -> None:
    """The `main` of a module that may take its time to import."""
    signal.signal(signal.SIGTERM, leave)
    import_module(module).main()


def leave(_signal: int, _frame: FrameType | None) -> None:
    """At once, whatever is half imported: nothing was begun, so there is nothing to finish."""
    os._exit(0)
