"""Labelled texts to measure the screen with: files of the corpus, and JSON Lines of any origin."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sebaya_cli.refusal import Refusal
from sebaya_escalation.screen import Level

# One family in five is held out: whatever learns from the corpus never learns from these.
HELD_OUT_OF = 5
BENIGN = "none"


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One text and the level that it should have. `kind` is what its family is about."""

    lang: str
    kind: str
    family: str
    level: Level
    text: str

    @property
    def held_out(self) -> bool:
        """Whether the family is kept for figures alone."""
        name = f"{self.lang}/{self.kind}/{self.family}".encode()
        return hashlib.sha256(name).digest()[0] % HELD_OUT_OF == 0


def read_labelled(path: Path) -> Iterator[LabelledText]:
    """Read `.tsv` of the corpus or JSON Lines `{text, level, lang, kind}`.

    Raises Refusal naming file, line and what is wrong there.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return _read_corpus(path, lines) if path.suffix == ".tsv" else _read_rows(path, lines)


def _read_corpus(path: Path, lines: list[str]) -> Iterator[LabelledText]:
    """`{lang}-{kind}.tsv`: `== family`, then rows of level, context, voice and text."""
    lang, _, kind = path.stem.partition("-")
    family = ""
    for number, line in enumerate(lines, start=1):
        if line.startswith("== "):
            family = line.removeprefix("== ")
            continue
        fields = line.split("\t")
        if len(fields) != 4 or not family:
            raise Refusal(
                f"{path.name}, line {number}: not `level, context, voice, text` with tabs between,"
                " below a line `== family`."
            )
        yield LabelledText(lang, kind, family, _level(path, number, fields[0]), fields[3])


def _read_rows(path: Path, lines: list[str]) -> Iterator[LabelledText]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, level = row["text"], row["level"]
        except (ValueError, KeyError, TypeError):
            raise Refusal(
                f"{path.name}, line {number}: not a JSON object with `text` and `level`."
            ) from None
        yield LabelledText(
            str(row.get("lang", "?")),
            str(row.get("kind", "?")),
            f"{path.name}:{number}",
            _level(path, number, level),
            str(text),
        )


def _level(path: Path, number: int, named: object) -> Level:
    try:
        return Level(str(named))
    except ValueError:
        known = ", ".join(level.value for level in Level)
        said = f"{path.name}, line {number}: level {named!r} is not one of {known}."
        raise Refusal(said) from None
