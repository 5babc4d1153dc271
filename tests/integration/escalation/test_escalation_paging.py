"""Pages really go out, once, to the people of the ladder, until one of them answers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.harness import Sourced, publish
from integration.escalation.harness import (
    HIGH,
    LOW,
    NOW_OR_NEVER,
    EscalationHarness,
    address_of,
    ladder,
    person,
    prepared_escalation,
    school,
)
from integration.escalation.receivers import Mailbox, Receiver
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.service.timers import Timers
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.topics import MESSAGES, SCHOOLS
from sebaya_contracts.words import Author, Level, Role
from sebaya_escalation.commands.paging import claim_page, finish_page
from sebaya_escalation.domain import page as pages
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.page import PageState
from sebaya_escalation.main import compose
from sebaya_escalation.paging.webhook import sign_body, webhook_key
from sebaya_escalation.settings import Settings
from servers import Servers
from support import SECRET, environment, eventually, running

QUICK = dict.fromkeys(
    (Level.AMBER, Level.RED, Level.IMMINENT), ladder(("on_call",), ("budi",), wait=0.3)
)

THREE = (person("sari"), person("budi"), person("kepala"))


async def arrived(box: Mailbox, *names: str) -> None:
    async def look() -> bool:
        return all(box.to(address_of(name)) for name in names)

    await eventually(look, says=f"mail to {names}, got {[mail['To'] for mail in box.mails]}")


async def test_a_page_arrives_and_says_nothing_of_the_student(
    harness: EscalationHarness, box: Mailbox
) -> None:
    async with harness.running_jobs():
        await harness.post_message(HIGH, case_id="case-of-somebody")
        await arrived(box, "sari")
    (mail,) = box.mails
    assert "PLANTED" not in mail.as_string()
    assert "case-of-somebody" not in mail.as_string()
    assert (await harness.only_alert()).alert_id in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == (await harness.list_pages())[0].message_id


async def test_the_first_mail_waits_for_no_scan(
    servers: Servers, prefix: str, box: Mailbox
) -> None:
    """Its page is planned with the alert, and the timer of pages is woken; no timer looks by itself
    for ten minutes here.
    """
    async with prepared_escalation(servers, prefix, box, timer_seconds=600.0) as harness:
        await harness.define_school(school())
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await arrived(box, "sari")


async def test_every_rung_is_called_in_time_though_all_wake_ups_are_lost(
    servers: Servers, prefix: str, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page within five seconds of its due moment, by the timers' own looks alone; none is left
    out, and none is sent twice.
    """
    monkeypatch.setattr(Timers, "wake", lambda *_lost: None)
    monkeypatch.setattr(Timers, "expect", lambda *_lost: None)
    bound, wait, cases = timedelta(seconds=5), timedelta(seconds=3), 20
    looks = ChassisSettings.model_fields["timer_seconds"].default
    rungs = ladder(("sari",), ("budi",), ("kepala",), wait=wait.total_seconds())
    async with prepared_escalation(servers, prefix, box, timer_seconds=looks) as harness:
        await harness.define_school(school(staff=THREE, ladders={Level.RED: rungs}))

        async def called() -> bool:
            return len(await harness.list_pages(PageState.SENT)) >= 3 * cases

        async with harness.running_jobs():
            for number in range(cases):
                await harness.post_message(HIGH, case_id=f"c{number}")
                await asyncio.sleep(0.1)
            await eventually(called)
            sent = [page for page in await harness.list_pages() if page.turn == 1]
    assert len({page.page_id for page in sent}) == 3 * cases
    planned = {(page.alert_id, page.rung): page.planned_at for page in sent}
    dues = {
        page.page_id: planned[page.alert_id, page.rung - 1] + wait for page in sent if page.rung
    }
    late = [page.planned_at - dues.get(page.page_id, page.planned_at) for page in sent]
    slow = [page.settled_at - page.planned_at for page in sent if page.settled_at is not None]
    assert min(late) >= timedelta(0)
    # A store that is busy with other tests may keep one of them waiting.
    assert [sum(each >= bound for each in found) <= cases // 10 for found in (late, slow)] == [
        True,
        True,
    ]
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails)


async def test_a_webhook_arrives_signed_with_the_page_as_its_key(
    harness: EscalationHarness, hook: Receiver
) -> None:
    await harness.define_school(school(staff=(person("sari", email=None, webhook_url=hook.url),)))
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await eventually(lambda: harness.list_pages(PageState.SENT))
    (call,) = hook.calls
    key = webhook_key(SECRET, "s1")
    assert call.headers["sebaya-signature"] == sign_body(
        key, call.headers["sebaya-timestamp"], call.body
    )
    assert call.headers["idempotency-key"] == (await harness.list_pages())[0].page_id
    assert call.data["level"] == "red"
    assert b"PLANTED" not in call.body


