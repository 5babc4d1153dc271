"""Sessions that were signed out before their time: a copy of their cookie opens nothing."""

from datetime import UTC, datetime

from pymongo import IndexModel

from sebaya_chassis.storage.database import Database

COLLECTION = "ended_sessions"
# A session that is over by itself needs no record.
INDEXES = {COLLECTION: [IndexModel([("until", 1)], expireAfterSeconds=0)]}


class RevokedSessions:
    """One service's own record, for all its processes.

    A session belongs to a person, not to a school, so it is kept without one.
    """

    def __init__(self, database: Database) -> None:
        self._rows = database[COLLECTION]

    async def revoke(self, session_id: str, until: float) -> None:
        """Revoke a session until it would have ended anyway. Repeating it changes nothing."""
        await self._rows.update_one(
            {"_id": session_id},
            {"$set": {"until": datetime.fromtimestamp(until, UTC)}},
            upsert=True,
        )

    async def contains(self, session_id: str) -> bool:
        """Return whether a session was revoked."""
        return await self._rows.find_one({"_id": session_id}) is not None
