"""What happened, and when: the countable moments of a case and of the answers about it.

A number of a report is how often something happened in the span, to whatever request it belongs.
So a span that is over never changes, and every span is the difference of two running totals.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.words import Level
from sebaya_evaluation.domain.counting import find_moments
from sebaya_evaluation.domain.facts import About, AlertFact, Fact, LevelClock
from sebaya_evaluation.domain.feedback import Response, is_improved
from sebaya_evaluation.domain.scored import name_wave


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that counts under a name; `value` is a wait in seconds or an answer (1 to 5)."""

    name: str
    at: datetime
    value: int = 1


def list_happenings(fact: Fact, responses: Iterable[Response]) -> Iterator[Happening]:
    """List what happened in a case; of an erased case, nothing."""
    if fact.erased:
        return
    for alert in fact.alerts:
        yield from _alert(alert)
    if fact.about is About.CASE:
        yield from _case(fact)
        yield from _answers([response for response in responses if not response.erased])


def _case(fact: Fact) -> Iterator[Happening]:
    moments = find_moments(fact)
    for stage, moment in moments.items():
        if moment is not None:
            if stage == "asked" and fact.topic is not None:
                yield Happening(f"topic/{fact.topic.value}", moment)
            yield Happening(stage, moment)
    if fact.withdrawn_at is not None:
        yield Happening("withdrawn", fact.withdrawn_at)
    yield from _wait("offer", moments["asked"], moments["offered"])
    yield from _wait("accept", moments["asked"], moments["matched"])
    yield from _wait("meet", moments["matched"], moments["met"])


def _alert(alert: AlertFact) -> Iterator[Happening]:
    for level, clock in _clocks(alert).items():
        prefix = f"alert/{level.value}"
        for step, moment in (
            ("raised", clock.since),
            ("acknowledged", clock.acknowledged_at),
            ("contacted", clock.contacted_at),
        ):
            if moment is not None:
                yield Happening(f"{prefix}/{step}", moment)
        yield from _wait(f"{prefix}/acknowledge", clock.since, clock.acknowledged_at)
        yield from _wait(f"{prefix}/contact", clock.since, clock.contacted_at)
    if alert.outcome is not None and alert.closed_at is not None:
        yield Happening(f"outcome/{alert.outcome.value}", alert.closed_at)


def _clocks(alert: AlertFact) -> dict[Level, LevelClock]:
    """The clocks of an alert; one that was known before levels had clocks has that of its own."""
    return alert.clocks or {alert.level: alert.clock}


def _answers(responses: list[Response]) -> Iterator[Happening]:
    better: list[datetime] = []
    for response in responses:
        if response.given_at is None:
            continue
        if response.sheet is not None:
            name = name_wave(response.sheet.instrument_id, response.sheet.wave)
            yield Happening(name, response.given_at)
            continue
        yield Happening(f"feedback/{response.side.value}", response.given_at)
        for question, value in response.answers.items():
            yield Happening(f"n/{response.side.value}/{question}", response.given_at, value)
        if is_improved(response):
            better.append(response.given_at)
    if better:
        yield Happening("improved", min(better))


def _wait(name: str, since: datetime | None, until: datetime | None) -> Iterator[Happening]:
    if since is not None and until is not None:
        seconds = max(0, round((until - since).total_seconds()))
        yield Happening(f"n/{name}", until, seconds)
