"""Pages by mail. Accepted by the server is "sent"; refused is "failed", and moves the ladder; no
answer to the content is "unknown".
"""

import asyncio
from typing import Any

import aiosmtplib

from sebaya_contracts.district import is_address
from sebaya_escalation.paging.duty_notice import DutyNotice
from sebaya_escalation.paging.notice import Notice
from sebaya_escalation.paging.send_errors import SendFailed, SendRefused, SendUnanswered
from sebaya_escalation.settings import Settings, SmtpSecurity


class _Client(aiosmtplib.SMTP):
    """Knows whether the server was given the content and has not answered, or accepted it."""

    unanswered = False
    accepted = False

    async def data(self, message: str | bytes, /, **options: Any) -> aiosmtplib.SMTPResponse:
        self.unanswered = True
        try:
            response = await super().data(message, **options)
        except aiosmtplib.SMTPResponseException:
            self.unanswered = False
            raise
        self.unanswered, self.accepted = False, True
        return response


async def send_mail(notice: Notice | DutyNotice, recipient: str, settings: Settings) -> None:
    """Send a page by a connection of its own, so that no recipient's trouble is another's.

    Raises SendRefused, SendFailed; SendUnanswered where the server has the content and says
    nothing: it may take minutes over it (RFC 5321, 4.5.3.2.6), and deliver it.
    """
    if not is_address(recipient):
        raise SendRefused("address_invalid")
    client = _client(settings)
    try:
        async with asyncio.timeout(settings.page_attempt_seconds):
            async with client:
                await client.send_message(
                    notice.mail(settings.mail_from, recipient),
                    sender=settings.mail_from,
                    recipients=[recipient],
                )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        raise _of_code(max(one.code for one in refused.recipients)) from None
    except aiosmtplib.SMTPResponseException as refused:
        raise _of_code(refused.code) from None
    except (aiosmtplib.SMTPException, OSError):
        # A goodbye that fails takes nothing back.
        if not client.accepted:
            raise _of_silence(client) from None
    except ValueError:
        # An address that no mail header can hold.
        raise SendRefused("address_invalid") from None


def _client(settings: Settings) -> _Client:
    return _Client(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        timeout=settings.page_attempt_seconds,
        use_tls=settings.smtp_security is SmtpSecurity.TLS,
        start_tls=settings.smtp_security is SmtpSecurity.STARTTLS,
    )


def _of_silence(client: _Client) -> SendUnanswered | SendFailed:
    if client.unanswered:
        return SendUnanswered("no_answer")
    return SendFailed("mail_server_away")


def _of_code(code: int) -> SendRefused | SendFailed:
    """RFC 5321: five hundreds are final, four hundreds may heal."""
    return SendRefused(f"smtp_{code}") if code >= 500 else SendFailed(f"smtp_{code}")
