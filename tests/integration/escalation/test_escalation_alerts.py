"""Messages become verdicts and alerts: one alert a case and episode, whatever comes twice, at once,
late, or after an erasure.
"""

import asyncio
from datetime import datetime, timedelta

import pytest

from conformance.harness import Sourced, record_of
from integration.escalation.harness import (
    CALM,
    HIGH,
    LOW,
    NOW_OR_NEVER,
    EscalationHarness,
    prepared_escalation,
    school,
)
from integration.escalation.receivers import Mailbox
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.consuming.delivery import read_delivery
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.storage import schools
from sebaya_contracts.district import Day, Shift
from sebaya_contracts.intake import (
    AdultRequested,
    CaseErased,
    CaseWithdrawn,
    MessagePosted,
    SafetyAnswers,
)
from sebaya_contracts.matching import StudentHandedOn
from sebaya_contracts.topics import MESSAGES
from sebaya_contracts.words import AlertCause, Answer, Author, CaseTopic, Level, WorryReason
from sebaya_escalation import metrics
from sebaya_escalation.commands.signals import (
    NotRecorded,
    RecordedSignal,
    UnscreenedReceipt,
    record_signal,
)
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.domain.verdict import Verdict
from sebaya_escalation.store import EscalationStore
from servers import Servers
from support import chassis_settings, eventually

WORRIES = {
    WorryReason.DANGER_NOW: Level.IMMINENT,
    WorryReason.SELF_HARM: Level.RED,
    WorryReason.HURT_BY_OTHERS: Level.RED,
    WorryReason.MAY_HURT_OTHERS: Level.RED,
    WorryReason.SOMETHING_ELSE: Level.RED,
    WorryReason.TOO_HEAVY: Level.AMBER,
    WorryReason.KNOWS_STUDENT: Level.AMBER,
}


async def verdict(harness: EscalationHarness, message: MessagePosted) -> Verdict:
    return (await harness.store.verdicts.load(message.message_id)).state


async def outbox_types(harness: EscalationHarness, collection: str) -> list[str]:
    """List the types of events in the outboxes (no relay runs in these tests)."""
    rows = await harness.store.store.collection(collection).find({}, sort=[("_id", 1)])
    return [entry["type"] for row in rows for entry in row["outbox"]]


CLOSING = {
    "outcome": "unreachable",
    "note": "Called her twice.",
    "peer_may_continue": True,
    "review_after": "week",
    "version": 1,
}


async def close_alert(harness: EscalationHarness, alert_id: str, version: int = 1) -> None:
    body = CLOSING | {"version": version}
    assert (await harness.act_on_alert("sari", "close", alert_id, body)).status_code == 200


async def test_a_calm_message_gets_a_verdict_and_no_alert(harness: EscalationHarness) -> None:
    message = await harness.post_message(CALM)
    assert (await verdict(harness, message)).level is Level.NONE
    assert await harness.list_alerts() == []
    assert await outbox_types(harness, "verdicts") == ["MessageScreened"]


async def test_a_signal_raises_an_alert_that_holds_the_words_and_why(
    harness: EscalationHarness,
) -> None:
    message = await harness.post_message(HIGH)
    alert = await harness.only_alert()
    assert (alert.level, alert.cause, alert.status) == (Level.RED, AlertCause.MESSAGE, Status.OPEN)
    assert alert.signals[0].text == HIGH
    assert alert.signals[0].why
    assert (await verdict(harness, message)).alert_id == alert.alert_id
    assert await outbox_types(harness, "alerts") == ["AlertRaised", "AlertPaged"]


async def test_an_alert_is_stored_with_its_first_call(harness: EscalationHarness) -> None:
    """No timer has run: a death right after the write finds the pages planned."""
    await harness.post_message(HIGH)
    (page,) = await harness.list_pages()
    alert = await harness.only_alert()
    assert (page.person_id, page.rung, page.planned_at) == ("sari", 0, alert.raised_at)
    assert (alert.rung, alert.next_step_at) == (1, alert.raised_at + timedelta(seconds=60))


async def test_a_signal_that_raises_nothing_calls_nobody_again(harness: EscalationHarness) -> None:
    await harness.post_message(HIGH)
    before = await harness.list_pages()
    await harness.post_message(LOW)
    assert await harness.list_pages() == before


