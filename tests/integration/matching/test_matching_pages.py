"""A coordinator's pages: enrolling and renewing, with what is wrong beside its field and nothing
typed lost.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.matching.harness import SCHOOL, MatchingHarness
from integration.service_harness import StaffBrowser, open_staff_browser
from sebaya_contracts.words import Level, Role, SupporterState, Urgency, WaitDetail, WaitReason
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.enums import Stage

AT = f"/s/{SCHOOL}"
RIGHT: dict[str, str | list[str]] = {
    "supporter_id": "dina",
    "display_name": "Kak Dina",
    "topics": ["grief", "family"],
    "languages": ["id"],
    "cap": "2",
    "certified_until": "2099-06-30",
    "state": "active",
}


@pytest.fixture
def wulan(harness: MatchingHarness) -> StaffBrowser:
    return open_staff_browser(harness.http, harness.composed.app, "wulan", Role.COORDINATOR, SCHOOL)


async def test_a_supporter_is_enrolled_on_the_page(
    harness: MatchingHarness, wulan: StaffBrowser
) -> None:
    assert (await wulan.send(f"{AT}/supporters", **RIGHT)).status_code == 303
    profile = (await harness.supporters.load("dina")).state.profile
    assert (profile.display_name, profile.topics, profile.cap, profile.state) == (
        "Kak Dina",
        ("grief", "family"),
        2,
        "active",
    )
    # The last second of that day at the school (UTC+7) still counts.
    assert profile.certified_until == datetime(2099, 6, 30, 16, 59, 59, tzinfo=UTC)
    listed = (await wulan.get(f"{AT}/waiting")).text
    assert "Kak Dina" in listed and "30 June 2099" in listed


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("supporter_id", "Kak Dina!"),
        ("display_name", "\u202egnp.exe"),
        ("topics", []),
        ("languages", []),
        ("cap", "eleven"),
        ("cap", "11"),
        ("certified_until", "soon"),
        ("state", "boss"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
    harness: MatchingHarness, wulan: StaffBrowser, field: str, wrong: str | list[str]
) -> None:
    answer = await wulan.send(f"{AT}/supporters", **RIGHT | {field: wrong})
    assert answer.status_code == 422
    assert re.findall(r'id="fault-(\w+)"', answer.text) == [field]
    kept = {
        "supporter_id": 'value="dina"',
        "display_name": 'value="Kak Dina"',
        "topics": 'value="grief" checked',
        "cap": 'value="2"',
    }
    assert [
        name for name, shown in kept.items() if name != field and shown not in answer.text
    ] == []
    assert await harness.supporters.list_all(10) == []


async def test_a_name_that_is_taken_is_told_beside_it(
    harness: MatchingHarness, wulan: StaffBrowser
) -> None:
    await wulan.send(f"{AT}/supporters", **RIGHT)
    assert (await wulan.send(f"{AT}/supporters", **RIGHT)).status_code == 303, (
        "the same again is a double tap"
    )
    other = await wulan.send(f"{AT}/supporters", **RIGHT | {"display_name": "Somebody else"})
    assert (other.status_code, "is enrolled under this user name already" in other.text) == (
        422,
        True,
    )
    assert (await harness.supporters.load("dina")).state.profile.display_name == "Kak Dina"


async def test_a_certificate_is_renewed_and_taken_back(
    harness: MatchingHarness, wulan: StaffBrowser
) -> None:
    await wulan.send(f"{AT}/supporters", **RIGHT)
    page = f"{AT}/supporters/dina"
    assert 'value="2099-06-30"' in (await wulan.get(page)).text
    wrong = await wulan.send(page, cap="2", state="active", certified_until="30/06/2100")
    assert (
        wrong.status_code,
        'id="fault-certified_until"' in wrong.text,
        'value="30/06/2100"' in wrong.text,
    ) == (422, True, True)
    assert (
        await wulan.send(page, cap="4", state="paused", certified_until="2100-06-30")
    ).status_code == 303
    profile = (await harness.supporters.load("dina")).state.profile
    assert (profile.cap, profile.state, profile.topics) == (
        4,
        SupporterState.PAUSED,
        ("grief", "family"),
    )
    assert profile.certified_until == datetime(2100, 6, 30, 16, 59, 59, tzinfo=UTC)
    await wulan.send(page, cap="4", state="active", certified_until="")
    assert (await harness.supporters.load("dina")).state.profile.certified_until is None
    assert (await wulan.get(f"{AT}/supporters/nobody")).status_code == 404


async def test_a_coordinator_sees_who_wants_somebody_soon(
    harness: MatchingHarness, wulan: StaffBrowser
) -> None:
    await harness.wait_for_supporter("c1")
    assert "wants support soon" not in (await wulan.get(f"{AT}/waiting")).text
    await harness.cases.decide("c1", lambda case, _now: (with_urgency(case), ()))
    assert "wants support soon" in (await wulan.get(f"{AT}/waiting")).text


def with_urgency(case: Case) -> Case:
    assert case.request is not None
    return replace(case, request=replace(case.request, urgency=Urgency.SOON))


async def test_the_pages_ask_for_hours_and_a_beginner_has_one_slot(
    harness: MatchingHarness, wulan: StaffBrowser
) -> None:
    without_cap = {name: value for name, value in RIGHT.items() if name != "cap"}
    hours = ["mon-lunch", "wed-after"]
    assert (await wulan.send(f"{AT}/supporters", **without_cap, hours=hours)).status_code == 303
    profile = (await harness.supporters.load("dina")).state.profile
    assert (profile.hours, profile.cap) == (("mon-lunch", "wed-after"), 1)
    page = f"{AT}/supporters/dina"
    assert 'value="wed-after" checked' in (await wulan.get(page)).text
    kept = {"cap": "2", "state": "active", "certified_until": "2099-06-30"}
    await wulan.send(page, **kept)
    assert (await harness.supporters.load("dina")).state.profile.hours == profile.hours
    await wulan.send(page, **kept, hours_shown="yes", hours="fri-lunch")
    assert (await harness.supporters.load("dina")).state.profile.hours == ("fri-lunch",)


async def test_a_supporter_who_was_silent_reads_why_and_comes_back(
    harness: MatchingHarness,
) -> None:
    dina = open_staff_browser(harness.http, harness.composed.app, "dina", Role.SUPPORTER, SCHOOL)
    await harness.enrol("dina")
    rows = harness.school.collection("supporters")
    later = await harness.now() + timedelta(days=1)
    await rows.update({}, {"$set": {"state.unanswered": 2, "state.rests_until": later}})
    await harness.wait_for_supporter("c1")
    await harness.run_round()
    waiting = await harness.case("c1")
    assert (waiting.wait_reason, waiting.wait_detail) == (
        WaitReason.ALL_BUSY,
        WaitDetail.ALL_RESTING,
    )
    assert f"{AT}/mine/here" in (await dina.get(f"{AT}/mine")).text
    assert (await dina.send(f"{AT}/mine/hours", hours="mon-lunch")).status_code == 303
    assert (await dina.send(f"{AT}/mine/here")).status_code == 303
    assert f"{AT}/mine/here" not in (await dina.get(f"{AT}/mine")).text
    await harness.run_round()
    assert (await harness.case("c1")).match is not None
    assert (await harness.supporter("dina")).profile.hours == ("mon-lunch",)


@pytest.mark.parametrize("goes_on", [True, False])
async def test_after_a_grave_alert_a_talk_is_owed_and_nothing_is_offered_before_it(
    harness: MatchingHarness, goes_on: bool
) -> None:
    """Whether or not the match goes on; told again, the closing owes no second talk."""
    await harness.enrol("sari", cap=3)
    await harness.wait_for_supporter("c1")
    await harness.run_round()
    await harness.accept("c1")
    await harness.wait_for_supporter("c2")
    await harness.run_round()
    closed = harness.alert_closed("c1", peer_may_continue=goes_on, level=Level.RED)
    await harness.deliver(harness.alert("c1"), closed)
    await harness.deliver(closed)
    assert len((await harness.supporter("sari")).debriefs_owed) == 1
    assert (await harness.case("c1")).stage is (Stage.MATCHED if goes_on else Stage.REFERRED)
    await harness.composed.jobs.matching_round.handle_due(SCHOOL, ["c2"])
    await harness.run_round()
    assert (await harness.case("c2")).stage is Stage.WAITING, "the open offer fell, and no new one"
    app, at = harness.composed.app, f"{AT}/debriefs"
    counsellor = open_staff_browser(harness.http, app, "bk-1", Role.COUNSELLOR, SCHOOL)
    sari = open_staff_browser(harness.http, app, "sari", Role.SUPPORTER, SCHOOL)
    assert "First somebody for you" in (await sari.get(f"{AT}/mine")).text
    assert "Sari" in (await counsellor.get(at)).text
    assert (await counsellor.send(f"{at}/sari/held")).status_code == 303
    assert "Nobody waits for a talk" in (await counsellor.get(at)).text
    assert "First somebody for you" not in (await sari.get(f"{AT}/mine")).text
    await counsellor.send(f"{at}/sari/held")
    audit = harness.composed.runtime.database["audit"]
    assert await audit.count_documents({"what": "debrief_held", "who": "bk-1"}) == 1
    await harness.deliver(closed)
    await harness.run_round()
    assert (await harness.case("c2")).stage is Stage.OFFERED


async def test_a_talk_is_owed_to_who_left_while_the_danger_stood(harness: MatchingHarness) -> None:
    """Whichever comes here first, the end of the match or the closing of the alert."""
    await harness.enrol("sari", cap=3)
    await harness.wait_for_supporter("c1")
    await harness.run_round()
    await harness.accept("c1")
    await harness.deliver(harness.alert("c1"))
    sari = open_staff_browser(harness.http, harness.composed.app, "sari", Role.SUPPORTER, SCHOOL)
    match = (await harness.case("c1")).match
    assert match is not None and match.accepted_at is not None
    finished = await sari.send(f"{AT}/mine/{match.match_id}/close", end="completed")
    assert finished.status_code == 303
    await harness.deliver(
        harness.alert_closed(
            "c1", level=Level.RED, raised_at=match.accepted_at, closed_at=match.accepted_at
        )
    )
    assert len((await harness.supporter("sari")).debriefs_owed) == 1


async def test_no_talk_is_owed_after_a_lesser_alert_or_to_whom_it_was_only_offered(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari", cap=3)
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    await harness.accept("c1")
    await harness.deliver(harness.alert("c1"), harness.alert_closed("c1"))
    red = harness.alert_closed("c2", "a2", level=Level.RED)
    await harness.deliver(harness.alert("c2", "a2"), red)
    assert (await harness.supporter("sari")).debriefs == ()
