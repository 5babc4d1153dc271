"""Words to the store that would leave a school are refused when they are said."""

from typing import Any

import pytest

from cross_tenant import MOVES, PAST
from sebaya_chassis.storage.tenant_guard import CrossesSchools, refuse_changes, refuse_stages


@pytest.mark.parametrize("changes", MOVES, ids=str)
def test_no_change_hands_a_record_to_another_school(changes: Any) -> None:
    with pytest.raises(CrossesSchools):
        refuse_changes(changes)


@pytest.mark.parametrize("stage", PAST, ids=str)
def test_no_pipeline_reads_or_writes_past_its_school(stage: Any) -> None:
    with pytest.raises(CrossesSchools):
        refuse_stages([{"$match": {}}, stage])


def test_changes_of_other_fields_pass() -> None:
    refuse_changes({"$set": {"n": 2}, "$inc": {"times": 1}, "$unset": {"timer": ""}})
    refuse_changes([{"$set": {"n": 2}}, {"$unset": ["m"]}])
    refuse_stages([{"$match": {"state.x": 1}}, {"$group": {"_id": None}}])
