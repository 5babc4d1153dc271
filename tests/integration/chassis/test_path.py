"""One event all the way: decision, outbox, relay, broker, consumer, effect and mark in one
write.
"""

from sample_service import COUNTED, Counted, asked, knows_the_school, reader, sender, times
from servers import Servers
from support import eventually, running


async def test_an_event_takes_effect_once(servers: Servers, prefix: str) -> None:
    async with (
        running(reader(servers, prefix)) as reading,
        running(sender(servers, prefix)) as sending,
    ):
        await sending.prepared.wait()
        await knows_the_school(reading)
        store = sending.store("s1")
        for number in range(50):
            await store.documents(COUNTED).create(Counted(f"c{number}"), [asked(f"c{number}")])
            await store.documents(COUNTED).update(
                f"c{number}", lambda c, _now: (c, [asked(c.case_id), asked(c.case_id)])
            )

        async def all_counted() -> bool:
            found = await times(reading)
            return len(found) == 50 and set(found.values()) == {3}

        await eventually(all_counted)

        async def outboxes_empty() -> bool:
            return await store.documents(COUNTED).count({"outbox_since": {"$exists": True}}) == 0

        await eventually(outboxes_empty)
