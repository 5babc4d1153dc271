"""What the types of a school cannot say: names that lead nowhere, people that may not or cannot
answer, and orders that cannot be.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from sebaya_chassis.web import egress_guard
from sebaya_chassis.web.district_file.fault import Path, guess, quote
from sebaya_chassis.web.district_file.limits import list_limit_breaches
from sebaya_contracts.district import ON_CALL, Person, School, is_address
from sebaya_contracts.words import Level, Role

_INWARD = {
    "url_invalid": "is not an https address",
    "port_refused": f"has a port other than {' or '.join(map(str, sorted(egress_guard.PORTS)))}",
    "address_private": "leads into a network that is not public; allow it by "
    "SEBAYA_WEBHOOK_ALLOWED_NETWORKS if that is meant",
}


Unassignable = Callable[[str], str | None]
"""Why students may not be asked the instrument of an id; None where they may."""


def know_no_instrument(_instrument_id: str) -> str:
    """Refuse every instrument, where none is known."""
    return "cannot be judged here: no instrument is known"


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a school does not keep. It is of no account where one of `because` is broken."""

    path: Path
    says: str
    because: tuple[Path, ...] = ()


def list_breaches(
    school: School,
    networks: Sequence[egress_guard.Network],
    unassignable: Unassignable = know_no_instrument,
) -> Iterator[Breach]:
    """List every rule that a school does not keep."""
    yield from _list_faults_of_waves(school, unassignable)
    yield from _list_odd_letters(msgspec.to_builtins(school), ())
    yield from _list_faults_of_staff(school, networks)
    yield from _list_faults_of_place(school)
    yield from _list_faults_of_duty(school)
    yield from _list_faults_of_ladders(school)
    for path, says in list_limit_breaches(school):
        yield Breach(path, says)


def _list_odd_letters(value: Any, path: Path) -> Iterator[Breach]:
    """Words that no line of a mail, a log or a page can hold; a pattern's end lets a last line
    break through.
    """
    if isinstance(value, str) and any(
        unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in value
    ):
        yield Breach(path, "holds a line break or another control character")
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list | tuple)
        else ()
    )
    for step, one in inner:
        yield from _list_odd_letters(one, (*path, step))


def _list_faults_of_waves(school: School, unassignable: Unassignable) -> Iterator[Breach]:
    named = school.policies.wave_instruments
    for place, instrument_id in enumerate(named):
        path = ("policies", "wave_instruments", place)
        says = unassignable(instrument_id)
        if says is not None:
            yield Breach(path, f"{quote(instrument_id)} {says}")
        if instrument_id in named[:place]:
            yield Breach(path, f"{quote(instrument_id)} is there twice")


def _list_faults_of_place(school: School) -> Iterator[Breach]:
    try:
        ZoneInfo(school.time_zone)
    except (KeyError, ValueError, OSError):
        meant = guess(school.time_zone, available_timezones()) or "; it is one such as Asia/Jakarta"
        yield Breach(("time_zone",), f"there is no time zone {quote(school.time_zone)}{meant}")
    if school.youngest > school.oldest:
        yield Breach(
            ("youngest",), f"{school.youngest} is above oldest, {school.oldest}", (("oldest",),)
        )


def _list_faults_of_staff(
    school: School, networks: Sequence[egress_guard.Network]
) -> Iterator[Breach]:
    times = Counter(person.person_id for person in school.staff)
    for place, person in enumerate(school.staff):
        at = ("staff", place)
        if times[person.person_id] > 1:
            yield Breach((*at, "person_id"), f"{quote(person.person_id)} is there twice")
        if person.person_id == ON_CALL:
            yield Breach((*at, "person_id"), f"`{ON_CALL}` means the rota, and is no person")
        if person.email is not None and not is_address(person.email):
            yield Breach((*at, "email"), f"{quote(person.email)} is not one proper email address")
        if person.webhook_url is not None:
            try:
                egress_guard.check_literal(person.webhook_url, networks)
            except egress_guard.EgressRefused as refused:
                says = f"webhook_url of {person.person_id} {_INWARD[refused.reason]}"
                yield Breach((*at, "webhook_url"), says)
    if school.active and not any(Role.COUNSELLOR in person.roles for person in school.staff):
        yield Breach(
            ("staff",), "there is no counsellor, so no alert of this school could be answered"
        )


def _list_faults_of_duty(school: School) -> Iterator[Breach]:
    for place, shift in enumerate(school.rota):
        yield from _refuse_unfit(school, shift.person_id, ("rota", place, "person_id"))
        if not shift.days:
            yield Breach(("rota", place, "days"), "is empty: there is no day of duty")
    for place, rotation in enumerate(school.rotations):
        at = ("rotations", place)
        for turn, person_id in enumerate(rotation.people):
            yield from _refuse_unfit(school, person_id, (*at, "people", turn))
        if len(rotation.people) < 2:
            yield Breach((*at, "people"), "needs two people at least; one has a place in `rota`")
        if not rotation.days:
            yield Breach((*at, "days"), "is empty: there is no day of duty")
    for place, swap in enumerate(school.substitutions):
        at = ("substitutions", place)
        yield from _refuse_stranger(school, swap.person_id, (*at, "person_id"))
        yield from _refuse_unfit(school, swap.substitute_id, (*at, "substitute_id"))
        if swap.since and swap.until and swap.since >= swap.until:
            yield Breach((*at, "until"), "is not after since", ((*at, "since"),))


def _list_faults_of_ladders(school: School) -> Iterator[Breach]:
    for level, ladder in school.ladders.items():
        at = ("ladders", level.value)
        if level is Level.NONE:
            yield Breach(at, "no alert has this level; the levels are amber, red, imminent")
        for place, rung in enumerate(ladder.rungs):
            who = (*at, "rungs", place, "who")
            if not rung.who:
                yield Breach(who, "is a rung of nobody: the ladder would wait for no person")
            for turn, person_id in enumerate(rung.who):
                if person_id != ON_CALL:
                    yield from _refuse_unfit(school, person_id, (*who, turn))
                elif school.active and not school.rota and not school.rotations:
                    yield Breach(
                        (*who, turn),
                        "`on_call` calls nobody: there is neither `rota` nor `rotations`",
                        (("rota",), ("rotations",)),
                    )


def _refuse_stranger(school: School, person_id: str, path: Path) -> Iterator[Breach]:
    known = [person.person_id for person in school.staff]
    if person_id not in known:
        yield Breach(path, f"{quote(person_id)} is not among the staff{guess(person_id, known)}")


def _refuse_unfit(school: School, person_id: str, path: Path) -> Iterator[Breach]:
    """Refuse a person of a rota or ladder that may not answer an alert, or cannot be called."""
    yield from _refuse_stranger(school, person_id, path)
    for place, person in enumerate(school.staff):
        if person.person_id == person_id:
            yield from _list_unfitness(person, path, ("staff", place))


def _list_unfitness(person: Person, path: Path, staff: Path) -> Iterator[Breach]:
    name = quote(person.person_id)
    if Role.COUNSELLOR not in person.roles:
        has = f"has the role {', '.join(person.roles)}" if person.roles else "has no role"
        yield Breach(
            path,
            f"{name} {has}, and only a counsellor may answer an alert",
            ((*staff, "roles"),),
        )
    if not person.email and not person.webhook_url:
        yield Breach(
            path,
            f"{name} has neither email nor webhook_url, so no call would reach them",
            ((*staff, "email"), (*staff, "webhook_url")),
        )
