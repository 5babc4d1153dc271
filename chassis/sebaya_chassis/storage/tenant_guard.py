"""Refuses statements about one school's records that would reach another school's, or hand a record
over to it.

The scoping lint finds most of them before they run.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sebaya_contracts.district import SCHOOL_ID_PATTERN, SchoolId

SCHOOL = "school_id"
_SCHOOL_ID = re.compile(SCHOOL_ID_PATTERN)
# Stages that read or write collections past the filter that was set in front of them.
UNSCOPED_STAGES = frozenset({"$lookup", "$graphLookup", "$unionWith", "$out", "$merge"})
# Stages of an update that name each field they touch; the others put a record in the place of
# another.
UPDATE_STAGES = frozenset({"$set", "$addFields", "$unset"})


class CrossesSchools(ValueError):
    """A statement about one school's records that could touch another's."""


def require_school_id(value: object) -> SchoolId:
    """Return the value if it can name a school.

    Raises TypeError for anything but a string, ValueError for a string that no school is named by:
    in a filter an operator or a list would match many schools.
    """
    if not isinstance(value, str):
        raise TypeError(f"a school id is a string, not {type(value).__name__}")
    if not _SCHOOL_ID.fullmatch(value):
        raise ValueError("a store needs a school, named by its id")
    return value


def refuse_stages(stages: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a pipeline that leaves its school, however deep the stage is nested.

    Raises CrossesSchools.
    """
    for name in _names(stages):
        if name in UNSCOPED_STAGES:
            raise CrossesSchools(f"{name} knows no school")


def refuse_changes(changes: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Refuse a change of the school that a record belongs to. Raises CrossesSchools."""
    if isinstance(changes, Mapping):
        for operator, fields in changes.items():
            _refuse_fields(operator, fields)
        return
    refuse_stages(changes)
    for stage in changes:
        for name, fields in stage.items():
            if name not in UPDATE_STAGES:
                raise CrossesSchools(f"{name} replaces a record whole")
            _refuse_fields(name, fields)


def _refuse_fields(operator: str, fields: Any) -> None:
    if not operator.startswith("$") or not isinstance(fields, Mapping | list | tuple | str):
        raise CrossesSchools("a record is not replaced whole")
    named = [fields] if isinstance(fields, str) else list(fields)
    moved = list(fields.values()) if operator == "$rename" and isinstance(fields, Mapping) else []
    if any(str(name).split(".")[0] == SCHOOL for name in named + moved):
        raise CrossesSchools(f"{operator} would change the school of a record")


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _names(inner)
