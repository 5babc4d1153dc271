"""The service with its loops: caps under a storm (check then act), freed slots used at once,
timers, and indexes instead of scans.
"""

import asyncio
from collections import defaultdict
from typing import Any

import msgspec
import pytest
from pymongo.errors import AutoReconnect

from integration.matching.harness import MatchingHarness, define_school, prepared_matching
from sebaya_contracts.words import Role
from sebaya_matching.domain.enums import MatchEndReason, Stage
from sebaya_matching.store import CaseStore
from servers import Servers
from support import environment, eventually, running


async def test_forty_cases_and_accepts_at_once_never_break_a_cap(harness: MatchingHarness) -> None:
    caps = {"p0": 1, "p1": 2, "p2": 3, "p3": 5}
    for supporter_id, cap in caps.items():
        await harness.enrol(supporter_id, cap=cap)
    cases = [f"c{number}" for number in range(40)]
    await asyncio.gather(*(harness.wait_for_supporter(case_id) for case_id in cases))

    async def answer(number: int) -> None:
        """Each supporter's device, and three replicas' timers, all at once; some decline, some
        leave again.
        """
        await harness.run_round()
        for supporter_id in caps:
            for offer in (await harness.get("offers", supporter_id)).json():
                path = f"matches/{offer['match_id']}"
                if number % 3 == 0:
                    await harness.post(f"{path}/decline", supporter_id, {"reason": "no_time"})
                else:
                    await asyncio.gather(
                        harness.post(f"{path}/accept", supporter_id),
                        harness.post(f"{path}/accept", supporter_id),
                    )
                if number % 4 == 0:
                    await harness.post(f"{path}/close", supporter_id, {"end": "completed"})

    await asyncio.gather(*(answer(number) for number in range(12)))
    await harness.run_round()

    history = await harness.composed.runtime.database["supporters"].find({}).to_list()
    for document in history:
        assert_cap_held(document["outbox"], caps[document["state"]["supporter_id"]])
    accepted: dict[str, int] = defaultdict(int)
    for entry in await harness.events("cases"):
        if entry["type"] == "MatchAccepted":
            accepted[msgspec.json.decode(entry["data"])["case_id"]] += 1
    assert accepted
    assert set(accepted.values()) == {1}
    assert await documents_agree(harness) > 0


def assert_cap_held(outbox: list[dict[str, Any]], cap: int) -> None:
    """From the supporter's own history, at every instant."""
    holding: set[str] = set()
    for entry in outbox:
        data = msgspec.json.decode(entry["data"])
        if entry["type"] == "SlotTaken":
            holding.add(data["match_id"])
        elif entry["type"] == "SlotFreed":
            holding.remove(data["match_id"])
        else:
            continue
        assert len(holding) == data["taken"] <= cap


async def documents_agree(harness: MatchingHarness) -> int:
    """Every slot is its case's match and the other way round. How many there are."""
    database = harness.composed.runtime.database
    slots = {
        (match_id, case_id, document["state"]["supporter_id"])
        for document in await database["supporters"].find({}).to_list()
        for match_id, case_id in document["state"]["slots"].items()
    }
    matches = {
        (
            document["state"]["match"]["match_id"],
            document["_id"],
            document["state"]["match"]["supporter_id"],
        )
        for document in await database["cases"].find({"state.match": {"$ne": None}}).to_list()
    }
    assert slots == matches
    return len(slots)


async def test_forty_offers_to_one_supporter_at_once_fill_the_cap_exactly(
    harness: MatchingHarness,
) -> None:
    from sebaya_matching.domain.assignment import ProposedOffer
    from sebaya_matching.errors import NoSlot
    from unit.matching.examples import LAPSE

    await harness.enrol("sari", cap=7)
    cases = [f"c{number}" for number in range(40)]
    await asyncio.gather(*(harness.wait_for_supporter(case_id) for case_id in cases))
    outcomes = await asyncio.gather(
        *(
            harness.cases.offer(f"m-{case_id}", ProposedOffer(case_id, "sari", ()), LAPSE)
            for case_id in cases
        ),
        return_exceptions=True,
    )
    assert (
        sorted(type(outcome).__name__ for outcome in outcomes) == ["NoSlot"] * 33 + ["NoneType"] * 7
    )
    assert all(outcome is None or isinstance(outcome, NoSlot) for outcome in outcomes)
    assert await documents_agree(harness) == 7


