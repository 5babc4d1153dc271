"""The installation that a command speaks to: of the environment, or else the local stack."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sebaya_chassis.base.kafka_access import OPEN, KafkaAccess
from sebaya_chassis.base.settings import KafkaSettings, Misconfigured
from sebaya_cli.refusal import Refusal
from sebaya_cli.stack.folder import PROJECT
from sebaya_cli.stack.ports import HOST, in_use, kept_ports

DEFAULT_DATA = PROJECT / ".sebaya" / "data"


@dataclass(frozen=True, slots=True)
class Installation:
    """The addresses of one installation."""

    mongodb_uri: str
    kafka: str
    database_prefix: str
    topic_prefix: str
    access: KafkaAccess = OPEN

    def topic(self, name: str) -> str:
        return f"{self.topic_prefix}{name}"

    def database(self, service: str) -> str:
        return f"{self.database_prefix}_{service}"


def find(data: Path = DEFAULT_DATA, environ: Mapping[str, str] = os.environ) -> Installation:
    """Find the installation. Raises Refusal when no address is set and no local stack runs."""
    ports = kept_ports(data / "ports.json")
    uri = environ.get("MONGODB_URI") or _local(
        ports, "mongo", "mongodb://{host}:{port}/?directConnection=true"
    )
    kafka = environ.get("KAFKA_BOOTSTRAP_SERVERS") or _local(ports, "kafka", "{host}:{port}")
    if not uri or not kafka:
        raise Refusal(
            f"No installation is known: none runs on the data in {data} (`--data` says where "
            "else; `make run` starts one), and MONGODB_URI and KAFKA_BOOTSTRAP_SERVERS are not set."
        )
    return Installation(
        uri,
        kafka,
        environ.get("SEBAYA_DATABASE_PREFIX", "sebaya"),
        environ.get("SEBAYA_TOPIC_PREFIX", ""),
        _access(),
    )


def _access() -> KafkaAccess:
    try:
        return KafkaSettings().kafka_access
    except Misconfigured as wrong:
        raise Refusal(str(wrong)) from None


def _local(ports: Mapping[str, int], name: str, address: str) -> str | None:
    port = ports.get(name)
    return address.format(host=HOST, port=port) if port and in_use(port) else None
