"""Evaluation's collections and their indexes."""

from typing import Any

from pymongo import IndexModel

from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_evaluation.domain.facts import Fact
from sebaya_evaluation.domain.feedback import Response

FACTS = CollectionSpec(
    "facts", Fact, identity=lambda fact: fact.fact_id, due=lambda fact: fact.dirty_since
)
RESPONSES = CollectionSpec(
    "responses",
    Response,
    identity=lambda response: response.response_id,
    due=lambda response: response.dirty_since,
)
COLLECTIONS: tuple[CollectionSpec[Any], ...] = (FACTS, RESPONSES)
# Plain records, one a school and month; they have no outbox.
ROLLUPS = "rollups"
# Plain records too, one a school and week; counted again from the facts where one is missing.
RELEASES = "releases"

# What waits to be counted.
DIRTY: dict[str, Any] = {"state.dirty_since": {"$type": "date"}}
_DIRTY_INDEX: dict[str, Any] = {"partialFilterExpression": DIRTY, "name": "dirty"}
INDEXES = {
    FACTS.collection: [
        IndexModel([("school_id", 1), ("state.placed_at", 1)]),
        IndexModel([("school_id", 1), ("state.period", 1)]),
        IndexModel([("school_id", 1), ("state.matches.match_id", 1)]),
        IndexModel([("school_id", 1), ("state.dirty_since", 1)], **_DIRTY_INDEX),
    ],
    RESPONSES.collection: [
        IndexModel([("school_id", 1), ("state.case_id", 1)]),
        IndexModel([("school_id", 1), ("state.dirty_since", 1)], **_DIRTY_INDEX),
    ],
    ROLLUPS: [IndexModel([("school_id", 1), ("period", 1)], unique=True)],
    RELEASES: [IndexModel([("school_id", 1), ("released_on", 1)], unique=True)],
}
