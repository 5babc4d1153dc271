"""A real broker that asks who one is, as Strimzi's does: TLS by an authority of its own, SCRAM, and
rights on literal names.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.rendering import Manifest
from sebaya_cli.stack.folder import write_whole
from sebaya_cli.stack.kafka import Kafka
from sebaya_cli.stack.ports import HOST, free_port

PASSWORD = "a-password-of-a-test"
LITERAL, ALLOW = 3, 3
RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}


@dataclass
class GuardedKafka(Kafka):
    """Two doors: the plain one is the administrator's, the guarded one everybody else's."""

    guarded_port: int = 0

    @property
    def guarded(self) -> str:
        return f"{HOST}:{self.guarded_port}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def _configure(self, logs: Path) -> Path:
        if not self.ca_file.exists():
            write_certificates(self.ca_file, self.folder / "broker.pem")
        path = super()._configure(logs)
        write_whole(path, path.read_text() + "\n".join(self._guards()) + "\n")
        return path

    def _guards(self) -> Iterator[str]:
        plain, controller = (
            f"PLAINTEXT://{HOST}:{self.port}",
            f"CONTROLLER://{HOST}:{self.controller_port}",
        )
        yield f"listeners={plain},{controller},GUARDED://{self.guarded}"
        yield f"advertised.listeners={plain},GUARDED://{self.guarded}"
        protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,GUARDED:SASL_SSL"
        yield f"listener.security.protocol.map={protocols}"
        yield "sasl.enabled.mechanisms=SCRAM-SHA-512"
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        yield f"listener.name.guarded.scram-sha-512.sasl.jaas.config={login}"
        yield "listener.name.guarded.ssl.keystore.type=PEM"
        yield f"listener.name.guarded.ssl.keystore.location={self.folder / 'broker.pem'}"
        yield "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        yield "super.users=User:ANONYMOUS"


def guarded_kafka(folder: Path, users: Sequence[Manifest]) -> GuardedKafka:
    names = [user["metadata"]["name"] for user in users]
    scram = [
        part
        for name in names
        for part in ("--add-scram", f"SCRAM-SHA-512=[name={name},password={PASSWORD}]")
    ]
    return GuardedKafka(
        folder / "kafka",
        folder / "kafka.log",
        free_port(),
        free_port(),
        print,
        format_options=tuple(scram),
        first_answer_within=300.0,
        guarded_port=free_port(),
    )


async def grant(kafka: Kafka, users: Sequence[Manifest]) -> None:
    """What the user operator does with the resources, by the same requests to the broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        for user in users:
            for acl in user["spec"]["authorization"]["acls"]:
                for operation in acl["operations"]:
                    await _grant_one(
                        admin, user["metadata"]["name"], acl["resource"], OPERATIONS[operation]
                    )
    finally:
        await admin.close()


async def _grant_one(
    admin: AIOKafkaAdminClient, user: str, resource: Manifest, operation: int
) -> None:
    request = CreateAclsRequest(
        RESOURCES[resource["type"]],
        resource["name"],
        LITERAL,
        f"User:{user}",
        "*",
        operation,
        ALLOW,
    )
    response = await admin._send_to_controller(request)
    assert all(code == 0 for code, *_ in response.creation_responses), response


def write_certificates(ca_file: Path, broker_file: Path) -> None:
    """An authority, and the broker's key and certificate for 127.0.0.1."""
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's authority")])
    ca = _builder(issuer, issuer, authority).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    signed = ca.add_extension(_usage(), critical=True).sign(authority, hashes.SHA256())
    key = ec.generate_private_key(ec.SECP256R1())
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    broker = _builder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")]), issuer, key
    ).add_extension(here, critical=False)
    leaf = broker.sign(authority, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ca_file.write_bytes(signed.public_bytes(pem))
    broker_file.write_bytes(private + leaf.public_bytes(pem) + signed.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    named = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
    )
    dated = named.not_valid_before(now - timedelta(hours=1)).not_valid_after(
        now + timedelta(days=1)
    )
    return dated.serial_number(x509.random_serial_number())


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
