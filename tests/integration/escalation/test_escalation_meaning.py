"""Two stages: what the rules alarm at is recorded at once and may be raised by its meaning; what
they call calm gets no verdict before its meaning was read.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from markupsafe import escape

import poisoned_screen
from integration.escalation.harness import CALM, HIGH, EscalationHarness, school
from integration.escalation.harness import prepared_escalation as prepared
from integration.service_harness import open_staff_browser
from poisoned_screen import GRAVE, WEIGHTS, nearest
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import Author, Level, Role
from sebaya_escalation import metrics
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.verdict import Verdict
from sebaya_escalation.screening import meaning_stage
from servers import Servers


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[EscalationHarness]:
    async with prepared(
        servers, prefix, meaning=poisoned_screen.read_meaning, screen_meaning=True
    ) as made:
        await made.define_school(school())
        yield made


def posted(text: str, attempt: int = 1) -> MessagePosted:
    return MessagePosted(
        school_id="s1",
        case_id="c1",
        message_id="m1",
        author=Author.STUDENT,
        text=text,
        posted_at=datetime.now(UTC),
        attempt=attempt,
    )


async def verdict(harness: EscalationHarness) -> Verdict:
    return (await harness.store.verdicts.load("m1")).state


async def test_what_the_rules_call_calm_is_raised_by_its_meaning_in_one_verdict(
    harness: EscalationHarness,
) -> None:
    assert await harness.receive(posted(f"{CALM} {GRAVE}")) is Outcome.APPLIED
    alert, found = await harness.only_alert(), await verdict(harness)
    assert (alert.level, found.level, found.meaning_version) == (
        Level.IMMINENT,
        Level.IMMINENT,
        WEIGHTS,
    )
    (signal,) = alert.signals
    assert signal.why[0].examples == tuple(one.id for one in nearest())


async def test_what_the_rules_alarm_at_is_raised_once_however_often_it_comes(
    harness: EscalationHarness,
) -> None:
    rose = metrics.ROSE.labels(Level.IMMINENT)._value.get()
    message = posted(f"{HIGH} {GRAVE}")
    assert await harness.receive(message, "m1", 1) is Outcome.APPLIED
    first = await harness.only_alert()
    assert (first.level, len(first.signals)) == (Level.IMMINENT, 1)
    assert await harness.receive(message, "m1", 1) is Outcome.IGNORED
    assert await harness.receive(posted(message.text, 2), "m1", 2) is Outcome.APPLIED
    assert await harness.only_alert() == first
    assert metrics.ROSE.labels(Level.IMMINENT)._value.get() - rose == 1
    assert (await verdict(harness)).alert_id == first.alert_id
    closing = {
        "outcome": "unreachable",
        "note": "Called her twice.",
        "peer_may_continue": True,
        "review_after": "day",
        "version": first.signals_version,
    }
    closed = await harness.act_on_alert("sari", "close", first.alert_id, closing)
    assert closed.status_code == 200
    await harness.receive(posted(message.text, 3), "m1", 3)
    assert (await harness.only_alert()).status is Status.CLOSED


async def test_a_death_between_the_first_word_and_the_raise_loses_neither(
    servers: Servers, prefix: str, harness: EscalationHarness
) -> None:
    message = posted(f"{HIGH} {GRAVE}")
    async with prepared(servers, prefix) as died:
        # Its rules had spoken; its second stage had not.
        assert await died.receive(message, "m1", 1) is Outcome.APPLIED
        assert (await died.only_alert()).level is Level.RED
    assert await harness.receive(message, "m1", 1) is Outcome.APPLIED
    alert = await harness.only_alert()
    assert (alert.level, len(alert.signals)) == (Level.IMMINENT, 1)
    assert (await verdict(harness)).level is Level.IMMINENT


async def test_without_room_a_calm_message_has_no_verdict_until_it_comes_again(
    harness: EscalationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred = metrics.DEFERRED._value.get()
    screened = metrics.SCREENED.labels(Level.NONE)._value.get()
    with monkeypatch.context() as crowded:
        crowded.setattr(meaning_stage, "ROOM", 0)
        await harness.receive(posted(CALM), "m1", 1)
        assert await harness.store.verdicts.count({}) == 0
        # What the rules alarm at waits for nobody.
        await harness.post_message(HIGH, case_id="c2")
        assert (await harness.only_alert()).level is Level.RED
    await harness.receive(posted(CALM, 2), "m1", 2)
    assert (await verdict(harness)).level is Level.NONE
    assert metrics.DEFERRED._value.get() - deferred == 1
    assert metrics.SCREENED.labels(Level.NONE)._value.get() - screened == 1


@pytest.mark.parametrize(("language", "shown"), [("id", 0), ("en", 1)])
async def test_the_page_marks_the_words_and_shows_what_they_read_like(
    harness: EscalationHarness, language: str, shown: int
) -> None:
    await harness.receive(posted(f"{CALM} {GRAVE}"))
    alert = await harness.only_alert()
    browser = open_staff_browser(harness.http, harness.composed.app, "sari", Role.COUNSELLOR, "s1")
    page = await browser.http.get(
        f"/s/s1/alerts/{alert.alert_id}",
        headers=browser._headers() | {"Accept-Language": language},
    )
    assert f"<mark>{CALM} {GRAVE}</mark>" in page.text
    texts = [escape(one.text) for one in nearest()]
    shown_text, other_text = texts[shown], texts[1 - shown]
    assert shown_text in page.text
    assert other_text not in page.text
