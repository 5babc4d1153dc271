"""Who takes the messages, each a process of its own: `python -m bench.escalation_workers NAME
CORNER MONGODB_URI KAFKA`.

The bare one fetches, decodes and writes one document a message under the same write concern, and
commits once a batch.
"""

import asyncio
import ctypes
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import uvloop
from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI

from bench.intake_doors import SECRET
from sebaya_chassis.base.gc_tuning import tune_gc
from sebaya_chassis.base.settings import Environment, RunRole
from sebaya_chassis.storage.database import connect, open_database
from sebaya_contracts.envelope import attributes, decode
from sebaya_contracts.topics import MESSAGES
from sebaya_escalation.main import EscalationService, compose
from sebaya_escalation.settings import Settings

BARE = "bare"
BOTH_STAGES = "escalation-both-stages"


def composed(
    corner: str, mongodb_uri: str, kafka: str, *, meaning: bool = False
) -> EscalationService:
    settings = Settings(
        environment=Environment.LOCAL,
        mongodb_uri=mongodb_uri,
        kafka_bootstrap_servers=kafka,
        database_prefix=corner,
        topic_prefix=f"{corner}.",
        topic_replicas=1,
        secret_key=SECRET,
        oidc_issuer="http://issuer.bench",
        role=RunRole.WORKER,
        screen_meaning=meaning,
    )
    return compose(settings)


async def ours(corner: str, mongodb_uri: str, kafka: str, *, meaning: bool = False) -> None:
    made = composed(corner, mongodb_uri, kafka, meaning=meaning)
    tune_gc()  # as sebaya_chassis.service.runtime.serve does it
    async with made.runtime.lifespan(FastAPI()):
        await asyncio.Event().wait()


async def bare(corner: str, mongodb_uri: str, kafka: str) -> None:
    written = open_database(connect(mongodb_uri), f"{corner}_{BARE}")["alerts"]
    consumer = AIOKafkaConsumer(
        f"{corner}.{MESSAGES.name}",
        bootstrap_servers=kafka,
        group_id=f"{corner}.{BARE}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    while True:
        batch = await consumer.getmany(timeout_ms=500, max_records=500)
        events = [
            decode(MESSAGES, attributes(record.headers), record.value)
            for records in batch.values()
            for record in records
        ]
        await asyncio.gather(
            *(
                written.insert_one({"state": {"case_id": getattr(event, "case_id", None)}})
                for event in events
            )
        )
        if events:
            await consumer.commit()


WORKERS: dict[str, Callable[[str, str, str], Awaitable[None]]] = {
    "escalation": ours,
    BOTH_STAGES: partial(ours, meaning=True),
    BARE: bare,
}


def main() -> None:
    ctypes.CDLL(None).prctl(
        1, signal.SIGKILL
    )  # PR_SET_PDEATHSIG: a bench that was killed leaves nobody behind
    name, *where = sys.argv[1:]
    corner, mongodb_uri, kafka = where
    uvloop.run(WORKERS[name](corner, mongodb_uri, kafka))  # type: ignore[arg-type] # a coroutine of each


if __name__ == "__main__":
    main()
