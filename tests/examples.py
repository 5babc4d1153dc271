"""How many examples a property is tried on: all of them in `make test`, a tenth in the fast
profile of `make test-unit` (`pytest --hypothesis-profile fast`).
"""

from hypothesis import settings

FAST = "fast"
FAST_SHARE = 10
FEWEST = 10

settings.register_profile(FAST, max_examples=20, deadline=None)


def examples(count: int, *, steps: int = 50) -> settings:
    """Return the settings of a property that is tried on `count` examples.

    `steps` bounds the rules that one example of a state machine runs.
    """
    if settings.get_current_profile_name() == FAST:
        count, steps = max(FEWEST, count // FAST_SHARE), max(FEWEST, steps // 2)
    return settings(max_examples=count, stateful_step_count=steps, deadline=None)
