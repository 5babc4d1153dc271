"""The commands of `sebaya instruments`."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sebaya_cli import instrument_changes, instruments
from sebaya_cli.instrument_changes import Wave
from sebaya_cli.refusal import Refusal
from sebaya_cli.terminal import refuse

app = typer.Typer(
    no_args_is_help=True, help="Questionnaires: those that ship, your own files, and their scores."
)

InstrumentName = Annotated[
    str, typer.Argument(help="A questionnaire that ships, such as `phq-9`, or a file of your own.")
]


@app.command("list")
def list_command() -> None:
    """List the questionnaires that ship, with their licences and the languages of their texts."""
    _write(instruments.list_shipped())


@app.command("show")
def show_command(
    instrument: Annotated[str, typer.Argument(help="As `sebaya instruments list` names it.")],
) -> None:
    """Show the file of a questionnaire that ships, to copy it and add your own texts."""
    _write(instruments.show(instrument))


@app.command("check")
def check_command(instrument: InstrumentName) -> None:
    """Check a questionnaire's file, every fault at once, and say where it may be asked."""
    _write(instruments.check(instrument, datetime.now(UTC).date()))


@app.command("score")
def score_command(
    instrument: InstrumentName,
    answers: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
) -> None:
    """Score lines `{id, age, answers}`, answers as option ids by item id, as lines of JSON."""
    with answers.open(encoding="utf-8") as sheets:
        _write(instruments.score(instrument, sheets))


@app.command("change")
def change_command(
    instrument: InstrumentName,
    answers: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    until: Annotated[Wave, typer.Option(help="The wave to compare `pre` with.")] = Wave.POST,
) -> None:
    """Report what changed, of lines `{person, wave, group, age, answers}`: effect size, reliable
    change, completion, and how well the scores are measured.
    """
    with answers.open(encoding="utf-8") as sheets:
        _write(instrument_changes.report_change(instrument, sheets, until))


def _write(lines: Iterable[str]) -> None:
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
    except Refusal as refusal:
        refuse(str(refusal))
