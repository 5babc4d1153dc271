"""How long a student's words waited for their verdict is counted once a message, whichever way the
verdict is written.
"""

import pytest
from prometheus_client import REGISTRY

from conformance.harness import Sourced, Way, deliver, deliver_together
from integration.intake.harness import SCHOOL, IntakeHarness
from sebaya_contracts.escalation import MessageScreened
from sebaya_contracts.topics import VERDICTS
from sebaya_contracts.words import Level


def counted() -> float:
    return REGISTRY.get_sample_value("sebaya_intake_verdict_wait_seconds_count") or 0.0


@pytest.mark.parametrize("way", [deliver, deliver_together])
async def test_a_verdict_is_counted_once_and_its_repetition_never(
    harness: IntakeHarness, way: Way
) -> None:
    before = counted()
    cases = [(await harness.open_case())["case_id"] for _ in range(3)]
    screened = [
        Sourced(
            VERDICTS,
            f"m-{case_id}",
            number,
            MessageScreened(**about(case_id), level=Level.NONE, opening=True),
        )
        for number in (1, 2)
        for case_id in cases
    ]
    await way(harness.composed.runtime, screened)
    assert counted() == before + len(cases)


def about(case_id: str) -> dict[str, str]:
    return {"school_id": SCHOOL, "message_id": f"m-{case_id}", "case_id": case_id}
