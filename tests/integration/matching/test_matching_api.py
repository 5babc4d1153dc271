"""The HTTP side: who may do what, what is refused and how, and what an offer does not tell."""

from typing import Any

import pytest

from integration.matching.harness import MatchingHarness, as_person
from sebaya_contracts.words import Role, SupporterState
from sebaya_matching.domain.enums import Stage

COORDINATOR = (Role.COORDINATOR,)
ROUTES = [
    ("POST", "supporters", "coordinator"),
    ("PATCH", "supporters/sari", "coordinator"),
    ("GET", "supporters", "coordinator"),
    ("GET", "waiting", "coordinator"),
    ("GET", "offers", "supporter"),
    ("GET", "matches", "supporter"),
    ("POST", "matches/m1/accept", "supporter"),
    ("POST", "matches/m1/decline", "supporter"),
    ("POST", "matches/m1/meetings", "supporter"),
    ("POST", "matches/m1/close", "supporter"),
    ("POST", "supporters/me/pause", "supporter"),
]


def body(**more: Any) -> dict[str, Any]:
    given = {
        "supporter_id": "sari",
        "display_name": "Sari",
        "topics": ["loneliness"],
        "languages": ["id"],
        "hours": ["mon-lunch"],
        "cap": 2,
        "certified_until": "2999-01-01T00:00:00Z",
        "state": "active",
    }
    return given | more


async def offer_of(
    harness: MatchingHarness, supporter_id: str = "sari", case_id: str = "c1"
) -> str:
    await harness.enrol(supporter_id)
    await harness.wait_for_supporter(case_id)
    await harness.run_round()
    return await harness.match_of(case_id)


@pytest.mark.parametrize(("method", "path", "role"), ROUTES)
async def test_each_route_is_for_its_role_at_its_school(
    harness: MatchingHarness, method: str, path: str, role: str
) -> None:
    async def status(*roles: Role, school: str = "s1") -> int:
        headers = as_person("sari", *roles, school=school) if roles else {}
        return (
            await harness.http.request(method, f"/schools/s1/{path}", json={}, headers=headers)
        ).status_code

    assert await status() == 401
    for other in Role:
        expected = {200, 201, 404, 422} if other == role else {403}
        assert await status(other) in expected
    assert await status(Role(role), school="s2") == 404


async def test_a_school_the_district_does_not_have_is_not_found(harness: MatchingHarness) -> None:
    answer = await harness.http.get(
        "/schools/nowhere/waiting", headers=as_person("k", Role.COORDINATOR, school="nowhere")
    )
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:sebaya:problem:unknown-school")


async def test_enrolling_again_is_the_same_answer_and_another_profile_is_refused(
    harness: MatchingHarness,
) -> None:
    first = await harness.post("supporters", "k", body(), *COORDINATOR)
    assert (first.status_code, first.json()["free"]) == (201, 2)
    again = await harness.post("supporters", "k", body(), *COORDINATOR)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await harness.post("supporters", "k", body(cap=3), *COORDINATOR)
    assert (other.status_code, other.json()["type"]) == (409, "urn:sebaya:problem:supporter-exists")
    assert [entry["type"] for entry in await harness.events("supporters")] == ["SupporterProfiled"]


async def test_two_schools_may_use_the_same_id(harness: MatchingHarness) -> None:
    await harness.enrol("sari")
    elsewhere = MatchingHarness(harness.composed, harness.http, school_id="s2")
    await elsewhere.enrol("sari", display_name="Another Sari")
    assert (await harness.supporter("sari")).profile.display_name == "Sari"
    assert (await elsewhere.supporter("sari")).profile.display_name == "Another Sari"


@pytest.mark.parametrize(
    "wrong",
    [
        {"cap": 0},
        {"cap": 11},
        {"topics": []},
        {"topics": ["loneliness", "loneliness"]},
        {"topics": ["gossip"]},
        {"languages": []},
        {"languages": ["Bahasa Indonesia"]},
        {"hours": ["mon-lunch"] * 2},
        {"hours": ["x" * 40]},
        {"display_name": "  "},
        {"display_name": "a\x00b"},
        {"display_name": "x" * 81},
        {"supporter_id": "a.b"},
        {"supporter_id": "x" * 65},
        {"certified_until": "2027-01-01T00:00:00"},
        {"state": "holy"},
    ],
)
async def test_a_profile_that_is_not_right_is_refused(
    harness: MatchingHarness, wrong: dict[str, Any]
) -> None:
    answer = await harness.post("supporters", "k", body(**wrong), *COORDINATOR)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert next(iter(wrong)) in answer.json()["errors"][0]["field"]


