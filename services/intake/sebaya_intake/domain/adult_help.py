"""What a student and the peer are told while an adult is needed: the one rule from what is known of
a case's alerts to what is shown.

Never what was detected, never more than is known, and nothing that sends a child in danger away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sebaya_contracts.words import Level
from sebaya_intake.domain.case import Case, active_match
from sebaya_intake.domain.crisis import Coverage, OnCall, find_next_duty, judge_on_call
from sebaya_intake.domain.projection import AlertFacts, AlertState

# A wish for an adult raises its alert within seconds; one that is older than this without any is
# the operator's to find, and the page says no more than is known.
WISH_UNDER_WAY = timedelta(minutes=10)


class HelpStage(StrEnum):
    """How far the school's adults are."""

    CALLING = "calling"
    CALLED = "called"
    TAKEN = "taken"
    CONTACTED = "contacted"


class Pace(StrEnum):
    """How soon an adult means to be there; the words of the page follow it."""

    AT_ONCE = "at_once"
    SOON = "soon"
    TODAY = "today"


PACES = {
    Level.NONE: Pace.TODAY,
    Level.AMBER: Pace.TODAY,
    Level.RED: Pace.SOON,
    Level.IMMINENT: Pace.AT_ONCE,
}


@dataclass(frozen=True, slots=True)
class AdultHelp:
    """What is shown while an adult is needed.

    `counsellor` is the name of the one that has it, where it is known. `next_duty_at` stands only
    where no counsellor is on duty and none has it, and where the next duty is known. `lines_first`:
    the crisis lines come before all else.
    """

    stage: HelpStage
    pace: Pace
    counsellor: str | None
    on_call: OnCall
    next_duty_at: datetime | None
    lines_first: bool

    @property
    def is_held(self) -> bool:
        """Whether a counsellor has it."""
        return self.stage in {HelpStage.TAKEN, HelpStage.CONTACTED}

    @property
    def waits_for_duty(self) -> bool:
        """Whether no counsellor has it, and none is known to be on duty."""
        return not self.is_held and self.on_call is not OnCall.YES


def judge_adult_help(case: Case, coverage: Coverage | None, now: datetime) -> AdultHelp | None:
    """Judge what is shown of the adults' help; None while no adult is needed."""
    leading = _leading_alert(case) or _not_yet_raised(case, now)
    if leading is None:
        return None
    state, facts = leading
    stage = _stage(state, facts)
    on_call = judge_on_call(coverage, now)
    is_held = state is AlertState.ACKNOWLEDGED
    waits = on_call is not OnCall.YES and not is_held
    return AdultHelp(
        stage=stage,
        pace=PACES[facts.level],
        counsellor=(facts.counsellor or None) if is_held else None,
        on_call=on_call,
        next_duty_at=find_next_duty(coverage, now) if waits else None,
        lines_first=facts.level >= Level.RED or active_match(case) is not None,
    )


def _stage(state: AlertState, facts: AlertFacts) -> HelpStage:
    if state is AlertState.ACKNOWLEDGED:
        return HelpStage.CONTACTED if facts.contacted else HelpStage.TAKEN
    return HelpStage.CALLED if facts.called else HelpStage.CALLING


def _leading_alert(case: Case) -> tuple[AlertState, AlertFacts] | None:
    """Choose of the alerts that are not closed the most serious one; of equals one that no
    counsellor has.
    """
    alive = [
        (state, case.view.alert_facts.get(alert_id, AlertFacts()))
        for alert_id, state in case.view.alerts.items()
        if state is not AlertState.CLOSED
    ]
    return max(alive, key=lambda one: (one[1].level.rank, one[0] is AlertState.OPEN), default=None)


def _not_yet_raised(case: Case, now: datetime) -> tuple[AlertState, AlertFacts] | None:
    """Tell of an alert that is under way: the verdict on the opening, or a wish for an adult, is
    known here before the alert that it raises.
    """
    screened = case.screening.level if case.screening else None
    if screened is not None and screened >= Level.RED and not case.view.alerts:
        return AlertState.OPEN, AlertFacts(screened)
    asked = (case.adult_asked_at, case.reported_at, case.worried_at)
    wishes = [wish for wish in asked if wish is not None]
    if wishes and now - max(wishes) < WISH_UNDER_WAY and not _answered(case, max(wishes)):
        return AlertState.OPEN, AlertFacts(Level.RED)
    return None


def _answered(case: Case, wish: datetime) -> bool:
    changes = (facts.changed_at for facts in case.view.alert_facts.values())
    return any(changed is not None and changed >= wish for changed in changes)
