"""The short-lived link by which a student gives feedback: intake issues it, evaluation reads it.

Both services hold the installation's secret; the key of this purpose is derived from it, so a
token for anything else never fits here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sebaya_chassis.base.problems import Unauthenticated
from sebaya_contracts.words import Side

AUDIENCE = "feedback"
LABEL = b"feedback"
ALGORITHM = "HS256"
# Long enough to fill in five questions after being interrupted, short enough that a forgotten tab
# opens nothing tomorrow.
LIFETIME = timedelta(hours=2)
# Clocks of two pods differ a little.
LEEWAY_SECONDS = 10
CLAIMS = ("school_id", "case_id", "match_id", "side", "aud", "iat", "exp")


class FeedbackLinkInvalid(Unauthenticated):
    """The feedback link is not ours, or its time is over."""

    slug = "feedback-link-invalid"
    title = "This feedback link no longer works; open your page again and ask for a new one"
    scheme = "Feedback-Token"


@dataclass(frozen=True, slots=True)
class FeedbackLink:
    """The match and the side that an answer is about."""

    school_id: str
    case_id: str
    match_id: str
    side: Side
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A token for the student's page, and its end."""

    token: str
    expires_at: datetime


def issue(
    secret: str,
    *,
    school_id: str,
    case_id: str,
    match_id: str,
    now: datetime,
    side: Side = Side.STUDENT,
) -> IssuedLink:
    """Issue a token for one side of one match, valid for LIFETIME from `now` (the store's) on."""
    claims = {"school_id": school_id, "case_id": case_id, "match_id": match_id, "side": side.value}
    return sign_claims(secret, AUDIENCE, claims, now)


def sign_claims(secret: str, audience: str, claims: Mapping[str, str], now: datetime) -> IssuedLink:
    """Sign what a link allows, for one purpose and valid for LIFETIME from `now` on."""
    issued = now.astimezone(UTC).replace(microsecond=0)
    expires_at = issued + LIFETIME
    token = jwt.encode(
        {**claims, "aud": audience, "iat": issued, "exp": expires_at},
        _key(secret, audience.encode()),
        algorithm=ALGORITHM,
    )
    return IssuedLink(token, expires_at)


def read(secret: str, token: str) -> FeedbackLink:
    """Read what a token allows.

    Raises FeedbackLinkInvalid for every token that is not exactly right, without the reason.
    """
    claims = read_claims(secret, AUDIENCE, CLAIMS, token)
    try:
        return FeedbackLink(
            school_id=str(claims["school_id"]),
            case_id=str(claims["case_id"]),
            match_id=str(claims["match_id"]),
            side=Side(claims["side"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (ValueError, TypeError):
        raise FeedbackLinkInvalid from None


def read_claims(secret: str, audience: str, required: Sequence[str], token: str) -> dict[str, Any]:
    """Read the claims of a token for one purpose. Raises FeedbackLinkInvalid as `read` does."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(secret, audience.encode()),
            algorithms=[ALGORITHM],
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(required)},
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise FeedbackLinkInvalid from None
    return claims


def _key(secret: str, label: bytes = LABEL) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label).derive(secret.encode())