async def test_a_freed_slot_is_used_within_about_a_second_and_a_lapse_by_the_timer(
    servers: Servers, prefix: str
) -> None:
    """The periodic retry is an hour away here, so only the nudge can be quick."""
    settings = environment(servers, prefix, retry_waiting_seconds=3600.0)
    async with (
        prepared_matching(settings) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        await harness.enrol("sari", cap=1)
        await harness.wait_for_supporter("c1", "c2")

        async def one_of_each() -> bool:
            cases = [await harness.case(case_id) for case_id in ("c1", "c2")]
            reasons = [case.wait_reason for case in cases if case.stage is Stage.WAITING]
            return sorted(case.stage for case in cases) == [
                Stage.OFFERED,
                Stage.WAITING,
            ] and reasons != [None]

        await eventually(one_of_each)
        taken = "c1" if (await harness.case("c1")).stage is Stage.OFFERED else "c2"
        other = "c2" if taken == "c1" else "c1"
        await harness.post(
            f"matches/{await harness.match_of(taken)}/decline", "sari", {"reason": "no_time"}
        )
        await eventually(lambda: stage_is(harness, other, Stage.OFFERED), within=3)

        await define_school(harness.composed, "s1", offer_lapse_seconds=0.2)
        harness.composed.runtime.schools._compared_at = float("-inf")
        await harness.post(
            f"matches/{await harness.match_of(other)}/decline", "sari", {"reason": "no_time"}
        )
        await harness.enrol("budi", cap=1)
        await eventually(lambda: lapses(harness))


async def stage_is(harness: MatchingHarness, case_id: str, stage: Stage) -> bool:
    return (await harness.case(case_id)).stage is stage


async def lapses(harness: MatchingHarness) -> bool:
    both = [await harness.case(case_id) for case_id in ("c1", "c2")]
    return any(former.parting is MatchEndReason.LAPSED for case in both for former in case.former)


async def test_no_query_reads_a_whole_collection(harness: MatchingHarness) -> None:
    """Each question the service asks is explained by the store that answered it; cases that are
    over or others' are not read for any.
    """
    await harness.enrol("sari", "budi")
    await harness.enrol("crowd", cap=40, languages=("en",))
    await asyncio.gather(
        *(harness.wait_for_supporter(f"crowd{number}", language="en") for number in range(30))
    )
    await asyncio.gather(
        *(harness.deliver(harness.withdrawn(f"over{number}")) for number in range(60))
    )
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    database = harness.composed.runtime.database
    await database.command("profile", 2)
    try:
        await harness.run_round()
        match_id = await harness.match_of("c1")
        assert (
            await harness.post("matches/m-of-nobody/close", "sari", {"end": "completed"})
        ).status_code == 404
        for path, role in (
            ("offers", "supporter"),
            ("matches", "supporter"),
            ("waiting", "coordinator"),
            ("supporters", "coordinator"),
        ):
            assert (await harness.get(path, "sari", Role(role))).status_code == 200
        await harness.post(f"matches/{match_id}/decline", "sari", {"reason": "no_time"})
        await harness.post("supporters/me/pause", "sari")
        await harness.composed.jobs.matching_round.handle_due("s1", ["c1", "c2"])
    finally:
        await database.command("profile", 0)
    asked = (
        await database["system.profile"]
        .find({"ns": {"$in": [f"{database.name}.cases", f"{database.name}.supporters"]}})
        .to_list()
    )
    plans = {entry.get("planSummary", "") for entry in asked}
    assert len(asked) > 10
    assert any(plan.startswith("IXSCAN") for plan in plans)
    assert not [
        entry for entry in asked if entry["ns"].endswith(".cases") and entry.get("hasSortStage")
    ]
    assert not [
        entry
        for entry in asked
        if "COLLSCAN" in entry.get("planSummary", "") or entry.get("docsExamined", 0) > 10
    ]


async def test_a_store_that_is_away_for_a_moment_ends_neither_the_timer_nor_the_service(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = CaseStore.list_to_try, iter([True, True])

    async def away_at_first(self: CaseStore, limit: int) -> object:
        if next(failures, False):
            raise AutoReconnect("away")
        return await real(self, limit)

    monkeypatch.setattr(CaseStore, "list_to_try", away_at_first)
    settings = environment(servers, prefix, timer_lease_seconds=0.2)
    async with (
        prepared_matching(settings) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        await harness.enrol("sari")
        await harness.wait_for_supporter("c1")
        await eventually(lambda: stage_is(harness, "c1", Stage.OFFERED), within=10)
