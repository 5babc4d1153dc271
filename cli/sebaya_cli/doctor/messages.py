"""Messages and their verdicts."""

from collections.abc import AsyncIterator
from datetime import datetime

from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_cli.doctor.stores import at
from sebaya_contracts.topics import MESSAGES


async def parked_subjects(look: CheckContext, service: str, topic: str) -> set[str]:
    """List the documents of a topic with a dead letter that waits."""
    waiting = {"topic": topic, "entries.state": {"$in": ["parked", "replaying", "failed"]}}
    return {
        row["subject"] async for row in look.stores.rows(service, "parked", waiting, ["subject"])
    }


async def _asked(look: CheckContext) -> AsyncIterator[tuple[str, str, datetime | None, object]]:
    """Yield every message that still has its words: its id, its document, when it was written
    first, and the level that intake knows.
    """
    opening = ["state.opening.message_id", "state.opening.opened_at", "state.screening.level"]
    async for row in look.stores.rows(
        "intake", "cases", {"state.opening.message_id": {"$type": "string"}}, opening
    ):
        yield (
            at(row, "state.opening.message_id"),
            row["_id"],
            at(row, "state.opening.opened_at"),
            at(row, "state.screening.level"),
        )
    later = ["state.posted_at", "state.screening.level"]
    async for row in look.stores.rows(
        "intake", "messages", {"state.posted_at": {"$type": "date"}}, later
    ):
        yield row["_id"], row["_id"], at(row, "state.posted_at"), at(row, "state.screening.level")


@promise("verdicts")
async def verdicts(look: CheckContext) -> CheckResult:
    """Every message has a verdict, in the topic and in intake's store (or waits as a dead letter,
    with a red alert).
    """
    parked = await parked_subjects(look, "escalation", MESSAGES.name)
    seen: set[str] = set()
    wrong: list[str] = []
    async for message_id, document, posted_at, level in _asked(look):
        seen.add(message_id)
        if document in parked or posted_at is None or posted_at > look.began - look.bounds.verdict:
            continue
        if message_id not in look.history.verdicts:
            wrong.append(f"{message_id}: no verdict in the topic")
        elif level is None:
            wrong.append(f"{message_id}: its verdict has not reached intake")
    for message_id, posted in look.history.posted.items():
        if message_id in seen:
            continue
        seen.add(message_id)
        unheard = (
            message_id not in look.history.verdicts
            and posted.case_id not in parked
            and message_id not in parked
        )
        if unheard and posted.at <= look.began - look.bounds.verdict:
            wrong.append(f"{message_id}: no verdict in the topic")
    return len(seen), wrong


PROMISES = (verdicts,)
