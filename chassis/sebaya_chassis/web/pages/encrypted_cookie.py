"""Cookies that only this installation can read or make, and that lapse by themselves."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive_key(secret: str, label: str) -> bytes:
    """Derive the key of one purpose from the installation's secret (HKDF, 32 bytes)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(
        secret.encode()
    )


class EncryptedCookie:
    """Seals texts for one purpose: what is sealed for another does not open here."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._fernet = Fernet(urlsafe_b64encode(derive_key(secret, f"pages-{purpose}")))

    def seal(self, text: str) -> str:
        """Encrypt a text, with the time of now."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str | None, seconds: float) -> str | None:
        """Decrypt a text; None where it is missing, forged, or sealed `seconds` ago or more."""
        if not sealed:
            return None
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=int(seconds)).decode()
        except (InvalidToken, UnicodeError):
            return None
