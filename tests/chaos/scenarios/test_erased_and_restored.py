"""Promise in text not kept by code: an erasure while words are in flight, then a backup from before
it is restored.
"""

import asyncio
import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from aiokafka.admin import AIOKafkaAdminClient

from chaos.scenarios.town import CALM, JAKARTA, Town, town, wanted
from integration.test_command import sebaya
from sebaya_chassis.consuming.topic_reader import records_to_end
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.audit import Head
from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import connect, open_database
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.storage.writer import Writer
from sebaya_cli.demo.people import Student
from sebaya_contracts.audit import AuditChained
from sebaya_contracts.envelope import attributes, decode
from sebaya_contracts.topics import AUDIT, MESSAGES, SERVICES
from support import eventually

# Words that nobody else would write; the second makes an alert, which keeps the words of its
# signals.
PLANTED = ["plantedopening", "plantedgrave", "plantedlater", "plantedbroken"]
KEPT_SECONDS = 20
SHORT = replace(MESSAGES, retention=timedelta(seconds=KEPT_SECONDS), segment=timedelta(seconds=1))
DEAD = replace(SHORT, name=MESSAGES.dead_letters("escalation"), partitions=1)
BROKER = {"log.retention.check.interval.ms": "1000", "log.segment.delete.delay.ms": "100"}


async def test_after_restoring_an_older_backup_an_erased_student_is_nowhere_and_the_chain_verifies(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, topics=(SHORT, DEAD), broker=BROKER) as here:
        gone, stays, left = here.student(), here.student(), here.student()
        await gone.ask(wanted(f"plantedopening {CALM}"))
        await gone.write("plantedgrave aku mau bunuh diri malam ini")
        await stays.ask(wanted())
        await left.ask(wanted())
        await eventually(lambda: alerted(here, gone), within=60)
        await read_by_counsellor(here, gone)
        await stopped(here)
        backup = await backed_up(here, tmp_path)
        assert words_in(backup), "a backup without the words proves nothing"
        await started(here)

        # After the backup: more is read and written, one withdraws, one erases while words of hers
        # are still on their way.
        await read_by_counsellor(here, gone)
        await left.withdraw()
        here.stack.kill("escalation")
        await gone.write("plantedlater")
        await erased(here, gone)
        await here.stack.start("escalation")
        await eventually(
            lambda: nothing_stored(here, gone),
            within=60,
            every=0.5,
            says="before the restore every store has forgotten",
        )

        await stopped(here)
        await restored(here, backup)
        installation = {
            "MONGODB_URI": here.where.mongodb_uri,
            "KAFKA_BOOTSTRAP_SERVERS": here.where.kafka,
        }
        watching = asyncio.create_task(never_shown(here, gone))
        # First with the command forgotten: every service stays shut, and says what is missing.
        await started(here)
        for service in SERVICES:
            await eventually(lambda name=service: says_what_was_forgotten(here, name), within=60)
        assert (await here.web.get(**looking(stays))).status_code == 503
        done = await sebaya("restored", **installation)
        assert done.returncode == 0, done.stderr
        assert [line.split()[0] for line in done.stdout.splitlines()] == list(SERVICES)
        assert "epoch 2" in done.stdout
        await eventually(lambda: opened(here, stays), within=60, every=0.3, says="by themselves")
        still_running = await sebaya("restored", "--service", "intake", **installation)
        assert (still_running.returncode, "still running" in still_running.stderr) == (1, True)

        await eventually(
            lambda: nothing_stored(here, gone),
            within=60,
            every=0.5,
            says="after the restore every store has forgotten",
        )
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        assert (await left.look())["state"] == "withdrawn", "what she took back is taken back again"
        assert (await stays.look())["case_id"] == stays.case_id
        await eventually(
            lambda: no_words_in_topics(here),
            within=KEPT_SECONDS * 3 + 60,
            every=1.0,
            says="retention has passed",
        )
        assert not words_in(tmp_path / "stack" / "logs")
        for service in ("intake", "escalation"):
            await eventually(lambda name=service: chain_verifies(here, name), within=30, every=0.5)
        await goes_on(here, stays)


async def alerted(here: Town, student: Student) -> bool:
    return bool(
        await here.collection("escalation", "alerts").count_documents(
            {"state.case_id": student.case_id}
        )
    )


async def read_by_counsellor(here: Town, student: Student) -> None:
    """Leaves an audit entry at intake, and one at escalation."""
    counsellor = await here.staff("counsellor")

    async def readable() -> bool:
        path = f"/intake/schools/{JAKARTA}/cases/{student.case_id}/messages"
        return (await here.web.get(path, headers=counsellor.auth)).status_code == 200

    await eventually(readable, within=30, every=0.3)
    for alert in await counsellor.alerts("open"):
        await counsellor.alert(alert["alert_id"])


async def erased(here: Town, student: Student) -> None:
    answer = await here.web.delete(
        f"/intake/schools/{JAKARTA}/me", headers={"Return-Code": student.code}
    )
    assert answer.status_code == 202


