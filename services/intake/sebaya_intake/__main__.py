"""Runs intake: `python -m sebaya_intake`."""

from sebaya_chassis.entry import run

if __name__ == "__main__":
    run("sebaya_intake.main")
