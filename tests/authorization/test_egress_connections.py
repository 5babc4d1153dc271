"""A page's connection: to the address that was judged, under the name that was asked for, past
every proxy of the environment.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integration.escalation.harness import (
    HIGH,
    EscalationHarness,
    person,
    prepared_escalation,
    school,
)
from integration.escalation.receivers import Receiver, mailbox, receiver
from sebaya_chassis.web import egress_guard
from sebaya_escalation.domain.page import PageState
from servers import Servers
from support import eventually

NAME = "hook.example"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the name, it leads here."""

    async def here(_host: str, _port: int) -> list[egress_guard.Address]:
        return [ipaddress.ip_address("127.0.0.1")]

    monkeypatch.setattr(egress_guard, "_looked_up", here)


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[EscalationHarness]:
    async with (
        mailbox() as box,
        prepared_escalation(
            servers, prefix, box, webhook_allowed_networks=("127.0.0.1/32",)
        ) as made,
    ):
        yield made


async def pages_to(harness: EscalationHarness, url: str, *states: PageState) -> None:
    """The first rung's page goes there, and ends in one of the states."""
    await harness.define_school(
        school(staff=(person("sari", email=None, webhook_url=url), person("budi")))
    )
    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await eventually(lambda: harness.list_pages(*states), within=30)


async def test_no_proxy_of_the_environment_is_asked(
    harness: EscalationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would look the name up again, and its answer is not ours to judge."""
    async with receiver() as proxy, receiver() as judged:
        for name in PROXIES:
            monkeypatch.setenv(name, proxy.url.removesuffix("/pages"))
            monkeypatch.setenv(name.lower(), proxy.url.removesuffix("/pages"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        await pages_to(harness, judged.url, PageState.SENT)
        assert (len(judged.calls), proxy.calls) == (1, [])


@dataclass
class Guarded(Receiver):
    """A receiver behind TLS; `asked` are the names that callers said they wanted."""

    asked: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def guarded(folder: Path, name: str) -> AsyncIterator[Guarded]:
    box = Guarded()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder, name))
    context.sni_callback = lambda _socket, asked, _context: box.asked.append(asked)
    server = await asyncio.start_server(box.answer, "127.0.0.1", 0, ssl=context)
    box.url = f"https://{NAME}:{server.sockets[0].getsockname()[1]}/pages"
    try:
        yield box
    finally:
        server.close()


def certificate(folder: Path, name: str) -> Path:
    """Signed by itself, for that name alone; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
        datetime.now(UTC),
    )
    made = (
        x509.CertificateBuilder(
            subject,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            now,
            now + timedelta(hours=1),
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


async def test_the_certificate_is_the_names_though_the_line_goes_to_an_address(
    harness: EscalationHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / f"{NAME}.pem"))
    async with guarded(tmp_path, NAME) as box:
        await pages_to(harness, box.url, PageState.SENT)
        assert box.asked == [NAME]
        assert len(box.calls) == 1


async def test_a_certificate_for_another_name_gets_no_page(
    harness: EscalationHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is trusted, and the connection reached the right address: the name is what is wrong."""
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "other.example.pem"))
    async with guarded(tmp_path, "other.example") as box:
        await harness.define_school(
            school(staff=(person("sari", email=None, webhook_url=box.url), person("budi")))
        )
        async with harness.running_jobs():
            await harness.post_message(HIGH)
            await eventually(lambda: tried(harness), within=30)
        assert box.calls == []


async def tried(harness: EscalationHarness) -> bool:
    return any(page.reason == "webhook_away" for page in await harness.list_pages())
