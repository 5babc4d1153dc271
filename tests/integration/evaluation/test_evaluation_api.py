"""Feedback and reports over HTTP: who may, what is kept, and what is shown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance import evaluation as scenario
from integration.evaluation.harness import MONDAY, YEAR, EvaluationHarness
from sebaya_contracts.intake import CaseErased
from sebaya_contracts.words import CaseTopic, Role
from sebaya_evaluation.collections import RELEASES, RESPONSES

FEEDBACK = "/schools/s1/feedback"
ANSWERS = {"heard": 5, "safe": 4, "better": 4, "cope": 3, "again": 5}
HIDDEN = {"hidden": True}


async def waiting(harness: EvaluationHarness) -> list[dict[str, Any]]:
    """Events that wait for the relay, which does not run here."""
    responses = await harness.composed.runtime.database[RESPONSES.collection].find({}).to_list()
    return [entry for response in responses for entry in response["outbox"]]


async def test_the_form_is_public_and_holds_no_free_text(harness: EvaluationHarness) -> None:
    form = (await harness.http.get("/feedback-form")).json()

    assert set(form["sides"]) == {"student", "supporter"}
    for questions in form["sides"].values():
        assert all(
            [option["option_id"] for option in question["options"]] == [1, 2, 3, 4, 5]
            for question in questions
        )


async def test_a_student_answers_by_link_once(harness: EvaluationHarness) -> None:
    first = await harness.http.post(FEEDBACK, json={"answers": ANSWERS}, headers=harness.link("c1"))
    assert (first.status_code, first.json()["answers"]) == (201, ANSWERS)

    again = await harness.http.post(FEEDBACK, json={"answers": ANSWERS}, headers=harness.link("c1"))
    assert (again.status_code, again.json()) == (200, first.json())

    other = await harness.http.post(
        FEEDBACK, json={"answers": ANSWERS | {"better": 1}}, headers=harness.link("c1")
    )
    assert other.status_code == 409
    assert other.json()["type"].endswith("already-answered")

    events = await waiting(harness)
    assert [event["type"] for event in events] == ["FeedbackGiven"]


@pytest.mark.parametrize("how", ["expired", "forged", "another school's", "empty"])
async def test_a_link_that_does_not_work_is_401(harness: EvaluationHarness, how: str) -> None:
    headers = {
        "expired": harness.link("c1", now=datetime.now(UTC) - timedelta(days=1)),
        "forged": {"Feedback-Token": harness.link("c1")["Feedback-Token"][:-6] + "aaaaaa"},
        "another school's": harness.link("c1", school_id="s2"),
        "empty": {"Feedback-Token": ""},
    }[how]
    answer = await harness.http.post(FEEDBACK, json={"answers": ANSWERS}, headers=headers)

    assert answer.status_code == 401
    assert await waiting(harness) == []


async def test_without_any_credential_nobody_answers(harness: EvaluationHarness) -> None:
    assert (await harness.http.post(FEEDBACK, json={"answers": ANSWERS})).status_code == 401


async def test_a_link_answers_for_its_own_match_only(harness: EvaluationHarness) -> None:
    answer = await harness.http.post(
        FEEDBACK, json={"answers": ANSWERS, "match_id": "another"}, headers=harness.link("c1")
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"answers": {}},
        {"answers": {"better": 0}},
        {"answers": {"better": 6}},
        {"answers": {"better": "4"}},
        {"answers": {"better": True}},
        {"answers": {"burdened": 3}},
        {"answers": ANSWERS, "comment": "words"},
        {"answers": ANSWERS, "form": "another-coding"},
        {"answers": {f"q{n}": 1 for n in range(11)}},
        {"answers": {"better\u0000": 1}},
    ],
)
async def test_what_the_form_does_not_offer_is_refused(
    harness: EvaluationHarness, body: dict[str, Any]
) -> None:
    answer = await harness.http.post(FEEDBACK, json=body, headers=harness.link("c1"))

    assert answer.status_code == 422
    assert "words" not in answer.text
    assert await waiting(harness) == []


async def test_a_supporter_answers_for_a_match_that_is_theirs(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    body = {"answers": {"helped": 4, "burdened": 2}, "match_id": "s1-k0-m"}
    own = harness.signed_in("p-s1-k0", Role.SUPPORTER)

    assert (await harness.http.post(FEEDBACK, json=body, headers=own)).status_code == 201
    assert (await harness.http.post(FEEDBACK, json=body, headers=own)).status_code == 200
    another = harness.signed_in("p-another", Role.SUPPORTER)
    anothers = await harness.http.post(FEEDBACK, json=body, headers=another)
    assert anothers.status_code == 404
    unknown = await harness.http.post(FEEDBACK, json=body | {"match_id": "m-unknown"}, headers=own)
    assert (unknown.status_code, unknown.json()["type"]) == (
        404,
        "urn:sebaya:problem:match-not-heard-of",
    )
    assert unknown.json() == anothers.json(), "whether a match exists is nobody else's business"
    assert (
        await harness.http.post(FEEDBACK, json={"answers": {"helped": 4}}, headers=own)
    ).status_code == 422
    counsellor = harness.signed_in("p-s1-k0", Role.COUNSELLOR)
    assert (await harness.http.post(FEEDBACK, json=body, headers=counsellor)).status_code == 403
    elsewhere = harness.signed_in("p-s1-k0", Role.SUPPORTER, schools=["s2"])
    assert (await harness.http.post(FEEDBACK, json=body, headers=elsewhere)).status_code == 404


async def test_a_supporter_who_is_faster_than_the_acceptance_is_told_to_wait(
    harness: EvaluationHarness,
) -> None:
    """The event of a match may be on its way; the same answers count a moment later."""
    events = scenario.Numbering()
    scenario.matched(events, "s1", "s1-x", 10)
    body = {"answers": {"helped": 4}, "match_id": "s1-x-m"}
    own = harness.signed_in("p-s1-x", Role.SUPPORTER)

    early = await harness.http.post(FEEDBACK, json=body, headers=own)
    assert (early.status_code, early.json()["type"]) == (
        404,
        "urn:sebaya:problem:match-not-heard-of",
    )
    await harness.deliver(events.events)
    assert (await harness.http.post(FEEDBACK, json=body, headers=own)).status_code == 201


async def test_an_offer_that_was_never_accepted_has_no_feedback(harness: EvaluationHarness) -> None:
    events = scenario.Numbering()
    scenario.matched(events, "s1", "s1-x", 10)
    await harness.deliver(events.events[:1])
    body = {"answers": {"helped": 4}, "match_id": "s1-x-m"}

    answer = await harness.http.post(
        FEEDBACK, json=body, headers=harness.signed_in("p-s1-x", Role.SUPPORTER)
    )

    assert answer.status_code == 404


async def test_an_erased_case_takes_no_feedback(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    gone = CaseErased(school_id="s1", case_id="s1-k0", erased_at=scenario.after(900))
    await harness.deliver([scenario.Sourced(scenario.CASES, "s1-k0", 2, gone)])

    student = await harness.http.post(
        FEEDBACK, json={"answers": ANSWERS}, headers=harness.link("s1-k0")
    )
    body = {"answers": {"helped": 4}, "match_id": "s1-k0-m"}
    supporter = await harness.http.post(
        FEEDBACK, json=body, headers=harness.signed_in("p-s1-k0", Role.SUPPORTER)
    )

    assert (student.status_code, supporter.status_code) == (404, 404)


def between(at_least: int, at_most: int) -> dict[str, int]:
    return {"at_least": at_least, "at_most": at_most}


async def test_a_report_shows_the_funnel_and_hides_what_is_small(
    harness: EvaluationHarness,
) -> None:
    await harness.cases(7)
    await harness.cases(2, topic=CaseTopic.FAMILY, through=False, name="f")
    for number in range(4):
        await harness.respond(f"s1-k{number}", better=5)
    events = scenario.Numbering()
    scenario.alerted(events, "s1", "s1-k0", "a1", 250)
    await harness.deliver(events.events)

    report = await harness.report()

    assert report["funnel"] == {
        "asked": between(9, 11),
        **dict.fromkeys(("offered", "matched", "met", "closed"), between(6, 8)),
        "improved": between(3, 5),
        "withdrawn": HIDDEN,
    }
    assert report["waits"]["to_meet"] == {
        "n": between(6, 8),
        "p50": {"above": 300, "within": 900},
        "p90": None,
    }
    assert (report["by_topic"]["grief"], report["by_topic"]["family"]) == (between(6, 8), HIDDEN)
    assert report["alerts"]["red"]["raised"] == HIDDEN
    assert report["alerts"]["red"]["to_contact"] == {"n": HIDDEN, "p50": None, "p90": None}
    assert report["feedback"]["student"]["given"] == between(3, 5)
    assert report["feedback"]["student"]["questions"]["better"] == {
        "n": between(3, 5),
        "mean": None,
    }
    assert report["feedback"]["supporter"]["given"] == HIDDEN


async def test_a_report_names_nobody(harness: EvaluationHarness) -> None:
    """Anonymity on one surface only: no id, no code, no exact time."""
    await harness.cases(6)
    headers = harness.signed_in("k1", Role.COORDINATOR)
    assert (await harness.report())["released_on"] == "2026-12-07"

    text = (await harness.http.get("/schools/s1/report", headers=headers, params=YEAR)).text

    assert "s1-k" not in text
    assert "p-s1" not in text


async def test_a_release_stands_for_a_week_whatever_comes_and_is_counted_again_the_same(
    harness: EvaluationHarness,
) -> None:
    await harness.cases(6, through=False)
    first = await harness.report()
    assert first["funnel"]["asked"] == between(6, 8)

    await harness.cases(9, through=False, name="late")
    assert await harness.report() == first
    assert await harness.report(at=MONDAY + timedelta(days=6, hours=14)) == first

    following = await harness.report(at=MONDAY + timedelta(days=7))
    assert following["released_on"] == first["next_release_on"] == "2026-12-14"
    assert following["funnel"]["asked"] == between(15, 17)
    assert await harness.report() == first, "the one before is kept for a week"

    kept = harness.composed.runtime.database[RELEASES]
    lost = await kept.find({}, {"_id": 0}).sort("released_on").to_list()
    assert [row["released_on"] for row in lost] == ["2026-12-07", "2026-12-14"]
    # As releases were before questionnaires were asked.
    await kept.update_many({}, {"$unset": {"asked": 1, "changes": 1}})
    assert await harness.report(at=MONDAY + timedelta(days=7)) == following
    await kept.delete_many({})
    assert await harness.report(at=MONDAY + timedelta(days=7)) == following
    assert await kept.find({}, {"_id": 0}).to_list() == lost[1:]


async def test_the_worker_counts_the_releases_of_all_schools(harness: EvaluationHarness) -> None:
    await harness.cases(6, through=False)
    harness.travel()
    for _ in range(2):
        await harness.composed.jobs.releases.count_releases()
        rows = await harness.composed.runtime.database[RELEASES].find({}).to_list()
        assert {row["_id"] for row in rows} == {"s1/2026-12-07", "s2/2026-12-07"}


async def test_a_district_report_does_not_give_a_school_away(harness: EvaluationHarness) -> None:
    await harness.cases(7, through=False)
    await harness.cases(2, school_id="s2", through=False)
    lead = harness.signed_in("l1", Role.DISTRICT_LEAD, schools=["*"])
    harness.travel()

    report = (await harness.http.get("/district/report", headers=lead, params=YEAR)).json()

    assert (report["scope"], report["minimum_cell"]) == ("district", 3)
    assert report["funnel"]["asked"] == between(6, 10), "6 to 8 of one, 0 to 2 of the other"


async def test_who_may_read_what(harness: EvaluationHarness) -> None:
    lead = harness.signed_in("l1", Role.DISTRICT_LEAD, schools=["*"])
    operator = harness.signed_in("o1", Role.OPERATOR, schools=["*"])
    expected = {
        "/schools/s1/report": [
            (Role.COUNSELLOR, 200),
            (Role.COORDINATOR, 200),
            (Role.SUPPORTER, 403),
            (Role.OPERATOR, 403),
        ],
        "/district/report": [(Role.COORDINATOR, 403), (Role.DISTRICT_LEAD, 403)],
        "/operations/totals": [(Role.COORDINATOR, 403), (Role.OPERATOR, 403)],
    }
    for path, cases in expected.items():
        assert (await harness.http.get(path)).status_code == 401
        for role, status in cases:
            answer = await harness.http.get(path, headers=harness.signed_in("x", role))
            assert (path, role, answer.status_code) == (path, role, status)
    assert (await harness.http.get("/schools/s1/report", headers=lead)).status_code == 200
    assert (await harness.http.get("/district/report", headers=lead)).status_code == 200
    assert (await harness.http.get("/operations/totals", headers=lead)).status_code == 403
    assert (await harness.http.get("/operations/totals", headers=operator)).status_code == 200
    assert (
        await harness.http.get(
            "/schools/s2/report", headers=harness.signed_in("k1", Role.COORDINATOR)
        )
    ).status_code == 404
    assert (await harness.http.get("/schools/nowhere/report", headers=lead)).status_code == 404


async def test_another_range_is_told_which_spans_there_are(harness: EvaluationHarness) -> None:
    harness.travel()
    for path, headers in (
        ("/schools/s1/report", harness.signed_in("k1", Role.COORDINATOR)),
        ("/district/report", harness.signed_in("l1", Role.DISTRICT_LEAD, schools=["*"])),
    ):
        for span in ("2026-10_2026-11", "2026-13", "2010-01", "2027-01", "x"):
            answer = await harness.http.get(path, headers=headers, params={"span": span})
            (fault,) = answer.json()["errors"]
            assert (answer.status_code, fault["field"]) == (422, "span")
            assert "2026-2027.1" in fault["message"]
        offered = (await harness.http.get(path, headers=headers)).json()
        for span in offered["spans"]:
            report = await harness.http.get(path, headers=headers, params={"span": span["span"]})
            assert (report.status_code, report.json()["since"]) == (200, span["since"])


async def test_totals_are_exact_and_say_when_they_are_not_up_to_date(
    harness: EvaluationHarness,
) -> None:
    await harness.deliver(scenario.events())
    await harness.respond("s1-c0", better=4)
    operator = harness.signed_in("o1", Role.OPERATOR, schools=["*"])
    early = (await harness.http.get("/operations/totals", headers=operator)).json()
    assert early["months_to_count"] > 0

    await harness.count_dirty()
    totals = (await harness.http.get("/operations/totals", headers=operator)).json()

    assert {
        name: totals[name]
        for name in (
            "cases",
            "matched",
            "met",
            "closed",
            "improved",
            "withdrawn",
            "erased",
            "months_to_count",
        )
    } == {
        "cases": 6,
        "matched": 6,
        "met": 6,
        "closed": 6,
        "improved": 1,
        "withdrawn": 1,
        "erased": 2,
        "months_to_count": 0,
    }
    # Two of case s1-c0 and the school's own; the fourth went with the erased case.
    assert totals["alerts"]["red"] == {"raised": 3, "acknowledged": 3, "contacted": 3, "closed": 3}
    assert totals["alerts"]["amber"]["raised"] == 0
    assert totals["feedback"] == {"student": 1, "supporter": 0}


async def test_totals_are_not_up_to_date_while_a_response_waits(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    await harness.count_dirty()
    await harness.respond("s1-k0", better=4)
    operator = harness.signed_in("o1", Role.OPERATOR, schools=["*"])

    assert (await harness.http.get("/operations/totals", headers=operator)).json()[
        "months_to_count"
    ] == 1
    await harness.count_dirty()
    totals = (await harness.http.get("/operations/totals", headers=operator)).json()
    assert (totals["months_to_count"], totals["feedback"]["student"]) == (0, 1)


async def test_every_route_is_described(harness: EvaluationHarness) -> None:
    paths = harness.composed.app.openapi()["paths"]

    assert set(paths) == {
        "/feedback-form",
        FEEDBACK.replace("s1", "{school_id}"),
        "/schools/{school_id}/report",
        "/district/report",
        "/operations/totals",
        "/operations/standing",
    }
    for methods in paths.values():
        for route in methods.values():
            assert route["description"]
            assert {"200", "201"} & set(route["responses"])
