"""Runs evaluation: `python -m sebaya_evaluation`."""

from sebaya_chassis.service.bootstrap import run

if __name__ == "__main__":
    run("sebaya_evaluation.main")
