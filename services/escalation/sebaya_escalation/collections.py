"""The collections of escalation and their indexes."""

from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from sebaya_chassis.storage import audit
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.case import Case
from sebaya_escalation.domain.coverage import Coverage
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.shifts import ShiftChanges
from sebaya_escalation.domain.verdict import Verdict

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
COLLECTIONS: tuple[CollectionSpec[Any], ...] = (
    ALERTS,
    CASES,
    VERDICTS,
    PAGES,
    COVERAGE,
    SHIFTS,
    audit.HEADS,
)

# Plain records: which unscreenable records have raised or joined an alert; a record is tried again
# after a crash.
UNSCREENED = "unscreened"
# Plain records: which requests for an adult without a case have signalled.
REQUESTS = "requests"

# Plain records: that a counsellor opened a student's contact details, for the coordinators.
DETAILS_OPENED = "details_opened"

# A field beside a school's description: the changes of duty agreed since, so that a reader of the
# one has the other.
STAND_INS = "stand_ins"

NOT_CLOSED = {"state.status": {"$in": [Status.OPEN.value, Status.ACKNOWLEDGED.value]}}
OPEN_INQUIRY = {"state.identity.answer": None, "state.identity.asked_at": {"$type": "date"}}
# Holds the alerts that are not closed, and no others.
NOT_CLOSED_INDEX = "one_not_closed"
# Holds the closed alerts after which a person looks after the student again, and no others.
LOOK_OWED = {"state.status": Status.CLOSED.value, "state.review.due_at": {"$type": "date"}}
LOOK_OWED_INDEX = "look_owed"

INDEXES = {
    **audit.INDEXES,
    "alerts": [
        # One alert a case and episode; for messages that name no case, one a school (case_id null).
        IndexModel(
            [("school_id", ASCENDING), ("state.case_id", ASCENDING)],
            unique=True,
            partialFilterExpression=NOT_CLOSED,
            name=NOT_CLOSED_INDEX,
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
        # Closed ones are searched, the newest first.
        IndexModel(
            [
                ("school_id", ASCENDING),
                ("state.status", ASCENDING),
                ("state.closed_at", DESCENDING),
            ]
        ),
        IndexModel(
            [("school_id", ASCENDING), ("state.review.due_at", ASCENDING)],
            partialFilterExpression=LOOK_OWED,
            name=LOOK_OWED_INDEX,
        ),
        # A coordinator asks for the few alerts with a question that waits.
        IndexModel(
            [("school_id", ASCENDING), ("state.identity.asked_at", ASCENDING)],
            partialFilterExpression=OPEN_INQUIRY,
            name="asked_who",
        ),
    ],
    "verdicts": [IndexModel([("school_id", ASCENDING), ("state.case_id", ASCENDING)])],
    "pages": [IndexModel([("school_id", ASCENDING), ("state.alert_id", ASCENDING)])],
    # A school year, and the time to ask about it; the audit log of intake keeps it for good.
    DETAILS_OPENED: [
        IndexModel([("at", ASCENDING)], expireAfterSeconds=500 * 86400),
        IndexModel([("school_id", ASCENDING), ("at", DESCENDING)]),
    ],
    # Its event stays six days in the topic.
    REQUESTS: [IndexModel([("at", ASCENDING)], expireAfterSeconds=30 * 86400)],
    # A record is parked within the hour; a message is published again for less than its week.
    UNSCREENED: [
        IndexModel([("at", ASCENDING)], expireAfterSeconds=30 * 86400),
        # How many a school had in the last minute must not cost more when every school has some.
        IndexModel([("school_id", ASCENDING), ("at", ASCENDING)]),
    ],
}
