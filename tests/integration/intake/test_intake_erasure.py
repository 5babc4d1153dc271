"""What is erased is gone, from everywhere, whatever comes later and wherever the process dies."""

import pytest

from conformance.harness import Killed, killed_at_write
from integration.intake.intake_door import SCHOOL, Door, door_of, key, wanted
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_contracts.words import Role
from servers import Servers
from support import eventually, running

ME = "/schools/s1/me"
PLANTED = ["plantedopening", "plantedmessage", "plantedpeer", "planted-exclusion"]


async def rich_case(door: Door) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """A case with words in every place; its code, the key it was opened with, and its message ids."""
    await door.supporter("planted-exclusion", "Rani")
    opening = key()
    body = wanted("plantedopening", excluded_supporters=["planted-exclusion"])
    opened = (await door.http.post("/schools/s1/cases", json=body, headers=opening)).json()
    await door.matched(opened["case_id"])
    await door.alert(opened["case_id"])
    sent = []
    for number in range(3):
        posted = await door.http.post(
            f"{ME}/messages",
            json={"text": f"plantedmessage {number}"},
            headers=door.me(opened) | key(),
        )
        sent.append(posted.json()["message_id"])
    peer = door.token("sup-1", Role.SUPPORTER) | key()
    posted = await door.http.post(
        f"/schools/s1/cases/{opened['case_id']}/messages",
        json={"text": "plantedpeer"},
        headers=peer,
    )
    sent.append(posted.json()["message_id"])
    return opened, opening, sent


async def words_left(door: Door) -> list[str]:
    stored = await door.everything_stored()
    return [words for words in PLANTED[:3] if words in stored]


async def test_after_an_erasure_and_the_relay_no_word_is_left_in_the_store(
    servers: Servers, prefix: str
) -> None:
    """Promise in text not kept by code."""
    async with door_of(servers, prefix) as door, running(door.composed.runtime, door.composed.app):
        opened, _, _ = await rich_case(door)
        assert await words_left(door) == PLANTED[:3]
        assert (await door.http.delete(ME, headers=door.me(opened))).status_code == 202

        async def gone() -> bool:
            return await words_left(door) == []

        await eventually(gone)
        case = await door.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
        assert case is not None and "planted-exclusion" not in repr(case)
        for method, path in [
            ("GET", ME),
            ("GET", f"{ME}/messages"),
            ("DELETE", ME),
            ("POST", f"{ME}/adult"),
        ]:
            answer = await door.http.request(method, path, headers=door.me(opened))
            assert answer.status_code == 404 and answer.json()["crisis"]["lines"]
        for person in (door.token("sup-1", Role.SUPPORTER), door.token("p", Role.COUNSELLOR)):
            assert (
                await door.http.get(
                    f"/schools/s1/cases/{opened['case_id']}/messages", headers=person
                )
            ).status_code == 404


async def test_a_crash_at_every_write_of_the_wiping_leaves_no_words(door: Door) -> None:
    opened, _, sent = await rich_case(door)
    await door.http.delete(ME, headers=door.me(opened))
    deaths = 0
    while True:
        try:
            with killed_at_write(2, after=bool(deaths % 2)):
                await door.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
        except Killed:
            deaths += 1
            case = await door.composed.runtime.database["cases"].find_one(
                {"_id": opened["case_id"]}
            )
            wiped = case is not None and case["state"]["wiped"]
            texts = [
                row["state"]["text"]
                async for row in door.composed.runtime.database["messages"].find({})
            ]
            assert not wiped or set(texts) == {""}, "the case must stay due while a word is left"
            assert wiped or (case is not None and case["due_at"] is not None)
            continue
        break
    assert deaths >= len(sent) - 1
    texts = [
        row["state"]["text"] async for row in door.composed.runtime.database["messages"].find({})
    ]
    assert texts == [""] * len(sent)


async def test_nothing_is_stored_for_an_erased_case_by_late_events(door: Door) -> None:
    opened, _, sent = await rich_case(door)
    await door.http.delete(ME, headers=door.me(opened))
    await door.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    before = await door.everything_stored()
    outcomes = await door.alert(opened["case_id"], "a-late")
    outcomes += await door.screened("opening", opened["case_id"], opening=True)
    for message_id in sent:
        outcomes += await door.screened(message_id, opened["case_id"])
    assert set(outcomes) == {Outcome.IGNORED}
    assert await door.everything_stored() == before


async def test_a_belated_repeat_of_the_opening_does_not_bring_it_back(door: Door) -> None:
    opened, opening, _ = await rich_case(door)
    await door.http.delete(ME, headers=door.me(opened))
    body = wanted("plantedopening", excluded_supporters=["planted-exclusion"])
    answer = await door.http.post("/schools/s1/cases", json=body, headers=opening)
    assert answer.status_code == 410 and answer.json()["crisis"]["lines"]
    assert await door.composed.runtime.database["cases"].count_documents({}) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_at_the_erasure_erases_whole_or_not_at_all(door: Door, after: bool) -> None:
    opened, _, _ = await rich_case(door)
    loaded = await door.composed.dependencies.store(SCHOOL).load_case(opened["case_id"])
    from sebaya_intake.domain import case as cases

    with pytest.raises(Killed), killed_at_write(1, after=after):
        await door.composed.dependencies.store(SCHOOL).update_case(opened["case_id"], cases.erase)
    stored = await door.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert stored is not None
    erased = [entry["type"] for entry in stored["outbox"]].count("CaseErased")
    assert (stored["state"]["opening"] is None, erased) == ((True, 1) if after else (False, 0))
    assert loaded.state.opening is not None
