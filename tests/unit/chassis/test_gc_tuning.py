"""A served process stops collecting what stays for ever."""

import subprocess
import sys

ASKS = """
import gc, json
from sebaya_chassis.base.gc_tuning import YOUNG_OBJECTS, tune_gc
tune_gc()
made = [[] for _ in range(YOUNG_OBJECTS // 2)]
young = gc.get_stats()[0]["collections"]
print(json.dumps([gc.get_freeze_count(), young, len(gc.get_objects()), len(made)]))
cycle = []
cycle.append(cycle)
del cycle
print(gc.collect())
"""


def test_what_was_made_before_is_out_of_the_collector_and_later_cycles_are_collected() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ASKS], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    frozen, _collections, seen, made = (int(word) for word in told[0].strip("[]").split(","))
    assert frozen > 5_000
    assert seen < made + 1_000
    assert int(told[1]) >= 1
