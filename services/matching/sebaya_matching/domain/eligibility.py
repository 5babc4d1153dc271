"""The hard rules: which supporters may be offered a case at all. A score never outweighs them.

One function, asked when an offer is made, when it is accepted, when a profile changes or the school
does, and by the clock.
"""

from collections.abc import Iterable
from datetime import datetime

from sebaya_contracts.words import WaitDetail, WaitReason
from sebaya_matching.domain.case import Case, Wait
from sebaya_matching.domain.enums import Ineligibility
from sebaya_matching.domain.supporter import Supporter

_ORDER = tuple(Ineligibility)
# The rule that kept the most fitting supporter away says what is missing at this school.
_WAIT_REASONS = {
    Ineligibility.UNAVAILABLE: Wait(WaitReason.NO_SUPPORTER_FOR_TOPIC),
    Ineligibility.TOPIC: Wait(WaitReason.NO_SUPPORTER_FOR_TOPIC),
    Ineligibility.LANGUAGE: Wait(WaitReason.NO_SUPPORTER_FOR_LANGUAGE),
    Ineligibility.EXCLUDED: Wait(WaitReason.ALL_EXCLUDED),
    Ineligibility.DECLINED: Wait(WaitReason.ALL_EXCLUDED, WaitDetail.ALL_DECLINED),
    Ineligibility.SILENT: Wait(WaitReason.ALL_BUSY, WaitDetail.ALL_RESTING),
    Ineligibility.HOURS: Wait(WaitReason.NO_COMMON_HOURS),
    Ineligibility.DEBRIEF: Wait(WaitReason.ALL_BUSY),
    Ineligibility.RESTING: Wait(WaitReason.ALL_BUSY, WaitDetail.ALL_RESTING),
    Ineligibility.BUSY: Wait(WaitReason.ALL_BUSY),
}


def find_ineligibility(
    case: Case, supporter: Supporter, now: datetime, match_id: str = ""
) -> Ineligibility | None:
    """Find the first rule that keeps the two apart; None where the case may be offered.

    `match_id` names an offer that is open already: its own slot does not count against it, nor
    does a silence that its answer would end.
    """
    request, profile = case.request, supporter.profile
    rules: tuple[tuple[Ineligibility, bool], ...] = (
        (Ineligibility.UNAVAILABLE, request is None or not profile.available(now)),
        (Ineligibility.TOPIC, request is not None and request.topic not in profile.topics),
        (Ineligibility.LANGUAGE, request is not None and request.language not in profile.languages),
        (Ineligibility.EXCLUDED, supporter.supporter_id in case.excluded_by_student),
        (Ineligibility.DECLINED, supporter.supporter_id in case.excluded_by_history),
        (Ineligibility.SILENT, not match_id and supporter.supporter_id in case.silent),
        (Ineligibility.HOURS, request is not None and _no_common(request.hours, profile.hours)),
        (Ineligibility.DEBRIEF, bool(supporter.debriefs_owed)),
        (Ineligibility.RESTING, not match_id and supporter.rests(now)),
        (Ineligibility.BUSY, supporter.is_busy_beside(match_id)),
    )
    return next((rule for rule, applies in rules if applies), None)


def _no_common(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Hours count only where both sides give some."""
    return bool(ours) and bool(theirs) and not set(ours) & set(theirs)


def explain_wait(ineligibilities: Iterable[Ineligibility]) -> Wait:
    """Explain why a case waits, by the rules that kept its supporters away."""
    furthest = max((_ORDER.index(one) for one in ineligibilities), default=0)
    return _WAIT_REASONS[_ORDER[furthest]]
