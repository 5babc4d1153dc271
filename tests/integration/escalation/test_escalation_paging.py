"""Pages really go out, once, to whom the ladder says, until somebody answers."""

import asyncio
from datetime import timedelta

from conformance.harness import Sourced, publish
from integration.escalation.harness import (
    HIGH,
    LOW,
    NOW_OR_NEVER,
    Watch,
    ladder,
    mail_of,
    person,
    school,
    watching,
)
from integration.escalation.receivers import Mailbox, Receiver
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import topics_of
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.topics import MESSAGES, SCHOOLS
from sebaya_contracts.words import Author, Level
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


async def arrived(box: Mailbox, *names: str) -> None:
    async def look() -> bool:
        return all(box.to(mail_of(name)) for name in names)

    await eventually(look, says=f"mail to {names}, got {[mail['To'] for mail in box.mails]}")


async def test_a_page_arrives_and_says_nothing_of_the_student(watch: Watch, box: Mailbox) -> None:
    async with watch.keeping_time():
        await watch.posted(HIGH, case_id="case-of-somebody")
        await arrived(box, "sari")
    (mail,) = box.mails
    assert "PLANTED" not in mail.as_string()
    assert "case-of-somebody" not in mail.as_string()
    assert (await watch.alert()).alert_id in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == (await watch.pages())[0].message_id


async def test_the_first_mail_waits_for_no_scan(
    servers: Servers, prefix: str, box: Mailbox
) -> None:
    """Its page is planned with the alert, and the timer of pages is woken; nobody looks by himself
    for ten minutes here.
    """
    async with watching(servers, prefix, box, timer_seconds=600.0) as watch:
        await watch.knows(school())
        async with watch.keeping_time():
            await watch.posted(HIGH)
            await arrived(box, "sari")


async def test_a_webhook_arrives_signed_with_the_page_as_its_key(
    watch: Watch, hook: Receiver
) -> None:
    await watch.knows(school(staff=(person("sari", email=None, webhook_url=hook.url),)))
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await eventually(lambda: watch.pages(PageState.SENT))
    (call,) = hook.calls
    key = webhook_key(SECRET, "s1")
    assert call.headers["sebaya-signature"] == sign_body(
        key, call.headers["sebaya-timestamp"], call.body
    )
    assert call.headers["idempotency-key"] == (await watch.pages())[0].page_id
    assert call.data["level"] == "red"
    assert b"PLANTED" not in call.body


async def test_a_webhook_inside_the_network_is_refused_and_the_ladder_moves(
    servers: Servers, prefix: str, box: Mailbox, hook: Receiver
) -> None:
    async with watching(servers, prefix, box) as watch:
        await watch.knows(
            school(
                staff=(
                    person("sari", email=None, webhook_url=hook.url.replace("http:", "https:")),
                    person("budi"),
                )
            )
        )
        async with watch.keeping_time():
            await watch.posted(HIGH)
            await arrived(box, "budi")
        assert hook.calls == []
        assert [page.reason for page in await watch.pages(PageState.FAILED)] == ["address_private"]


async def test_the_ladder_moves_on_and_round_again(watch: Watch, box: Mailbox) -> None:
    await watch.knows(school(ladders=QUICK))
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await arrived(box, "sari", "budi")
    first, second = box.mails[:2]
    assert (first["To"], second["To"]) == (mail_of("sari"), mail_of("budi"))


async def test_an_acknowledgement_stops_the_ladder_and_every_page_that_has_not_begun(
    watch: Watch, box: Mailbox
) -> None:
    await watch.posted(HIGH)
    alert = await watch.alert()
    assert (await watch.does("budi", "acknowledge", alert.alert_id)).status_code == 200
    assert [page.state for page in await watch.pages()] == [PageState.DROPPED]
    async with watch.keeping_time():
        other = await watch.posted(HIGH, case_id="c2")
        await eventually(lambda: watch.pages(PageState.SENT), says=f"the page for {other.case_id}")
    (mail,) = box.mails
    assert alert.alert_id not in mail.get_content()


async def test_a_claimed_page_whose_alert_was_taken_meanwhile_is_not_sent(
    watch: Watch, box: Mailbox
) -> None:
    """Claimed and then killed before the send; the answer came in between."""
    await watch.posted(HIGH)
    (page,) = await watch.pages()
    begun = await claim_page(watch.store, page.page_id, "dead", timedelta(milliseconds=1))
    assert begun is not None
    await watch.does("budi", "acknowledge", page.alert_id)
    async with watch.keeping_time():
        await eventually(lambda: watch.pages(PageState.DROPPED))
    assert box.mails == []


async def test_a_page_on_the_wire_when_the_answer_comes_may_land_and_is_marked(
    watch: Watch, box: Mailbox
) -> None:
    box.holds[mail_of("sari")], box.called[mail_of("sari")] = asyncio.Event(), asyncio.Event()
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await asyncio.wait_for(box.called[mail_of("sari")].wait(), 10)
        await watch.does("budi", "acknowledge", (await watch.alert()).alert_id)
        box.holds[mail_of("sari")].set()
        (page,) = await eventually(lambda: watch.pages(PageState.SENT))
    assert page.after_answer


