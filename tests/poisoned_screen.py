"""A screen with texts that harm the process it runs in. The product knows nothing of this."""

import os
import time

from sebaya_escalation import screen
from sebaya_escalation.screen import Screening

KILLS, HANGS, FAILS = "KILLS", "HANGS", "FAILS"


def screen_text(text: str) -> Screening:
    """Screens as the product does, but for the harm that a text asks for."""
    if KILLS in text:
        os._exit(9)
    if HANGS in text:
        time.sleep(3600)
    if FAILS in text:
        raise ValueError(text)
    return screen.screen(text)


def own_process(_text: str) -> int:
    """Which process reads a text."""
    return os.getpid()
