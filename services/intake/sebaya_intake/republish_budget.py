"""How much may be published again: little by the clock, more only as fast as verdicts come.

A screen that is behind answers late, and what is late looks lost. Were all of it published again,
the screen would have twice the work and fall further behind, for good. So repeats are a share of
the answers (the retry budget of Google's "Site Reliability Engineering", chapter 22), and a trickle
beside it finds what was lost while nothing is answered.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

# One repeat for ten verdicts: a screen that keeps up is asked a tenth more at most.
SHARE_OF_VERDICTS = 0.1
# What verdicts may save up: ten seconds' worth of twenty verdicts a second.
MOST_SAVED = 20.0


@dataclass(slots=True)
class RepublishBudget:
    """Tokens, one for each repeat. A document that finds none keeps its claim until the lease ends,
    and comes again then.
    """

    per_second: float
    monotonic: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self._most_by_clock()
        self._filled_at = self.monotonic()

    def note_verdict(self) -> None:
        """Earn a share of a repeat by a verdict that came."""
        self._tokens = min(max(MOST_SAVED, self._tokens), self._tokens + SHARE_OF_VERDICTS)

    def has_token(self) -> bool:
        """Fill by the time that went by, up to a second's worth; tell whether a repeat is free."""
        now = self.monotonic()
        filled = self._tokens + (now - self._filled_at) * self.per_second
        self._tokens = max(self._tokens, min(self._most_by_clock(), filled))
        self._filled_at = now
        return self._tokens >= 1.0

    def take(self, amount: int) -> None:
        """Take tokens out; the budget may owe some."""
        self._tokens -= amount

    def _most_by_clock(self) -> float:
        return max(1.0, self.per_second)
