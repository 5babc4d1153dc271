"""A mail server that delivers nothing: each mail becomes a file in the data folder, to be read
there.
"""

import asyncio
import email
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from sebaya_cli.stack.folder import write_whole
from sebaya_cli.stack.ports import HOST


@dataclass
class MailSink:
    """Takes every mail on 127.0.0.1 and keeps it as a file."""

    folder: Path
    port: int
    server: asyncio.Server | None = None
    child: None = None  # it runs in the stack's own process

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.server = await asyncio.get_running_loop().create_server(
            self._conversation, HOST, self.port
        )

    async def stop(self) -> str | None:
        if self.server is not None:
            self.server.close()
        return None

    def read(self) -> list[EmailMessage]:
        """Read the mails so far, oldest first."""
        return [
            email.message_from_bytes(file.read_bytes(), EmailMessage, policy=default)
            for file in sorted(self.folder.glob("*.eml"))
        ]

    def _conversation(self) -> SMTP:
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=True)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one mail, for aiosmtpd; the answer is the SMTP reply."""
        write_whole(
            self.folder / f"{time.time_ns()}-{uuid4().hex[:8]}.eml",
            _bytes(envelope.content),
            mode=0o600,
        )
        return "250 kept"


def _bytes(content: str | bytes | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""
