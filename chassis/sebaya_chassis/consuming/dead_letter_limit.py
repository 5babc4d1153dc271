"""When so much fails that diverting it would hide the real trouble (after the dead-letter limit of
Sentry's consumers).
"""

from collections import deque


class TooManyParked(RuntimeError):
    """The dead-letter limit is reached: the consumer stops rather than divert everything."""


class DeadLetterLimit:
    """Counts the last `window` records. Reached when more than `floor` of them, and more than
    `share`, were parked.
    """

    def __init__(self, share: float, window: int, floor: int) -> None:
        self._share = share
        self._floor = floor
        self._recent: deque[bool] = deque(maxlen=window)

    def count(self, *, parked: bool) -> None:
        """Count one record."""
        self._recent.append(parked)

    @property
    def reached(self) -> bool:
        """Tell whether the consumer has to stop."""
        parked = sum(self._recent)
        return parked > self._floor and parked > self._share * len(self._recent)
