"""Every write of pages: planned with a step of the ladder, claimed and finished by a sender,
dropped when a person acknowledges, and reported to the ladder when a whole rung failed.

Each is guarded by the version of the document that it decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.service.timers import WakeTimer
from sebaya_chassis.storage.documents import Conflict
from sebaya_chassis.storage.layout import LoadedDocument, NewDocument
from sebaya_escalation import metrics
from sebaya_escalation.collections import PAGES
from sebaya_escalation.domain import ladder
from sebaya_escalation.domain import page as pages
from sebaya_escalation.domain.alert import Alert, Status, with_end
from sebaya_escalation.domain.closing import wipe_words
from sebaya_escalation.domain.duty_pages import is_current
from sebaya_escalation.domain.ladder import LadderStep
from sebaya_escalation.domain.page import BESIDE_LADDER, Channel, Page, PageState
from sebaya_escalation.domain.shifts import ShiftChange
from sebaya_escalation.store import EscalationStore

# A school that was deleted, or whose description has not arrived: its alerts stay, and are tried
# this often.
SCHOOL_AWAY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PagingTimers:
    """Wakes the timers that go on with an alert where something is due just now."""

    wake_ladder: WakeTimer
    wake_pages: WakeTimer


@dataclass(frozen=True, slots=True)
class ClaimedPage:
    """A page on the wire, and what it is about as it was read after claiming it: an alert, or a
    change of duty; None for one that was taken back.

    `repeated`: an earlier sender claimed it, and its lease ran out. `first_mail`: the Message-ID of
    the first mail about this alert to this person, "" for that one itself.
    """

    page: Page
    about: Alert | ShiftChange | None
    repeated: bool
    first_mail: str = ""


async def take_due_step(store: EscalationStore, alert_id: str) -> LadderStep | None:
    """Take the step that is due of an alert, with its pages: one transaction.

    Returns None when nothing is due, for another process was first. Raises NotFound.
    """

    async def work(tx: EscalationStore) -> LadderStep | None:
        before = await tx.alerts.load(alert_id)
        if before.state.due_at is None or before.state.due_at > before.now:
            return None
        step = await _due_step(tx, before)
        await tx.alerts.save(alert_id, before, step.alert, step.events)
        await plan_pages(tx, step.pages)
        return step

    return await store.transaction(work)


async def _due_step(tx: EscalationStore, before: LoadedDocument[Alert]) -> LadderStep:
    alert, now = before.state, before.now
    if alert.wipe_at is not None and alert.wipe_at <= now:
        return LadderStep(wipe_words(alert))
    try:
        school = await tx.school()
    except UnknownSchool:
        return ladder.wait_for_school(alert, now + SCHOOL_AWAY, now)
    alert = with_end(alert, school, now)
    look_at = None if alert.paging else alert.review_step_at
    if alert.review and look_at is not None and look_at <= now:
        return ladder.take_review_step(alert, alert.review, school, tx.mail_domain, now)
    return ladder.take_step(alert, school, tx.mail_domain, now)


def count_step(step: LadderStep) -> None:
    """Count a step of a ladder that was stored; a look that is due or words that end are none."""
    if step.alert.status is not Status.CLOSED and step.alert.next_step_at is not None:
        metrics.STEPS.labels(step.alert.level, "yes" if step.reaches_people else "no").inc()


async def plan_pages(tx: EscalationStore, planned: Sequence[Page]) -> None:
    """Plan the pages of a step, in the transaction that stores the step."""
    await tx.pages.create_many(planned)


def prepare_pages(store: EscalationStore, planned: Sequence[Page]) -> list[NewDocument]:
    """Prepare the pages of a step for a write that is shared (`SchoolStore.create_together`)."""
    return [store.pages.prepare(page) for page in planned]


async def drop_pending_pages(tx: EscalationStore, alert_id: str, now: datetime) -> None:
    """Drop the pages of an alert's ladder that no sender has claimed, in the transaction that stops
    it.

    A claim is a write of the page's own document: whichever of the two writes comes first, all
    processes see them in that order.
    """
    dropped = {"state.state": PageState.DROPPED.value, "state.settled_at": now, "due_at": None}
    await tx.store.collection(PAGES.collection).update_many(
        {
            "state.alert_id": alert_id,
            "state.state": PageState.PENDING.value,
            "state.kind": {"$nin": [kind.value for kind in BESIDE_LADDER]},
        },
        {"$set": dropped, "$inc": {"version": 1}},
    )


async def claim_page(
    store: EscalationStore, page_id: str, token: str, lease: timedelta
) -> ClaimedPage | None:
    """Claim a page for a sender, then read its alert again.

    Returns None when the page is not due any more, or another sender was first. Raises NotFound.
    """
    before = await store.pages.load(page_id)
    if not before.state.sendable(before.now):
        return None
    claimed = pages.claim_page(before.state, token, lease, before.now)
    try:
        await store.pages.save(page_id, before, claimed)
    except Conflict:
        return None
    return ClaimedPage(
        claimed,
        await find_about(store, claimed),
        repeated=before.state.state is PageState.SENDING,
        first_mail=await _find_first_mail(store, claimed),
    )


async def find_about(store: EscalationStore, page: Page) -> Alert | ShiftChange | None:
    """Find what a page is about, as it is now. Raises NotFound for an alert that is not there."""
    if not page.change_id:
        return (await store.alerts.load(page.alert_id)).state
    changes = (await store.shift_changes()).changes
    return next((one for one in changes if one.change_id == page.change_id), None)


def is_wanted(page: Page, about: Alert | ShiftChange | None) -> bool:
    """Tell whether a page still has a purpose."""
    match about:
        case Alert():
            return ladder.is_wanted(page, about)
        case ShiftChange():
            return is_current(page, about)
        case None:
            return False


async def _find_first_mail(store: EscalationStore, page: Page) -> str:
    if page.channel is not Channel.EMAIL or page.change_id:
        return ""
    arrived = [PageState.SENT.value, PageState.UNKNOWN.value]
    earlier = await store.pages.find(
        {
            "state.alert_id": page.alert_id,
            "state.person_id": page.person_id,
            "state.channel": page.channel.value,
            "state.state": {"$in": arrived},
            "state.planned_at": {"$lt": page.planned_at},
        },
        sort={"state.planned_at": 1},
        limit=1,
    )
    return earlier[0].state.message_id if earlier else ""


async def finish_page(
    store: EscalationStore, claimed: Page, result: Callable[[Page, datetime], Page]
) -> Page:
    """Store the result of a send. Of a sender that slept through its lease nothing is written."""

    def rule(stored: Page, now: datetime) -> tuple[Page, tuple[()]]:
        is_ours = stored.token == claimed.token and stored.state is PageState.SENDING
        return (result(stored, now) if is_ours else stored), ()

    return (await store.pages.update(claimed.page_id, rule)).state


async def report_failed_page(store: EscalationStore, failed: Page) -> bool:
    """Report a failed page to its ladder, which leaves the rung at once when no page of it was or
    may yet be sent. Returns whether it does. No ladder waits for a page about a duty.

    The last page to fail sees all the others; until the ladder knows, the page stays due, so a
    death in between costs only time.
    """
    of_the_rung = {
        "state.alert_id": failed.alert_id,
        "state.turn": failed.turn,
        "state.rung": failed.rung,
    }
    not_failed = await store.pages.count(
        {**of_the_rung, "state.state": {"$ne": PageState.FAILED.value}}
    )
    moves = not_failed == 0 and not failed.change_id
    if moves:
        await store.alerts.update(
            failed.alert_id,
            lambda alert, now: (ladder.leave_failed_rung(alert, failed.turn, failed.rung, now), ()),
        )
    await store.pages.update(failed.page_id, lambda stored, _now: (replace(stored, told=True), ()))
    return moves
