"""The hard rules: who may be offered a case at all. A score never outweighs them."""

from collections.abc import Iterable
from datetime import datetime

from sebaya_contracts.words import WaitReason
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.domain.words import Barrier

_ORDER = tuple(Barrier)
# The barrier that the most fitting supporter met says what is missing at this school.
_SAYS = {
    Barrier.UNAVAILABLE: WaitReason.NO_SUPPORTER_FOR_TOPIC,
    Barrier.TOPIC: WaitReason.NO_SUPPORTER_FOR_TOPIC,
    Barrier.LANGUAGE: WaitReason.NO_SUPPORTER_FOR_LANGUAGE,
    Barrier.EXCLUDED: WaitReason.ALL_EXCLUDED,
    Barrier.HOURS: WaitReason.NO_COMMON_HOURS,
    Barrier.BUSY: WaitReason.ALL_BUSY,
}


def barrier(case: Case, supporter: Supporter, now: datetime) -> Barrier | None:
    """The first rule that keeps the two apart; None where they may meet."""
    request, profile = case.request, supporter.profile
    rules: tuple[tuple[Barrier, bool], ...] = (
        (Barrier.UNAVAILABLE, request is None or not profile.available(now)),
        (Barrier.TOPIC, request is not None and request.topic not in profile.topics),
        (Barrier.LANGUAGE, request is not None and request.language not in profile.languages),
        (Barrier.EXCLUDED, supporter.supporter_id in case.excluded),
        (Barrier.HOURS, request is not None and _no_common(request.hours, profile.hours)),
        (Barrier.BUSY, supporter.free == 0),
    )
    return next((kind for kind, met in rules if met), None)


def _no_common(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Hours count only where both sides give some."""
    return bool(ours) and bool(theirs) and not set(ours) & set(theirs)


def wait_reason(met: Iterable[Barrier]) -> WaitReason:
    """Why nobody takes a case, from the barriers its supporters met."""
    furthest = max((_ORDER.index(one) for one in met), default=0)
    return _SAYS[_ORDER[furthest]]
