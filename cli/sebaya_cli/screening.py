"""`sebaya screen`: the screen alone, on lines of standard input or on labelled files."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sebaya_cli.labelled_texts import read_labelled
from sebaya_cli.refusal import Refusal
from sebaya_cli.screen_figures import Figures, compute_figures, judge_texts
from sebaya_escalation.screen import screen
from sebaya_escalation.screen.meaning import MeaningModel, ModelUnavailable


def score(lines: Iterable[str]) -> Iterator[str]:
    """Screen lines `{id, text}` to `{id, level, score, reasons}`.

    Raises Refusal naming the line that is not such an object.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row = _row(number, line)
            yield json.dumps({"id": row.get("id"), **judged(str(row["text"]))}, ensure_ascii=False)


def evaluate(files: Sequence[Path], *, held_out: bool, rules_alone: bool) -> Iterator[str]:
    """Measure the screen on labelled files, as lines of language, name and figure.

    Raises Refusal for a file that is not labelled, and where the second stage is missing.
    """
    texts = [text for file in files for text in read_labelled(file)]
    try:
        model = None if rules_alone else MeaningModel.load()
    except ModelUnavailable as missing:
        raise Refusal(f"{missing} --rules-alone measures the first stage.") from None
    chosen = [text for text in texts if text.held_out or not held_out]
    judged_texts = judge_texts(chosen, model)
    for figures in compute_figures(judged_texts, probable=model is not None):
        for name, value in list_figures(figures):
            yield f"{figures.lang:4}{name:32}{value}"


def _row(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise Refusal(f"Line {number} is not JSON.") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise Refusal(f"Line {number} needs a field `text` that is a string.")
    return row


def judged(text: str) -> dict[str, Any]:
    """Return level, score (0 to 1) and the reasons with their places in the text."""
    result = screen(text)
    return {
        "level": result.level.value,
        "score": result.score,
        "reasons": [
            {
                "rule": reason.rule,
                "construct": reason.construct,
                "span": [reason.start, reason.end],
                "tags": [*reason.tags],
            }
            for reason in result.reasons
        ],
    }


def list_figures(figures: Figures) -> Iterator[tuple[str, str]]:
    """List the figures of a language as names and values, the most important first."""
    yield "risky texts that alert", str(figures.alerted)
    for kind, share in figures.by_kind.items():
        yield f"  {kind}", str(share)
    for level, share in figures.by_level.items():
        yield f"  {level.value}", str(share)
    yield "red at red or above", str(figures.red_at_red)
    yield "imminent at red or above", str(figures.imminent_at_red)
    yield "imminent at imminent", str(figures.imminent_at_imminent)
    yield "benign texts that alert", str(figures.benign_alerted)
    yield "benign texts at red or above", str(figures.benign_at_red)
    yield "area under the ROC curve", f"{figures.separation:.2f}"
    if not math.isnan(figures.calibration_error):
        yield "calibration error", f"{figures.calibration_error:.3f}"
