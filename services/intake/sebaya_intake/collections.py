"""Intake's collections, and what their indexes keep unique or quick to find."""

from typing import Any

from pymongo import IndexModel

from sebaya_chassis.storage import audit
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_intake.code_rate_limit import INDEXES as CODE_RATE_LIMIT_INDEXES
from sebaya_intake.data_keys import DATA_KEYS
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import message as messages
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.crisis import Coverage
from sebaya_intake.domain.message import Message
from sebaya_intake.domain.request_without_case import RequestWithoutCase
from sebaya_intake.domain.setting_aside import AsideGroup
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.line_checks import LINE_CHECKS

CASES = CollectionSpec("cases", Case, identity=lambda case: case.case_id, due=cases.next_due)
MESSAGES = CollectionSpec(
    "messages", Message, identity=lambda message: message.message_id, due=messages.next_due
)
SUPPORTERS = CollectionSpec(
    "supporters", Supporter, identity=lambda supporter: supporter.document_id
)
COVERAGE = CollectionSpec("coverage", Coverage, identity=lambda coverage: coverage.school_id)
REQUESTS = CollectionSpec(
    "requests_without_case", RequestWithoutCase, identity=lambda request: request.request_id
)
ASIDE_GROUPS = CollectionSpec(
    "aside_groups",
    AsideGroup,
    identity=lambda group: group.group_id,
    due=lambda group: group.work_at,
)
KINDS: tuple[CollectionSpec[Any], ...] = (
    CASES,
    MESSAGES,
    SUPPORTERS,
    COVERAGE,
    REQUESTS,
    ASIDE_GROUPS,
    LINE_CHECKS,
    DATA_KEYS,
    audit.HEADS,
)

_HAS_KEY = {"state.idempotency": {"$type": "string"}}
REPUBLISHED_BEFORE = {"state.screening.attempt": {"$gt": 1}}
# The gauges count over all schools what has no verdict yet, and where the coverage is known.
REPUBLISHED_INDEX = "school_id_1_state.screening.attempt_1"
COVERAGE_INDEX = "known_until"
# What waits for a supporter, as far as an index can say it; and what waits in a school's queue.
OPEN = {
    "state.view.phase": {"$in": ["received", "waiting", "offered"]},
    "state.erased_at": None,
    "state.withdrawn_at": None,
}
WAITING = OPEN | {
    "state.view.held": False,
    "state.view.referred": False,
    "state.queue": None,
    "state.aside": None,
}
QUEUED: dict[str, Any] = {"state.queue.since": {"$type": "date"}}
QUEUED_INDEX = "queued"
INDEXES: dict[str, list[IndexModel]] = {
    "cases": [
        IndexModel(
            [("school_id", 1), ("state.idempotency", 1)],
            unique=True,
            partialFilterExpression=_HAS_KEY,
        ),
        IndexModel([("school_id", 1), ("state.code_hash", 1)]),
        IndexModel(
            [("school_id", 1), ("state.view.phase", 1), ("state.opening.opened_at", 1)],
            partialFilterExpression=OPEN,
            name="open",
        ),
        IndexModel(
            [("school_id", 1), ("state.queue.since", 1)],
            partialFilterExpression=QUEUED,
            name=QUEUED_INDEX,
        ),
        IndexModel(
            [("school_id", 1), ("state.aside.group_id", 1)],
            partialFilterExpression={"state.aside.group_id": {"$type": "string"}},
        ),
        IndexModel(
            [("school_id", 1), ("state.screening.attempt", 1)],
            partialFilterExpression=REPUBLISHED_BEFORE,
            name=REPUBLISHED_INDEX,
        ),
    ],
    "messages": [
        IndexModel(
            [("school_id", 1), ("state.idempotency", 1)],
            unique=True,
            partialFilterExpression=_HAS_KEY,
        ),
        IndexModel([("school_id", 1), ("state.case_id", 1), ("state.posted_at", -1), ("_id", -1)]),
        IndexModel(
            [("school_id", 1), ("state.screening.attempt", 1)],
            partialFilterExpression=REPUBLISHED_BEFORE,
            name=REPUBLISHED_INDEX,
        ),
    ],
    "aside_groups": [IndexModel([("school_id", 1), ("state.made_at", -1)])],
    "supporters": [IndexModel([("school_id", 1), ("state.display_name", 1)])],
    "coverage": [
        IndexModel([("state.expires_at", 1), ("school_id", 1)], name=COVERAGE_INDEX),
    ],
    # A repeat comes within minutes; the outbox is empty long before.
    "requests_without_case": [
        IndexModel([("state.requested_at", 1)], expireAfterSeconds=30 * 86400)
    ],
    **CODE_RATE_LIMIT_INDEXES,
    **audit.INDEXES,
}
