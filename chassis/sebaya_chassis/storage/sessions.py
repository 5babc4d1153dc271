"""The sessions of staff, in the one database that the four services share.

A session belongs to a person and not to a school, so it is kept without one. The key of a row is
the digest of what the browser holds: a copy of the store opens no page. What the provider issued is
sealed before it comes here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from sebaya_chassis.storage.database import Client, Database, Document, open_database

DATABASE = "sessions"
COLLECTION = "sessions"
# Logout tokens that were followed, each until it would be refused for its age anyway.
LOGOUT_TOKENS = "logout_tokens"
INDEXES = {
    COLLECTION: [
        IndexModel([("until", 1)], expireAfterSeconds=0),
        IndexModel([("person_id", 1)]),
        IndexModel([("provider_session", 1)]),
    ],
    LOGOUT_TOKENS: [IndexModel([("until", 1)], expireAfterSeconds=0)],
}


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One sign-in of one person at one browser.

    `provider_session` is the provider's own name for it (`sid`). `renewed_at` is when the provider
    last said that it lives; `renewable` says that it can be asked again. `sealed` is what it
    issued. At `until` the session is over in any case.
    """

    key: str
    person_id: str
    name: str
    roles: tuple[str, ...]
    schools: tuple[str, ...]
    provider_session: str
    renewed_at: datetime
    until: datetime
    renewable: bool
    sealed: bytes

    def document(self) -> Document:
        """Return the session as it is stored."""
        fields = asdict(self) | {"roles": list(self.roles), "schools": list(self.schools)}
        return {"_id": fields.pop("key"), **fields}


@dataclass(frozen=True, slots=True)
class RenewalLease:
    """The right of one process to renew a session: a provider takes each refresh token once."""

    session: StoredSession
    token: str


class SessionStore:
    """The sessions of one installation, for all processes of all services."""

    def __init__(self, database: Database) -> None:
        self._rows = database[COLLECTION]
        self._logout_tokens = database[LOGOUT_TOKENS]

    @classmethod
    def of(cls, client: Client, prefix: str) -> "SessionStore":
        """Open the store of the installation with this prefix of databases."""
        return cls(open_database(client, f"{prefix}_{DATABASE}"))

    async def create_indexes(self) -> None:
        """Create the indexes. May run again, and in several services at once."""
        for rows in (self._rows, self._logout_tokens):
            await rows.create_indexes(INDEXES[rows.name])

    async def create(self, session: StoredSession) -> None:
        """Store a session that has begun."""
        await self._rows.insert_one(session.document())

    async def find(self, key: str) -> StoredSession | None:
        """Find a session; None where it is over or never was. One read."""
        return _session(await self._rows.find_one({"_id": key}))

    async def lease(
        self, session: StoredSession, token: str, now: datetime, seconds: float
    ) -> RenewalLease | None:
        """Lease the renewal of a session as it is stored by now, for so many seconds.

        None where it was renewed since, another process has the lease, or the session is over.
        """
        row = await self._rows.find_one_and_update(
            {
                "_id": session.key,
                "renewed_at": session.renewed_at,
                "$or": [{"lease": {"$exists": False}}, {"lease.until": {"$lte": now}}],
            },
            {"$set": {"lease": {"token": token, "until": now + timedelta(seconds=seconds)}}},
            return_document=ReturnDocument.AFTER,
        )
        found = _session(row)
        return RenewalLease(found, token) if found else None

    async def find_with_lease(self, key: str, now: datetime) -> tuple[StoredSession | None, bool]:
        """Find a session, and whether a process is renewing it.

        By one read: a session that ends between two would look like one that is not being renewed.
        """
        row = await self._rows.find_one({"_id": key})
        leased = row is not None and "lease" in row and row["lease"]["until"] > now
        return _session(row), leased

    async def renew(self, lease: RenewalLease, renewed: StoredSession) -> bool:
        """Store a renewed session and give the lease back.

        False where the session was ended meanwhile, or the lease has gone to another process.
        """
        changes = renewed.document()
        del changes["_id"]
        result = await self._rows.update_one(
            {"_id": lease.session.key, "lease.token": lease.token},
            {"$set": changes, "$unset": {"lease": ""}},
        )
        return result.matched_count == 1

    async def release(self, lease: RenewalLease) -> None:
        """Give a lease back without a renewal."""
        await self._rows.update_one(
            {"_id": lease.session.key, "lease.token": lease.token}, {"$unset": {"lease": ""}}
        )

    async def end(self, key: str) -> StoredSession | None:
        """End a session and return it. Repeating it changes nothing."""
        return _session(await self._rows.find_one_and_delete({"_id": key}))

    async def end_all_of(self, person_id: str, provider_session: str) -> Sequence[StoredSession]:
        """End the sessions that fit what is named, and return them; an empty text names nothing."""
        named: Document = {"person_id": person_id} if person_id else {}
        named |= {"provider_session": provider_session} if provider_session else {}
        if not named:
            return []
        rows = await self._rows.find(named).to_list()
        ended = [await self.end(row["_id"]) for row in rows]
        return [session for session in ended if session]

    async def note_logout_token(self, name: str, until: datetime) -> bool:
        """Note a logout token as followed. False where it was followed before."""
        try:
            await self._logout_tokens.insert_one({"_id": name, "until": until})
        except DuplicateKeyError:
            return False
        return True

    async def forget_logout_token(self, name: str) -> None:
        """Forget a logout token that could not be followed, so that it may come again."""
        await self._logout_tokens.delete_one({"_id": name})

    async def end_all(self) -> int:
        """End every session; return how many that were."""
        return (await self._rows.delete_many({})).deleted_count


def _session(row: Document | None) -> StoredSession | None:
    if row is None:
        return None
    fields: dict[str, Any] = {
        name: row[name] for name in StoredSession.__slots__ if name not in {"key", "sealed"}
    }
    return replace(
        StoredSession(key=row["_id"], sealed=bytes(row["sealed"]), **fields),
        roles=tuple(row["roles"]),
        schools=tuple(row["schools"]),
    )
