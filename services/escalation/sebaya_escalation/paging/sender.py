"""Sends pages: claim, read the alert again, send, settle. Each page is on its own; a slow one holds
up no other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import httpx
from pymongo.errors import PyMongoError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import STORE_AWAY
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.service.timers import WakeTimer
from sebaya_contracts.district import Person, School
from sebaya_escalation import metrics
from sebaya_escalation.domain import page as pages
from sebaya_escalation.domain.page import Channel, Page, PageState
from sebaya_escalation.paging.mail import send_mail
from sebaya_escalation.paging.notice import Notice
from sebaya_escalation.paging.outcome import Refused, Unreached
from sebaya_escalation.paging.store import Begun, begin, settle, tell_failure
from sebaya_escalation.paging.webhook import send_webhook
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore

log = get_logger()

Job = tuple[str, str]


class Sender:
    """`take` is the timer's; `run` is the loop that the sends live in."""

    def __init__(
        self, store_of: Callable[[str], EscalationStore], settings: Settings, wake: WakeTimer
    ) -> None:
        self._store_of = store_of
        self._settings = settings
        self._nudge = wake
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._in_hand: set[Job] = set()
        self._mail_lane = asyncio.Semaphore(settings.mail_lanes)
        self._webhook_lanes: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(settings.webhook_lanes)
        )

    async def take(self, school_id: str, page_ids: Sequence[str]) -> None:
        """Only queues: a send takes seconds, and the timer must go on looking."""
        for job in ((school_id, page_id) for page_id in page_ids):
            if job not in self._in_hand:
                self._in_hand.add(job)
                self._queue.put_nowait(job)

    async def run(self, beat: Heartbeat) -> None:
        async with asyncio.TaskGroup() as sends:
            while True:
                beat.turn()
                # Not wait_for: Python 3.11's forgets a cancellation that meets a finished wait.
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        sends.create_task(self._guarded(await self._queue.get()))

    async def _guarded(self, job: Job) -> None:
        """Whatever goes wrong with one page is counted, and the page is due again after its lease."""
        try:
            await self._look(self._store_of(job[0]), job[1])
        except PyMongoError as error:
            STORE_AWAY.labels("escalation").inc()
            if not store_is_away(error):
                self._fault(job, error)
        except Exception as error:  # noqa: BLE001 - one page's fault must not stop the others
            self._fault(job, error)
        finally:
            self._in_hand.discard(job)

    def _fault(self, job: Job, error: Exception) -> None:
        metrics.SENDER_FAULTS.inc()
        log.error("page_fault", exc_info=error, school_id=job[0])

    async def _look(self, store: EscalationStore, page_id: str) -> None:
        page = (await store.pages.load(page_id)).state
        if page.state is PageState.FAILED:
            await self._tell(store, page)
            return
        school = await store.school()
        person = next((one for one in school.staff if one.person_id == page.person_id), None)
        async with self._lane(page, person):
            begun = await begin(
                store, page_id, new_id(), timedelta(seconds=self._settings.page_lease_seconds)
            )
            if begun is not None:
                await self._send(store, begun, school, person)

    def _lane(self, page: Page, person: Person | None) -> asyncio.Semaphore:
        if page.channel is Channel.EMAIL or person is None or person.webhook_url is None:
            return self._mail_lane
        try:
            return self._webhook_lanes[httpx.URL(person.webhook_url).host]
        except httpx.InvalidURL:
            return self._mail_lane

    async def _send(
        self, store: EscalationStore, begun: Begun, school: School, person: Person | None
    ) -> None:
        channel = begun.page.channel
        if begun.repeated:
            metrics.PAGES.labels(channel, "repeated").inc()
        if not begun.alert.paging:
            await self._settle(store, begun, pages.drop_page)
            return
        try:
            async with asyncio.timeout(self._settings.page_attempt_seconds):
                await self._deliver(
                    Notice(begun.page, begun.alert, self._settings.origin, school.languages), person
                )
        except Refused as refused:
            reason = refused.reason
            await self._settle(store, begun, lambda page, now: pages.mark_failed(page, reason, now))
        except (Unreached, TimeoutError) as unreached:
            reason = unreached.reason if isinstance(unreached, Unreached) else "timeout"
            await self._settle(
                store, begun, lambda page, now: pages.retry_or_fail(page, reason, now)
            )
        else:
            await self._arrived(store, begun)

    async def _deliver(self, notice: Notice, person: Person | None) -> None:
        """To the address the person has now. Raises Refused, Unreached."""
        if notice.page.channel is Channel.EMAIL and person and person.email:
            await send_mail(notice, person.email, self._settings)
        elif notice.page.channel is Channel.WEBHOOK and person and person.webhook_url:
            await send_webhook(notice, person.webhook_url, self._settings)
        else:
            raise Refused("no_contact")

    async def _arrived(self, store: EscalationStore, begun: Begun) -> None:
        alert = (await store.alerts.load(begun.alert.alert_id)).state
        done = await self._settle(
            store,
            begun,
            lambda page, now: pages.mark_sent(page, now, after_answer=not alert.paging),
        )
        if done.settled_at:
            delay = (done.settled_at - begun.page.planned_at).total_seconds()
            metrics.PAGE_DELAY.labels(done.channel).observe(max(0.0, delay))

    async def _settle(
        self, store: EscalationStore, begun: Begun, how: Callable[[Page, datetime], Page]
    ) -> Page:
        done = await settle(store, begun.page, how)
        result = "retried" if done.state is PageState.PENDING else done.state.value
        metrics.PAGES.labels(done.channel, result).inc()
        if done.state is PageState.FAILED:
            await self._tell(store, done)
        return done

    async def _tell(self, store: EscalationStore, failed: Page) -> None:
        if await tell_failure(store, failed):
            self._nudge()
