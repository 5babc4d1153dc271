"""What a fault is: an order of the plan, done to the field and undone again."""

from dataclasses import dataclass, field
from typing import Any

from chaos.field import Field


@dataclass(frozen=True, slots=True)
class Order:
    """One line of the plan: what, to which part, when, and for how long. Times are seconds;
    `options` are the kind's own.
    """

    kind: str
    target: str
    at: float
    hold: float
    options: dict[str, Any] = field(default_factory=dict)


class Fault:
    """Base of all kinds: `inject`, then after `hold` seconds `heal`, which leaves nothing of it
    behind.
    """

    def __init__(self, order: Order, field: Field) -> None:
        self.order = order
        self.field = field
        self.detail = ""
        """What exactly happened, for the report."""
        self.happened = True
        """False where what was to be hit was not there, such as a write that never came."""

    @property
    def parts(self) -> list[str]:
        """What no other fault may touch meanwhile."""
        return [self.order.target]

    async def inject(self) -> None:
        raise NotImplementedError

    async def heal(self) -> None:
        """Nothing to undo, unless the kind says otherwise."""
