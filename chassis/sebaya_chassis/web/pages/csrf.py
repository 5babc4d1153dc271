"""Whether a form was sent from our own page.

Two checks, and both must hold. The browser's own header (Sec-Fetch-Site, or Origin where an old
browser has no such header) stops every page of another site. The token in the form, a keyed digest
of a random cookie that no script can read, stops a neighbour on the same site, and a request
without either header. A foreign page may plant a cookie here, but cannot make the token that fits
it.
"""

import hmac
import re
import secrets
from hashlib import sha256

from fastapi import Request

from sebaya_chassis.base.problems import Forbidden
from sebaya_chassis.web.pages.encrypted_cookie import derive_key

COOKIE = "sebaya_form"
FIELD = "token"
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")


class FromElsewhere(Forbidden):
    """The form was sent by a page of another site."""

    slug = "from-elsewhere"
    title = "This was not sent from our own page, so nothing was done"


class FormStale(Forbidden):
    """The form's token does not fit the browser's cookie: the browser was closed in between, or
    takes no cookies.
    """

    slug = "form-stale"
    title = (
        "This page has been open for too long; nothing was sent yet. "
        "Please press the button once more"
    )


class CsrfGuard:
    """Makes and checks the tokens of one service's forms."""

    def __init__(self, secret: str, origin: str) -> None:
        self._key = derive_key(secret, "pages-form")
        self._origin = origin.rstrip("/")

    def nonce(self, request: Request) -> tuple[str, bool]:
        """Return the random half, and whether it is new and must be set as a cookie."""
        known = request.cookies.get(COOKIE, "")
        if _NONCE.fullmatch(known):
            return known, False
        # A page and the parts in it are one answer: all their forms fit the one cookie that it
        # sets.
        if not hasattr(request.state, "form_nonce"):
            request.state.form_nonce = secrets.token_urlsafe(16)
        return request.state.form_nonce, True

    def token(self, nonce: str) -> str:
        """Return the token that fits a nonce."""
        return hmac.new(self._key, nonce.encode(), sha256).hexdigest()

    def check(self, request: Request, token: str) -> None:
        """Check that a form came from our own page. Raises FromElsewhere, FormStale."""
        if not self._from_here(request):
            raise FromElsewhere
        nonce = request.cookies.get(COOKIE, "")
        if not _NONCE.fullmatch(nonce) or not hmac.compare_digest(
            self.token(nonce).encode(), token.encode()
        ):
            raise FormStale

    def _from_here(self, request: Request) -> bool:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin")
        return origin is None or origin == self._origin
