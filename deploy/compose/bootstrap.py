"""Makes what the services find when they start: the replica set, a user a service, the topics, the
schools. May run again at any time.

Runs on MongoDB's own side (its network), where the first user may be made without one.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from sebaya_chassis.consuming.dead_letters import dead_letter_topic
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.storage.sessions import DATABASE as SESSIONS
from sebaya_cli import school_file, schools
from sebaya_cli.installation import Installation
from sebaya_contracts.topics import SERVICES, TOPICS, read_by

Client = AsyncMongoClient[dict[str, Any]]

ADMINISTRATOR = "sebaya-administrator"
OPERATOR = "sebaya-operator"
PATIENCE_SECONDS = 120.0
ALREADY_INITIATED, UNAUTHORIZED = 23, 13


async def patiently(work: Any, *arguments: Any) -> Any:
    """Servers that are starting are waited for; what is wrong for longer is told."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + PATIENCE_SECONDS
    while True:
        try:
            return await work(*arguments)
        except (PyMongoError, KafkaError, OSError):
            if loop.time() > give_up_at:
                raise
            await asyncio.sleep(1.0)


async def replica_set(uri: str, member: str, password: str) -> None:
    """Made once; whoever comes later has to say who they are, and finds it there."""
    async with Client(uri) as client:
        try:
            await client.admin.command(
                "replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": member}]}
            )
        except OperationFailure as refused:
            if refused.code not in {ALREADY_INITIATED, UNAUTHORIZED}:
                raise
        hello = await client.admin.command("hello")
        if not hello.get("isWritablePrimary"):
            raise ConnectionError("the replica set has no primary yet")
        await administrator(client, password)


async def administrator(client: Client, password: str) -> None:
    """The first user, and the last that can be made without one."""
    try:
        await client.admin.command(
            "createUser", ADMINISTRATOR, pwd=password, roles=["userAdminAnyDatabase"]
        )
    except OperationFailure as refused:
        if refused.code != UNAUTHORIZED:
            raise


async def users(uri: str, password: str) -> None:
    """Each service its own database and that of sessions; the operator's command all five."""
    own = {f"sebaya-{service}": [service, SESSIONS] for service in SERVICES}
    async with Client(uri, username=ADMINISTRATOR, password=password) as client:
        known = {user["user"] for user in (await client.admin.command("usersInfo"))["users"]}
        for name, databases in (own | {OPERATOR: [*SERVICES, SESSIONS]}).items():
            roles = [{"role": "readWrite", "db": f"sebaya_{database}"} for database in databases]
            command = "updateUser" if name in known else "createUser"
            await client.admin.command(command, name, pwd=password, roles=roles)


async def topics(where: Installation, replicas: int) -> None:
    dead = [dead_letter_topic(topic, service) for service in SERVICES for topic in read_by(service)]
    await make_topics(
        where.kafka, [(topic.name, topic) for topic in (*TOPICS, *dead)], replicas, where.access
    )


async def apply(where: Installation, file: Path) -> int:
    """As `sebaya school apply` does."""
    present = await schools.known(where)
    return await schools.publish(where, schools.changes(school_file.read(file), present), present)


async def main(file: Path) -> None:
    uri, password = os.environ["MONGODB_URI"], os.environ["SEBAYA_MONGODB_PASSWORD"]
    where = Installation(uri, os.environ["KAFKA_BOOTSTRAP_SERVERS"], "sebaya", "")
    await patiently(replica_set, uri, os.environ["MONGODB_MEMBER"], password)
    await patiently(users, uri, password)
    await patiently(topics, where, int(os.environ["SEBAYA_TOPIC_REPLICAS"]))
    print(
        "The store, its users and the topics are there; "
        f"{await patiently(apply, where, file)} schools were published."
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
