"""Tunes Python's cycle collector to a service's memory: much that stays for ever, and batches of
what is soon gone.

Untuned it walks through every module, route and model again and again while a batch is decoded:
more than a third of what evaluation's worker did before the driver's write.
"""

import gc

# A batch of 500 events is some 30,000 objects, which counting references frees; cycles (exceptions,
# tasks) may wait for a few batches.
YOUNG_OBJECTS = 50_000


def tune_gc() -> None:
    """Freeze what was made until now, and collect the rest less often.

    For a process of its own, once everything is imported and wired.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)