async def test_an_alert_is_stored_whatever_is_wrong_with_its_school(
    harness: EscalationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its step stays due, and is taken as soon as the school is in order again."""
    monkeypatch.setattr(schools, "FRESH_SECONDS", 600.0)
    await harness.post_message(CALM)
    rows = harness.composed.runtime.database["schools"]
    whole = await rows.find_one({"_id": "s1"})
    assert whole is not None
    await rows.update_one({"_id": "s1"}, {"$set": {"school.ladders.red.rungs": []}})
    message = await harness.post_message(HIGH)
    alert = await harness.only_alert()
    assert (await verdict(harness, message)).alert_id == alert.alert_id
    assert (alert.due_at, await harness.list_pages()) == (alert.raised_at, [])
    await rows.replace_one({"_id": "s1"}, whole)
    async with harness.running_jobs():
        await eventually(harness.list_pages)


async def test_the_safety_answers_count_though_the_words_are_calm(
    harness: EscalationHarness,
) -> None:
    answers = SafetyAnswers(self_harm_thoughts=Answer.YES, danger_now=Answer.YES)
    await harness.post_message(CALM, opening=True, safety=answers)
    alert = await harness.only_alert()
    assert (alert.level, alert.cause) == (Level.IMMINENT, AlertCause.SAFETY_ANSWERS)


async def test_later_signals_join_and_raise_but_never_lower(harness: EscalationHarness) -> None:
    for text in (LOW, HIGH, LOW, NOW_OR_NEVER, LOW):
        await harness.post_message(text)
    alert = await harness.only_alert()
    assert alert.level is Level.IMMINENT
    assert (len(alert.signals), alert.signals_version) == (5, 5)
    assert await outbox_types(harness, "alerts") == [
        "AlertRaised",
        "AlertPaged",
        "AlertRose",
        "AlertPaged",
        "AlertRose",
        "AlertPaged",
    ]


@pytest.mark.parametrize("where", ["end", "middle"])
async def test_the_decisive_sentence_of_a_long_letter_is_found(
    harness: EscalationHarness, where: str
) -> None:
    calm = "Hari ini aku pergi ke sekolah dan bermain bola dengan teman-teman. "
    letter = (
        calm * 110 + NOW_OR_NEVER if where == "end" else calm * 55 + NOW_OR_NEVER + ". " + calm * 55
    )
    assert len(letter) > 5000
    await harness.post_message(letter)
    assert (await harness.only_alert()).level is Level.IMMINENT


async def test_a_supporters_words_alert_and_a_counsellors_do_not(
    harness: EscalationHarness,
) -> None:
    said = await harness.post_message(
        "Apakah kamu berpikir untuk bunuh diri?", author=Author.COUNSELLOR
    )
    assert (await verdict(harness, said)).level > Level.NONE
    assert await harness.list_alerts() == []
    await harness.post_message(HIGH, author=Author.SUPPORTER)
    assert (await harness.only_alert()).signals[0].author is Author.SUPPORTER


async def test_a_message_published_again_is_answered_again_and_signals_once(
    harness: EscalationHarness,
) -> None:
    message = await harness.post_message(HIGH)
    assert await harness.receive(message, number=10_000_000) is Outcome.APPLIED
    assert await harness.receive(message, number=10_000_000) is Outcome.IGNORED
    assert await outbox_types(harness, "verdicts") == ["MessageScreened"] * 2
    assert len((await harness.only_alert()).signals) == 1


async def test_the_first_signals_of_a_case_on_two_replicas_give_one_alert(
    servers: Servers, prefix: str, harness: EscalationHarness
) -> None:
    async with prepared_escalation(servers, prefix) as other:
        for number in range(5):
            await asyncio.gather(
                *(which.post_message(HIGH, case_id=f"c{number}") for which in (harness, other) * 4)
            )
    alerts = await harness.list_alerts()
    assert sorted(alert.case_id or "" for alert in alerts) == [f"c{number}" for number in range(5)]
    assert {len(alert.signals) for alert in alerts} == {8}
    assert await harness.store.store.collection("parked").count({}) == 0


async def test_what_comes_after_the_close_is_the_next_episode(harness: EscalationHarness) -> None:
    await harness.post_message(HIGH)
    first = await harness.only_alert()
    await harness.receive(CaseWithdrawn(school_id="s1", case_id="c1", withdrawn_at=first.raised_at))
    await close_alert(harness, first.alert_id)
    await harness.post_message(LOW)
    before, after = await harness.list_alerts()
    assert (before.status, before.episode) == (Status.CLOSED, 1)
    assert (after.status, after.episode, after.level) == (Status.OPEN, 2, Level.AMBER)
    read = await harness.http.get(
        f"/schools/s1/alerts/{after.alert_id}", headers=harness.staff_headers("sari")
    )
    assert read.json()["case"]["closed"] is True


async def test_what_a_calm_opening_was_about_stands_on_a_later_alert_until_the_erasure(
    harness: EscalationHarness,
) -> None:
    opening = await harness.post_message(CALM, opening=True, topic=CaseTopic.FAMILY)
    await harness.post_message(HIGH)
    shown = f"/schools/s1/alerts/{(await harness.only_alert()).alert_id}"
    case = (await harness.http.get(shown, headers=harness.staff_headers("sari"))).json()["case"]
    # The store keeps milliseconds.
    opened_at = opening.posted_at.replace(microsecond=opening.posted_at.microsecond // 1000 * 1000)
    assert (case["topic"], datetime.fromisoformat(case["opened_at"])) == ("family", opened_at)
    await harness.receive(CaseErased(school_id="s1", case_id="c1", erased_at=opening.posted_at))
    erased = (await harness.http.get(shown, headers=harness.staff_headers("sari"))).json()["case"]
    assert (erased["topic"], erased["opened_at"], erased["erased"]) == (None, None, True)


async def test_late_events_leave_a_closed_alert_closed(harness: EscalationHarness) -> None:
    message = await harness.post_message(HIGH)
    await close_alert(harness, (await harness.only_alert()).alert_id)
    await harness.receive(message, number=10_000_000)
    await harness.receive(
        CaseWithdrawn(school_id="s1", case_id="c1", withdrawn_at=message.posted_at)
    )
    await harness.post_message(CALM)
    assert (await harness.only_alert()).status is Status.CLOSED


async def test_who_asks_for_an_adult_gets_one(harness: EscalationHarness) -> None:
    await harness.post_message(LOW)
    asked = AdultRequested(
        school_id="s1", case_id="c1", requested_at=(await harness.only_alert()).raised_at
    )
    await harness.receive(asked, number=10_000_000)
    assert await harness.receive(asked, number=10_000_000) is Outcome.IGNORED
    alert = await harness.only_alert()
    assert (alert.level, alert.cause, len(alert.signals)) == (
        Level.RED,
        AlertCause.ADULT_REQUESTED,
        2,
    )


async def test_a_worried_peer_raises_the_level_that_the_reason_calls_for(
    harness: EscalationHarness,
) -> None:
    for number, (worry, level) in enumerate(WORRIES.items()):
        case_id = f"worry-{number}"
        asked = AdultRequested(
            school_id="s1",
            case_id=case_id,
            requested_at=harness.store.now(),
            worry=worry,
            worried_supporter_id="sup-1",
        )
        assert await harness.receive(asked) is Outcome.APPLIED
        (alert,) = await harness.list_alerts(**{"state.case_id": case_id})
        (signal,) = alert.signals
        assert (alert.level, signal.worry, signal.author) == (level, worry, Author.SUPPORTER)
        shown = await harness.act_on_alert("sari", "acknowledge", alert.alert_id)
        assert (shown.json()["worry"], signal.worried_supporter_id) == (worry, "sup-1")


async def test_an_adult_hears_why_a_peer_handed_a_student_on(harness: EscalationHarness) -> None:
    handed_on = StudentHandedOn(
        school_id="s1",
        case_id="c1",
        match_id="m1",
        supporter_id="sup-1",
        worry=WorryReason.TOO_HEAVY,
        handed_on_at=harness.store.now(),
    )
    assert await harness.receive(handed_on) is Outcome.APPLIED
    alert = await harness.only_alert()
    (signal,) = alert.signals
    assert (alert.level, signal.worry, signal.worried_supporter_id) == (
        Level.AMBER,
        WorryReason.TOO_HEAVY,
        "sup-1",
    )


async def test_erasure_takes_the_words_everywhere_and_leaves_the_alert_to_its_human(
    harness: EscalationHarness,
) -> None:
    await harness.post_message(HIGH)
    first = await harness.only_alert()
    body = CLOSING | {"note": "PLANTED note"}
    await harness.act_on_alert("sari", "close", first.alert_id, body)
    await harness.post_message(HIGH)
    assert "PLANTED" in await harness.dump_store()
    await harness.receive(CaseErased(school_id="s1", case_id="c1", erased_at=first.raised_at))
    late = await harness.post_message(NOW_OR_NEVER)
    assert "PLANTED" not in await harness.dump_store()
    before, after = await harness.list_alerts()
    assert (before.status, after.status, after.level) == (Status.CLOSED, Status.OPEN, Level.RED)
    assert (await verdict(harness, late)).level is Level.NONE
    await close_alert(harness, after.alert_id)


async def test_an_erasure_and_a_signal_at_the_same_moment_leave_no_words(
    servers: Servers, prefix: str, harness: EscalationHarness
) -> None:
    async with prepared_escalation(servers, prefix) as other:
        for number in range(30):
            case_id = f"c{number}"
            await harness.post_message(CALM, case_id=case_id)
            erased = CaseErased(school_id="s1", case_id=case_id, erased_at=harness.store.now())
            await asyncio.gather(
                other.post_message(HIGH, case_id=case_id),
                harness.receive(erased),
                other.post_message(LOW, case_id=case_id),
            )
    assert "PLANTED" not in await harness.dump_store()


async def test_words_end_with_their_retention(harness: EscalationHarness) -> None:
    described = school()
    await harness.post_message(HIGH)
    alert = await harness.only_alert()
    await close_alert(harness, alert.alert_id)
    wipe_at = (await harness.only_alert()).wipe_at
    assert wipe_at is not None
    assert wipe_at - alert.raised_at > timedelta(
        days=described.policies.retention_days
    ) - timedelta(minutes=1)
    await wipe(harness, alert)
    later = {"text": "PLANTED: seen in the yard"}
    assert (await harness.act_on_alert("sari", "notes", alert.alert_id, later)).is_success
    assert (await harness.only_alert()).wipe_at is not None, "what staff write later ends as well"
    await wipe(harness, alert)


async def wipe(harness: EscalationHarness, alert: Alert) -> None:
    """As if the time of the alert's words were over."""
    past = {"state.wipe_at": alert.raised_at, "due_at": alert.raised_at}
    await harness.store.store.collection("alerts").update({"_id": alert.alert_id}, {"$set": past})
    async with harness.running_jobs():

        async def wiped() -> bool:
            left = await harness.only_alert()
            return left.erased and left.wipe_at is None

        await eventually(wiped)
    assert "PLANTED" not in await harness.dump_store()


# --- what cannot be screened


@pytest.fixture
async def dead_letters(servers: Servers, prefix: str) -> None:
    """Where parked records go."""
    settings = chassis_settings(servers, prefix)
    dead = dead_letter_topic(MESSAGES, "escalation")
    await make_topics(settings.kafka_bootstrap_servers, [(settings.topic(dead.name), dead)], 1)


async def unscreenable(
    harness: EscalationHarness,
    case_id: str,
    message_id: str,
    number: int,
    *,
    value: bytes | None = None,
    key: bytes | None = None,
    header_school: str = "s1",
) -> Outcome:
    message = MessagePosted(
        school_id="s1",
        case_id=case_id,
        message_id=message_id,
        author=Author.STUDENT,
        text=HIGH,
        posted_at=harness.store.now(),
    )
    record = record_of(Sourced(MESSAGES, message_id, number, message), number)
    record.headers = [
        (name, header_school.encode() if name == "ce_schoolid" else held)
        for name, held in record.headers
    ]
    record.value, record.key = (
        value if value is not None else b'{"type":"MessagePosted","school_id":"s1"}',
        key or record.key,
    )
    processor = harness.composed.runtime.record_processor
    assert processor is not None
    return await processor.process(read_delivery(MESSAGES, record, Heartbeat("escalation", "test")))


@pytest.mark.usefixtures("dead_letters")
async def test_what_cannot_be_read_is_a_red_alert_of_its_case(harness: EscalationHarness) -> None:
    before = metrics.UNSCREENED.labels("case")._value.get()
    assert await unscreenable(harness, "c1", "m1", 1) is Outcome.PARKED
    assert await unscreenable(harness, "c1", "m1", 1) is Outcome.PARKED
    assert metrics.UNSCREENED.labels("case")._value.get() - before == 1
    alert = await harness.only_alert()
    assert (alert.case_id, alert.level, alert.cause, len(alert.signals)) == (
        "c1",
        Level.RED,
        AlertCause.UNSCREENED,
        1,
    )


@pytest.mark.usefixtures("dead_letters")
async def test_published_again_and_parked_again_it_signals_once_even_after_the_close(
    harness: EscalationHarness,
) -> None:
    body = b'{"type":"MessagePosted","school_id":"s1","message_id":"m1"}'
    await unscreenable(harness, "c1", "m1", 1, value=body)
    await close_alert(harness, (await harness.only_alert()).alert_id)
    await unscreenable(harness, "c1", "m1", 2, value=body)
    assert (await harness.only_alert()).status is Status.CLOSED


async def test_a_record_signals_once_and_for_an_erased_case_never(
    harness: EscalationHarness,
) -> None:
    now, timers = harness.store.now(), harness.composed.dependencies.timers
    signal = Signal("unscreened-m1", Level.RED, AlertCause.UNSCREENED, now)
    once = [
        await record_signal(harness.store, timers, "c1", signal, UnscreenedReceipt("m1"))
        for _ in range(2)
    ]
    assert (type(once[0]), once[1]) == (RecordedSignal, NotRecorded.REPEATED)
    await harness.receive(CaseErased(school_id="s1", case_id="c2", erased_at=now))
    erased = await record_signal(harness.store, timers, "c2", signal, UnscreenedReceipt("m2"))
    assert erased is NotRecorded.CASE_ERASED
    assert len((await harness.only_alert()).signals) == 1
    assert await harness.store.unscreened.count({}) == 1


@pytest.mark.usefixtures("dead_letters")
async def test_a_case_that_cannot_be_read_is_an_alert_of_the_school(
    harness: EscalationHarness,
) -> None:
    await unscreenable(harness, "c1", "m1", 1, key=b"\xff\xfe not a case")
    await unscreenable(harness, "c2", "m2", 2, key=b"\xff\xfe not a case")
    alert = await harness.only_alert()
    assert (alert.case_id, len(alert.signals)) == (None, 2)


@pytest.mark.usefixtures("dead_letters")
async def test_a_message_that_names_two_schools_is_heard_of_in_both_and_a_case_in_neither(
    harness: EscalationHarness,
) -> None:
    """It parks, though the case and the message are known here: nothing that a header says may keep
    a record from being parked.
    """
    known = await harness.post_message(HIGH)
    body = b'{"type":"MessagePosted","school_id":"s1","message_id":"m-two"}'
    assert (
        await unscreenable(harness, known.case_id, "m-two", 1, value=body, header_school="s2")
        is Outcome.PARKED
    )
    elsewhere = [
        one.state
        for one in await EscalationStore(
            harness.composed.runtime.store("s2"), "d.test"
        ).alerts.find({})
    ]
    here = [alert for alert in await harness.list_alerts() if alert.cause is AlertCause.UNSCREENED]
    assert [alert.case_id for alert in [*here, *elsewhere]] == [None, None]


@pytest.mark.usefixtures("dead_letters")
async def test_a_case_of_another_school_is_an_alert_of_the_school_named_and_the_record_parks(
    harness: EscalationHarness,
) -> None:
    await harness.post_message(HIGH)
    assert (
        await unscreenable(harness, "c1", "m-odd", 1, value=b"not JSON", header_school="s2")
        is Outcome.PARKED
    )
    elsewhere = [
        one.state
        for one in await EscalationStore(
            harness.composed.runtime.store("s2"), "d.test"
        ).alerts.find({})
    ]
    assert [(alert.case_id, alert.cause) for alert in elsewhere] == [(None, AlertCause.UNSCREENED)]


@pytest.mark.usefixtures("dead_letters")
async def test_many_at_once_are_one_alert_of_the_school(harness: EscalationHarness) -> None:
    for number in range(12):
        await unscreenable(harness, f"c{number}", f"m{number}", number)
    alerts = await harness.list_alerts()
    assert len(alerts) == 6
    (of_the_school,) = [alert for alert in alerts if alert.case_id is None]
    assert len(of_the_school.signals) == 7


@pytest.mark.usefixtures("dead_letters")
async def test_an_alert_of_a_school_that_is_not_known_yet_waits_for_it(
    servers: Servers, prefix: str, box: Mailbox
) -> None:
    async with prepared_escalation(servers, prefix, box) as harness, harness.running_jobs():
        assert await unscreenable(harness, "c1", "m1", 1) is Outcome.PARKED
        assert (await harness.only_alert()).status is Status.OPEN


# --- coverage


async def test_coverage_follows_the_school_and_is_renewed(servers: Servers, prefix: str) -> None:
    async with prepared_escalation(servers, prefix, coverage_every_seconds=0.2) as harness:
        await harness.define_school(school(rota=()))
        assert (await harness.store.coverage.load("s1")).state.covered == ()
        await harness.define_school(
            school(rota=(Shift(person_id="sari", days=tuple(Day), since="00:00", until="24:00"),))
        )
        first = (await harness.store.coverage.load("s1")).state
        assert len(first.covered) == 1
        assert first.expires_at - first.published_at == timedelta(minutes=15)
        async with harness.running_jobs():

            async def renewed() -> bool:
                return (
                    await harness.store.coverage.load("s1")
                ).state.published_at > first.published_at

            await eventually(renewed)
