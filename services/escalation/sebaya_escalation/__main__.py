"""Runs escalation: `python -m sebaya_escalation`."""

from sebaya_chassis.service.bootstrap import run

if __name__ == "__main__":
    run("sebaya_escalation.main")