async def test_a_field_that_nobody_knows_is_refused_without_being_told_back(
    harness: MatchingHarness,
) -> None:
    answer = await harness.post("supporters", "k", body(password="x"), *COORDINATOR)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")
    assert "password" not in answer.text


async def change(
    harness: MatchingHarness, changes: dict[str, Any], supporter_id: str = "sari"
) -> Any:
    headers = as_person("k", Role.COORDINATOR)
    return await harness.http.patch(
        f"/schools/s1/supporters/{supporter_id}", json=changes, headers=headers
    )


async def test_a_change_is_told_and_what_is_not_named_stays(harness: MatchingHarness) -> None:
    await harness.post("supporters", "k", body(), *COORDINATOR)
    changed = await change(harness, {"cap": 5, "certified_until": None})
    assert (changed.status_code, changed.json()["cap"], changed.json()["display_name"]) == (
        200,
        5,
        "Sari",
    )
    assert changed.json()["certified_until"] is None
    await change(harness, {"cap": 5})
    assert [entry["type"] for entry in await harness.events("supporters")] == [
        "SupporterProfiled"
    ] * 2
    assert (await change(harness, {"cap": None})).status_code == 422
    assert (await change(harness, {"cap": 99})).status_code == 422
    assert (await change(harness, {"cap": 1}, "nobody")).status_code == 404


async def test_supporters_are_listed_with_their_places(harness: MatchingHarness) -> None:
    await offer_of(harness)
    listed = (await harness.get("supporters", "k", *COORDINATOR)).json()
    assert [(one["supporter_id"], one["taken"], one["free"]) for one in listed] == [("sari", 1, 1)]


async def test_an_offer_says_what_it_is_about_and_nothing_of_who_asks(
    harness: MatchingHarness,
) -> None:
    match_id = await offer_of(harness)
    [offer] = (await harness.get("offers", "sari")).json()
    assert set(offer) == {
        "match_id",
        "case_id",
        "topic",
        "language",
        "hours",
        "reasons",
        "offered_at",
        "lapses_at",
    }
    assert (offer["match_id"], offer["topic"], offer["language"]) == (match_id, "loneliness", "id")
    assert "first_language" in offer["reasons"]
    assert (await harness.get("offers", "budi")).json() == []


async def test_accepting_is_idempotent_for_its_supporter_and_hidden_from_others(
    harness: MatchingHarness,
) -> None:
    match_id = await offer_of(harness)
    await harness.enrol("budi")
    assert (await harness.post(f"matches/{match_id}/accept", "budi")).status_code == 404
    first = await harness.post(f"matches/{match_id}/accept", "sari")
    again = await harness.post(f"matches/{match_id}/accept", "sari")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert await harness.event_types("c1") == ["MatchOffered", "MatchAccepted"]
    assert (await harness.get("offers", "sari")).json() == []
    [match] = (await harness.get("matches", "sari")).json()
    assert (match["match_id"], match["state"]) == (match_id, "active")
    assert (await harness.get("matches", "budi")).json() == []


async def test_a_match_of_another_school_is_not_found(harness: MatchingHarness) -> None:
    match_id = await offer_of(harness)
    await _other_school(harness)
    answer = await harness.http.post(
        f"/schools/s2/matches/{match_id}/accept",
        headers=as_person("sari", Role.SUPPORTER, school="s2"),
    )
    assert answer.status_code == 404
    assert (await harness.case("c1")).stage is Stage.OFFERED


async def _other_school(harness: MatchingHarness) -> None:
    from integration.matching.harness import define_school

    await define_school(harness.composed, "s2")
    await MatchingHarness(harness.composed, harness.http, school_id="s2").enrol("sari")


async def test_declining_with_a_reason_from_the_list_goes_to_somebody_else(
    harness: MatchingHarness,
) -> None:
    match_id = await offer_of(harness)
    assert (
        await harness.post(f"matches/{match_id}/decline", "sari", {"reason": "because of Rina"})
    ).status_code == 422
    for _ in range(2):
        declined = await harness.post(
            f"matches/{match_id}/decline", "sari", {"reason": "knows_student"}
        )
        assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert await harness.event_types("c1") == ["MatchOffered", "MatchDeclined"]
    assert (await harness.supporter("sari")).slots == {}
    assert (await harness.post(f"matches/{match_id}/accept", "sari")).json()[
        "type"
    ] == "urn:sebaya:problem:offer-gone"
    await harness.run_round()
    assert (await harness.case("c1")).stage is Stage.WAITING


