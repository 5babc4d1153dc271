"""Reads roles and schools from a token's claims, by the names that the district's provider uses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sebaya_chassis.base.settings import ChassisSettings
from sebaya_contracts.district import SCHOOL_ID_PATTERN
from sebaya_contracts.words import Role

EVERY_SCHOOL = "*"
SCHOOL_ID = re.compile(SCHOOL_ID_PATTERN)


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """The claims of a provider: where they stand, and what its values are called here.

    `roles` and `schools` are the name of a claim, or a path into nested claims by dots
    (`realm_access.roles`). `role_names` and `school_names` translate values of the provider.
    """

    roles: str = "roles"
    schools: str = "schools"
    role_names: Mapping[str, Role] = field(default_factory=dict)
    school_names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: ChassisSettings) -> "ClaimNames":
        """Build the names of these settings."""
        return cls(
            settings.oidc_roles_claim,
            settings.oidc_schools_claim,
            settings.oidc_role_names,
            settings.oidc_school_names,
        )


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """What one claim gave: the values that are known here, and those that are not.

    `shape` says what stood there where it was no text and no list of texts, `missing` for nothing.
    """

    claim: str
    known: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    shape: str = ""


def read_roles(claims: Mapping[str, Any], names: ClaimNames) -> ClaimReading:
    """Read the roles; values that are no role of Sebaya are ignored."""

    def translate(value: str) -> str | None:
        role = names.role_names.get(value, value)
        return role if role in set(Role) else None

    return _read(claims, names.roles, translate)


def read_schools(claims: Mapping[str, Any], names: ClaimNames) -> ClaimReading:
    """Read the school ids, `*` for the whole district; values that can be no id are ignored."""

    def translate(value: str) -> str | None:
        school = names.school_names.get(value, value)
        return school if school == EVERY_SCHOOL or SCHOOL_ID.fullmatch(school) else None

    return _read(claims, names.schools, translate)


def _read(
    claims: Mapping[str, Any], claim: str, translate: Callable[[str], str | None]
) -> ClaimReading:
    found = find_claim(claims, claim)
    if isinstance(found, str):  # one text is one value, never its letters
        found = [found]
    if not isinstance(found, list):
        return ClaimReading(claim, shape="missing" if found is None else type(found).__name__)
    texts = [value for value in found if isinstance(value, str)]
    known = {text: name for text in texts if (name := translate(text)) is not None}
    return ClaimReading(
        claim,
        frozenset(known.values()),
        tuple(text for text in texts if text not in known),
        "" if len(texts) == len(found) else "a list with values that are not texts",
    )


def find_claim(claims: Any, path: str) -> Any:
    """Find a claim by its name or its path; None where nothing stands there.

    A name may hold dots itself (`https://district.example/roles`), so the longest name that stands
    there is followed first.
    """
    if not isinstance(claims, Mapping):
        return None
    if path in claims:
        return claims[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        found = find_claim(claims.get(".".join(parts[:length])), ".".join(parts[length:]))
        if found is not None:
            return found
    return None
