"""From facts and responses to the numbers of a month. The stages are counted each on its own: a
case may be closed without a meeting.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sebaya_evaluation.domain.facts import About, AlertFact, Fact
from sebaya_evaluation.domain.feedback import Response, is_improved
from sebaya_evaluation.domain.scored import list_pairs, name_wave
from sebaya_evaluation.domain.tally import Tally

STAGES = ("asked", "offered", "matched", "met", "closed", "improved", "withdrawn")
ALERT_STEPS = ("raised", "acknowledged", "contacted", "closed")
CASE_WAITS = ("offer", "accept", "meet")
ALERT_WAITS = ("acknowledge", "contact")
# The stratum of what has no topic: a school's own alert, or a case whose opening has not arrived.
NO_TOPIC = "none"


def count_period(facts: Iterable[Fact], responses: Iterable[Response]) -> dict[str, Tally]:
    """Count the tallies of one period by stratum. Facts are those that count in it, responses those
    of its cases.
    """
    by_case: dict[str, list[Response]] = defaultdict(list)
    for response in responses:
        by_case[response.case_id].append(response)
    strata: dict[str, Tally] = defaultdict(Tally)
    for fact in facts:
        _count(
            strata[fact.topic.value if fact.topic else NO_TOPIC],
            fact,
            by_case.get(fact.fact_id, ()),
        )
    return dict(sorted(strata.items()))


def _count(tally: Tally, fact: Fact, responses: Iterable[Response]) -> None:
    if fact.erased:
        tally.count("erased")
        return
    for alert in fact.alerts:
        _count_alert(tally, alert)
    if fact.about is About.CASE:
        given = [response for response in responses if not response.erased]
        _count_case(tally, fact, given)
        _count_answers(tally, given)
        _count_sheets(tally, given)


def _count_case(tally: Tally, fact: Fact, responses: list[Response]) -> None:
    moments = find_moments(fact)
    for stage, moment in moments.items():
        tally.count(stage, moment)
    tally.count("withdrawn", fact.withdrawn_at)
    tally.count("improved", any(is_improved(response) for response in responses))
    tally.add_wait("offer", moments["asked"], moments["offered"])
    tally.add_wait("accept", moments["asked"], moments["matched"])
    tally.add_wait("meet", moments["matched"], moments["met"])


def find_moments(fact: Fact) -> Mapping[str, datetime | None]:
    """Find when the case first reached each stage. A match that ended the case closes it, not one
    after which it waits for another supporter.
    """
    return {
        "asked": fact.placed_at,
        "offered": _earliest(match.offered_at for match in fact.matches),
        "matched": _earliest(match.accepted_at for match in fact.matches),
        "met": _earliest(match.met_at for match in fact.matches),
        "closed": _earliest(match.closed_at for match in fact.matches if match.ended_case),
    }


def _count_alert(tally: Tally, alert: AlertFact) -> None:
    prefix = f"alert/{alert.level.value}"
    tally.count(f"{prefix}/raised")
    tally.count(f"{prefix}/acknowledged", alert.acknowledged_at)
    tally.count(f"{prefix}/contacted", alert.contacted_at)
    tally.count(f"{prefix}/closed", alert.closed_at)
    if alert.outcome is not None:
        tally.count(f"outcome/{alert.outcome.value}")
    clock = alert.clock
    tally.add_wait(f"{prefix}/acknowledge", clock.since, clock.acknowledged_at)
    tally.add_wait(f"{prefix}/contact", clock.since, clock.contacted_at)


def _count_sheets(tally: Tally, responses: list[Response]) -> None:
    for response in responses:
        sheet = response.sheet
        if sheet is not None:
            tally.count(name_wave(sheet.instrument_id, sheet.wave))
            for part, score in sheet.scores.items():
                tally.add_score(f"{sheet.instrument_id}/{part}/{sheet.wave.value}", score)
    for pair in list_pairs(responses):
        tally.add_pair(pair.name, pair.before, pair.after)


def _count_answers(tally: Tally, responses: Iterable[Response]) -> None:
    for response in responses:
        if response.sheet is not None:
            continue
        tally.count(f"feedback/{response.side.value}")
        for question, value in response.answers.items():
            tally.add_answer(f"{response.side.value}/{question}", value)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
