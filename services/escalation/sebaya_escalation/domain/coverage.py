"""When a reachable person is on call in the next 14 days, published with an expiry: silence must
read as "no person is".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sebaya_contracts.district import School
from sebaya_contracts.escalation import CoveragePublished, Interval
from sebaya_escalation.domain.rota import HORIZON, find_covered


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was published last, and when it is due again."""

    school_id: str
    covered: tuple[Interval, ...]
    published_at: datetime
    expires_at: datetime
    next_at: datetime

    def event(self) -> CoveragePublished:
        """Build the event that publishes it."""
        return CoveragePublished(
            school_id=self.school_id,
            covered=self.covered,
            published_at=self.published_at,
            expires_at=self.expires_at,
        )


def compute_coverage(
    school: School, every: timedelta, expires: timedelta, now: datetime
) -> Coverage:
    """Compute a school's coverage, to be renewed in `every` and valid until `expires` from now."""
    return Coverage(
        school_id=school.school_id,
        covered=find_covered(school, now, now + HORIZON),
        published_at=now,
        expires_at=now + expires,
        next_at=now + every,
    )
