"""What pages are sent to in tests: a real mail server and a real HTTP server, both on a free port
of this machine.
"""

import asyncio
import email
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """Takes mail; `refuses` and `busy` answer 550 and 451 to these recipients, `holds` keeps the
    conversation waiting.

    `seen` are the Message-IDs of all that was handed over, `mails` what was also kept.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    busy: dict[str, int] = field(default_factory=dict)
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    called: dict[str, asyncio.Event] = field(default_factory=dict)

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address in self.refuses:
            return "550 no such person"
        if self.busy.get(address, 0) > 0:
            self.busy[address] -= 1
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        mail = email.message_from_bytes(
            content if isinstance(content, bytes) else content.encode(),
            EmailMessage,
            policy=default,
        )
        self.seen.append(mail["Message-ID"])
        for address in envelope.rcpt_tos:
            if address in self.called:
                self.called[address].set()
            if address in self.holds:
                await self.holds[address].wait()
        self.mails.append(mail)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost"), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        for held in box.holds.values():
            held.set()
        server.close()


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass
class Receiver:
    """Takes webhooks and answers each with `status`; a silent one never does."""

    url: str = ""
    status: int = 204
    silent: bool = False
    calls: list[Received] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.calls.append(Received(headers, body))
        if self.silent:
            await reader.read()
            writer.close()
            return
        writer.write(
            f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    box = Receiver()
    server = await asyncio.start_server(box.answer, "127.0.0.1", 0)
    box.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/pages"
    try:
        yield box
    finally:
        server.close()
