"""What a student's page and the peer's say while an adult is needed, over the real store."""

from datetime import UTC, datetime
from typing import Any

from integration.intake.harness import SCHOOL, IntakeHarness
from integration.intake.student_browser import AT, StudentBrowser, only_case
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
)
from sebaya_contracts.event import Event
from sebaya_contracts.words import AlertCause, Level, OpenAgainCause


async def test_a_matched_student_in_danger_is_told_of_the_adults_and_never_sent_away(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Lines before all else, the adults' steps as they come, and no word to look in later."""
    await harness.publish_coverage()
    await student.open_case()
    case = await only_case(harness)
    await harness.publish_verdict(case["state"]["opening"]["message_id"], case["_id"], opening=True)
    await harness.publish_supporter("sup-1", "Kak Rara")
    await harness.accept_match(case["_id"])
    assert "sesekali" in (await student.get(f"{AT}/me")).text
    of: dict[str, Any] = {
        "school_id": SCHOOL,
        "case_id": case["_id"],
        "alert_id": "a1",
        "level": Level.IMMINENT,
    }
    steps: list[tuple[Event, str]] = [
        (
            AlertRaised(**of, episode=1, cause=AlertCause.MESSAGE, raised_at=datetime.now(UTC)),
            "Kami sedang menghubungi orang dewasa di sekolahmu",
        ),
        (
            AlertPaged(**of, turn=1, rung=0, recipients=1),
            "Orang dewasa di sekolahmu sudah diberi tahu",
        ),
        (
            AlertAcknowledged(
                **of,
                person_id="bk-1",
                person_name="Bu Lestari",
                acknowledged_at=datetime.now(UTC),
                waited_seconds=1.0,
            ),
            "Bu Lestari siap membantumu",
        ),
        (
            AlertOpenedAgain(
                **of, cause=OpenAgainCause.CONTACT_OVERDUE, opened_at=datetime.now(UTC)
            ),
            "Kami sedang menghubungi orang dewasa di sekolahmu",
        ),
    ]
    for event, title in steps:
        await harness.receive("a1", event)
        page = (await student.get(f"{AT}/me")).text
        main = page[page.index("<main") :]
        assert main.index("119 ext. 8") < main.index("<h1>") < main.index(f">{title}</h2>")
        assert "sesekali" not in main and "lagi nanti" not in main
        assert "Kak Rara" in main
