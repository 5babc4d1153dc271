"""Runs matching: `python -m sebaya_matching`."""

from sebaya_chassis.service.bootstrap import run

if __name__ == "__main__":
    run("sebaya_matching.main")
