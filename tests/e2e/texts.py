"""What the main job is run on: real texts where a folder of them is given, and the project's own
otherwise.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sebaya_cli.demo.texts import texts

FOLDER = "SEBAYA_TEXTS_DIR"
QUESTIONS = "en_counselchat_questions.jsonl"
SUICIDE = "id_tweets_suicide_gold.dev.jsonl"
EMOTION = "id_twitter_emotion.jsonl"
EMOTION_ROWS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One text to ask with. `source` is the file it is from; `risky` what its label says, where one
    does.
    """

    id: str
    source: str
    language: str
    text: str
    risky: bool | None


def folder() -> Path | None:
    """The folder of real texts, if there is one."""
    named = os.environ.get(FOLDER)
    return Path(named) if named and (Path(named) / SUICIDE).exists() else None


def rows() -> list[Row]:
    """All there are to run."""
    where = folder()
    if where is None:
        return [
            Row(text.id, "own", text.lang, text.text, text.expect != "none") for text in texts()
        ]
    return [
        *_read(where / QUESTIONS),
        *_read(where / SUICIDE),
        *_read(where / EMOTION)[:EMOTION_ROWS],
    ]


def _read(file: Path) -> list[Row]:
    found = [json.loads(line) for line in file.read_text().splitlines()]
    labelled = file.name == SUICIDE
    return [
        Row(
            row["id"],
            file.name,
            row["lang"],
            row["text"],
            row["mapped"] == "suicide" if labelled else None,
        )
        for row in found
    ]
