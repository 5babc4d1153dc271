"""The documents of escalation, one school at a time, and the questions asked of them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from sebaya_chassis.base.problems import NotFound, UnknownSchool
from sebaya_chassis.storage import schools
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore, TenantCollection
from sebaya_contracts.district import School, StandIn
from sebaya_contracts.words import Author
from sebaya_escalation.collections import (
    ALERTS,
    CASES,
    COVERAGE,
    DETAILS_OPENED,
    NOT_CLOSED,
    OPEN_INQUIRY,
    PAGES,
    REQUESTS,
    SHIFTS,
    STAND_INS,
    UNSCREENED,
    VERDICTS,
)
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.shifts import ShiftChanges, apply_stand_ins
from sebaya_escalation.domain.verdict import CaseActivity

T = TypeVar("T")


class EscalationStore:
    """The alerts, verdicts, cases, pages and duties of one school."""

    def __init__(self, store: SchoolStore, mail_domain: str) -> None:
        """`mail_domain` stands in the Message-ID of every page that is planned."""
        self.store = store
        self.mail_domain = mail_domain
        self.school_id = store.school_id
        self.alerts = store.documents(ALERTS)
        self.cases = store.documents(CASES)
        self.verdicts = store.documents(VERDICTS)
        self.pages = store.documents(PAGES)
        self.coverage = store.documents(COVERAGE)
        self.shifts = store.documents(SHIFTS)

    async def transaction(self, work: Callable[["EscalationStore"], Awaitable[T]]) -> T:
        """Run `work` in a transaction over this school; it may run again."""
        return await self.store.transaction(lambda tx: work(EscalationStore(tx, self.mail_domain)))

    @property
    def unscreened(self) -> TenantCollection:
        """The unscreenable records that have signalled: `{_id, at}`."""
        return self.store.collection(UNSCREENED)

    @property
    def requests(self) -> TenantCollection:
        """The requests for an adult without a case that have signalled: `{_id, at}`."""
        return self.store.collection(REQUESTS)

    @property
    def details_opened(self) -> TenantCollection:
        """The openings of contact details: `{_id, at, person_id, reason, student_told}`."""
        return self.store.collection(DETAILS_OPENED)

    def now(self) -> datetime:
        """Return the store's time where no document is read."""
        return self.store.now()

    async def school(self) -> School:
        """Read the school as it is in the store now: a rota changed, or a change of duty agreed, a
        second ago counts. Raises UnknownSchool.
        """
        return parse_school(await self.school_row())

    async def school_row(self) -> Document | None:
        """Read the school's record; None where its description has not arrived."""
        return await self.store.collection(schools.COLLECTION).get(self.school_id)

    async def find_open_alert(self, case_id: str | None) -> LoadedDocument[Alert] | None:
        """Find the alert of a case that no human has closed; of no case, the one of the school."""
        found = await self.alerts.find({"state.case_id": case_id, **NOT_CLOSED}, limit=1)
        return found[0] if found else None

    async def list_open_inquiries(self, limit: int) -> list[Alert]:
        """List the alerts of which a counsellor waits for the student's identity, the longest
        first.
        """
        found = await self.alerts.find(
            {**OPEN_INQUIRY, **NOT_CLOSED}, sort={"state.identity.asked_at": 1}, limit=limit
        )
        return [loaded.state for loaded in found]

    async def case_activity(self, case_id: str) -> CaseActivity:
        """Find what the verdicts on a case's messages say of it, by one query."""
        by_student = {"$eq": ["$state.author", Author.STUDENT.value]}
        activity = {
            "_id": None,
            "topic": {"$max": "$state.topic"},
            "opened_at": {"$max": {"$cond": ["$state.opening", "$state.posted_at", None]}},
            "wrote_at": {"$max": {"$cond": [by_student, "$state.posted_at", None]}},
        }
        rows = await self.store.collection(VERDICTS.collection).aggregate(
            [{"$match": {"state.case_id": case_id}}, {"$group": activity}]
        )
        if not rows:
            return CaseActivity()
        return msgspec.convert(
            {name: value for name, value in rows[0].items() if name != "_id"}, CaseActivity
        )

    async def list_student_posts(self, case_ids: Sequence[str]) -> dict[str, datetime]:
        """Find when the student of each case last wrote, by one query."""
        by_student = {"state.case_id": {"$in": list(case_ids)}, "state.author": Author.STUDENT}
        newest = {"_id": "$state.case_id", "at": {"$max": "$state.posted_at"}}
        rows = await self.store.collection(VERDICTS.collection).aggregate(
            [{"$match": by_student}, {"$group": newest}]
        )
        return {row["_id"]: row["at"] for row in rows}

    async def list_named(self, case_id: str) -> tuple[str, ...]:
        """List the members of staff that the messages of a case name."""
        rows = await self.store.collection(VERDICTS.collection).find(
            {"state.case_id": case_id, "state.named.0": {"$exists": True}}
        )
        return tuple(sorted({name for row in rows for name in row["state"]["named"]}))

    async def shift_changes(self) -> ShiftChanges:
        """Read the changes of duty, offered and agreed, none of them long over."""
        try:
            return (await self.shifts.load(self.school_id)).state
        except NotFound:
            return ShiftChanges(self.school_id)


def parse_school(row: Document | None) -> School:
    """Parse a school's record. Raises UnknownSchool, and msgspec's errors."""
    if row is None:
        raise UnknownSchool
    stand_ins = msgspec.convert(row.get(STAND_INS, []), tuple[StandIn, ...])
    return apply_stand_ins(msgspec.convert(row["school"], School), stand_ins)
