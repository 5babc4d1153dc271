"""The district's file: YAML under version control, `defaults` for what schools share, and one entry
a school.
"""

import ipaddress
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from sebaya_chassis.web import egress_guard
from sebaya_cli.refusal import Refusal
from sebaya_contracts.district import ON_CALL, School, is_address

Entry = dict[str, Any]
# Of a rung, a contact and an offer; and of words that are kept.
LONGEST_SECONDS = 31 * 86_400.0
LONGEST_DAYS = 36_500


def read(path: Path, environ: Mapping[str, str] = os.environ) -> list[School]:
    """Read every school of the file, valid and complete.

    Raises Refusal with all faults, each naming its school and field.
    """
    try:
        # The loader is a SafeLoader.
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=EachKeyOnce)  # noqa: S506
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} is not YAML in UTF-8: {_place(error)}.") from None
    if not isinstance(content, dict) or not isinstance(content.get("schools"), list):
        raise Refusal(f"{path} needs a list `schools` (and may have `defaults`).")
    return _schools(
        path, content.get("defaults") or {}, content["schools"], allowed_networks(environ)
    )


class EachKeyOnce(yaml.SafeLoader):
    """YAML takes the last of two equal keys and says nothing; a school's second rota must not
    replace its first unseen.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is not None and name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name} is there twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, {getattr(error, 'problem', '')}" if mark else str(error)


def _schools(
    path: Path, defaults: Entry, entries: list[Entry], networks: Sequence[egress_guard.Network]
) -> list[School]:
    schools: list[School] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        name = (
            entry.get("school_id", f"number {number}")
            if isinstance(entry, dict)
            else f"number {number}"
        )
        try:
            school = msgspec.convert(merged(defaults, entry), School)
        except (msgspec.ValidationError, TypeError) as error:
            faults.append(f"school {name}: {error}")
            continue
        schools.append(school)
        faults += [f"school {name}: {fault}" for fault in faults_of(school, networks)]
    faults += [
        f"school {name}: is there {times} times"
        for name, times in Counter(s.school_id for s in schools).items()
        if times > 1
    ]
    if faults:
        raise Refusal(f"{path} was not applied:\n  " + "\n  ".join(faults))
    return schools


def merged(defaults: Mapping[str, Any], entry: Mapping[str, Any]) -> Entry:
    """Merge an entry over the defaults: mappings are merged, everything else is replaced."""
    if not isinstance(entry, Mapping):
        raise TypeError("is not a mapping")
    together = dict(defaults)
    for name, value in entry.items():
        old = together.get(name)
        together[name] = (
            merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
        )
    return together


def faults_of(school: School, networks: Sequence[egress_guard.Network] = ()) -> Iterator[str]:
    """List what the types cannot say: names that lead nowhere, and orders that cannot be."""
    yield from (
        f"{field}: holds a line break or another control character"
        for field in _odd(msgspec.to_builtins(school))
    )
    people = [person.person_id for person in school.staff]
    yield from (
        f"staff: {name} is there {times} times"
        for name, times in Counter(people).items()
        if times > 1
    )
    yield from (
        f"staff: {p.person_id} has no proper email"
        for p in school.staff
        if p.email is not None and not is_address(p.email)
    )
    try:
        ZoneInfo(school.time_zone)
    except (KeyError, ValueError, OSError):
        yield f"time_zone: there is no {school.time_zone} (it is a name such as Asia/Jakarta)"
    if school.youngest > school.oldest:
        yield "youngest: is above oldest"
    yield from _too_long(school)
    yield from _inward(school, networks)
    yield from _unknown("rota", [shift.person_id for shift in school.rota], people)
    for swap in school.substitutions:
        yield from _unknown("substitutions", [swap.person_id, swap.substitute_id], people)
        if swap.since.tzinfo is None or swap.until.tzinfo is None or swap.since >= swap.until:
            yield "substitutions: since and until need a time zone, and since must come first"
    for level, ladder in school.ladders.items():
        named = [name for rung in ladder.rungs for name in rung.who if name != ON_CALL]
        yield from _unknown(f"ladders.{level}", named, people)


def _too_long(school: School) -> Iterator[str]:
    """A slip of the pen; and what ends past every calendar (`.inf`) would never be acted on."""
    waits = {"policies.offer_lapse_seconds": school.policies.offer_lapse_seconds}
    for level, ladder in school.ladders.items():
        waits[f"ladders.{level}.contact_within_seconds"] = ladder.contact_within_seconds
        waits |= {
            f"ladders.{level}.rungs.{at}.wait_seconds": rung.wait_seconds
            for at, rung in enumerate(ladder.rungs)
        }
    yield from (
        f"{field}: is longer than 31 days"
        for field, seconds in waits.items()
        if seconds > LONGEST_SECONDS
    )
    if school.policies.retention_days > LONGEST_DAYS:
        yield "policies.retention_days: is longer than a hundred years"


def allowed_networks(environ: Mapping[str, str]) -> tuple[egress_guard.Network, ...]:
    """Read the networks that escalation is told of too. Raises Refusal."""
    try:
        listed = json.loads(environ.get("SEBAYA_WEBHOOK_ALLOWED_NETWORKS", "[]"))
        return tuple(ipaddress.ip_network(network) for network in listed)
    except (ValueError, TypeError):
        raise Refusal(
            'SEBAYA_WEBHOOK_ALLOWED_NETWORKS is not a list of networks such as ["10.20.0.0/16"].'
        ) from None


INWARD = {
    "url_invalid": "is not an https address",
    "port_refused": f"has a port other than {' or '.join(map(str, sorted(egress_guard.PORTS)))}",
    "address_private": "leads into a network that is not public; allow it by "
    "SEBAYA_WEBHOOK_ALLOWED_NETWORKS if that is meant",
}


def _inward(school: School, networks: Sequence[egress_guard.Network]) -> Iterator[str]:
    """Addresses of webhooks that are refused as they stand there; a name is judged when a page is
    sent to it.
    """
    for person in school.staff:
        if person.webhook_url is None:
            continue
        try:
            egress_guard.check_literal(person.webhook_url, networks)
        except egress_guard.EgressRefused as refused:
            yield f"staff: webhook_url of {person.person_id} {INWARD[refused.reason]}"


def _odd(value: Any, field: str = "") -> Iterator[str]:
    """The fields with words that no line of a mail, a log or a page can hold; a pattern's end lets
    a last line break through.
    """
    if isinstance(value, str) and any(
        unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in value
    ):
        yield field
    for name, inner in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list | tuple)
        else ()
    ):
        yield from _odd(inner, f"{field}.{name}".lstrip("."))


def _unknown(field: str, named: list[str], people: list[str]) -> Iterator[str]:
    return (f"{field}: {name} is not among the staff" for name in sorted(set(named) - set(people)))