async def test_two_replicas_side_by_side_send_each_page_once(
    servers: Servers, prefix: str, watch: Watch, box: Mailbox
) -> None:
    async with watching(servers, prefix, box) as other, watch.keeping_time(), other.keeping_time():
        for number in range(25):
            await (watch, other)[number % 2].posted(HIGH, case_id=f"c{number}")

        async def all_sent() -> bool:
            return len(await watch.pages(PageState.SENT)) == 25

        await eventually(all_sent)
    assert len(await watch.pages()) == 25
    ids = [mail["Message-ID"] for mail in box.mails]
    assert len(ids) == len(set(ids)) == 25


async def test_a_send_cut_off_by_a_kill_is_repeated_with_the_same_message_id(
    servers: Servers, prefix: str, box: Mailbox
) -> None:
    async with watching(servers, prefix, box, page_lease_seconds=0.3) as watch:
        await watch.knows(school())
        box.holds[mail_of("sari")], box.called[mail_of("sari")] = asyncio.Event(), asyncio.Event()
        async with watch.keeping_time():
            await watch.posted(HIGH)
            await asyncio.wait_for(box.called[mail_of("sari")].wait(), 10)
        assert [page.state for page in await watch.pages()] == [PageState.SENDING]
        box.holds[mail_of("sari")].set()
        async with watching(servers, prefix, box) as next_process, next_process.keeping_time():
            (page,) = await eventually(lambda: watch.pages(PageState.SENT))
    assert page.attempts == 2
    assert box.seen == [page.message_id] * 2


async def test_a_sender_that_slept_through_its_lease_writes_nothing(watch: Watch) -> None:
    await watch.posted(HIGH)
    (page,) = await watch.pages()
    slow = await claim_page(watch.store, page.page_id, "slow", timedelta(milliseconds=1))
    fast = None
    while fast is None:
        fast = await claim_page(watch.store, page.page_id, "fast", timedelta(seconds=20))
    assert slow is not None
    await finish_page(
        watch.store, slow.page, lambda stored, now: pages.mark_failed(stored, "late", now)
    )
    assert [(one.state, one.token) for one in await watch.pages()] == [(PageState.SENDING, "fast")]


async def test_one_refused_recipient_does_not_keep_the_other_from_being_reached(
    watch: Watch, box: Mailbox
) -> None:
    box.refuses.add(mail_of("sari"))
    both = dict.fromkeys((Level.RED,), ladder(("sari", "budi"), ("kepala",)))
    await watch.knows(school(ladders=both))
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await arrived(box, "budi")
        await eventually(lambda: watch.pages(PageState.FAILED))
    assert box.to(mail_of("kepala")) == []
    assert (await watch.alert()).rung == 1


async def test_one_recipient_that_hangs_holds_up_nobody(
    watch: Watch, box: Mailbox, hook: Receiver
) -> None:
    box.holds[mail_of("sari")] = asyncio.Event()
    staff = (person("sari"), person("budi", webhook_url=hook.url))
    await watch.knows(school(staff=staff, ladders={Level.RED: ladder(("sari", "budi"))}))
    async with watch.keeping_time():
        await watch.posted(HIGH)

        async def budi_reached() -> bool:
            return bool(box.to(mail_of("budi")) and hook.calls)

        await eventually(budi_reached, within=5)
        assert box.to(mail_of("sari")) == []
        box.holds[mail_of("sari")].set()


async def test_a_rung_of_which_nobody_can_be_reached_is_left_at_once(
    watch: Watch, box: Mailbox
) -> None:
    box.refuses.add(mail_of("sari"))
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await arrived(box, "budi")
    assert (await watch.alert()).rung == 2


async def test_a_busy_server_is_asked_again(watch: Watch, box: Mailbox) -> None:
    box.busy[mail_of("sari")] = 1
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await arrived(box, "sari")
        (page,) = await eventually(lambda: watch.pages(PageState.SENT))
    assert page.attempts == 2
    assert box.to(mail_of("budi")) == []


async def test_a_rise_pages_again_at_once_with_what_is_true_now(watch: Watch, box: Mailbox) -> None:
    slow = {
        Level.AMBER: ladder(("on_call",), wait=3600),
        Level.IMMINENT: ladder(("on_call",), ("budi",), wait=0.3),
    }
    await watch.knows(school(ladders=slow))
    async with watch.keeping_time():
        await watch.posted(LOW)
        await arrived(box, "sari")
        await watch.posted(NOW_OR_NEVER)
        await arrived(box, "budi")
    subjects = [mail["Subject"] for mail in box.to(mail_of("sari"))]
    assert subjects == ["Sebaya: perlu dilihat hari ini", "Sebaya: DARURAT, sekarang juga"]


async def test_a_contact_that_is_overdue_starts_the_ladder_with_the_holder(
    watch: Watch, box: Mailbox
) -> None:
    await watch.knows(
        school(ladders={Level.RED: ladder(("on_call",), ("kepala",), wait=0.3, contact=0.3)})
    )
    async with watch.keeping_time():
        await watch.posted(HIGH)
        await arrived(box, "sari")
        assert (
            await watch.does("budi", "acknowledge", (await watch.alert()).alert_id)
        ).status_code == 200
        await arrived(box, "budi")
    assert (await watch.alert()).status is Status.OPEN


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
