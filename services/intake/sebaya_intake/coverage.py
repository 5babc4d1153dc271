"""What escalation last said of each school, in memory: every opening and every look at a case asks
for it.
"""

import time
from dataclasses import dataclass, field

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import Documents
from sebaya_chassis.storage.schools import CACHE_SECONDS
from sebaya_intake.domain.crisis import Coverage


@dataclass(slots=True)
class Coverages:
    """Of one process. The word is kept, not the answer: whether somebody is on call, and whether it
    has expired, is judged anew.

    An API process has no consumer of its own, so it hears a changed rota within CACHE_SECONDS, as
    it does a changed school.
    """

    _known: dict[str, tuple[float, Coverage]] = field(default_factory=dict)

    async def of(self, school_id: str, documents: Documents[Coverage]) -> Coverage | None:
        """None where nothing was ever said; that is asked of the store each time."""
        cached = self._known.get(school_id)
        if cached and cached[0] > time.monotonic():
            return cached[1]
        try:
            coverage = (await documents.load(school_id)).state
        except NotFound:
            return None
        self._known[school_id] = (time.monotonic() + CACHE_SECONDS, coverage)
        return coverage

    def forget(self, school_id: str) -> None:
        """A newer word has been stored."""
        self._known.pop(school_id, None)
