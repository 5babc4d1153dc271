"""What evaluation asks of the store for a batch and for each turn of its loops: the same among a
thousand schools as alone.
"""

from conformance import evaluation as scenario
from conformance.harness import deliver_together
from integration.evaluation.harness import EvaluationHarness
from noise_schools import other_schools
from sebaya_contracts.intake import CaseErased
from sebaya_contracts.topics import CASES
from store_commands import Examined, bytes_sent, commands, examined

KINDS = ("schools", "facts", "responses", "rollups")
SCHOOLS = 1_000
EVENTS = 100


async def a_days_work(harness: EvaluationHarness, name: str) -> Examined:
    """A batch, a response, an erasure, one turn of each timer, of the watch and of the relay's
    sweep.
    """
    numbers = scenario.Numbering()
    for at in range(3):
        case_id = f"s1-{name}{at}"
        numbers.add(CASES, case_id, scenario.opened("s1", case_id, 100 + at))
        scenario.matched(numbers, "s1", case_id, 200 + at)
    runtime = harness.composed.runtime
    async with examined(runtime.database) as seen:
        await deliver_together(runtime, numbers.events, size=100)
        await harness.respond(f"s1-{name}0")
        numbers.add(
            CASES,
            f"s1-{name}2",
            CaseErased(school_id="s1", case_id=f"s1-{name}2", erased_at=scenario.after(9000)),
        )
        await harness.deliver(numbers.events[-1:])
        await harness.composed.jobs.gauges.measure()
        await harness.count_dirty()
        await harness.composed.jobs.gauges.measure()
        await runtime._relay.sweep.run_once()
    return seen


async def test_from_one_school_to_a_thousand_every_question_examines_the_same(
    harness: EvaluationHarness,
) -> None:
    """No plan reads a collection whole, and neither keys, documents nor writes grow with schools
    that are not asked about.
    """
    await a_days_work(harness, "a")
    alone = await a_days_work(harness, "b")
    await other_schools(harness.composed.runtime.database, KINDS, SCHOOLS, like="s1")
    among = await a_days_work(harness, "c")
    # A further day of the same school is three facts and a response more in its month's recount, no
    # more.
    among.assert_no_more_than(alone)


async def a_batch(harness: EvaluationHarness, name: str, schools: int) -> tuple[list[str], int]:
    """A hundred events, one a case, from so many schools: the commands, and the bytes sent to the
    store.
    """
    numbers = scenario.Numbering()
    for at in range(EVENTS):
        school_id = f"s{at % schools:03}"
        case_id = f"{school_id}-{name}{at:03}"
        numbers.add(CASES, case_id, scenario.opened(school_id, case_id, 100 + at))
    runtime = harness.composed.runtime
    await runtime.schools.warm({sourced.event.school_id for sourced in numbers.events})
    with commands(runtime.database) as sent:
        await deliver_together(runtime, numbers.events, size=EVENTS)
    return sent, bytes_sent()


async def test_a_batch_costs_the_same_from_one_school_as_from_a_hundred(
    harness: EvaluationHarness,
) -> None:
    """Commands and bytes: neither a question nor a write more for each further school, and no event
    weighs more.
    """
    for at in range(EVENTS):
        await harness.define(f"s{at:03}", 1)
    await a_batch(harness, "w", EVENTS)
    alone, bytes_alone = await a_batch(harness, "a", 1)
    spread, bytes_spread = await a_batch(harness, "b", EVENTS)
    assert spread == alone == ["aggregate facts", "insert facts"]
    assert bytes_alone > 200 * EVENTS
    assert bytes_spread <= bytes_alone + 40 * EVENTS
