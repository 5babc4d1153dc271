"""Says in one sentence what an interpreter lacks before anything is installed. Runs on any Python
3.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (this is the file that says so)
    sys.exit(
        f"Sebaya needs Python 3.11 or newer; this is {sys.version.split()[0]}. Point PYTHON "
        "at a newer one: make PYTHON=python3.12 run"
    )
try:
    import ensurepip  # noqa: F401
except ImportError:
    sys.exit(
        "This Python cannot make virtual environments; install its venv package (Debian, "
        "Ubuntu: apt install python3-venv)."
    )
