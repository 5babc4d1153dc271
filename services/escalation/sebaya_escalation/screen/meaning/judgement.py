"""What the second stage answers with: plain values that a worker process can send back."""

from dataclasses import dataclass

from ..model import Construct, Level
from .examples import Example


class ModelUnavailable(Exception):
    """The embedding's wheel or the weights cannot be used on this machine."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the second stage makes of one text; its level may be below what the rules said.

    `probabilities` are those of amber or above, red or above, and imminent, calibrated on families
    that the heads were not trained on. `[start, end)` are the characters of the original text that
    decided. `construct` is None, and `examples` are empty, at level none.
    """

    level: Level
    construct: Construct | None
    probabilities: tuple[float, float, float]
    start: int
    end: int
    examples: tuple[Example, ...] = ()

    @property
    def probability(self) -> float:
        """How probable it is that a counsellor would want an alert at all."""
        return self.probabilities[0]
