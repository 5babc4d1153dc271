"""Cases and supporters for matching's tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sebaya_contracts.district import Policies, School
from sebaya_contracts.intake import CaseOpened, Preferences
from sebaya_contracts.words import CaseTopic, Door, Level, SupporterState
from sebaya_matching.domain import lifecycle
from sebaya_matching.domain.case import Case, Request
from sebaya_matching.domain.enums import Stage
from sebaya_matching.domain.supporter import Profile, Supporter

SCHOOL = "s1"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LAPSE = timedelta(days=1)


def case_opened(
    case_id: str = "c1",
    topic: CaseTopic = CaseTopic.LONELINESS,
    school_id: str = SCHOOL,
    **wishes: Any,
) -> CaseOpened:
    return CaseOpened(
        school_id=school_id,
        case_id=case_id,
        topic=topic,
        door=Door.WEB,
        preferences=Preferences(**({"language": "id"} | wishes)),
        opening_message_id=f"{case_id}-m1",
        consent_version="2026-1",
        consented_at=NOW,
        opened_at=NOW,
    )


def waiting_case(case_id: str = "c1", **request: Any) -> Case:
    asked = Request(
        **({"topic": CaseTopic.LONELINESS, "language": "id", "opened_at": NOW} | request)
    )
    return Case(
        case_id,
        SCHOOL,
        stage=Stage.WAITING,
        request=asked,
        opening=Level.NONE,
        since=NOW,
        try_at=NOW,
    )


def ready_case(case_id: str = "c1") -> Case:
    """Opened and screened by events."""
    case, _ = lifecycle.record_request(Case(case_id, SCHOOL), case_opened(case_id), NOW)
    case, _ = lifecycle.record_verdict(case, Level.NONE, None, NOW, opening=True)
    return case


def a_profile(**more: Any) -> Profile:
    given = {
        "display_name": "Sari",
        "topics": (CaseTopic.LONELINESS,),
        "languages": ("id",),
        "cap": 2,
        "certified_until": NOW + timedelta(days=300),
        "state": SupporterState.ACTIVE,
    }
    return Profile(**(given | more))


def a_supporter(
    supporter_id: str = "sari", slots: dict[str, str] | None = None, **profile: Any
) -> Supporter:
    return Supporter(SCHOOL, supporter_id, a_profile(**profile), slots or {})


def a_school(
    lapse: timedelta = timedelta(hours=4), zone: str = "Asia/Jakarta", **policies: Any
) -> School:
    return School(
        school_id=SCHOOL,
        name="S",
        time_zone=zone,
        country="ID",
        languages=("id",),
        policies=Policies(offer_lapse_seconds=lapse.total_seconds(), **policies),
    )
