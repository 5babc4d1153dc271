"""An append-only, hash-chained log of one school in one service: which person did or read what,
when, and why.

Entry n holds the digest of entry n-1, over the stored form (times in milliseconds, as the store
keeps them). An entry is written in the transaction of the action it records, so a failed write
leaves the chain as it was, and a unique index allows one successor an entry. The head is a document
of its own, and its outbox carries it to the broker: cutting the log's end is seen from outside.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.layout import CollectionSpec, LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.audit import AuditChained

ENTRIES = "audit"
INDEXES = {ENTRIES: [IndexModel([("school_id", 1), ("number", 1)], unique=True)]}
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a school's chain."""

    school_id: str
    number: int = 0
    digest: str = GENESIS


HEADS = CollectionSpec("audit_heads", Head, identity=lambda head: f"audit-{head.school_id}")


def digest(entry: Mapping[str, Any], previous: str) -> str:
    """Compute the SHA-256 over the entry as it is stored, and its predecessor's digest."""
    body = {name: entry[name] for name in ("school_id", "number", "who", "what", "about", "why")}
    body["at"] = entry["at"].astimezone(UTC)
    return hashlib.sha256(previous.encode() + msgspec.json.encode(body, order="sorted")).hexdigest()


async def append(tx: SchoolStore, *, who: str, what: str, about: str, why: str = "") -> None:
    """Append one entry, inside a transaction (`SchoolStore.transaction`).

    `who` is a person's id and `about` the id of what was done; `why` is the person's reason, never
    a student's words.
    """
    heads = tx.documents(HEADS)
    identity = HEADS.identity(Head(tx.school_id))
    head, before = await _head(tx, identity)
    entry: dict[str, Any] = {
        "school_id": tx.school_id,
        "number": head.number + 1,
        "at": _milliseconds(before.now if before else tx.now()),
        "who": who,
        "what": what,
        "about": about,
        "why": why,
    }
    new = replace(head, number=head.number + 1, digest=digest(entry, head.digest))
    chained = AuditChained(
        school_id=tx.school_id, service=tx.writer.service, number=new.number, digest=new.digest
    )
    await tx.collection(ENTRIES).create({**entry, "previous": head.digest, "digest": new.digest})
    if before is None:
        await heads.create(new, [chained])
    else:
        await heads.save(identity, before, new, [chained])


async def _head(tx: SchoolStore, identity: str) -> tuple[Head, LoadedDocument[Head] | None]:
    try:
        loaded = await tx.documents(HEADS).load(identity)
    except NotFound:
        return Head(tx.school_id), None
    return loaded.state, loaded


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a verification; `fault` is None for an intact chain."""

    entries: int
    fault: str | None = None


async def verify(store: SchoolStore, anchor: Head | None = None) -> Verdict:
    """Walk the chain and report the first damage, or what is missing at its end.

    `anchor` is the newest head known outside the store.
    """
    # The head is read on both sides of the entries: what is appended meanwhile must look neither
    # cut off nor slipped in.
    before, _ = await _head(store, HEADS.identity(Head(store.school_id)))
    rows = await store.collection(ENTRIES).find({}, sort=[("number", 1)])
    after, _ = await _head(store, HEADS.identity(Head(store.school_id)))
    previous = GENESIS
    for expected, row in enumerate(rows, start=1):
        if row["number"] != expected:
            return Verdict(len(rows), f"entry {expected} is missing")
        if row["previous"] != previous or digest(row, previous) != row["digest"]:
            return Verdict(len(rows), f"entry {expected} was changed after it was written")
        previous = row["digest"]
    if len(rows) > after.number:
        return Verdict(
            len(rows), f"entries {after.number + 1} to {len(rows)} were added past the head"
        )
    return Verdict(len(rows), _against(len(rows), [before, anchor], rows))


def _against(length: int, known: list[Head | None], rows: list[dict[str, Any]]) -> str | None:
    for head in known:
        if head is None or head.number == 0:
            continue
        if head.number > length:
            return f"entries {length + 1} to {head.number} were cut off"
        if rows[head.number - 1]["digest"] != head.digest:
            return f"entry {head.number} is not the one that was anchored"
    return None
