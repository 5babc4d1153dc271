"""Sessions that were signed out before their time: a copy of their cookie opens nothing any more."""

from datetime import UTC, datetime

from pymongo import IndexModel

from sebaya_chassis.storage.database import Database

COLLECTION = "ended_sessions"
# A session that is over by itself needs no record.
INDEXES = {COLLECTION: [IndexModel([("until", 1)], expireAfterSeconds=0)]}


class RevokedSessions:
    """One service's own record, for all its processes. People are of no school here, so neither are
    their sessions.
    """

    def __init__(self, database: Database) -> None:
        self._rows = database[COLLECTION]

    async def end(self, session_id: str, until: float) -> None:
        """From now on, until the session would have ended anyway. Once more changes nothing."""
        await self._rows.update_one(
            {"_id": session_id},
            {"$set": {"until": datetime.fromtimestamp(until, UTC)}},
            upsert=True,
        )

    async def holds(self, session_id: str) -> bool:
        return await self._rows.find_one({"_id": session_id}) is not None
