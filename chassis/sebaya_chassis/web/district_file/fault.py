"""What is wrong at one place of the district's file."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]
"""Names of fields and places in lists, from a school's entry downwards."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it stands, what was read there, and what is wrong with it or was meant.

    `line` counts from 1. `part` is `school <id>`, `defaults` or empty; `read` is empty where
    something is missing.
    """

    line: int
    part: str
    field: str
    read: str
    says: str

    def __str__(self) -> str:
        """Build the one sentence that a person reads."""
        place = [name for name in (self.part, self.field) if name]
        return f"line {self.line}: {': '.join([*place, self.says])}"


def quote(text: str) -> str:
    """Quote what a file says: shortened, and on one line."""
    shown = " ".join(text.split())
    return f"`{shown[:57]}…`" if len(shown) > 60 else f"`{shown}`"


def guess(name: str, known: Iterable[str]) -> str:
    """Find which of the known names was probably meant, as `; did you mean …?`; else empty."""
    by_lower = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {quote(by_lower[close[0]])}?" if close else ""
