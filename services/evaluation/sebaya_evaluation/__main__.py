"""Runs evaluation: `python -m sebaya_evaluation`."""

from sebaya_chassis.entry import run

if __name__ == "__main__":
    run("sebaya_evaluation.main")
