"""Sets of first writes: each all there or not at all, side by side in one transaction, and each
hears its own answer.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, InvalidDocument, NetworkTimeout

from sebaya_chassis.storage.batching import transaction_batcher
from sebaya_chassis.storage.batching.micro_batcher import MAX_IN_FLIGHT
from sebaya_chassis.storage.batching.transaction_batcher import TransactionBatcher
from sebaya_chassis.storage.database import Database, answer_within, connect, open_database
from sebaya_chassis.storage.layout import NewDocument
from sebaya_chassis.storage.writer import DocumentRef
from servers import Servers
from store_commands import commands
from support import eventually

MANY = 12
TWO = ("cases", "verdicts")


@pytest.fixture
async def rows(servers: Servers, prefix: str) -> AsyncIterator[Database]:
    client = connect(servers.mongodb_uri)
    made = open_database(client, f"{prefix}_sets")
    for name in TWO:
        await made.create_collection(name)
    yield made
    await client.close()


def new_documents(identity: str, **verdict: Any) -> list[NewDocument]:
    """A document in each of two collections."""
    documents = zip(TWO, ({}, verdict), strict=True)
    return [
        NewDocument(
            DocumentRef(name, "s1", identity), {"_id": identity, "school_id": "s1"} | more, [], None
        )
        for name, more in documents
    ]


async def answers(
    made: TransactionBatcher, sets: Sequence[Sequence[NewDocument]]
) -> list[BaseException | None]:
    return await asyncio.gather(*(insert(made, each) for each in sets), return_exceptions=True)


async def insert(
    made: TransactionBatcher,
    first: Sequence[NewDocument],
    rest: Sequence[NewDocument] | None = None,
) -> None:
    async def found() -> Sequence[NewDocument]:
        return rest or []

    assert await made.insert(first, None if rest is None else found) == [*first, *(rest or [])]


async def stored(rows: Database) -> list[list[str]]:
    return [await rows[name].distinct("_id") for name in TWO]


async def test_sets_that_come_side_by_side_share_a_transaction(rows: Database) -> None:
    with commands(rows) as sent:
        assert (
            await answers(
                TransactionBatcher(rows), [new_documents(f"c{number:02}") for number in range(MANY)]
            )
            == [None] * MANY
        )
    assert sent == ["insert cases", "insert verdicts", "commitTransaction"]
    assert await stored(rows) == [[f"c{number:02}" for number in range(MANY)]] * 2


async def test_a_set_of_which_something_is_there_is_refused_whole_and_alone(rows: Database) -> None:
    """Its case is new and its verdict is not: without the transaction the case would stay
    behind.
    """
    await rows["verdicts"].insert_one({"_id": "c3"})
    told = await answers(
        TransactionBatcher(rows), [new_documents(f"c{number}") for number in range(6)]
    )
    assert [type(answer) for answer in told] == [type(None)] * 3 + [DuplicateKeyError] + [
        type(None)
    ] * 2
    assert "c3" in str(told[3])
    others = ["c0", "c1", "c2", "c4", "c5"]
    assert await stored(rows) == [others, [*others[:3], "c3", *others[3:]]]


async def test_two_of_one_name_side_by_side_are_one(rows: Database) -> None:
    told = await answers(
        TransactionBatcher(rows),
        [new_documents("c1", by="first"), new_documents("c1", by="second"), new_documents("c2")],
    )
    assert [type(answer) for answer in told] == [type(None), DuplicateKeyError, type(None)]
    assert await stored(rows) == [["c1", "c2"]] * 2
    assert (await rows["verdicts"].find_one({"_id": "c1"}) or {})["by"] == "first"


async def test_one_that_cannot_be_written_costs_no_other(rows: Database) -> None:
    told = await answers(
        TransactionBatcher(rows),
        [new_documents("c1"), new_documents("c2", x=object()), new_documents("c3")],
    )
    assert [type(answer) for answer in told] == [type(None), InvalidDocument, type(None)]
    assert await stored(rows) == [["c1", "c3"]] * 2


class Held:
    """Insertions that wait until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open, self.began = asyncio.Event(), 0
        original = AsyncCollection.insert_many

        async def waiting(*given: Any, **more: Any) -> Any:
            self.began += 1
            await self.open.wait()
            return await original(*given, **more)

        monkeypatch.setattr(AsyncCollection, "insert_many", waiting)

    async def fill(self, made: TransactionBatcher) -> list["asyncio.Task[None]"]:
        """A set in each lane."""
        tasks: list[asyncio.Task[None]] = []
        for lane in range(MAX_IN_FLIGHT):
            tasks.append(asyncio.create_task(made.insert(new_documents(f"lane {lane}"))))

            async def begun(many: int = lane + 1) -> bool:
                return self.began == many

            await eventually(begun)
        return tasks


