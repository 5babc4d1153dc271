"""The logout token of a provider's back channel: what proves that it is one, and what it ends.

The rules are those of OpenID Connect Back-Channel Logout 1.0, 2.6; the signature, the issuer, the
audience and the times were verified before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sebaya_chassis.base.problems import WrongToken
from sebaya_chassis.web.auth import LEEWAY_SECONDS

EVENT = "http://schemas.openid.net/event/backchannel-logout"
# `sub` may be missing where `sid` names the session.
REQUIRED = ("iss", "aud", "iat", "exp", "jti", "events")
# Not every provider writes the type that the standard recommends.
TYPES = frozenset({"", "jwt", "logout+jwt", "application/logout+jwt"})


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """What a logout token ends: a session at the provider, or every session of a person.

    `name` tells it from every other one; at `until` it would be refused for its age.
    """

    name: str
    person_id: str
    provider_session: str
    until: datetime


def read_logout_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> LogoutToken:
    """Read a verified token as a logout token. Raises WrongToken for any other kind."""
    events = claims.get("events")
    subject, session = claims.get("sub", ""), claims.get("sid", "")
    if (
        str(header.get("typ", "")).lower() not in TYPES
        or "nonce" in claims
        or not isinstance(events, Mapping)
        or not isinstance(events.get(EVENT), Mapping)
        or not isinstance(claims["jti"], str)
        or not claims["jti"]
        or not isinstance(subject, str)
        or not isinstance(session, str)
        or not (subject or session)
    ):
        raise WrongToken
    name = sha256(f"{claims['iss']}\n{claims['jti']}".encode()).hexdigest()
    expiry = datetime.fromtimestamp(float(claims["exp"]), UTC)
    return LogoutToken(name, subject, session, expiry + timedelta(seconds=2 * LEEWAY_SECONDS))
