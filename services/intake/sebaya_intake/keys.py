"""Return codes, their passes, and keyed digests. Every purpose has its own key, derived from the
installation's secret by HKDF.

A return code is a function of secret, school and idempotency key, so a repeated opening gets the
same one although only its digest is kept.
"""

import base64
import hmac
import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
CODE_CHARACTERS = 16  # of 5 bits each: 80 bits
GROUP = 4
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
MASK = "-".join(["*" * GROUP] * (CODE_CHARACTERS // GROUP))
# In capitals and with a digit, as codes are shown: no sentence of anybody's looks like that.
_GROUP = f"[{ALPHABET}]{{{GROUP}}}"
_AS_SHOWN = re.compile(rf"\b(?=[A-Z-]*[0-9]){_GROUP}(?:-{_GROUP}){{3}}\b")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015_.]+")


def derive_key(secret: str, label: str) -> bytes:
    """Derive the key of one purpose."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(
        secret.encode()
    )


def normalise_code(code: str) -> str | None:
    """Return a code as it was meant: case, dashes, spaces and look-alike letters do not matter.
    None for what is no code.
    """
    plain = _BETWEEN.sub("", code).upper().translate(_ALIKE)
    return plain if len(plain) == CODE_CHARACTERS and set(plain) <= set(ALPHABET) else None


def group_code(plain: str) -> str:
    """Return a code in groups of four, as it is shown."""
    return "-".join(plain[at : at + GROUP] for at in range(0, len(plain), GROUP))


def mask_codes(text: str, own_code: str | None = None) -> str:
    """Return a text without return codes, which are the key to a thread and no part of it.

    Masked are whatever looks like one as it was shown, and the sender's own, however it is written.
    """
    masked = _AS_SHOWN.sub(MASK, text)
    own = normalise_code(own_code or "")
    while own and (found := _find_code(masked, own)):
        masked = masked[: found[0]] + MASK + masked[found[1] :]
    return masked


def _find_code(text: str, plain: str) -> tuple[int, int] | None:
    """Find a code among whatever stands between its characters."""
    kept = [(at, letter) for at, letter in enumerate(text) if letter.isascii() and letter.isalnum()]
    at = "".join(letter for _, letter in kept).upper().translate(_ALIKE).find(plain)
    return None if at < 0 else (kept[at][0], kept[at + CODE_CHARACTERS - 1][0] + 1)


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """A presented code: what its case is found by, and what its failure is counted under.

    `part_digests` has one for each group of the code at its place: a guesser that knows a part of a
    code keeps trying with that part.
    """

    code_hash: str
    part_digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnseenCode:
    """A code that was not looked at: whether it opens anything is not known."""

    code: str = field(repr=False)
    code_hash: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The derived keys of intake."""

    secret: str = field(repr=False)
    _code: bytes = field(init=False, repr=False)
    _code_hash: bytes = field(init=False, repr=False)
    _idempotency: bytes = field(init=False, repr=False)
    _body: bytes = field(init=False, repr=False)
    _part: bytes = field(init=False, repr=False)
    _pass: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        labels = {
            "_code": "return-code",
            "_code_hash": "return-code-hash",
            "_idempotency": "idempotency-key",
            "_body": "request-body",
        }
        labels |= {"_part": "return-code-handle", "_pass": "return-code-pass"}
        for name, label in labels.items():
            object.__setattr__(self, name, derive_key(self.secret, label))

    def derive_return_code(self, school_id: str, idempotency_key: str) -> str:
        """Derive the return code of an opening, in groups."""
        digest = hmac.digest(self._code, f"{school_id}|{idempotency_key}".encode(), "sha256")
        number = int.from_bytes(digest[: CODE_CHARACTERS * 5 // 8])
        return group_code(
            "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(CODE_CHARACTERS)))
        )

    def hash_code(self, school_id: str, code: str) -> str | None:
        """Return what a code is found by; None for what cannot be one."""
        plain = normalise_code(code)
        return (
            None
            if plain is None
            else self._digest(self._code_hash, f"{school_id}|{plain}".encode())
        )

    def parse_code(self, school_id: str, code: str) -> PresentedCode | None:
        """Parse a presented code; None for what cannot be one."""
        plain, code_hash = normalise_code(code), self.hash_code(school_id, code)
        if plain is None or code_hash is None:
            return None
        groups = [
            f"{school_id}|{at}|{plain[at : at + GROUP]}" for at in range(0, CODE_CHARACTERS, GROUP)
        ]
        return PresentedCode(
            code_hash, tuple(self._digest(self._part, group.encode()) for group in groups)
        )

    def derive_return_pass(self, code_hash: str) -> str:
        """Derive the pass that a caller with the right code is shown.

        It opens nothing, and tells from then on that this code has been right.
        """
        return base64.urlsafe_b64encode(
            hmac.digest(self._pass, code_hash.encode(), "sha256")[:18]
        ).decode()

    def verify_return_pass(self, code_hash: str, return_pass: str) -> bool:
        """Verify that it is the pass of this code, and of no other."""
        return hmac.compare_digest(
            self.derive_return_pass(code_hash).encode(), return_pass.encode()
        )

    def digest_idempotency(self, *scope: str) -> str:
        """Return the kept form of an idempotency key, within its school or case and author."""
        return self._digest(self._idempotency, "|".join(scope).encode())

    def digest_body(self, canonical: bytes) -> str:
        """Return the kept form of a request's body; keyed, since short words could be guessed from
        a plain digest.
        """
        return self._digest(self._body, canonical)

    def _digest(self, key: bytes, data: bytes) -> str:
        return hmac.digest(key, data, "sha256").hex()
