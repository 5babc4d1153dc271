"""A message that the screen dies of, or never comes back from, reaches a human and holds up no
other message.
"""

import pytest

import poisoned_screen
from conformance.harness import Sourced, all_consumed, publish
from integration.escalation.harness import CALM, EscalationHarness, prepared_escalation, school
from poisoned_screen import FAILS, HANGS, KILLS
from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.topics import MESSAGES, SCHOOLS
from sebaya_contracts.words import AlertCause, Author, Level
from sebaya_escalation import metrics
from sebaya_escalation.main import EscalationService, compose
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore
from servers import Servers
from support import chassis_settings, environment, eventually, running

OTHERS = 20
POISONED = "m-poisoned"


def posted(service: EscalationService, message_id: str, text: str, attempt: int = 1) -> Sourced:
    message = MessagePosted(
        school_id="s1",
        case_id=f"case-of-{message_id}",
        message_id=message_id,
        author=Author.STUDENT,
        text=text,
        posted_at=service.runtime.writer.clock.now(),
        attempt=attempt,
    )
    return Sourced(MESSAGES, message_id, attempt, message)


def signalled() -> float:
    return metrics.UNSCREENED.labels("case")._value.get()


async def dead_letters(service: EscalationService) -> list[str]:
    return [
        entry["reason"]
        async for row in service.runtime.database["parked"].find({})
        for entry in row["entries"]
    ]


@pytest.mark.parametrize(("harm", "reason"), [(KILLS, "kills_process"), (HANGS, "timeout")])
async def test_a_poisonous_message_is_one_dead_letter_and_one_alert_and_the_others_are_answered(
    servers: Servers, prefix: str, harm: str, reason: str
) -> None:
    settings = Settings(**environment(servers, prefix, screen_within_seconds=1.0))
    service = compose(settings, poisoned_screen.screen_text)
    await make_topics(settings.kafka_bootstrap_servers, topics_of("escalation", settings), 1)
    before = signalled()
    async with running(service.runtime):
        await service.runtime.prepared.wait()
        described = SchoolDefined(school_id="s1", school=school())
        calm = [posted(service, f"m{number}", CALM) for number in range(OTHERS)]
        poison = posted(service, POISONED, f"{CALM} {harm}")
        await publish(
            settings, [Sourced(SCHOOLS, "s1", 1, described), *calm[:10], poison, *calm[10:]]
        )
        store = EscalationStore(service.runtime.store("s1"), "d.test")

        async def others_answered() -> bool:
            return await store.verdicts.count({"state.level": Level.NONE}) == OTHERS

        await eventually(others_answered)
        # Nobody waited until the screen had given it up.
        assert await dead_letters(service) == []

        async def parked() -> bool:
            return bool(await dead_letters(service))

        await eventually(parked)
        # Intake does not know that it is parked: it publishes again what has no verdict.
        await publish(
            settings, [posted(service, POISONED, f"{CALM} {harm}", again) for again in (2, 3)]
        )
        await eventually(lambda: all_consumed(settings, "escalation"))
        assert await dead_letters(service) == [reason]
        (alert,) = [one.state for one in await store.alerts.find({})]
        assert (alert.level, alert.cause) == (Level.RED, AlertCause.UNSCREENED)
        assert signalled() - before == 1


@pytest.fixture
async def where_letters_go(servers: Servers, prefix: str) -> None:
    settings = chassis_settings(servers, prefix)
    dead = dead_letter_topic(MESSAGES, "escalation")
    await make_topics(settings.kafka_bootstrap_servers, [(settings.topic(dead.name), dead)], 1)


@pytest.mark.usefixtures("where_letters_go")
async def test_a_screen_that_fails_is_a_red_alert_too(servers: Servers, prefix: str) -> None:
    async with prepared_escalation(
        servers, prefix, screen_text=poisoned_screen.screen_text
    ) as harness:
        await harness.define_school(school())
        assert await post(harness, FAILS) is Outcome.PARKED
        assert (await harness.only_alert()).cause is AlertCause.UNSCREENED


async def post(harness: EscalationHarness, text: str) -> Outcome:
    sourced = posted(harness.composed, "m1", text)
    return await harness.receive(sourced.event)
