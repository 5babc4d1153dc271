"""The test's end of the control file that each service under test looks at (the other end is
inside/sitecustomize.py).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sebaya_cli.stack.folder import write_whole

INSIDE = Path(__file__).parent / "inside"
CODE_OF_DEATH = 97

Side = Literal["before", "after"]


@dataclass
class Control:
    """Orders for one replica. They survive its death, but only the clock's bind its successor."""

    file: Path
    _orders: dict[str, Any] = field(default_factory=dict)

    def env(self) -> dict[str, str]:
        return {"PYTHONPATH": str(INSIDE), "CHAOS_CONTROL": str(self.file)}

    def die(self, writes: int, side: Side, *, in_handler: bool = False) -> None:
        """At its n-th write from now, or from the next records that it fetches: before the write
        leaves, or after it is done.
        """
        self._last.unlink(missing_ok=True)
        self._give(
            death=self._orders.get("death", 0) + 1, writes=writes, side=side, in_handler=in_handler
        )

    def step_clock(self, seconds: float) -> None:
        """Zero is the machine's own time again."""
        self._give(clock=seconds)

    def last_words(self) -> str:
        """At which write it died by order; empty when it has not."""
        return self._last.read_text() if self._last.exists() else ""

    def heard(self) -> bool:
        """Whether the process has seen the last order to die."""
        file = self.file.with_suffix(".heard")
        return file.exists() and file.read_text() == str(self._orders.get("death", 0))

    @property
    def _last(self) -> Path:
        return self.file.with_suffix(".last")

    def _give(self, **orders: Any) -> None:
        self._orders |= orders
        write_whole(self.file, json.dumps(self._orders))
