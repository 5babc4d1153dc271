"""Matching's collections and their indexes."""

from typing import Any

from pymongo import IndexModel

from sebaya_chassis.storage import audit
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.enums import LIVE_STAGES
from sebaya_matching.domain.supporter import Supporter, build_document_id

CASES = CollectionSpec(
    "cases", Case, identity=lambda case: case.case_id, due=lambda case: case.due_at
)
SUPPORTERS = CollectionSpec(
    "supporters", Supporter, identity=lambda one: build_document_id(one.school_id, one.supporter_id)
)
COLLECTIONS: tuple[CollectionSpec[Any], ...] = (CASES, SUPPORTERS, audit.HEADS)
# How often a slot became free in a school: a round that sees it move runs again (it cannot know
# what it missed).
FREED = "freed"
# For the gauges, which count over all schools: the cases that have not come to their end, and the
# supporters with a slot taken.
LIVE = {"state.stage": {"$in": [stage.value for stage in LIVE_STAGES]}}
LIVE_INDEX = "live"
QUIET = {"state.match.quiet_days": {"$gt": 0}}
QUIET_INDEX = "quiet"
HOLDS_SLOT: dict[str, Any] = {"state.slots": {"$gt": {}}}
HOLDS_SLOT_INDEX = "holds_slot"
DEBRIEF_OWED: dict[str, Any] = {"state.debriefs": {"$elemMatch": {"held_at": None}}}
DEBRIEFS: dict[str, Any] = {"state.debriefs.0": {"$exists": True}}
DEBRIEFS_INDEX = "debriefs"

INDEXES = {
    CASES.collection: [
        # The round: the waiting cases of a school, least recently tried first; and the
        # coordinator's list, oldest first.
        IndexModel([("school_id", 1), ("state.stage", 1), ("due_at", 1)], name="to_try"),
        IndexModel(
            [("school_id", 1), ("state.stage", 1), ("state.request.opened_at", 1)],
            name="by_opening",
        ),
        # A supporter's offers and matches, present and past; and the match that a request names.
        IndexModel(
            [("school_id", 1), ("state.match.supporter_id", 1), ("state.stage", 1)], name="present"
        ),
        IndexModel([("school_id", 1), ("state.former.supporter_id", 1)], name="past"),
        IndexModel([("school_id", 1), ("state.match.match_id", 1)], name="match"),
        IndexModel([("school_id", 1), ("state.former.match_id", 1)], name="former_match"),
        IndexModel(
            [("state.stage", 1), ("state.since", 1)], partialFilterExpression=LIVE, name=LIVE_INDEX
        ),
        IndexModel(
            [("state.stage", 1), ("school_id", 1)],
            partialFilterExpression=QUIET,
            name=QUIET_INDEX,
        ),
    ],
    SUPPORTERS.collection: [
        IndexModel([("school_id", 1), ("state.profile.state", 1)], name="by_state"),
        IndexModel([("school_id", 1)], partialFilterExpression=HOLDS_SLOT, name=HOLDS_SLOT_INDEX),
        IndexModel(
            [("school_id", 1), ("_id", 1)], partialFilterExpression=DEBRIEFS, name=DEBRIEFS_INDEX
        ),
    ],
    **audit.INDEXES,
}
