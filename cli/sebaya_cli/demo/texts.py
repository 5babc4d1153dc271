"""The texts of the demo's students: written for the demo, in Indonesian and English, by no real
person.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("texts.jsonl")


@dataclass(frozen=True, slots=True)
class Text:
    """One request. `expect` is the level its author meant."""

    id: str
    lang: str
    text: str
    topic: str
    expect: str


@cache
def texts() -> tuple[Text, ...]:
    """Load all texts, in the file's order."""
    return tuple(Text(**json.loads(line)) for line in FILE.read_text().splitlines() if line)
