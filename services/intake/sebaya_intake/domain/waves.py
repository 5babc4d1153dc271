"""When a student is asked how they are: the one rule from where a case stands to its wave.

A student in danger, or with words that were not read for danger yet, is asked nothing.
"""

from datetime import datetime, timedelta

from sebaya_contracts.district import Policies
from sebaya_contracts.words import Wave
from sebaya_intake.domain.adult_help import judge_adult_help
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.projection import Phase


def find_wave(case: Case, policies: Policies, now: datetime) -> Wave | None:
    """Find the wave in which the student may be asked now; None where nothing is asked."""
    if not policies.wave_instruments or not _may_be_asked(case, now):
        return None
    match = case.view.match
    if match is None or match.accepted_at is None:
        return None if case.view.phase is Phase.CLOSED else Wave.PRE
    if case.view.phase is Phase.CLOSED and match.ended_at is not None:
        later = match.ended_at + timedelta(days=policies.follow_up_wave_days)
        return Wave.POST if now < later else Wave.FOLLOWUP
    if match.active and now >= match.accepted_at + timedelta(days=policies.mid_wave_days):
        return Wave.MID
    return None


def _may_be_asked(case: Case, now: datetime) -> bool:
    return (
        case.opening is not None
        and case.screened
        and not case.by_friend
        and case.erased_at is None
        and case.withdrawn_at is None
        and case.aside is None
        and not case.view.held
        and not case.view.referred
        and judge_adult_help(case, None, now) is None
    )
