"""How a client proves itself to the broker, and the broker to the client."""

import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr


class KafkaSecurity(StrEnum):
    """How a connection is protected.

    `none` is for a broker on the same machine; `sasl` alone sends everything readable, so it is for
    tests and tunnels.
    """

    NONE = "none"
    TLS = "tls"
    SASL = "sasl"
    SASL_TLS = "sasl_tls"


PROTOCOLS = {
    KafkaSecurity.NONE: "PLAINTEXT",
    KafkaSecurity.TLS: "SSL",
    KafkaSecurity.SASL: "SASL_PLAINTEXT",
    KafkaSecurity.SASL_TLS: "SASL_SSL",
}


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """What every Kafka client of a process is built with.

    `ca_file` None trusts the system's authorities.
    """

    security: KafkaSecurity = KafkaSecurity.NONE
    user: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """Build the arguments of an aiokafka client.

        Reads the CA anew each time, so that a renewed one counts from the next client on. Raises
        OSError.
        """
        arguments: dict[str, Any] = {"security_protocol": PROTOCOLS[self.security]}
        if self.security in {KafkaSecurity.TLS, KafkaSecurity.SASL_TLS}:
            arguments["ssl_context"] = ssl.create_default_context(cafile=self.ca_file)
        if (
            self.security in {KafkaSecurity.SASL, KafkaSecurity.SASL_TLS}
            and self.user
            and self.password
        ):
            arguments |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return arguments


OPEN = KafkaAccess()
