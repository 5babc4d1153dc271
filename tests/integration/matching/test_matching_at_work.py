"""The service with its loops: caps under a storm (check then act), freed slots used at once,
timers, and indexes instead of scans.
"""

import asyncio
from collections import defaultdict
from typing import Any

import msgspec
import pytest
from pymongo.errors import AutoReconnect

from integration.matching.harness import Place, define_school, prepared_place
from sebaya_contracts.words import Role
from sebaya_matching.domain.enums import MatchEndReason, Stage
from sebaya_matching.store import CaseStore
from servers import Servers
from support import environment, eventually, running


async def test_forty_cases_and_accepts_at_once_never_break_a_cap(place: Place) -> None:
    caps = {"p0": 1, "p1": 2, "p2": 3, "p3": 5}
    for supporter_id, cap in caps.items():
        await place.enrol(supporter_id, cap=cap)
    cases = [f"c{number}" for number in range(40)]
    await asyncio.gather(*(place.wait_for_supporter(case_id) for case_id in cases))

    async def answer(number: int) -> None:
        """Each supporter's device, and three replicas' timers, all at once; some decline, some
        leave again.
        """
        await place.place()
        for supporter_id in caps:
            for offer in (await place.get("offers", supporter_id)).json():
                path = f"matches/{offer['match_id']}"
                if number % 3 == 0:
                    await place.post(f"{path}/decline", supporter_id, {"reason": "no_time"})
                else:
                    await asyncio.gather(
                        place.post(f"{path}/accept", supporter_id),
                        place.post(f"{path}/accept", supporter_id),
                    )
                if number % 4 == 0:
                    await place.post(f"{path}/close", supporter_id, {"end": "completed"})

    await asyncio.gather(*(answer(number) for number in range(12)))
    await place.place()

    history = await place.composed.runtime.database["supporters"].find({}).to_list()
    for document in history:
        assert_cap_held(document["outbox"], caps[document["state"]["supporter_id"]])
    accepted: dict[str, int] = defaultdict(int)
    for entry in await place.events("cases"):
        if entry["type"] == "MatchAccepted":
            accepted[msgspec.json.decode(entry["data"])["case_id"]] += 1
    assert accepted
    assert set(accepted.values()) == {1}
    assert await documents_agree(place) > 0


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


async def documents_agree(place: Place) -> int:
    """Every slot is its case's match and the other way round. How many there are."""
    database = place.composed.runtime.database
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


async def test_forty_offers_to_one_supporter_at_once_fill_the_cap_exactly(place: Place) -> None:
    from sebaya_matching.domain.assignment import ProposedOffer
    from sebaya_matching.errors import NoSlot
    from unit.matching.examples import LAPSE

    await place.enrol("sari", cap=7)
    cases = [f"c{number}" for number in range(40)]
    await asyncio.gather(*(place.wait_for_supporter(case_id) for case_id in cases))
    outcomes = await asyncio.gather(
        *(
            place.cases.offer(f"m-{case_id}", ProposedOffer(case_id, "sari", ()), LAPSE)
            for case_id in cases
        ),
        return_exceptions=True,
    )
    assert (
        sorted(type(outcome).__name__ for outcome in outcomes) == ["NoSlot"] * 33 + ["NoneType"] * 7
    )
    assert all(outcome is None or isinstance(outcome, NoSlot) for outcome in outcomes)
    assert await documents_agree(place) == 7


async def test_a_freed_slot_is_used_within_about_a_second_and_a_lapse_by_the_timer(
    servers: Servers, prefix: str
) -> None:
    """The periodic retry is an hour away here, so only the nudge can be quick."""
    settings = environment(servers, prefix, retry_waiting_seconds=3600.0)
    async with (
        prepared_place(settings) as place,
        running(place.composed.runtime, place.composed.app),
    ):
        await place.enrol("sari", cap=1)
        await place.wait_for_supporter("c1", "c2")

        async def one_of_each() -> bool:
            cases = [await place.case(case_id) for case_id in ("c1", "c2")]
            reasons = [case.wait_reason for case in cases if case.stage is Stage.WAITING]
            return sorted(case.stage for case in cases) == [
                Stage.OFFERED,
                Stage.WAITING,
            ] and reasons != [None]

        await eventually(one_of_each)
        taken = "c1" if (await place.case("c1")).stage is Stage.OFFERED else "c2"
        other = "c2" if taken == "c1" else "c1"
        await place.post(
            f"matches/{await place.match_of(taken)}/decline", "sari", {"reason": "no_time"}
        )
        await eventually(lambda: stage_is(place, other, Stage.OFFERED), within=3)

        await define_school(place.composed, "s1", offer_lapse_seconds=0.2)
        place.composed.runtime.schools._cache.clear()
        await place.post(
            f"matches/{await place.match_of(other)}/decline", "sari", {"reason": "no_time"}
        )
        await place.enrol("budi", cap=1)
        await eventually(lambda: lapses(place))


async def stage_is(place: Place, case_id: str, stage: Stage) -> bool:
    return (await place.case(case_id)).stage is stage


async def lapses(place: Place) -> bool:
    both = [await place.case(case_id) for case_id in ("c1", "c2")]
    return any(former.parting is MatchEndReason.LAPSED for case in both for former in case.former)


async def test_no_query_reads_a_whole_collection(place: Place) -> None:
    """Each question the service asks is explained by the store that answered it; cases that are
    over or others' are not read for any.
    """
    await place.enrol("sari", "budi")
    await place.enrol("crowd", cap=40, languages=("en",))
    await asyncio.gather(
        *(place.wait_for_supporter(f"crowd{number}", language="en") for number in range(30))
    )
    await asyncio.gather(*(place.deliver(place.withdrawn(f"over{number}")) for number in range(60)))
    await place.wait_for_supporter("c1", "c2")
    await place.place()
    database = place.composed.runtime.database
    await database.command("profile", 2)
    try:
        await place.place()
        match_id = await place.match_of("c1")
        assert (
            await place.post("matches/m-of-nobody/close", "sari", {"end": "completed"})
        ).status_code == 404
        for path, role in (
            ("offers", "supporter"),
            ("matches", "supporter"),
            ("waiting", "coordinator"),
            ("supporters", "coordinator"),
        ):
            assert (await place.get(path, "sari", Role(role))).status_code == 200
        await place.post(f"matches/{match_id}/decline", "sari", {"reason": "no_time"})
        await place.post("supporters/me/pause", "sari")
        await place.composed.jobs.matching_round.act("s1", ["c1", "c2"])
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
    real, failures = CaseStore.to_try, iter([True, True])

    async def away_at_first(self: CaseStore, limit: int) -> object:
        if next(failures, False):
            raise AutoReconnect("away")
        return await real(self, limit)

    monkeypatch.setattr(CaseStore, "to_try", away_at_first)
    settings = environment(servers, prefix, timer_lease_seconds=0.2)
    async with (
        prepared_place(settings) as place,
        running(place.composed.runtime, place.composed.app),
    ):
        await place.enrol("sari")
        await place.wait_for_supporter("c1")
        await eventually(lambda: stage_is(place, "c1", Stage.OFFERED), within=10)
