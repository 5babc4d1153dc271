"""The writes of ladder and sender, each guarded by the version of the document that it decides."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.storage.documents import Conflict
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_escalation.domain import ladder, page
from sebaya_escalation.domain.alert import Alert, Status, wipe_words
from sebaya_escalation.domain.page import Page, PageState
from sebaya_escalation.store import EscalationStore

# A school that was deleted, or whose description has not arrived: its alerts stay, and are looked
# at this often.
SCHOOL_AWAY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """A page on the wire, and the alert as it was read after claiming it."""

    page: Page
    alert: Alert
    repeated: bool


async def step(store: EscalationStore, alert_id: str) -> ladder.LadderStep | None:
    """One decision: where the alert stands afterwards, and the pages of this step. None when
    nothing is due (somebody was first).
    """

    async def work(tx: EscalationStore) -> ladder.LadderStep | None:
        before = await tx.alerts.load(alert_id)
        if before.state.due_at is None or before.state.due_at > before.now:
            return None
        taken = await _due(tx, before)
        await tx.alerts.save(alert_id, before, taken.alert, taken.events)
        await tx.pages.create_many(taken.pages)
        return taken

    return await store.transaction(work)


async def _due(tx: EscalationStore, before: LoadedDocument[Alert]) -> ladder.LadderStep:
    if before.state.status is Status.CLOSED:
        return ladder.LadderStep(wipe_words(before.state))
    alert = ladder.restart_if_contact_overdue(before.state, before.now)
    try:
        school = await tx.school()
    except UnknownSchool:
        return ladder.LadderStep(replace(alert, next_step_at=before.now + SCHOOL_AWAY))
    return ladder.take_step(alert, school, tx.mail_domain, before.now)


async def begin(store: EscalationStore, page_id: str, token: str, lease: timedelta) -> Begun | None:
    """Claim a page, then read its alert again. None when it is not due any more, or not ours."""
    before = await store.pages.load(page_id)
    if not before.state.sendable(before.now):
        return None
    claimed = page.claim_page(before.state, token, lease, before.now)
    try:
        await store.pages.save(page_id, before, claimed)
    except Conflict:
        return None
    alert = await store.alerts.load(claimed.alert_id)
    return Begun(claimed, alert.state, repeated=before.state.state is PageState.SENDING)


async def settle(
    store: EscalationStore, begun: Page, how: Callable[[Page, datetime], Page]
) -> Page:
    """How a send ended. Of a sender that slept through its lease nothing is written."""

    def rule(now_stored: Page, now: datetime) -> tuple[Page, tuple[()]]:
        return (
            how(now_stored, now)
            if now_stored.token == begun.token and now_stored.state is PageState.SENDING
            else now_stored
        ), ()

    return (await store.pages.update(begun.page_id, rule)).state


async def tell_failure(store: EscalationStore, failed: Page) -> bool:
    """When nobody of the rung was or may yet be reached, the ladder leaves it at once. Whether it
    did.

    The last page to fail sees all the others; until the ladder knows, the page stays due, so a
    death in between costs only time.
    """
    of_the_rung = {
        "state.alert_id": failed.alert_id,
        "state.turn": failed.turn,
        "state.rung": failed.rung,
    }
    hopeful = await store.pages.count(
        {**of_the_rung, "state.state": {"$ne": PageState.FAILED.value}}
    )
    if hopeful == 0:
        await store.alerts.update(
            failed.alert_id,
            lambda alert, now: (ladder.leave_failed_rung(alert, failed.turn, failed.rung, now), ()),
        )
    await store.pages.update(failed.page_id, lambda stored, _now: (replace(stored, told=True), ()))
    return hopeful == 0
