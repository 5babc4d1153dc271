"""Runs intake: `python -m sebaya_intake`."""

from sebaya_chassis.service.bootstrap import run

if __name__ == "__main__":
    run("sebaya_intake.main")
