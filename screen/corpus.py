"""The corpus: sentences and letters written for this project, by kind, level, context and voice.

One file a language and kind, `corpus/{lang}-{kind}.tsv`. `== name` begins a family (one situation:
risky texts and benign ones that share its words); each row is level, context, voice and text. What
the levels mean stands in docs/screening-levels.md, how the texts came to be in DATASHEET.md.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
LEVELS = ("none", "amber", "red", "imminent")
# One family in five is never trained or tuned on.
HELD_OUT_OF = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One text and how it is labelled. `kind` is its family's; a benign row is of no kind."""

    lang: str
    kind: str
    family: str
    level: str
    context: str
    voice: str
    text: str

    @property
    def rank(self) -> int:
        """The level as a number: 0 none, 1 amber, 2 red, 3 imminent."""
        return LEVELS.index(self.level)

    @property
    def held_out(self) -> bool:
        """Whether the row's family is kept for the final figures."""
        name = f"{self.lang}/{self.kind}/{self.family}".encode()
        return hashlib.sha256(name).digest()[0] % HELD_OUT_OF == 0


def read_corpus(folder: Path = FOLDER) -> list[Row]:
    """Read every row, in the order of the files' names. Raises ValueError naming file and line."""
    return [row for path in sorted(folder.glob("*.tsv")) for row in _read_file(path)]


def _read_file(path: Path) -> Iterator[Row]:
    lang, _, kind = path.stem.partition("-")
    family = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("== "):
            family = line[3:]
            continue
        fields = line.split("\t")
        if len(fields) != 4 or fields[0] not in LEVELS or not family:
            raise ValueError(f"{path.name}:{number}: not `level, context, voice, text` in a family")
        yield Row(lang, kind, family, *fields)
