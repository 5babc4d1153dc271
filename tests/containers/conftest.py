"""The servers as containers. Collected only where it is asked for (`make test-containers`), so that
nothing is skipped elsewhere.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError
from testcontainers.core.container import DockerContainer

from sebaya_cli.stack.ports import HOST, free_port
from servers import Servers
from support import eventually

if not os.environ.get("SEBAYA_CONTAINERS"):
    collect_ignore_glob = ["test_*.py"]

KAFKA_IMAGE = os.environ.get("SEBAYA_TEST_KAFKA_IMAGE", "apache/kafka:4.1.0")
MONGODB_IMAGE = os.environ.get("SEBAYA_TEST_MONGODB_IMAGE", "mongo:8")
ALREADY_INITIATED = 23


def kafka_settings(port: int, controller: int) -> dict[str, str]:
    """The names of the official image: each is a broker's property in capitals."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{HOST}:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@{HOST}:{controller}",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }


def on_this_host(image: str) -> DockerContainer:
    """Ports on 127.0.0.1 alone, as everything in the tests."""
    return DockerContainer(image).with_kwargs(network_mode="host")


@pytest.fixture
async def container_servers() -> AsyncIterator[Servers]:
    """Kafka and MongoDB from their images, ready to be used."""
    port, controller, mongo_port = free_port(), free_port(), free_port()
    mongo = on_this_host(MONGODB_IMAGE).with_command(
        f"mongod --replSet rs0 --bind_ip {HOST} --port {mongo_port}"
    )
    kafka = on_this_host(KAFKA_IMAGE).with_envs(**kafka_settings(port, controller))
    uri = f"mongodb://{HOST}:{mongo_port}"
    with mongo, kafka:
        await eventually(lambda: replica_set(uri, f"{HOST}:{mongo_port}"), within=60, every=0.5)
        await eventually(lambda: broker(f"{HOST}:{port}"), within=120, every=0.5)
        yield Servers(f"{uri}/?replicaSet=rs0", f"{HOST}:{port}")


async def replica_set(uri: str, member: str) -> bool:
    """Whether the one member is primary; makes the set where there is none."""
    async with AsyncMongoClient[dict[str, Any]](
        f"{uri}/?directConnection=true", serverSelectionTimeoutMS=1000
    ) as client:
        try:
            await client.admin.command(
                "replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": member}]}
            )
        except OperationFailure as error:
            if error.code != ALREADY_INITIATED:
                raise
        except PyMongoError:
            return False
        return bool((await client.admin.command("hello"))["isWritablePrimary"])


async def broker(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await asyncio.wait_for(admin.start(), 5)
        await admin.list_topics()
    except (KafkaError, TimeoutError):
        return False
    finally:
        await admin.close()
    return True
