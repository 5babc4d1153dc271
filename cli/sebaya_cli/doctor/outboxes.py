"""Outboxes and dead letters: nothing forgotten on its way."""

from collections import Counter
from typing import Any

from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_contracts.topics import SERVICES, TOPICS

OPEN = {"parked", "replaying", "failed"}


@promise("outboxes")
async def outboxes(look: CheckContext) -> CheckResult:
    """No event waits in an outbox for longer than a relay that works ever takes."""
    wrong, looked_at = [], 0
    oldest = look.began - look.bounds.outbox
    for service in SERVICES:
        for name in await look.stores.collections(service):
            async for row in look.stores.rows(
                service, name, {"outbox.0": {"$exists": True}}, ["outbox_since", "outbox.time"]
            ):
                looked_at += 1
                since = row["outbox"][0]["time"]
                if since <= oldest:
                    wrong.append(
                        f"{service}/{name}/{row['_id']}: {len(row['outbox'])} events wait since "
                        f"{since:%F %T}"
                    )
                elif "outbox_since" not in row:
                    wrong.append(
                        f"{service}/{name}/{row['_id']}: its events are on no relay's list"
                    )
    return looked_at, wrong


@promise("dead letters")
async def dead_letters(look: CheckContext) -> CheckResult:
    """No record waits as a dead letter; in a run with forged ones, exactly those were parked, and
    what queued behind them came back.
    """
    forged = _expected(look)
    found: Counter[tuple[str, str, str]] = Counter()
    wrong, looked_at = [], 0
    for service in SERVICES:
        async for row in look.stores.rows(service, "parked", {}, ["topic", "subject", "entries"]):
            for entry in row["entries"]:
                looked_at += 1
                key = (service, row["topic"], entry["at"])
                found[key] += 1
                if key not in forged and entry["state"] in OPEN:
                    wrong.append(
                        f"{service}/{row['_id']}@{entry['at']}: {entry['reason']}, {entry['state']}"
                    )
    wrong += [
        f"{service}/{topic}@{place}: forged, and not parked"
        for service, topic, place in forged
        if not found[service, topic, place]
    ]
    return looked_at, wrong


def _expected(look: CheckContext) -> set[tuple[str, str, str]]:
    readers: dict[str, Any] = {topic.name: topic.readers for topic in TOPICS}
    poison = look.ledger.poison if look.ledger else []
    return {
        (service, one.topic, one.position)
        for one in poison
        for service in one.services or readers[one.topic]
    }


PROMISES = (outboxes, dead_letters)