async def test_who_comes_while_the_lanes_are_busy_goes_with_the_next(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, made = Held(monkeypatch), TransactionBatcher(rows)
    with commands(rows) as sent:
        first = await held.fill(made)
        later = [
            asyncio.create_task(made.insert(new_documents(f"c{number}"))) for number in range(MANY)
        ]
        held.open.set()
        await asyncio.gather(*first, *later)
    assert sent.count("commitTransaction") == MAX_IN_FLIGHT + 1


async def test_who_waits_has_its_own_deadline(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written later is found by its key."""
    held, made = Held(monkeypatch), TransactionBatcher(rows)
    first = await held.fill(made)
    with answer_within(0.2), pytest.raises(NetworkTimeout):
        await asyncio.wait_for(made.insert(new_documents("hurried")), 30)
    held.open.set()
    await asyncio.gather(*first)

    async def written() -> bool:
        return "hurried" in await rows["verdicts"].distinct("_id")

    await eventually(written)


async def test_a_store_that_goes_away_is_told_to_all_who_wait(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction_batcher, "ANSWER_SECONDS", 1.0)
    held, made = Held(monkeypatch), TransactionBatcher(rows)
    first = await held.fill(made)
    later = [
        asyncio.create_task(made.insert(new_documents(f"c{number}"))) for number in range(MANY)
    ]
    await rows.client.close()
    held.open.set()
    # Each in the time of a single write: the driver by itself would begin the transaction again for
    # two minutes.
    async with asyncio.timeout(20):
        told = await asyncio.gather(*first, *later, return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in told)
    # And nobody is left in a lane.
    assert made._batcher._in_flight == 0


async def test_what_is_not_known_yet_is_found_out_while_the_first_is_written(
    rows: Database,
) -> None:
    """Both at once: neither begins behind the other's end."""
    made, asked, begun = TransactionBatcher(rows), asyncio.Event(), asyncio.Event()
    case, verdict = new_documents("c1")

    async def found() -> Sequence[NewDocument]:
        asked.set()
        await begun.wait()
        return [verdict]

    with commands(rows) as sent:
        waiting = asyncio.create_task(made.insert([case], found))

        async def case_is_being_written() -> bool:
            return "insert cases" in sent

        await asked.wait()
        await eventually(case_is_being_written)
        begun.set()
        assert await waiting == [case, verdict]
    assert sent == ["insert cases", "insert verdicts", "commitTransaction"]


async def test_of_a_set_whose_rest_cannot_be_found_nothing_is_written(rows: Database) -> None:
    """All others of its transaction are there; each rest is looked for once, whoever has to begin
    again.
    """
    made, looks = TransactionBatcher(rows), 0

    async def found(number: int) -> Sequence[NewDocument]:
        nonlocal looks
        looks += 1
        if number == 2:
            raise LookupError
        return new_documents(f"c{number}")[1:]

    sets = [
        made.insert(new_documents(f"c{number}")[:1], partial(found, number)) for number in range(5)
    ]
    told = await asyncio.gather(*sets, return_exceptions=True)
    assert [isinstance(answer, LookupError) for answer in told] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert await stored(rows) == [["c0", "c1", "c3", "c4"]] * 2
    assert looks == 5


async def test_a_rest_that_nobody_needed_leaves_no_error_behind(rows: Database) -> None:
    """Its set is refused by its first, and nobody hears what the rest came to: no error that was
    never looked at is told of later.
    """
    await rows["cases"].insert_one({"_id": "c1"})
    looks: list[asyncio.Task[Any] | None] = []

    async def found() -> Sequence[NewDocument]:
        looks.append(asyncio.current_task())
        raise LookupError

    with pytest.raises(DuplicateKeyError):
        await TransactionBatcher(rows).insert(new_documents("c1")[:1], found)
    assert [getattr(look, "_log_traceback", None) for look in looks] == [False]


async def test_who_goes_away_takes_its_set_from_nobody(rows: Database) -> None:
    """Whoever is cut off while its rest is looked for leaves it to the transaction that it
    shares.
    """
    made, found_out = TransactionBatcher(rows), asyncio.Event()

    async def found() -> Sequence[NewDocument]:
        await found_out.wait()
        return new_documents("c1")[1:]

    with commands(rows) as sent:
        hurried = asyncio.create_task(made.insert(new_documents("c1")[:1], found))
        patient = asyncio.create_task(made.insert(new_documents("c2")))

        async def at_work() -> bool:
            return "insert cases" in sent

        await eventually(at_work)
        hurried.cancel()
        await asyncio.wait({hurried})
        found_out.set()
        await patient
    assert await stored(rows) == [["c1", "c2"]] * 2
