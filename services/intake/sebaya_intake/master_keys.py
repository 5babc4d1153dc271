"""The master key, which wraps the data keys of schools and nothing else.

One interface, so that a key management service may take the place of the file.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sebaya_chassis.base.settings import Misconfigured
from sebaya_intake.keys import derive_key

KEY_BYTES = 32
# NIST SP 800-38D, 8.2: a random nonce of 96 bits is safe for 2^32 messages of one key.
NONCE_BYTES = 12
DERIVED = "derived"
HOW = "make one by `sebaya keys add FILE`"


class KeyMissing(Exception):
    """The master key that wrapped a data key is not known here."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key, wrapped by the master key `master_id`; base64."""

    master_id: str
    wrapped: str


class MasterKeys(Protocol):
    """Wraps and unwraps data keys, bound to `about`."""

    async def wrap(self, key: bytes, about: str) -> WrappedKey:
        """Wrap a data key by the current master key."""
        ...

    async def unwrap(self, wrapped: WrappedKey, about: str) -> bytes:
        """Unwrap a data key. Raises KeyMissing."""
        ...


def seal(key: bytes, text: bytes, about: str) -> str:
    """Encrypt by AES-256-GCM, bound to `about`; base64 of nonce, ciphertext and tag."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text, about.encode())).decode()


def unseal(key: bytes, sealed: str, about: str) -> bytes:
    """Decrypt what `seal` gave. Raises InvalidTag for another key, another `about`, or damage."""
    raw = base64.b64decode(sealed)
    return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode())


class KnownMasterKeys:
    """Master keys by their ids, the first of which is the current one. Raises Misconfigured."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    async def wrap(self, key: bytes, about: str) -> WrappedKey:
        """Wrap a data key by the first master key."""
        master_id, master = next(iter(self._keys.items()))
        return WrappedKey(master_id, seal(master, key, about))

    async def unwrap(self, wrapped: WrappedKey, about: str) -> bytes:
        """Unwrap a data key. Raises KeyMissing."""
        master = self._keys.get(wrapped.master_id)
        if master is None:
            raise KeyMissing(wrapped.master_id)
        try:
            return unseal(master, wrapped.wrapped, about)
        except InvalidTag:
            raise KeyMissing(wrapped.master_id) from None


class FileMasterKeys:
    """Master keys of a secret file, which is read anew at each use: they are needed seldom, and a
    rotation restarts nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        read_master_keys(file)

    async def wrap(self, key: bytes, about: str) -> WrappedKey:
        """Wrap a data key by the file's first master key."""
        return await KnownMasterKeys(read_master_keys(self._file)).wrap(key, about)

    async def unwrap(self, wrapped: WrappedKey, about: str) -> bytes:
        """Unwrap a data key. Raises KeyMissing."""
        return await KnownMasterKeys(read_master_keys(self._file)).unwrap(wrapped, about)


def derive_master_keys(secret: str) -> MasterKeys:
    """Derive a master key from the installation's secret: for a first look and for tests."""
    return KnownMasterKeys({DERIVED: derive_key(secret, "master-key")})


def new_master_key(now: datetime) -> str:
    """Make a new line of the file: an id, and 32 random bytes."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{now:%Y-%m-%d}-{secrets.token_hex(2)}:{key}"


def read_master_keys(file: Path) -> dict[str, bytes]:
    """Read a file of lines `id:key`, the current one first. Raises Misconfigured, which names the
    file and no key.
    """
    try:
        lines = [line.strip() for line in file.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"the master keys' file {file} cannot be read; {HOW}") from None
    keys = dict(_parse(line, file) for line in lines)
    if not keys:
        raise Misconfigured(f"the master keys' file {file} is empty; {HOW}")
    return keys


def _parse(line: str, file: Path) -> tuple[str, bytes]:
    master_id, _, encoded = line.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if not master_id or len(key) != KEY_BYTES:
        raise Misconfigured(
            f"a line of the master keys' file {file} is not `id:key` with a key of "
            f"{KEY_BYTES} bytes in base64; {HOW}"
        )
    return master_id, key
