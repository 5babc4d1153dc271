"""The second stage may only raise; where it cannot be used the rules work alone, and it is told.
What it has no room for is not called calm. The processes are real, the model is not.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import poisoned_screen
from poisoned_screen import GATE, GRAVE, KILLS, WEIGHTS
from sebaya_escalation import metrics, screen
from sebaya_escalation.main import compose
from sebaya_escalation.screen import Level, Screening
from sebaya_escalation.screening.meaning_inside import Reading
from sebaya_escalation.screening.meaning_stage import LOSSES, ROOM, MeaningStage, NoRoom
from sebaya_escalation.settings import Settings
from servers import Servers
from support import environment

CALM = "aku suka main bola"
RULES = screen.screen(CALM)


@asynccontextmanager
async def stage(
    read: Callable[[str, Screening], Reading] = poisoned_screen.read_meaning,
) -> AsyncIterator[MeaningStage]:
    made = MeaningStage(read)
    try:
        yield made
    finally:
        await made.close()


def left_to_the_rules(reason: str) -> float:
    return metrics.WITHOUT_MEANING.labels(reason)._value.get()


async def test_both_stages_work_unless_the_second_is_switched_off() -> None:
    given = environment(Servers("mongodb://127.0.0.1:9", "127.0.0.1:9"), "any")
    rules_alone = compose(Settings(**given))
    given.pop("screen_meaning")
    both = compose(Settings(**given))
    assert [one.runtime.health.notes["screen"]() for one in (both, rules_alone)] == [
        "rules and meaning",
        "rules",
    ]
    for one in (both, rules_alone):
        await one.runtime.client.close()


async def test_it_raises_and_names_its_weights() -> None:
    async with stage() as meaning:
        calm = await meaning.read(CALM, RULES, may_wait=False)
        grave = await meaning.read(GRAVE, RULES, may_wait=False)
    assert calm == Reading(RULES, WEIGHTS)
    assert (grave.screening.level, grave.meaning) == (Level.IMMINENT, WEIGHTS)


async def test_a_text_that_it_dies_of_is_left_to_the_rules_and_the_others_are_read() -> None:
    before, lost = left_to_the_rules("kills_process"), metrics.READING_PROCESSES_LOST
    lost_before = lost.labels("kills_process")._value.get()
    async with stage() as meaning:
        readings = await asyncio.gather(
            *(meaning.read(text, RULES, may_wait=True) for text in (CALM, KILLS, CALM, GRAVE))
        )
    assert [one.meaning for one in readings] == [WEIGHTS, "", WEIGHTS, WEIGHTS]
    assert readings[1].screening == RULES
    assert left_to_the_rules("kills_process") - before == 1
    assert lost.labels("kills_process")._value.get() - lost_before == LOSSES


async def test_without_its_model_the_rules_work_alone_and_a_gauge_says_so() -> None:
    before = left_to_the_rules("missing")
    async with stage(poisoned_screen.read_nothing) as meaning:
        await meaning.watch(RULES)
        assert metrics.MEANING_MISSING._value.get() == 1
        assert await meaning.read(CALM, RULES, may_wait=False) == Reading(RULES)
    assert left_to_the_rules("missing") - before == 1
    async with stage() as meaning:
        await meaning.watch(RULES)
    assert metrics.MEANING_MISSING._value.get() == 0


async def test_what_would_not_be_read_in_time_is_refused_unless_it_may_wait(
    tmp_path: Path,
) -> None:
    gate = tmp_path / "gate"
    async with stage() as meaning:
        held = [
            asyncio.create_task(meaning.read(f"{GATE}{gate}", RULES, may_wait=False))
            for _ in range(ROOM)
        ]
        await asyncio.sleep(0)
        with pytest.raises(NoRoom):
            await meaning.read(CALM, RULES, may_wait=False)
        waits = asyncio.create_task(meaning.read(GRAVE, RULES, may_wait=True))
        await asyncio.sleep(0)
        gate.touch()
        assert {one.meaning for one in await asyncio.gather(*held)} == {WEIGHTS}
        assert (await waits).screening.level is Level.IMMINENT
        assert await meaning.read(CALM, RULES, may_wait=False) == Reading(RULES, WEIGHTS)
