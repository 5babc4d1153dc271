"""A local stack of the four services on the shared servers, for tests of a whole installation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sebaya_cli import school_file, schools
from sebaya_cli.installation import Installation
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.stack import LocalStack
from servers import Servers
from support import RULES_ALONE


def name_installation(servers: Servers, prefix: str) -> Installation:
    """Name the installation of a prefix, as commands are told of it."""
    return Installation(servers.mongodb_uri, servers.kafka, prefix, f"{prefix}.")


def build_local_stack(
    servers: Servers,
    prefix: str,
    folder: Path,
    described: dict[str, Any],
    extra_env: Mapping[str, Mapping[str, str]] | None = None,
) -> LocalStack:
    """Build a stack whose schools stand in a file as an operator would write it. Its screen works
    by the rules, which the tests ask beside it.
    """
    given = extra_env or {}
    where = name_installation(servers, prefix)
    file = folder / "district.yaml"
    file.write_text(yaml.safe_dump(described))

    async def apply(_stack: LocalStack) -> None:
        await schools.make_topic(where, replicas=1)
        await schools.publish(where, schools.changes(school_file.read(file), {}), {})

    return LocalStack(
        folder / "data",
        port=free_port(),
        prepare=apply,
        database_prefix=prefix,
        topic_prefix=f"{prefix}.",
        environ={"MONGODB_URI": servers.mongodb_uri, "KAFKA_BOOTSTRAP_SERVERS": servers.kafka},
        extra_env={**given, "escalation": RULES_ALONE | {**given.get("escalation", {})}},
    )
