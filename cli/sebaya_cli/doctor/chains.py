"""What must have no gaps: the events of each document, and each school's audit chain."""

from sebaya_chassis.storage.audit import ENTRIES, GENESIS, digest
from sebaya_cli.doctor.promises import CheckContext, CheckResult, promise
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.topics import SERVICES

ENTRY_FIELDS = ["school_id", "number", "who", "what", "about", "why", "at", "previous", "digest"]


@promise("sequences")
async def sequences(look: CheckContext) -> CheckResult:
    """The events of every document are in its topics without a gap, in their order, to the last one
    it wrote.
    """
    numbers = look.history.numbers
    wrong, withheld = list(numbers.backwards), await _withheld(look)
    for writer, subject in numbers.seen:
        kept = withheld.get(subject, set()) if writer == "intake" else set()
        if gaps := set(numbers.gaps(writer, subject)) - kept:
            wrong.append(f"{writer}/{subject}: without {', '.join(map(str, sorted(gaps)))}")
    for service in set(SERVICES) - numbers.trimmed:
        wrong += await _ends(look, service)
    return len(numbers.seen), wrong


async def _withheld(look: CheckContext) -> dict[str, set[int]]:
    """Numbers of the events that wait until it is known that a student has the return code."""
    rows = look.stores.rows(
        "intake", "cases", {"withheld": {"$exists": True}}, ["withheld.sequence"]
    )
    return {
        row["_id"]: {Sequence.parse(entry["sequence"]).number for entry in row["withheld"]}
        async for row in rows
    }


async def _ends(look: CheckContext, service: str) -> list[str]:
    """Documents that wrote more events than the topics hold, less those that still wait in the
    outbox.
    """
    found = []
    # The coverage topic keeps the newest of each school alone, and its numbers are not followed.
    for name in set(await look.stores.collections(service)) - {"coverage"}:
        fields = ["number", "outbox.id", "withheld.id", "published_at"]
        async for row in look.stores.rows(
            service, name, {"number": {"$gt": 0}, "outbox": {"$type": "array"}}, fields
        ):
            published, there = (
                row["number"] - len(row["outbox"]) - len(row.get("withheld", ())),
                look.history.numbers.last(service, row["_id"]),
            )
            if published > there and look.settled(row.get("published_at")):
                found.append(
                    f"{service}/{row['_id']}: {published} events were published, {there} are there"
                )
    return found


@promise("audit")
async def audit(look: CheckContext) -> CheckResult:
    """Every audit chain is whole, unchanged, and reaches the head that is kept outside its store.

    A school has one chain in each service.
    """
    wrong, looked_at = [], 0
    for service in SERVICES:
        chains: dict[str, tuple[int, str]] = {}
        anchors = {
            school: head
            for (writer, school), head in look.history.heads.items()
            if writer == service
        }
        async for row in look.stores.rows(
            service, ENTRIES, {}, ENTRY_FIELDS, sort=[("school_id", 1), ("number", 1)]
        ):
            looked_at += 1
            school_id, number = row["school_id"], row["number"]
            length, previous = chains.get(school_id, (0, GENESIS))
            if number != length + 1:
                wrong.append(
                    f"{service}/{school_id}: entries {length + 1} to {number - 1} are missing"
                )
            elif row["previous"] != previous or digest(row, previous) != row["digest"]:
                wrong.append(
                    f"{service}/{school_id}: entry {number} was changed after it was written"
                )
            chains[school_id] = (number, row["digest"])
            anchor = anchors.get(school_id)
            if anchor and anchor.number == number and anchor.digest != row["digest"]:
                wrong.append(
                    f"{service}/{school_id}: entry {number} is not the one that was anchored"
                )
        for school_id, anchor in anchors.items():
            length = chains.get(school_id, (0, GENESIS))[0]
            if anchor.number > length:
                wrong.append(
                    f"{service}/{school_id}: entries {length + 1} to {anchor.number} were cut off"
                )
    return looked_at, wrong


PROMISES = (sequences, audit)
