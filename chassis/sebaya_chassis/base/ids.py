"""Ids that sort by time."""

from uuid_utils import uuid7


def new_id() -> str:
    """Make a UUIDv7, as text."""
    return str(uuid7())
