"""What escalation last published of each school, in memory: every opening and every view of a case
asks for it.
"""

import time
from dataclasses import dataclass, field

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import Documents
from sebaya_chassis.storage.schools import FRESH_SECONDS
from sebaya_intake.domain.crisis import Coverage


@dataclass(slots=True)
class CoverageCache:
    """The coverage of one process's schools. Whether a counsellor is on call, and whether the
    coverage has expired, is judged anew each time.

    An API process has no consumer of its own, so it learns of a changed rota within FRESH_SECONDS,
    as it does of a changed school.
    """

    _known: dict[str, tuple[float, Coverage]] = field(default_factory=dict)

    async def load(self, school_id: str, documents: Documents[Coverage]) -> Coverage | None:
        """Load a school's coverage; None where none was published, which is asked of the store each
        time.
        """
        cached = self._known.get(school_id)
        if cached and cached[0] > time.monotonic():
            return cached[1]
        try:
            coverage = (await documents.load(school_id)).state
        except NotFound:
            return None
        self._known[school_id] = (time.monotonic() + FRESH_SECONDS, coverage)
        return coverage

    def forget(self, school_id: str) -> None:
        """Forget a school's coverage once a newer one has been stored."""
        self._known.pop(school_id, None)
