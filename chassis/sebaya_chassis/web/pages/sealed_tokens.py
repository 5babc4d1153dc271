"""What the provider issued, sealed for the store: a copy of the store renews no session."""

import json
import os
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sebaya_chassis.web.pages.encrypted_cookie import derive_key

# NIST SP 800-38D, 8.2.2: random, and far fewer than 2^32 of them under one key.
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The refresh token, the newest identity token, and the nonce of the sign-in."""

    refresh_token: str
    id_token: str
    nonce: str


class TokenSeal:
    """Seals the tokens of one session (AES-GCM); those of another session do not open here."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(derive_key(secret, "session-tokens"))

    def seal(self, session_key: str, tokens: IssuedTokens) -> bytes:
        """Encrypt the tokens of a session."""
        nonce = os.urandom(NONCE_BYTES)
        text = json.dumps(asdict(tokens)).encode()
        return nonce + self._cipher.encrypt(nonce, text, session_key.encode())

    def open(self, session_key: str, sealed: bytes) -> IssuedTokens | None:
        """Decrypt the tokens of a session; None where they were sealed by another secret."""
        try:
            text = self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], session_key.encode()
            )
        except (InvalidTag, ValueError):
            return None
        return IssuedTokens(**json.loads(text))
