"""When somebody is on call in the next 14 days, published with an expiry: silence must read as
"nobody".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sebaya_contracts.district import School
from sebaya_contracts.escalation import CoveragePublished, Interval
from sebaya_escalation.domain.rota import HORIZON, covered


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was published last, and when it is time again."""

    school_id: str
    covered: tuple[Interval, ...]
    published_at: datetime
    expires_at: datetime
    next_at: datetime

    def event(self) -> CoveragePublished:
        return CoveragePublished(
            school_id=self.school_id,
            covered=self.covered,
            published_at=self.published_at,
            expires_at=self.expires_at,
        )


def published(school: School, every: timedelta, expires: timedelta, now: datetime) -> Coverage:
    return Coverage(
        school_id=school.school_id,
        covered=covered(school, now, now + HORIZON),
        published_at=now,
        expires_at=now + expires,
        next_at=now + every,
    )
