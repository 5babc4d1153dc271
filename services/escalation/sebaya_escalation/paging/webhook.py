"""Pages by signed webhook.

    POST, application/json
    Idempotency-Key: the page's id; a repetition carries the same
    Sebaya-Timestamp: seconds since 1970
    Sebaya-Signature: v1=<hex of HMAC-SHA256 over "<timestamp>.<body>", by the school's webhook key>

Any 2xx is "sent". Redirects are not followed. The address is looked up once, every answer is
checked, and the connection goes to the very address that was checked: a school's file must not
reach into the district's network.
"""

import asyncio
import hashlib
import hmac
import time
from typing import Any

import httpx

from sebaya_chassis.web import egress_guard
from sebaya_escalation.paging.duty_notice import DutyNotice
from sebaya_escalation.paging.notice import Notice
from sebaya_escalation.paging.send_errors import SendFailed, SendRefused, SendUnanswered
from sebaya_escalation.settings import Settings

# Too busy, too early, or timed out: everything else below 500 is the receiver's last word.
_TRANSIENT = frozenset({408, 409, 425, 429})


def webhook_key(secret: str, school_id: str) -> str:
    """Derive the key that a school's receivers verify with, as hex text; its UTF-8 bytes are the
    HMAC key.
    """
    return hmac.new(secret.encode(), f"webhook/{school_id}".encode(), hashlib.sha256).hexdigest()


def sign_body(key: str, timestamp: str, body: bytes) -> str:
    """Sign a body, as `Sebaya-Signature` carries it."""
    return (
        "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    )


async def send_webhook(notice: Notice | DutyNotice, url: str, settings: Settings) -> None:
    """Send a page to a receiver.

    Raises SendRefused, SendFailed; SendUnanswered where the receiver has it whole and says nothing.
    """
    progress = _Progress()
    try:
        async with asyncio.timeout(settings.page_attempt_seconds):
            status = await _post(notice, url, settings, progress)
    except (httpx.TransportError, TimeoutError):
        if progress.handed_over:
            raise SendUnanswered("no_answer") from None
        raise SendFailed("webhook_away") from None
    if not httpx.codes.is_success(status):
        transient = status >= 500 or status in _TRANSIENT
        raise (SendFailed if transient else SendRefused)(f"http_{status}")


class _Progress:
    """Whether the whole request was handed over, as the connection reports it."""

    handed_over = False

    async def trace(self, event: str, _info: dict[str, Any]) -> None:
        if event.endswith("send_request_body.complete"):
            self.handed_over = True


async def _post(
    notice: Notice | DutyNotice, url: str, settings: Settings, progress: _Progress
) -> int:
    target = await _pinned(url, settings)
    body, timestamp = notice.body(), str(int(time.time()))
    key = webhook_key(settings.secret_key.get_secret_value(), notice.page.school_id)
    headers = {
        "Host": target.host,
        "Content-Type": "application/json",
        "Idempotency-Key": notice.page.page_id,
        "Sebaya-Timestamp": timestamp,
        "Sebaya-Signature": sign_body(key, timestamp, body),
        "User-Agent": "Sebaya",
    }
    # The certificate is checked for the name, though the connection goes to the address.
    extensions = {"sni_hostname": target.server_name, "trace": progress.trace}
    # No proxy of the environment, which would look the name up again.
    async with httpx.AsyncClient(
        timeout=settings.page_attempt_seconds, trust_env=False, follow_redirects=False
    ) as client:
        request = client.build_request(
            "POST", target.url, content=body, headers=headers, extensions=extensions
        )
        # Only the status is read: a receiver's endless answer holds nothing up.
        answer = await client.send(request, stream=True)
        await answer.aclose()
    return answer.status_code


async def _pinned(url: str, settings: Settings) -> egress_guard.PinnedAddress:
    try:
        return await egress_guard.resolve(url, settings.webhook_allowed_networks)
    except egress_guard.EgressRefused as refused:
        raise SendRefused(refused.reason) from None
    except egress_guard.NameUnknown:
        raise SendFailed("name_unknown") from None
