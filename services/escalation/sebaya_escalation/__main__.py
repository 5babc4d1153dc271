"""Runs escalation: `python -m sebaya_escalation`."""

from sebaya_chassis.entry import run

if __name__ == "__main__":
    run("sebaya_escalation.main")