async def stopped(here: Town) -> None:
    await asyncio.gather(*(here.stack.stop(service) for service in SERVICES))


async def started(here: Town) -> None:
    await asyncio.gather(*(here.stack.start(service) for service in SERVICES))


async def backed_up(here: Town, folder: Path) -> Path:
    """A copy of the stopped server's data folder."""
    await here.stack.stop("mongo")
    copy = folder / "backup"
    await asyncio.to_thread(
        shutil.copytree, here.stack.folder.mongo, copy, ignore=shutil.ignore_patterns("mongod.lock")
    )
    await here.stack.start("mongo")
    return copy


async def restored(here: Town, backup: Path) -> None:
    await here.stack.stop("mongo")
    await asyncio.to_thread(shutil.rmtree, here.stack.folder.mongo)
    await asyncio.to_thread(shutil.copytree, backup, here.stack.folder.mongo)
    await here.stack.start("mongo")
    assert (
        await here.collection("intake", "cases").find_one(
            {"state.opening.text": {"$regex": "plantedopening"}}
        )
    ) is not None


async def says_what_was_forgotten(here: Town, service: str) -> bool:
    """In one sentence of its log."""
    said = here.stack.folder.log(service).read_text()
    return said.count(f"`sebaya restored --service {service}`") == 1


def looking(student: Student) -> Any:
    return {
        "url": f"/intake/schools/{JAKARTA}/me",
        "headers": {"Return-Code": student.code},
    }


async def opened(here: Town, student: Student) -> bool:
    return (await here.web.get(**looking(student))).status_code == 200


async def never_shown(here: Town, student: Student) -> None:
    """From before the first process opens its door: no answer to her old code, nor to her
    counsellor, may show a thing.
    """
    past = httpx.AsyncClient(
        base_url=here.stack.parts.services["intake"].url, timeout=10.0, trust_env=False
    )
    async with past:
        while True:
            for path in ("me", "me/messages"):
                try:
                    answer = await past.get(
                        f"/schools/{JAKARTA}/{path}", headers={"Return-Code": student.code}
                    )
                except httpx.TransportError:
                    continue
                assert answer.status_code in {503, 404, 429}, answer.status_code
                assert not any(word in answer.text for word in PLANTED)
            await asyncio.sleep(0.02)


async def nothing_stored(here: Town, student: Student) -> bool:
    """No word in any document of any service, and no return code."""
    for service in SERVICES:
        store = here.store[here.where.database(service)]
        for name in await store.list_collection_names():
            async for document in store[name].find({}):
                if any(word in repr(document) for word in (*PLANTED, student.code)):
                    return False
    return True


async def no_words_in_topics(here: Town) -> bool:
    """Every topic there is, dead letters too, from its first record to its last."""
    admin = AIOKafkaAdminClient(bootstrap_servers=here.where.kafka)
    await admin.start()
    try:
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    for topic in topics:
        if topic["topic"].startswith("__"):
            continue
        async for record in records_to_end(
            here.where.kafka, topic["topic"], len(topic["partitions"])
        ):
            if any(word.encode() in (record.value or b"") for word in PLANTED):
                return False
    return True


def words_in(folder: Path) -> bool:
    return any(
        word.encode() in file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
        for word in PLANTED
    )


async def chain_verifies(here: Town, service: str) -> bool:
    """Against the newest head that lies outside of the store; and the chain tells that it was
    restored.
    """
    anchor = await newest_head(here, service)
    client = connect(here.where.mongodb_uri)
    try:
        store = SchoolStore(
            BatchedDatabase(open_database(client, here.where.database(service))),
            Writer(service, StoreClock()),
            JAKARTA,
        )
        verdict = await audit.verify(store, anchor)
        told = await store.collection(audit.ENTRIES).find({"what": "store_restored"})
    finally:
        await client.close()
    assert verdict.fault is None, verdict
    assert [row["about"] for row in told] == ["epoch-2"]
    return anchor.number == verdict.entries


async def newest_head(here: Town, service: str) -> Head:
    found: list[tuple[Any, AuditChained]] = []
    async for record in records_to_end(
        here.where.kafka, here.where.topic(AUDIT.name), AUDIT.partitions
    ):
        about = attributes(record.headers)
        event = decode(AUDIT, about, record.value)
        if isinstance(event, AuditChained) and (event.service, event.school_id) == (
            service,
            JAKARTA,
        ):
            found.append((about.sequence, event))
    _, newest = max(found, key=lambda one: one[0])
    return Head(JAKARTA, newest.number, newest.digest)


async def goes_on(here: Town, student: Student) -> None:
    """What is written under the new epoch counts everywhere as newer than all before."""
    await student.withdraw()

    async def known() -> bool:
        row = await here.collection("matching", "cases").find_one({"_id": student.case_id})
        return bool(row and row["state"]["withdrawn"])

    await eventually(known, within=60, every=0.3)
