"""What matching asks of the store for its events and for each turn of its timer: the same among a
thousand schools as alone.
"""

from datetime import timedelta

from integration.matching.harness import MatchingHarness
from noise_schools import other_schools
from store_commands import Examined, commands, examined

KINDS = ("schools", "cases", "supporters")
SCHOOLS = 1_000


async def a_days_work(harness: MatchingHarness, name: str) -> Examined:
    """A case to its acceptance, one that waits, an alert, a withdrawal and an erasure, with each
    turn of the timer and of the sweep.
    """
    runtime = harness.composed.runtime
    assert runtime.timers is not None
    async with examined(runtime.database) as seen:
        await harness.enrol(f"{name}-sari", cap=1)
        await harness.wait_for_supporter(f"{name}1", f"{name}2")
        for timer in runtime.timers._timers:
            await runtime.timers.fire(timer)
        await harness.run_round()
        await harness.deliver(
            harness.alert(f"{name}1", f"{name}-a"), harness.alert_closed(f"{name}1", f"{name}-a")
        )
        past = runtime.writer.clock.now() - timedelta(seconds=1)
        await runtime.database["cases"].update_many(
            {"_id": {"$in": [f"{name}1", f"{name}2"]}}, {"$set": {"due_at": past}}
        )
        for timer in runtime.timers._timers:
            await runtime.timers.fire(timer)
        await harness.deliver(harness.withdrawn(f"{name}1"), harness.erased(f"{name}2"))
        await runtime._relay.sweep.run_once()
    return seen


async def settled(harness: MatchingHarness) -> None:
    """As the relay leaves it, and with nobody left to offer to."""
    gone = {"outbox_since": "", "lease": "", "timer": ""}
    for kind in KINDS[1:]:
        await harness.composed.runtime.database[kind].update_many(
            {}, {"$set": {"outbox": [], "due_at": None}, "$unset": gone}
        )
    await harness.composed.runtime.database["supporters"].update_many(
        {}, {"$set": {"state.profile.state": "retired"}}
    )


async def test_from_one_school_to_a_thousand_every_question_examines_the_same(
    harness: MatchingHarness,
) -> None:
    """No plan reads a collection whole, and neither keys, documents nor writes grow with schools
    that are not asked about.
    """
    await a_days_work(harness, "a")
    await settled(harness)
    alone = await a_days_work(harness, "b")
    await settled(harness)
    await other_schools(harness.composed.runtime.database, KINDS, SCHOOLS, like=harness.school_id)
    among = await a_days_work(harness, "c")
    among.assert_no_more_than(alone)


async def test_an_alert_without_a_match_is_held_by_one_write(harness: MatchingHarness) -> None:
    """Only a slot that moves needs a transaction: alerts come in bursts, mostly before a match."""
    await harness.deliver(harness.opened("c1"), harness.verdict("c1"))
    with commands(harness.composed.runtime.database) as sent:
        await harness.deliver(harness.alert("c1", "a1"))
    assert "commitTransaction" not in sent
    await harness.deliver(harness.alert_closed("c1", "a1"))
    await harness.enrol("sari", cap=1)
    await harness.run_round()
    with commands(harness.composed.runtime.database) as sent:
        await harness.deliver(harness.alert("c1", "a2"))
    assert sent.count("commitTransaction") == 1
    assert (await harness.supporter("sari")).slots == {}
