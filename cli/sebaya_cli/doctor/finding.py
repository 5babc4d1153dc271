"""What one promise came to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is short and stable, `promise` the sentence; `wrong` names each thing that breaks it:
    its id, and in a few words how.
    """

    name: str
    promise: str
    looked_at: int
    wrong: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return not self.wrong

    def as_json(self, most: int | None = SHOWN) -> dict[str, Any]:
        """Return the finding with the first `most` things that are wrong; None: with all."""
        return {
            "name": self.name,
            "promise": self.promise,
            "looked_at": self.looked_at,
            "wrong": len(self.wrong),
            "first": list(self.wrong[:most]),
            "right": self.right,
        }


def found(name: str, promise: str, looked_at: int, wrong: Iterable[str]) -> Finding:
    """Make a finding; what is wrong is sorted, each once."""
    return Finding(name, promise, looked_at, tuple(dict.fromkeys(sorted(wrong))))
