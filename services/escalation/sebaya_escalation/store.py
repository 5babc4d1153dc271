"""The documents of escalation, one school at a time. What changes several of them is one
transaction.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel

from sebaya_chassis.base.problems import NotFound, UnknownSchool
from sebaya_chassis.storage import audit, schools
from sebaya_chassis.storage.layout import AppliedSequence, CollectionSpec, LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import School, Substitution
from sebaya_contracts.words import Author, Level
from sebaya_escalation.domain import alert as alerts_domain
from sebaya_escalation.domain import case as case_domain
from sebaya_escalation.domain.alert import Alert, AlertDecision, Status
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.coverage import Coverage
from sebaya_escalation.domain.page import Page, PageState
from sebaya_escalation.domain.shifts import ShiftChanges, apply_stand_ins
from sebaya_escalation.domain.verdict import CaseActivity, Verdict

ALERTS = CollectionSpec(
    "alerts", Alert, identity=lambda alert: alert.alert_id, due=lambda alert: alert.due_at
)
CASES = CollectionSpec("cases", Case, identity=lambda case: case.identity)
VERDICTS = CollectionSpec("verdicts", Verdict, identity=lambda verdict: verdict.message_id)
PAGES = CollectionSpec(
    "pages", Page, identity=lambda page: page.page_id, due=lambda page: page.due_at
)
COVERAGE = CollectionSpec(
    "coverage",
    Coverage,
    identity=lambda coverage: coverage.school_id,
    due=lambda coverage: coverage.next_at,
)
SHIFTS = CollectionSpec("shift_changes", ShiftChanges, identity=lambda changes: changes.school_id)
KINDS: tuple[CollectionSpec[Any], ...] = (
    ALERTS,
    CASES,
    VERDICTS,
    PAGES,
    COVERAGE,
    SHIFTS,
    audit.HEADS,
)

# Beside a school's description: the changes of duty agreed since, so that whoever reads the one has
# the other.
STAND_INS = "stand_ins"

# Which unscreenable records have raised or joined an alert; a record is tried again after a crash.
UNSCREENED = "unscreened"

# What is left of a verdict when its case is erased.
OF_ERASED = {
    "state.level": Level.NONE.value,
    "state.alert_id": None,
    "state.author": None,
    "state.posted_at": None,
    "state.topic": None,
}
NOT_CLOSED = {"state.status": {"$in": [Status.OPEN.value, Status.ACKNOWLEDGED.value]}}
# An alert whose counsellor waits to be told who the student is.
ASKED = {"state.identity.answer": None, "state.identity.asked_at": {"$type": "date"}}
INDEXES = {
    **audit.INDEXES,
    "alerts": [
        # One alert a case and episode; for messages that name no case, one a school (case_id null).
        IndexModel(
            [("school_id", ASCENDING), ("state.case_id", ASCENDING)],
            unique=True,
            partialFilterExpression=NOT_CLOSED,
            name="one_not_closed",
        ),
        IndexModel(
            [
                ("school_id", ASCENDING),
                ("state.status", ASCENDING),
                ("state.level", ASCENDING),
                ("state.raised_at", DESCENDING),
            ]
        ),
        IndexModel(
            [("school_id", ASCENDING), ("state.case_id", ASCENDING), ("state.episode", ASCENDING)]
        ),
        # A coordinator asks for the few alerts with a question that waits.
        IndexModel(
            [("school_id", ASCENDING), ("state.identity.asked_at", ASCENDING)],
            partialFilterExpression=ASKED,
            name="asked_who",
        ),
    ],
    "verdicts": [IndexModel([("school_id", ASCENDING), ("state.case_id", ASCENDING)])],
    "pages": [
        IndexModel([("school_id", ASCENDING), ("state.alert_id", ASCENDING)]),
        # The gauges ask every school for its most overdue page.
        IndexModel(
            [("school_id", ASCENDING), ("due_at", ASCENDING)],
            partialFilterExpression={"due_at": {"$type": "date"}},
            name="most_overdue",
        ),
    ],
    # A record is parked within the hour; a message is published again for less than its week.
    UNSCREENED: [
        IndexModel([("at", ASCENDING)], expireAfterSeconds=30 * 86400),
        # How many a school had in the last minute must not cost more when every school has some.
        IndexModel([("school_id", ASCENDING), ("at", ASCENDING)]),
    ],
}

T = TypeVar("T")
ShiftRule = Callable[[ShiftChanges, School, datetime], ShiftChanges]
ShiftReason = Callable[[ShiftChanges], str]
AlertRule = Callable[[Alert, School, datetime], AlertDecision]


class EscalationStore:
    """The alerts, verdicts, cases and pages of one school."""

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
        """A transaction over this school; `work` may run again."""
        return await self.store.transaction(lambda tx: work(EscalationStore(tx, self.mail_domain)))

    async def school(self) -> School:
        """As it is in the store now: a rota changed, or a change of duty agreed, a second ago
        counts. Raises UnknownSchool.
        """
        row = await self.store.collection(schools.COLLECTION).get(self.school_id)
        if row is None:
            raise UnknownSchool
        stand_ins = msgspec.convert(row.get(STAND_INS, []), tuple[Substitution, ...])
        return apply_stand_ins(msgspec.convert(row["school"], School), stand_ins)

    def now(self) -> datetime:
        """Return the store's time where no document is read."""
        return self.store.now()

    async def oldest_due_page(self) -> datetime | None:
        """Since when the most overdue page is due; in the future when none is."""
        due = await self.store.collection(PAGES.collection).find_one(
            {"due_at": {"$type": "date"}}, sort=[("due_at", ASCENDING)], projection=["due_at"]
        )
        return due["due_at"] if due else None

    async def case_activity(self, case_id: str) -> CaseActivity:
        """Find what the verdicts on a case's messages say of it, by one query."""
        by_student = {"$eq": ["$state.author", Author.STUDENT.value]}
        told = {
            "_id": None,
            "topic": {"$max": "$state.topic"},
            "opened_at": {"$max": {"$cond": ["$state.opening", "$state.posted_at", None]}},
            "wrote_at": {"$max": {"$cond": [by_student, "$state.posted_at", None]}},
        }
        rows = await self.store.collection(VERDICTS.collection).aggregate(
            [{"$match": {"state.case_id": case_id}}, {"$group": told}]
        )
        return (
            msgspec.convert(
                {name: value for name, value in rows[0].items() if name != "_id"}, CaseActivity
            )
            if rows
            else CaseActivity()
        )

    async def alerts_with_open_inquiry(self, limit: int) -> list[Alert]:
        """List the alerts of which a counsellor waits for the student's identity, the longest
        first.
        """
        found = await self.alerts.find(
            {**ASKED, **NOT_CLOSED}, sort={"state.identity.asked_at": 1}, limit=limit
        )
        return [loaded.state for loaded in found]

    # --- what happens to a case
    # ---------------------------------------------------------------------------------------

    async def change_case(
        self, case_id: str, change: Callable[[Case], Case], mark: AppliedSequence
    ) -> None:
        """One write. Raises Stale."""
        await self.cases.upsert(
            case_id,
            lambda _now: Case(self.school_id, case_id),
            lambda case, _now: (change(case), ()),
            mark,
        )

    async def erase(self, case_id: str, mark: AppliedSequence) -> None:
        """Tombstone, words gone everywhere, verdicts without a level. An open alert stays for its
        human, without words. Raises Stale.
        """

        async def work(tx: EscalationStore) -> None:
            await tx.change_case(case_id, case_domain.erase, mark)
            for loaded in await tx.alerts.find({"state.case_id": case_id}):
                await tx.alerts.save(
                    loaded.state.alert_id, loaded, alerts_domain.wipe_words(loaded.state)
                )
            await tx.store.collection(VERDICTS.collection).update_many(
                {"state.case_id": case_id}, {"$set": OF_ERASED, "$inc": {"version": 1}}
            )

        await self.transaction(work)

    # --- what people decide
    # -------------------------------------------------------------------------------------------

    async def by_person(
        self, alert_id: str, person_id: str, what: str, rule: AlertRule, why: str = ""
    ) -> AlertDecision:
        """A person's decision and its audit entry; if it stops the ladder, the end of every page
        that has not begun.

        Raises NotFound, and as the rule.
        """

        async def work(tx: EscalationStore) -> AlertDecision:
            before = await tx.alerts.load(alert_id)
            decided = rule(before.state, await tx.school(), before.now)
            if decided.alert == before.state:
                return decided
            await tx.alerts.save(alert_id, before, decided.alert, decided.events)
            if not decided.alert.paging:
                await tx._drop_pages(alert_id, before.now)
            await audit.append(tx.store, who=person_id, what=what, about=alert_id, why=why)
            return decided

        return await self.transaction(work)

    async def change_shifts(
        self, change_id: str, person_id: str, what: str, rule: ShiftRule, why: ShiftReason
    ) -> ShiftChanges:
        """A person's decision about duties, its audit entry, and what the pager reads. Raises as
        the rule.
        """

        async def work(tx: EscalationStore) -> ShiftChanges:
            school = await tx.school()
            none = ShiftChanges(self.school_id)
            held = await tx.shifts.upsert(
                self.school_id, lambda _now: none, lambda known, _now: (known, ())
            )
            changed = rule(held.state, school, held.now)
            if changed == held.state:
                return changed
            await tx.shifts.update(self.school_id, lambda _known, _now: (changed, ()))
            stand_ins = msgspec.to_builtins(changed.stand_ins, builtin_types=(datetime,))
            await tx.store.collection(schools.COLLECTION).update(
                {"_id": self.school_id}, {"$set": {STAND_INS: stand_ins}}
            )
            await audit.append(
                tx.store, who=person_id, what=what, about=change_id, why=why(changed)
            )
            return changed

        return await self.transaction(work)

    async def shift_changes(self) -> ShiftChanges:
        """Offered and agreed, none of them long over."""
        try:
            return (await self.shifts.load(self.school_id)).state
        except NotFound:
            return ShiftChanges(self.school_id)

    async def _drop_pages(self, alert_id: str, now: datetime) -> None:
        """A page begins by a write of its own document: whichever of the two writes comes first, it
        is that way round for everybody.
        """
        gone = {"state.state": PageState.DROPPED.value, "state.settled_at": now, "due_at": None}
        await self.store.collection(PAGES.collection).update_many(
            {"state.alert_id": alert_id, "state.state": PageState.PENDING.value},
            {"$set": gone, "$inc": {"version": 1}},
        )

    async def read_words(self, alert_id: str, person_id: str) -> LoadedDocument[Alert]:
        """Reading a student's words leaves an entry in the audit log. Raises NotFound."""

        async def work(tx: EscalationStore) -> LoadedDocument[Alert]:
            loaded = await tx.alerts.load(alert_id)
            await audit.append(tx.store, who=person_id, what="alert_read", about=alert_id)
            return loaded

        return await self.transaction(work)
