"""Sends pages: claim, read the alert again, send, store the result. Each page is on its own; a slow
one holds up no other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import httpx

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import STORE_AWAY
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.service.timers import WakeTimer
from sebaya_contracts.district import Person, School
from sebaya_escalation import metrics
from sebaya_escalation.commands.paging import (
    ClaimedPage,
    claim_page,
    find_about,
    finish_page,
    is_wanted,
    report_failed_page,
)
from sebaya_escalation.domain import page as pages
from sebaya_escalation.domain.page import OPENED_BY, Channel, Page, PageState
from sebaya_escalation.domain.shifts import ShiftChange
from sebaya_escalation.paging.duty_notice import DutyNotice
from sebaya_escalation.paging.mail import send_mail
from sebaya_escalation.paging.notice import Notice
from sebaya_escalation.paging.send_errors import SendFailed, SendRefused, SendUnanswered
from sebaya_escalation.paging.webhook import send_webhook
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore

log = get_logger()


class DuePage(NamedTuple):
    """A page that is due."""

    school_id: str
    page_id: str


class PageSender:
    """`enqueue` is the timer's; `run` is the loop that the sends live in."""

    def __init__(
        self, store_of: Callable[[str], EscalationStore], settings: Settings, wake_ladder: WakeTimer
    ) -> None:
        self._store_of = store_of
        self._settings = settings
        self._wake_ladder = wake_ladder
        self._queue: asyncio.Queue[DuePage] = asyncio.Queue()
        self._in_hand: set[DuePage] = set()
        self._mail_slots = asyncio.Semaphore(settings.mail_lanes)
        self._webhook_slots: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(settings.webhook_lanes)
        )

    async def enqueue(self, school_id: str, page_ids: Sequence[str]) -> None:
        """Queue due pages, no more: a send takes seconds, and the timer must go on."""
        for due in (DuePage(school_id, page_id) for page_id in page_ids):
            if due not in self._in_hand:
                self._in_hand.add(due)
                self._queue.put_nowait(due)

    async def run(self, beat: Heartbeat) -> None:
        """Send what is queued, side by side; never returns."""
        async with asyncio.TaskGroup() as sends:
            while True:
                beat.turn()
                # Not wait_for: Python 3.11's forgets a cancellation that meets a finished wait.
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        sends.create_task(self._guarded(await self._queue.get()))

    async def _guarded(self, due: DuePage) -> None:
        """Whatever goes wrong with one page is counted, and the page is due again after its
        lease.
        """
        try:
            await self._act(self._store_of(due.school_id), due.page_id)
        except Exception as error:  # noqa: BLE001 - one page's fault must not stop the others
            self._count_fault(due, error)
        finally:
            self._in_hand.discard(due)

    def _count_fault(self, due: DuePage, error: Exception) -> None:
        if store_is_away(error):
            STORE_AWAY.labels("escalation").inc()
        else:
            metrics.SENDER_FAULTS.inc()
            log.error("page_fault", exc_info=error, school_id=due.school_id)

    async def _act(self, store: EscalationStore, page_id: str) -> None:
        page = (await store.pages.load(page_id)).state
        if page.state is PageState.FAILED:
            await self._report_failed(store, page)
            return
        school = await store.school()
        person = next((one for one in school.staff if one.person_id == page.person_id), None)
        async with self._slots(page, person):
            lease = timedelta(seconds=self._settings.page_lease_seconds)
            claimed = await claim_page(store, page_id, new_id(), lease)
            if claimed is not None:
                await self._send(store, claimed, school, person)

    def _slots(self, page: Page, person: Person | None) -> asyncio.Semaphore:
        if page.channel is Channel.EMAIL or person is None or person.webhook_url is None:
            return self._mail_slots
        try:
            return self._webhook_slots[httpx.URL(person.webhook_url).host]
        except httpx.InvalidURL:
            return self._mail_slots

    async def _send(
        self, store: EscalationStore, claimed: ClaimedPage, school: School, person: Person | None
    ) -> None:
        if claimed.repeated:
            metrics.PAGES.labels(claimed.page.channel, "repeated").inc()
        about, origin = claimed.about, self._settings.origin
        if about is None or not is_wanted(claimed.page, about):
            await self._finish(store, claimed, pages.drop_page)
            return
        notice = (
            DutyNotice(claimed.page, about, origin, school)
            if isinstance(about, ShiftChange)
            else Notice(claimed.page, about, origin, school.languages, claimed.first_mail)
        )
        try:
            await self._deliver(notice, person)
        except SendRefused as refused:
            reason = refused.reason
            await self._finish(
                store, claimed, lambda page, now: pages.mark_failed(page, reason, now)
            )
        except SendUnanswered as unanswered:
            reason = unanswered.reason
            await self._finish(
                store, claimed, lambda page, now: pages.mark_unknown(page, reason, now)
            )
        except SendFailed as failed:
            reason = failed.reason
            await self._finish(
                store, claimed, lambda page, now: pages.retry_or_fail(page, reason, now)
            )
        else:
            await self._finish_sent(store, claimed)

    async def _deliver(self, notice: Notice | DutyNotice, person: Person | None) -> None:
        """To the address the person has now, and by the rights they have now. Raises SendRefused,
        SendFailed, SendUnanswered.
        """
        if person and OPENED_BY[notice.page.kind] not in person.roles:
            raise SendRefused("no_right")
        if notice.page.channel is Channel.EMAIL and person and person.email:
            await send_mail(notice, person.email, self._settings)
        elif notice.page.channel is Channel.WEBHOOK and person and person.webhook_url:
            await send_webhook(notice, person.webhook_url, self._settings)
        else:
            raise SendRefused("no_contact")

    async def _finish_sent(self, store: EscalationStore, claimed: ClaimedPage) -> None:
        about = await find_about(store, claimed.page)
        page = await self._finish(
            store,
            claimed,
            lambda page, now: pages.mark_sent(page, now, after_answer=not is_wanted(page, about)),
        )
        if page.settled_at:
            delay = (page.settled_at - claimed.page.planned_at).total_seconds()
            metrics.PAGE_DELAY.labels(page.channel).observe(max(0.0, delay))

    async def _finish(
        self, store: EscalationStore, claimed: ClaimedPage, result: Callable[[Page, datetime], Page]
    ) -> Page:
        page = await finish_page(store, claimed.page, result)
        counted = "retried" if page.state is PageState.PENDING else page.state.value
        metrics.PAGES.labels(page.channel, counted).inc()
        if page.state is PageState.FAILED:
            await self._report_failed(store, page)
        return page

    async def _report_failed(self, store: EscalationStore, failed: Page) -> None:
        if await report_failed_page(store, failed):
            self._wake_ladder()
