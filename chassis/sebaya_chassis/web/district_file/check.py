"""The whole check of a district's file: schools, or every fault at once, in the file's order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sebaya_chassis.web import egress_guard
from sebaya_chassis.web.district_file.fault import Fault, Path, guess, quote
from sebaya_chassis.web.district_file.rules import (
    Breach,
    Unassignable,
    know_no_instrument,
    list_breaches,
)
from sebaya_chassis.web.district_file.shape import StructReader
from sebaya_chassis.web.district_file.tree import (
    Kind,
    NotReadable,
    Tree,
    describe,
    mark_part,
    merge,
    parse_tree,
)
from sebaya_contracts.district import School

Rules = Callable[[School], Iterator[Breach]]
_PARTS = ("defaults", "schools")
# A name for what is only there to be named elsewhere by an alias, as in Compose files.
_ASIDE = "x-"


@dataclass(frozen=True, slots=True)
class CheckedDistrict:
    """The schools of a file in its order; none where there is a fault."""

    schools: tuple[School, ...]
    faults: tuple[Fault, ...]


def check_district(
    content: str | bytes,
    networks: Sequence[egress_guard.Network] = (),
    unassignable: Unassignable = know_no_instrument,
) -> CheckedDistrict:
    """Check the content of a district's file.

    `networks` are those that webhooks may lead to though they are not public; `unassignable` tells
    why an instrument may not be asked.
    """
    faults: list[Fault] = []
    try:
        tree = parse_tree(content, faults)
    except NotReadable as refused:
        return CheckedDistrict((), (refused.fault,))
    if tree is None or tree.kind is not Kind.MAPPING or "schools" not in tree.fields:
        line, what = (1, "is empty") if tree is None else (tree.line, f"holds {describe(tree)}")
        what = "has no field `schools`" if tree and tree.kind is Kind.MAPPING else what
        says = f"the file {what}; it needs a list `schools`, and may have `defaults`"
        return CheckedDistrict((), (*faults, Fault(line, "", "", "", says)))
    faults += _list_unknown(tree)
    schools = _read_schools(
        tree, faults, lambda school: list_breaches(school, networks, unassignable)
    )
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    return CheckedDistrict(() if ordered else schools, tuple(ordered))


def _list_unknown(tree: Tree) -> list[Fault]:
    return [
        Fault(entry.line, "", name, name, f"there is no such field{guess(name, _PARTS)}")
        for name, entry in tree.fields.items()
        if name not in _PARTS and not name.startswith(_ASIDE)
    ]


def _read_schools(tree: Tree, faults: list[Fault], rules: Rules) -> tuple[School, ...]:
    defaults, entries = _defaults(tree, faults), tree.fields["schools"].value
    if entries.kind is not Kind.LIST:
        says = f"needs a list, and there is {describe(entries)}"
        faults.append(Fault(entries.line, "", "schools", entries.text, says))
        return ()
    schools: list[School] = []
    lines: dict[str, int] = {}
    for number, entry in enumerate(entries.elements, start=1):
        name = _name(entry, number)
        reader = StructReader(f"school {name}", School)
        school = reader.read(merge(defaults, entry))
        if school is not None:
            _judge(school, reader, rules)
            schools.append(school)
        faults += reader.faults
        if name in lines:
            says = f"is there 2 times; the first is in line {lines[name]}"
            faults.append(Fault(entry.line, f"school {name}", "", name, says))
        lines.setdefault(name, entry.line)
    return tuple(schools)


def _defaults(tree: Tree, faults: list[Fault]) -> Tree:
    none = Tree(tree.line, Kind.MAPPING)
    if "defaults" not in tree.fields or tree.fields["defaults"].value.is_empty:
        return none
    defaults = tree.fields["defaults"].value
    if defaults.kind is not Kind.MAPPING:
        says = f"needs {Kind.MAPPING.value}, and there is {describe(defaults)}"
        faults.append(Fault(defaults.line, "", "defaults", defaults.text, says))
        return none
    return mark_part(defaults, "defaults")


def _name(entry: Tree, number: int) -> str:
    own = entry.fields.get("school_id")
    if own is None or own.value.kind is not Kind.SCALAR or not own.value.text:
        return f"number {number}"
    return quote(own.value.text).strip("`")


def _judge(school: School, reader: StructReader[School], rules: Rules) -> None:
    """Judge by the rules what could be read; what only follows from a fault is none of its own."""
    broken = frozenset(reader.broken)
    for breach in rules(school):
        if not any(_touch(path, one) for path in _grounds(breach) for one in broken):
            reader.note(breach.path, breach.says, read=reader.find(breach.path).text)


def _grounds(breach: Breach) -> tuple[Path, ...]:
    return (breach.path, *breach.because)


def _touch(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