async def test_a_webhook_inside_the_network_is_refused_and_the_ladder_moves(
    servers: Servers, prefix: str, box: Mailbox, hook: Receiver
) -> None:
    async with prepared_escalation(servers, prefix, box) as harness:
        await harness.define_school(
            school(
                staff=(
                    person("sari", email=None, webhook_url=hook.url.replace("http:", "https:")),
                    person("budi"),
                )
            )
        )
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await arrived(box, "budi")
        assert hook.calls == []
        assert [page.reason for page in await harness.list_pages(PageState.FAILED)] == [
            "address_private"
        ]


async def test_the_ladder_moves_on_and_round_again(
    harness: EscalationHarness, box: Mailbox
) -> None:
    """After the first round the coordinator hears of it, by one mail that leads nowhere."""
    await harness.define_school(school(ladders=QUICK))
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await arrived(box, "sari", "budi", "kepala")
    first, second = box.mails[:2]
    assert (first["To"], second["To"]) == (address_of("sari"), address_of("budi"))
    (heard,) = box.to(address_of("kepala"))
    assert "belum ada guru BK" in heard.get_content()
    assert "PLANTED" not in heard.as_string() and "http" not in heard.get_content()


async def test_an_acknowledgement_stops_the_ladder_and_every_page_that_has_not_begun(
    harness: EscalationHarness, box: Mailbox
) -> None:
    await harness.post_message(HIGH)
    alert = await harness.only_alert()
    assert (await harness.act_on_alert("budi", "acknowledge", alert.alert_id)).status_code == 200
    assert [page.state for page in await harness.list_pages()] == [PageState.DROPPED]
    async with harness.running_jobs():
        other = await harness.post_message(HIGH, case_id="c2")
        await eventually(
            lambda: harness.list_pages(PageState.SENT), says=f"the page for {other.case_id}"
        )
    (mail,) = box.mails
    assert alert.alert_id not in mail.get_content()


async def test_a_claimed_page_whose_alert_was_taken_meanwhile_is_not_sent(
    harness: EscalationHarness, box: Mailbox
) -> None:
    """Claimed and then killed before the send; the answer came in between."""
    await harness.post_message(HIGH)
    (page,) = await harness.list_pages()
    begun = await claim_page(harness.store, page.page_id, "dead", timedelta(milliseconds=1))
    assert begun is not None
    await harness.act_on_alert("budi", "acknowledge", page.alert_id)
    async with harness.running_jobs():
        await eventually(lambda: harness.list_pages(PageState.DROPPED))
    assert box.mails == []


async def test_a_page_on_the_wire_when_the_answer_comes_may_land_and_is_marked(
    harness: EscalationHarness, box: Mailbox
) -> None:
    box.holds[address_of("sari")], box.called[address_of("sari")] = asyncio.Event(), asyncio.Event()
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await asyncio.wait_for(box.called[address_of("sari")].wait(), 10)
        await harness.act_on_alert("budi", "acknowledge", (await harness.only_alert()).alert_id)
        box.holds[address_of("sari")].set()
        (page,) = await eventually(lambda: harness.list_pages(PageState.SENT))
    assert page.after_answer


async def test_two_replicas_side_by_side_send_each_page_once(
    servers: Servers, prefix: str, harness: EscalationHarness, box: Mailbox
) -> None:
    async with (
        prepared_escalation(servers, prefix, box) as other,
        harness.running_jobs(),
        other.running_jobs(),
    ):
        for number in range(25):
            await (harness, other)[number % 2].post_message(HIGH, case_id=f"c{number}")

        async def all_sent() -> bool:
            return len(await harness.list_pages(PageState.SENT)) == 25

        await eventually(all_sent)
    assert len(await harness.list_pages()) == 25
    ids = [mail["Message-ID"] for mail in box.mails]
    assert len(ids) == len(set(ids)) == 25


async def test_a_send_cut_off_by_a_kill_is_repeated_with_the_same_message_id(
    servers: Servers, prefix: str, box: Mailbox
) -> None:
    async with prepared_escalation(servers, prefix, box, page_lease_seconds=0.3) as harness:
        await harness.define_school(school())
        box.holds[address_of("sari")], box.called[address_of("sari")] = (
            asyncio.Event(),
            asyncio.Event(),
        )
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await asyncio.wait_for(box.called[address_of("sari")].wait(), 10)
        assert [page.state for page in await harness.list_pages()] == [PageState.SENDING]
        box.holds[address_of("sari")].set()
        async with (
            prepared_escalation(servers, prefix, box) as next_process,
            next_process.running_jobs(),
        ):
            (page,) = await eventually(lambda: harness.list_pages(PageState.SENT))
    assert page.attempts == 2
    assert box.seen == [page.message_id] * 2


