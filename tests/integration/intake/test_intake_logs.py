"""A student's words are in no log, no error and no metric, whatever goes wrong."""

import json
from typing import Any

import pytest

from integration.intake.harness import SCHOOL, IntakeHarness, key, opening_body
from sebaya_contracts.words import Role

PLANTED = "plantedwordsofastudent"


def odd_requests() -> list[dict[str, Any]]:
    return [
        opening_body(PLANTED),
        opening_body(PLANTED, topic=PLANTED),
        opening_body(PLANTED, hours=[PLANTED * 9]),
        opening_body(PLANTED, excluded_supporters=[PLANTED]),
        opening_body(PLANTED * 1000),
        opening_body(PLANTED, consent={"version": PLANTED, "age": 15}),
        opening_body(PLANTED, note=PLANTED),
    ]


async def test_no_words_in_logs_errors_and_metrics(
    harness: IntakeHarness, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await harness.open_case(PLANTED)
    me, case_id = harness.code_headers(opened), opened["case_id"]
    await harness.accept_match(case_id)
    await harness.raise_alert(case_id)
    answers = [
        await harness.http.post("/schools/s1/cases", json=body, headers=key())
        for body in odd_requests()
    ]
    broken = json.dumps(opening_body(PLANTED))[:-5]
    answers.append(
        await harness.http.post(
            "/schools/s1/cases",
            content=broken,
            headers=key() | {"Content-Type": "application/json"},
        )
    )
    for path, headers in [
        ("/schools/s1/me/messages", me),
        (f"/schools/s1/cases/{case_id}/messages", harness.staff_headers("sup-1", Role.SUPPORTER)),
        (f"/schools/s1/cases/{case_id}/messages", harness.staff_headers("p-1", Role.COUNSELLOR)),
    ]:
        answers.append(
            await harness.http.post(path, json={"text": PLANTED}, headers=headers | key())
        )
        answers.append(
            await harness.http.post(
                path, json={"text": PLANTED, "note": PLANTED}, headers=headers | key()
            )
        )
        answers.append(
            await harness.http.post(path, data={"text": PLANTED}, headers=headers | key())
        )
        await harness.http.get(path, headers=headers)
    for method, path in [("GET", ""), ("POST", "/adult"), ("POST", "/withdraw")]:
        answers.append(await harness.http.request(method, f"/schools/s1/me{path}", headers=me))

    def broken_rule(*_args: object) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr("sebaya_intake.domain.case.new_case", broken_rule)
    monkeypatch.setattr("sebaya_intake.domain.message.new_message", broken_rule)
    faults = [
        await harness.http.post("/schools/s1/cases", json=opening_body(PLANTED), headers=key()),
        await harness.http.post(
            "/schools/s1/me/messages", json={"text": PLANTED}, headers=me | key()
        ),
    ]
    assert [answer.status_code for answer in faults] == [500, 500]
    assert all(answer.json()["crisis"]["lines"] for answer in faults)
    await harness.composed.jobs.handle_due_cases(SCHOOL, [case_id])

    printed = capsys.readouterr()
    assert "request_failed" in printed.out, (
        "the fault must have been logged for this test to mean anything"
    )
    assert PLANTED not in printed.out + printed.err
    assert opened["return_code"] not in printed.out + printed.err
    for answer in answers + faults:
        assert PLANTED not in answer.text
    assert PLANTED not in (await harness.http.get("/metrics")).text
