"""A screen with texts that harm the process it runs in. The product knows nothing of this."""

import os
import time
from pathlib import Path

from sebaya_escalation import screen
from sebaya_escalation.screen import Construct, Level, Reason, Screening
from sebaya_escalation.screen.meaning import Example, ModelUnavailable
from sebaya_escalation.screen.meaning.examples import list_examples
from sebaya_escalation.screening.meaning_inside import Reading

KILLS, HANGS, FAILS = "KILLS", "HANGS", "FAILS"
GRAVE, GATE, WEIGHTS = "GRAVE", "GATE=", "0123456789ab"


def screen_text(text: str) -> Screening:
    """Screens as the product does, but for the harm that a text asks for."""
    if KILLS in text:
        os._exit(9)
    if HANGS in text:
        time.sleep(3600)
    if FAILS in text:
        raise ValueError(text)
    return screen.screen(text)


def read_meaning(text: str, rules: Screening) -> Reading:
    """Reads meaning as the product does, but for what a text asks for: to be grave, or to wait
    until a file is there.
    """
    if KILLS in text:
        os._exit(9)
    if GATE in text:
        while not Path(text.partition(GATE)[2]).exists():
            time.sleep(0.01)
    if GRAVE not in text:
        return Reading(rules, WEIGHTS)
    reason = Reason("meaning", Construct.PLAN_OR_MEANS, Level.IMMINENT, 0, len(text))
    raised = Screening(Level.IMMINENT, 0.95, (reason, *rules.reasons))
    return Reading(raised, WEIGHTS, tuple(one.id for one in nearest()))


def nearest() -> list[Example]:
    """One own example of each language."""
    return [next(one for one in list_examples() if one.lang == lang) for lang in ("id", "en")]


def read_nothing(_text: str, _rules: Screening) -> Reading:
    """Stands for a machine on which the model cannot be used."""
    raise ModelUnavailable


def own_process(_text: str) -> int:
    """Which process reads a text."""
    return os.getpid()
