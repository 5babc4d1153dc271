"""`sebaya instruments`: questionnaires that ship, the check of a file, and scores of answers."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from sebaya_chassis.base.problems import Invalid
from sebaya_cli.refusal import Refusal
from sebaya_evaluation.domain.instruments.asking import explain_refusal
from sebaya_evaluation.domain.instruments.check import check_instrument
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.instruments.scoring import Score, Scored, score_answers
from sebaya_evaluation.library import SHIPPED, load_shipped, read_file

LANGUAGES = ("en", "id")


class AnswerSheet(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a file of answers; `age` is in whole years."""

    answers: dict[str, str]
    id: str | int | None = None
    age: int | None = None


def list_shipped() -> Iterator[str]:
    """List the instruments that ship: id, version, languages of its texts, licence, marks."""
    for instrument in load_shipped().values():
        languages = ", ".join(instrument.list_languages()) or "no texts"
        marks = [] if instrument.validated else ["not validated"]
        if sentinels := instrument.list_sentinels():
            marks.append(f"can raise an alert: {', '.join(sentinels)}")
        terms = instrument.licence.terms.value
        name = (
            f"{instrument.instrument_id:18}version {instrument.version}   {languages:11}{terms:15}"
        )
        yield f"{name}{'; '.join(marks)}".rstrip()


def show(instrument_id: str) -> Iterator[str]:
    """Show the lines of a shipped instrument's file, to be copied. Raises Refusal."""
    if instrument_id not in SHIPPED:
        raise Refusal(f"{instrument_id} does not ship; there are {', '.join(SHIPPED)}.")
    yield from read_file(instrument_id).splitlines()


def load(named: str) -> Instrument:
    """Load a shipped instrument by its id, or one from a file.

    Raises Refusal with all faults of the file, each in one sentence with its line and field.
    """
    shipped = load_shipped()
    if named in shipped:
        return shipped[named]
    try:
        content = Path(named).read_bytes()
    except OSError as error:
        ids = ", ".join(SHIPPED)
        raise Refusal(f"{named} is no file ({error.strerror}), and none of {ids}.") from None
    checked = check_instrument(content, shipped)
    if checked.instrument is None:
        listed = "\n  ".join(map(str, checked.faults))
        raise Refusal(f"{named} cannot be used:\n  {listed}")
    return checked.instrument


def check(named: str, today: date) -> Iterator[str]:
    """Check an instrument, and say for each language whether it may be asked. Raises Refusal."""
    instrument = load(named)
    name = f"{instrument.instrument_id} version {instrument.version}"
    yield f"{name}: {len(instrument.items)} items, no fault"
    for language in sorted({*LANGUAGES, *instrument.list_languages()}):
        refusal = explain_refusal(instrument, language, today)
        yield f"{language}: {refusal or 'may be asked'}"
    if sentinels := instrument.list_sentinels():
        yield f"can raise an alert: {', '.join(sentinels)}"


def score(named: str, lines: Iterable[str]) -> Iterator[str]:
    """Score lines `{id, age, answers}`, answers as option ids by item id, to a line of JSON each.

    Raises Refusal naming the line, with every item and option that the instrument does not have.
    """
    instrument = load(named)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            sheet = read_sheet(number, line, AnswerSheet)
            scored = score_sheet(instrument, number, sheet.answers, sheet.age)
            yield json.dumps({"id": sheet.id, **as_json(scored)}, ensure_ascii=False)


def read_sheet(number: int, line: str, kind: type[Any]) -> Any:
    """Read one line of answers. Raises Refusal."""
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError as error:
        raise Refusal(f"Line {number}: {error}.") from None


def score_sheet(
    instrument: Instrument, number: int, answers: Mapping[str, str], age: int | None
) -> Scored:
    """Score the answers of a line. Raises Refusal."""
    try:
        return score_answers(instrument, answers, age)
    except Invalid as invalid:
        faults = (f"{one.field}: {one.message}" for one in invalid.members["errors"])
        raise Refusal(f"Line {number}: {'; '.join(faults)}.") from None


def as_json(scored: Scored) -> dict[str, Any]:
    """Build the answer of the command from a score."""
    return {
        "total": None if scored.total is None else _score(scored.total),
        "subscales": {name: _score(one) for name, one in scored.subscales.items()},
        "syndromes": [*scored.syndromes],
        "level": scored.level.value,
        "sentinels": [
            {"item": one.item_id, "option": one.option_id, "level": one.level.value}
            for one in scored.sentinels
        ],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "score": score.value,
        "classes": dict(score.classes),
        "prorated": score.prorated,
        "missing": [*score.missing],
    }
