"""A start says nothing: what a library will drop is noticed here, not at the next upgrade."""

import subprocess
import sys

STARTED = (
    "sebaya_intake.main",
    "sebaya_matching.main",
    "sebaya_escalation.main",
    "sebaya_evaluation.main",
    "sebaya_chassis.web.issuer",
    "sebaya_cli.main",
)


def test_starting_uses_nothing_deprecated() -> None:
    """In a process of its own: in this one the modules are imported already.

    A library may filter its own warnings at import, so what is printed counts, not the exit code.
    """
    done = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning", "-c", f"import {', '.join(STARTED)}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
