"""matching as a process, with one record that kills it or hangs it. The product knows nothing of
this.

poisoned.py kill|hang|well CASE_ID
"""

import os
import sys
import time
from typing import Any

from sebaya_chassis.service.composition import serve
from sebaya_contracts.intake import CaseOpened
from sebaya_matching.handlers import handlers
from sebaya_matching.main import compose

HARM = {"kill": lambda: os._exit(9), "hang": lambda: time.sleep(3600), "well": lambda: None}


def poison(harm: str, case_id: str) -> None:
    """Wraps the handler of CaseOpened."""
    good = handlers._by_type[CaseOpened]

    async def bad(event: CaseOpened, *rest: Any) -> None:
        if event.case_id == case_id:
            HARM[harm]()
        await good(event, *rest)

    handlers._by_type[CaseOpened] = bad


if __name__ == "__main__":
    poison(*sys.argv[1:3])
    composed = compose()
    # The picture to compare with is of the handlers alone.
    composed.runtime.without_loops()
    serve(composed)
