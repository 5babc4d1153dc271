"""Words to the store that would leave a school: changes that move a record, and stages that read or
write past it.
"""

from typing import Any

THEIRS = "south"
MOVES: list[Any] = [
    {"$set": {"school_id": THEIRS}},
    {"$set": {"school_id.x": 1}},
    {"$unset": {"school_id": ""}},
    {"$rename": {"n": "school_id"}},
    {"$rename": {"school_id": "n"}},
    {"$setOnInsert": {"school_id": THEIRS}},
    {"school_id": THEIRS},
    {"n": 2},
    [{"$set": {"school_id": THEIRS}}],
    [{"$unset": ["school_id"]}],
    [{"$unset": "school_id"}],
    [{"$replaceWith": {"school_id": THEIRS}}],
    [{"$replaceRoot": {"newRoot": {"school_id": THEIRS}}}],
    [{"$project": {"n": 1}}],
    [{"$set": {"n": 2}}, {"$addFields": {"school_id": THEIRS}}],
]
PAST: list[Any] = [
    {"$lookup": {"from": "notes", "pipeline": [], "as": "all"}},
    {"$unionWith": "notes"},
    {
        "$graphLookup": {
            "from": "notes",
            "startWith": "$n",
            "connectFromField": "n",
            "connectToField": "n",
            "as": "all",
        }
    },
    {"$facet": {"x": [{"$lookup": {"from": "notes", "pipeline": [], "as": "all"}}]}},
    {"$out": "other"},
    {"$merge": {"into": "other"}},
]