async def test_a_sender_that_slept_through_its_lease_writes_nothing(
    harness: EscalationHarness,
) -> None:
    await harness.post_message(HIGH)
    (page,) = await harness.list_pages()
    slow = await claim_page(harness.store, page.page_id, "slow", timedelta(milliseconds=1))
    fast = None
    while fast is None:
        fast = await claim_page(harness.store, page.page_id, "fast", timedelta(seconds=20))
    assert slow is not None
    await finish_page(
        harness.store, slow.page, lambda stored, now: pages.mark_failed(stored, "late", now)
    )
    assert [(one.state, one.token) for one in await harness.list_pages()] == [
        (PageState.SENDING, "fast")
    ]


async def test_one_refused_recipient_does_not_keep_the_other_from_being_reached(
    harness: EscalationHarness, box: Mailbox
) -> None:
    box.refuses.add(address_of("sari"))
    both = dict.fromkeys((Level.RED,), ladder(("sari", "budi"), ("kepala",)))
    await harness.define_school(school(staff=THREE, ladders=both))
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await arrived(box, "budi")
        await eventually(lambda: harness.list_pages(PageState.FAILED))
    assert box.to(address_of("kepala")) == []
    assert (await harness.only_alert()).rung == 1


async def test_one_recipient_that_hangs_holds_up_nobody(
    harness: EscalationHarness, box: Mailbox, hook: Receiver
) -> None:
    box.holds[address_of("sari")] = asyncio.Event()
    staff = (person("sari"), person("budi", webhook_url=hook.url))
    await harness.define_school(school(staff=staff, ladders={Level.RED: ladder(("sari", "budi"))}))
    async with harness.running_jobs():
        await harness.post_message(HIGH)

        async def budi_reached() -> bool:
            return bool(box.to(address_of("budi")) and hook.calls)

        await eventually(budi_reached, within=5)
        assert box.to(address_of("sari")) == []
        box.holds[address_of("sari")].set()


async def test_a_rung_of_which_nobody_can_be_reached_is_left_at_once(
    harness: EscalationHarness, box: Mailbox
) -> None:
    box.refuses.add(address_of("sari"))
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await arrived(box, "budi")
    assert (await harness.only_alert()).rung == 2


async def test_a_person_that_lost_the_role_before_the_page_went_out_is_not_sent_it(
    harness: EscalationHarness, box: Mailbox
) -> None:
    await harness.post_message(HIGH)
    await harness.define_school(
        school(staff=(person("sari", Role.COORDINATOR), person("budi")), rota=())
    )
    async with harness.running_jobs():
        await arrived(box, "budi")
        (failed,) = await eventually(lambda: harness.list_pages(PageState.FAILED))
    assert (failed.person_id, failed.reason) == ("sari", "no_right")
    assert box.to(address_of("sari")) == []


async def test_a_busy_server_is_asked_again(harness: EscalationHarness, box: Mailbox) -> None:
    box.busy[address_of("sari")] = 1
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await arrived(box, "sari")
        (page,) = await eventually(lambda: harness.list_pages(PageState.SENT))
    assert page.attempts == 2
    assert box.to(address_of("budi")) == []


async def test_a_rise_pages_again_at_once_with_what_is_true_now(
    harness: EscalationHarness, box: Mailbox
) -> None:
    slow = {
        Level.AMBER: ladder(("on_call",), wait=3600),
        Level.IMMINENT: ladder(("on_call",), ("budi",), wait=0.3),
    }
    await harness.define_school(school(ladders=slow))
    async with harness.running_jobs():
        await harness.post_message(LOW)
        await arrived(box, "sari")
        await harness.post_message(NOW_OR_NEVER)
        await arrived(box, "budi")
    subjects = [mail["Subject"] for mail in box.to(address_of("sari"))]
    code = (await harness.only_alert()).code
    assert subjects == [
        f"Sebaya: perlu dilihat hari ini [{code}]",
        f"Sebaya: DARURAT, sekarang juga [{code}]",
    ]
    first, second = box.to(address_of("sari"))
    assert (first["References"], second["References"]) == (None, first["Message-ID"])


