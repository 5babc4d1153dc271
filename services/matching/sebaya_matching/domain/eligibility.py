"""The hard rules: who may be offered a case at all. A score never outweighs them."""

from collections.abc import Iterable
from datetime import datetime

from sebaya_contracts.words import WaitReason
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.enums import Ineligibility
from sebaya_matching.domain.supporter import Supporter

_ORDER = tuple(Ineligibility)
# The barrier that the most fitting supporter met says what is missing at this school.
_SAYS = {
    Ineligibility.UNAVAILABLE: WaitReason.NO_SUPPORTER_FOR_TOPIC,
    Ineligibility.TOPIC: WaitReason.NO_SUPPORTER_FOR_TOPIC,
    Ineligibility.LANGUAGE: WaitReason.NO_SUPPORTER_FOR_LANGUAGE,
    Ineligibility.EXCLUDED: WaitReason.ALL_EXCLUDED,
    Ineligibility.HOURS: WaitReason.NO_COMMON_HOURS,
    Ineligibility.BUSY: WaitReason.ALL_BUSY,
}


def barrier(case: Case, supporter: Supporter, now: datetime) -> Ineligibility | None:
    """The first rule that keeps the two apart; None where they may meet."""
    request, profile = case.request, supporter.profile
    rules: tuple[tuple[Ineligibility, bool], ...] = (
        (Ineligibility.UNAVAILABLE, request is None or not profile.available(now)),
        (Ineligibility.TOPIC, request is not None and request.topic not in profile.topics),
        (Ineligibility.LANGUAGE, request is not None and request.language not in profile.languages),
        (Ineligibility.EXCLUDED, supporter.supporter_id in case.excluded),
        (Ineligibility.HOURS, request is not None and _no_common(request.hours, profile.hours)),
        (Ineligibility.BUSY, supporter.free == 0),
    )
    return next((kind for kind, met in rules if met), None)


def _no_common(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Hours count only where both sides give some."""
    return bool(ours) and bool(theirs) and not set(ours) & set(theirs)


def wait_reason(met: Iterable[Ineligibility]) -> WaitReason:
    """Why nobody takes a case, from the barriers its supporters met."""
    furthest = max((_ORDER.index(one) for one in met), default=0)
    return _SAYS[_ORDER[furthest]]
