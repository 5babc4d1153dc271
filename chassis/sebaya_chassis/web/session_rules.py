"""When a session of staff must be renewed, and how long it may go on without: pure rules."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sebaya_chassis.storage.sessions import StoredSession
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.claims import EVERY_SCHOOL

# A school day; the provider may end a session sooner.
LONGEST_SECONDS = 8 * 3600
# From here on a request renews the session behind its answer, so that pages in use never wait.
DUE_SECONDS = 150
# From here on a request is answered only once the provider was asked: with the provider's own
# answer a person who was removed there is out within five minutes.
STALE_SECONDS = 240
# How long a session goes on while the provider does not answer.
GRACE_SECONDS = 900


class Freshness(StrEnum):
    """What a session needs before it may be used."""

    FRESH = "fresh"
    DUE = "due"
    """It may be used, and is to be renewed."""
    STALE = "stale"
    """It must be renewed first; while the provider is away it may be used as it is."""
    LAPSED = "lapsed"
    """It must be renewed first, or it may not be used."""
    OVER = "over"


class RenewalOutcome(StrEnum):
    """What came of asking the provider to renew a session."""

    RENEWED = "renewed"
    REFUSED = "refused"
    AWAY = "away"
    """It did not answer, or neither yes nor no."""


class SessionEnd(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    REPLACED = "replaced"
    """The same browser signed in anew."""
    REFUSED = "refused"
    """The provider refused to renew it."""
    PROVIDER = "provider"
    """The provider said so by its back channel."""


class Withdrawal(StrEnum):
    """Why a person's access ended without their doing; the reason in an audit entry."""

    RENEWAL_REFUSED = "renewal_refused"
    CLAIMS_CHANGED = "claims_changed"
    PROVIDER_LOGOUT = "provider_logout"


def freshness(session: StoredSession, now: datetime) -> Freshness:
    """Tell what a session needs at `now`.

    One that cannot be renewed is good until its end.
    """
    if now >= session.until:
        return Freshness.OVER
    age = (now - session.renewed_at).total_seconds() if session.renewable else 0.0
    if age < DUE_SECONDS:
        return Freshness.FRESH
    if age < STALE_SECONDS:
        return Freshness.DUE
    return Freshness.STALE if age < GRACE_SECONDS else Freshness.LAPSED


def read_anew(session: StoredSession, principal: Principal) -> StoredSession:
    """Give a session the name and rights that were read at its renewal."""
    return replace(
        session,
        name=principal.name,
        roles=tuple(sorted(principal.roles)),
        schools=tuple(sorted(principal.schools)),
    )


def schools_lost(before: StoredSession, after: StoredSession | None) -> Collection[str]:
    """List the schools at which a person has lost a right, by name; `*` for all of them.

    `after` is None where the session has ended.
    """
    if after is None or set(before.roles) - set(after.roles):
        return before.schools
    if EVERY_SCHOOL in after.schools:
        return ()
    return [school for school in before.schools if school not in after.schools]