async def test_a_server_that_takes_the_mail_and_is_silent_is_asked_once(
    servers: Servers, prefix: str, box: Mailbox
) -> None:
    async with prepared_escalation(servers, prefix, box, page_attempt_seconds=0.5) as harness:
        await harness.define_school(school(ladders=QUICK))
        box.holds[address_of("sari")] = asyncio.Event()
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await arrived(box, "budi")

            async def unknown() -> bool:
                found = await harness.list_pages(PageState.UNKNOWN)
                return {page.person_id for page in found} == {"sari"}

            await eventually(unknown)
        mine = [page for page in await harness.list_pages() if page.person_id == "sari"]
    assert all(page.attempts <= 1 for page in mine)
    assert len(set(box.seen)) == len(box.seen)


async def test_a_receiver_that_takes_the_call_and_is_silent_is_called_once(
    servers: Servers, prefix: str, box: Mailbox, hook: Receiver
) -> None:
    hook.silent = True
    more = {"page_attempt_seconds": 2.0, "webhook_allowed_networks": ("127.0.0.0/8",)}
    async with prepared_escalation(servers, prefix, box, **more) as harness:
        staff = (person("sari", email=None, webhook_url=hook.url),)
        await harness.define_school(school(staff=staff))
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await eventually(lambda: harness.list_pages(PageState.UNKNOWN))
    assert len(hook.calls) == 1


async def test_a_contact_that_is_overdue_calls_the_next_person_at_once(
    harness: EscalationHarness, box: Mailbox
) -> None:
    """The rung would wait ten minutes; the holder is told beside it."""
    rungs = ladder(("on_call",), ("kepala",), wait=600, contact=0.3)
    await harness.define_school(school(staff=THREE, ladders={Level.RED: rungs}))
    await harness.post_message(HIGH)
    alert_id = (await harness.only_alert()).alert_id
    await harness.act_on_alert("budi", "acknowledge", alert_id)
    await harness.store.alerts.update(
        alert_id, lambda alert, now: (replace(alert, contact_due_at=now), ())
    )
    async with harness.running_jobs():
        await arrived(box, "kepala", "budi")
    assert (await harness.only_alert()).status is Status.OPEN


async def test_a_look_that_is_due_is_a_mail_and_words_end_though_the_alert_does_not(
    harness: EscalationHarness, box: Mailbox
) -> None:
    await harness.post_message(HIGH)
    alert_id = (await harness.only_alert()).alert_id
    await harness.act_on_alert("budi", "contact", alert_id)
    await harness.store.alerts.update(
        alert_id,
        lambda alert, now: (
            replace(alert, wipe_at=now, review=alert.review and replace(alert.review, due_at=now)),
            (),
        ),
    )
    async with harness.running_jobs():
        await arrived(box, "budi")
    assert "memantau lagi" in box.mails[0].get_content()
    alert = await harness.only_alert()
    assert (alert.status, alert.erased, alert.signals[0].text) == (Status.ACKNOWLEDGED, True, "")


async def test_the_holder_hears_of_what_is_new_and_nobody_else_is_woken(
    harness: EscalationHarness, box: Mailbox
) -> None:
    await harness.post_message(HIGH)
    await harness.act_on_alert("budi", "acknowledge", (await harness.only_alert()).alert_id)
    await harness.post_message(HIGH)
    async with harness.running_jobs():
        await arrived(box, "budi")
    assert [mail["To"] for mail in box.mails] == [address_of("budi")]
    assert (await harness.only_alert()).status is Status.ACKNOWLEDGED


async def test_from_the_topic_to_the_mailbox(servers: Servers, prefix: str, box: Mailbox) -> None:
    """Everything at work: consumer, relay, timers, sender."""
    settings = Settings(**environment(servers, prefix, smtp_port=box.port))
    composed = compose(settings)
    await make_topics(settings.kafka_bootstrap_servers, topics_of("escalation", settings), 1)
    described = SchoolDefined(school_id="s1", school=school())
    async with running(composed.runtime):
        await publish(settings, [Sourced(SCHOOLS, "s1", 1, described)])
        await composed.runtime.prepared.wait()
        message = MessagePosted(
            school_id="s1",
            case_id="c1",
            message_id="m1",
            author=Author.STUDENT,
            text=HIGH,
            posted_at=composed.runtime.writer.clock.now(),
        )
        await publish(settings, [Sourced(MESSAGES, "m1", 1, message)])
        await arrived(box, "sari")
        store = composed.runtime.store("s1")

        async def all_published() -> bool:
            waiting = [
                await store.collection(name).count({"outbox_since": {"$exists": True}})
                for name in ("alerts", "verdicts", "coverage")
            ]
            return sum(waiting) == 0

        await eventually(all_published)