async def test_meetings_and_closing(harness: MatchingHarness) -> None:
    match_id = await offer_of(harness)
    assert (await harness.post(f"matches/{match_id}/meetings", "sari", {})).status_code == 409
    await harness.accept("c1")
    assert (await harness.post(f"matches/{match_id}/meetings", "sari", {})).json()["meetings"] == 1
    early = await harness.post(
        f"matches/{match_id}/meetings", "sari", {"met_at": "2020-01-01T00:00:00Z"}
    )
    assert (early.status_code, early.json()["type"]) == (
        422,
        "urn:sebaya:problem:meeting-impossible",
    )
    assert (
        await harness.post(f"matches/{match_id}/close", "sari", {"end": "counsellor_ended"})
    ).status_code == 422
    for _ in range(2):
        closed = await harness.post(f"matches/{match_id}/close", "sari", {"end": "completed"})
        assert (closed.status_code, closed.json()["state"], closed.json()["end"]) == (
            200,
            "ended",
            "completed",
        )
    assert await harness.event_types("c1") == [
        "MatchOffered",
        "MatchAccepted",
        "MeetingLogged",
        "MatchClosed",
    ]
    assert ((await harness.case("c1")).stage, (await harness.supporter("sari")).slots) == (
        Stage.CLOSED,
        {},
    )
    assert [one["state"] for one in (await harness.get("matches", "sari")).json()] == ["ended"]
    assert (await harness.post(f"matches/{match_id}/meetings", "sari", {})).status_code == 409


async def test_a_break_gives_open_offers_to_others_and_only_an_active_supporter_can_take_one(
    harness: MatchingHarness,
) -> None:
    match_id = await offer_of(harness)
    await harness.enrol("budi")
    for _ in range(2):
        paused = await harness.post("supporters/me/pause", "sari")
        assert (paused.status_code, paused.json()["state"], paused.json()["taken"]) == (
            200,
            "paused",
            0,
        )
    await harness.run_round()
    assert (await harness.case("c1")).stage is Stage.OFFERED
    assert (await harness.supporter("budi")).taken == 1
    assert (await harness.post(f"matches/{match_id}/accept", "sari")).status_code == 409
    await harness.enrol("new", state=SupporterState.APPLIED)
    assert (await harness.post("supporters/me/pause", "new")).status_code == 409
    assert (await harness.post("supporters/me/pause", "nobody")).status_code == 404


async def test_a_supporter_whose_certificate_ran_out_after_the_offer_cannot_accept(
    harness: MatchingHarness,
) -> None:
    match_id = await offer_of(harness)
    runtime = harness.composed.runtime
    await runtime.database["supporters"].update_one(
        {}, {"$set": {"state.profile.certified_until": await harness.now()}}
    )
    answer = await harness.post(f"matches/{match_id}/accept", "sari")
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:sebaya:problem:supporter-not-available",
    )


async def test_who_waits_is_listed_longest_first_with_the_reason(harness: MatchingHarness) -> None:
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    listed = (await harness.get("waiting?limit=1", "k", *COORDINATOR)).json()
    assert len(listed) == 1
    assert set(listed[0]) == {
        "case_id",
        "topic",
        "since",
        "reason",
        "detail",
        "age_seconds",
        "urgency",
    }
    assert (listed[0]["reason"], listed[0]["age_seconds"] >= 0) == ("no_supporter_for_topic", True)
    assert (await harness.get("waiting?limit=501", "k", *COORDINATOR)).status_code == 422


async def test_every_route_is_described_with_its_refusals(harness: MatchingHarness) -> None:
    described = harness.composed.app.openapi()
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["summary"], path
            of_a_school = {"404", "422"} if "{school_id}" in path else set()
            assert {"401", "403", "503"} | of_a_school <= set(route["responses"]), (method, path)
    accept = described["paths"]["/schools/{school_id}/matches/{match_id}/accept"]["post"][
        "responses"
    ]["409"]
    assert set(accept["content"]["application/problem+json"]["examples"]) == {
        "case-held",
        "offer-gone",
        "supporter-not-available",
    }
    for name, schema in described["components"]["schemas"].items():
        if name.endswith(("Body", "Change")):
            assert schema["additionalProperties"] is False, name
            assert schema["examples"], name
