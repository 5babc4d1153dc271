"""Pages by mail. Accepted by the server is "sent"; refused is "failed", and moves the ladder."""

import aiosmtplib

from sebaya_contracts.district import is_address
from sebaya_escalation.paging.notice import Notice
from sebaya_escalation.paging.send_errors import SendFailed, SendRefused
from sebaya_escalation.settings import Settings, SmtpSecurity


async def send_mail(notice: Notice, recipient: str, settings: Settings) -> None:
    """Send a page by a connection of its own, so that no recipient's trouble is another's.

    Raises SendRefused, SendFailed.
    """
    if not is_address(recipient):
        raise SendRefused("address_invalid")
    try:
        await aiosmtplib.send(
            notice.mail(settings.mail_from, recipient),
            sender=settings.mail_from,
            recipients=[recipient],
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            timeout=settings.page_attempt_seconds,
            use_tls=settings.smtp_security is SmtpSecurity.TLS,
            start_tls=settings.smtp_security is SmtpSecurity.STARTTLS,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        raise _of_code(max(one.code for one in refused.recipients)) from None
    except aiosmtplib.SMTPResponseException as refused:
        raise _of_code(refused.code) from None
    except (aiosmtplib.SMTPException, OSError):
        raise SendFailed("mail_server_away") from None
    except ValueError:
        # An address that no mail header can hold.
        raise SendRefused("address_invalid") from None


def _of_code(code: int) -> SendRefused | SendFailed:
    """RFC 5321: five hundreds are final, four hundreds may heal."""
    return SendRefused(f"smtp_{code}") if code >= 500 else SendFailed(f"smtp_{code}")
