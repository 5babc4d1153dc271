"""Roles and schools are read from the claims that providers really send."""

from typing import Any

import pytest

from sebaya_chassis.web.claims import ClaimNames, find_claim, read_roles, read_schools
from sebaya_contracts.words import Role


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("roles", ["a"]),
        ("realm_access.roles", ["b"]),
        ("resource_access.sebaya.web.roles", ["c"]),
        ("https://district.example/roles", ["d"]),
        ("https://district.example/app.roles", ["e"]),
        ("realm_access.none", None),
        ("roles.0", None),
        ("", None),
        (".", None),
    ],
)
def test_a_claim_is_found_by_its_name_or_its_path(path: str, found: Any) -> None:
    claims = {
        "roles": ["a"],
        "realm_access": {"roles": ["b"]},
        "resource_access": {"sebaya.web": {"roles": ["c"]}},
        "https://district.example/roles": ["d"],
        "https://district.example/app": {"roles": ["e"]},
    }
    assert find_claim(claims, path) == found


def test_what_is_not_known_is_named_and_ignored() -> None:
    names = ClaimNames(role_names={"Guru BK": Role.COUNSELLOR})
    read = read_roles({"roles": ["Guru BK", "operator", "offline_access"]}, names)
    assert read.known == {"counsellor", "operator"}
    assert read.ignored == ("offline_access",)
    assert read.shape == ""


@pytest.mark.parametrize(
    ("claims", "shape"),
    [({}, "missing"), ({"schools": 3}, "int"), ({"schools": {"sma-1": 1}}, "dict")],
)
def test_a_claim_of_another_shape_gives_nothing_and_says_so(
    claims: dict[str, Any], shape: str
) -> None:
    read = read_schools(claims, ClaimNames())
    assert (read.known, read.shape) == (frozenset(), shape)


def test_no_value_of_the_provider_becomes_every_school_by_itself() -> None:
    names = ClaimNames(school_names={"district": "*"})
    assert read_schools({"schools": ["all", "**", "* "]}, names).known == {"all"}
    assert read_schools({"schools": ["district"]}, names).known == {"*"}
