"""Cookies that nobody but us can read or make, and that grow stale by themselves."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derived(secret: str, label: str) -> bytes:
    """The key of one purpose."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(
        secret.encode()
    )


class EncryptedCookie:
    """Seals texts for one purpose: what is sealed for another does not open here."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._fernet = Fernet(urlsafe_b64encode(derived(secret, f"pages-{purpose}")))

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str | None, seconds: float) -> str | None:
        """The text, unless it is missing, forged, or sealed longer ago than that."""
        if not sealed:
            return None
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=int(seconds)).decode()
        except (InvalidToken, UnicodeError):
            return None
