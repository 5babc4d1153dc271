"""What is erased is gone, from everywhere, whatever comes later and wherever the process dies."""

import pytest

from conformance.harness import Killed, killed_at_write
from integration.intake.harness import SCHOOL, IntakeHarness, key, opening_body, prepared_intake
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_contracts.words import Role
from servers import Servers
from support import eventually, running

ME = "/schools/s1/me"
PLANTED = ["plantedopening", "plantedmessage", "plantedpeer", "planted-exclusion"]
FOUND = {"name": "Plantedname", "class_name": "Plantedclass", "number": "0812 7777 1234"}


async def rich_case(harness: IntakeHarness) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Open a case with words in every place; return its code, its key and its message ids."""
    await harness.publish_supporter("planted-exclusion", "Rani")
    opening = key()
    body = opening_body(
        "plantedopening", excluded_supporters=["planted-exclusion"], contact_details=FOUND
    )
    opened = (await harness.http.post("/schools/s1/cases", json=body, headers=opening)).json()
    await harness.accept_match(opened["case_id"])
    await harness.raise_alert(opened["case_id"])
    sent = []
    for number in range(3):
        posted = await harness.http.post(
            f"{ME}/messages",
            json={"text": f"plantedmessage {number}"},
            headers=harness.code_headers(opened) | key(),
        )
        sent.append(posted.json()["message_id"])
    peer = harness.staff_headers("sup-1", Role.SUPPORTER) | key()
    posted = await harness.http.post(
        f"/schools/s1/cases/{opened['case_id']}/messages",
        json={"text": "plantedpeer"},
        headers=peer,
    )
    sent.append(posted.json()["message_id"])
    return opened, opening, sent


async def words_left(harness: IntakeHarness) -> list[str]:
    stored = await harness.dump_store()
    return [words for words in PLANTED[:3] if words in stored]


async def test_after_an_erasure_and_the_relay_no_word_is_left_in_the_store(
    servers: Servers, prefix: str
) -> None:
    """Promise in text not kept by code."""
    async with (
        prepared_intake(servers, prefix) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        opened, _, _ = await rich_case(harness)
        assert await words_left(harness) == PLANTED[:3]
        stored = await harness.dump_store()
        assert [text for text in FOUND.values() if text in stored] == [], "kept sealed alone"
        assert "'sealed'" in stored
        assert (
            await harness.http.delete(ME, headers=harness.code_headers(opened))
        ).status_code == 202

        async def gone() -> bool:
            return await words_left(harness) == []

        await eventually(gone)
        case = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
        assert case is not None and "planted-exclusion" not in repr(case)
        assert case["state"]["details"] is None, "the sealed form went too"
        assert case["state"]["plan"] is None
        for method, path in [
            ("GET", ME),
            ("GET", f"{ME}/messages"),
            ("DELETE", ME),
            ("POST", f"{ME}/adult"),
        ]:
            answer = await harness.http.request(method, path, headers=harness.code_headers(opened))
            assert answer.status_code == 404 and answer.json()["crisis"]["lines"]
        for person in (
            harness.staff_headers("sup-1", Role.SUPPORTER),
            harness.staff_headers("p", Role.COUNSELLOR),
        ):
            assert (
                await harness.http.get(
                    f"/schools/s1/cases/{opened['case_id']}/messages", headers=person
                )
            ).status_code == 404


async def test_a_crash_at_every_write_of_the_wiping_leaves_no_words(harness: IntakeHarness) -> None:
    opened, _, sent = await rich_case(harness)
    await harness.http.delete(ME, headers=harness.code_headers(opened))
    deaths = 0
    while True:
        try:
            with killed_at_write(2, after=bool(deaths % 2)):
                await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
        except Killed:
            deaths += 1
            case = await harness.composed.runtime.database["cases"].find_one(
                {"_id": opened["case_id"]}
            )
            wiped = case is not None and case["state"]["wiped"]
            texts = [
                row["state"]["text"]
                async for row in harness.composed.runtime.database["messages"].find({})
            ]
            assert not wiped or set(texts) == {""}, "the case must stay due while a word is left"
            assert wiped or (case is not None and case["due_at"] is not None)
            continue
        break
    assert deaths >= len(sent) - 1
    texts = [
        row["state"]["text"] async for row in harness.composed.runtime.database["messages"].find({})
    ]
    assert texts == [""] * len(sent)


async def test_nothing_is_stored_for_an_erased_case_by_late_events(harness: IntakeHarness) -> None:
    opened, _, sent = await rich_case(harness)
    await harness.http.delete(ME, headers=harness.code_headers(opened))
    await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    before = await harness.dump_store()
    outcomes = await harness.raise_alert(opened["case_id"], "a-late")
    outcomes += await harness.publish_verdict("opening", opened["case_id"], opening=True)
    for message_id in sent:
        outcomes += await harness.publish_verdict(message_id, opened["case_id"])
    assert set(outcomes) == {Outcome.IGNORED}
    assert await harness.dump_store() == before


async def test_a_belated_repeat_of_the_opening_does_not_bring_it_back(
    harness: IntakeHarness,
) -> None:
    opened, opening, _ = await rich_case(harness)
    await harness.http.delete(ME, headers=harness.code_headers(opened))
    body = opening_body(
        "plantedopening", excluded_supporters=["planted-exclusion"], contact_details=FOUND
    )
    answer = await harness.http.post("/schools/s1/cases", json=body, headers=opening)
    assert answer.status_code == 410 and answer.json()["crisis"]["lines"]
    assert await harness.composed.runtime.database["cases"].count_documents({}) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_at_the_erasure_erases_whole_or_not_at_all(
    harness: IntakeHarness, after: bool
) -> None:
    opened, _, _ = await rich_case(harness)
    loaded = await harness.composed.dependencies.store(SCHOOL).load_case(opened["case_id"])
    from sebaya_intake.domain import case as cases

    with pytest.raises(Killed), killed_at_write(1, after=after):
        await harness.composed.dependencies.store(SCHOOL).update_case(
            opened["case_id"], cases.erase
        )
    stored = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert stored is not None
    erased = [entry["type"] for entry in stored["outbox"]].count("CaseErased")
    assert (stored["state"]["opening"] is None, erased) == ((True, 1) if after else (False, 0))
    assert loaded.state.opening is not None
