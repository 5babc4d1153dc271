"""A struct out of a tree: each field read as it is typed, each fault noted, none raised.

The fields are those of the struct (of a school: `sebaya_contracts.district.School`), so that what
it gains the file has too. A field that is named by its unit (`wait_seconds`) may also be written
without it, in words (`wait: 15 min`).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import inspect, structs

from sebaya_chassis.web.district_file import scalars
from sebaya_chassis.web.district_file.durations import split_unit
from sebaya_chassis.web.district_file.fault import Fault, Path, guess, quote
from sebaya_chassis.web.district_file.scalars import Unfit
from sebaya_chassis.web.district_file.tree import Kind, Tree, describe

T = TypeVar("T", bound=msgspec.Struct)

_BROKEN = object()
# Found when the file is applied, and written in none.
_FOUND = frozenset({"leavers"})


@cache
def _shape_of(kind: type[msgspec.Struct]) -> inspect.StructType:
    shape = cast(inspect.StructType, inspect.type_info(kind))
    written = tuple(field for field in shape.fields if field.name not in _FOUND)
    return structs.replace(shape, fields=written)


@cache
def _places(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    """Where each field of the file belongs, by its name, for one that stands elsewhere."""
    return dict(reversed(list(_list_places(_shape_of(kind), ""))))


def _list_places(kind: inspect.Type, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield field.name, place
        for field in kind.fields:
            yield from _list_places(field.type, f"{place}.{field.name}".lstrip("."))
    elif isinstance(kind, inspect.VarTupleType):
        yield from _list_places(kind.item_type, place)
    elif isinstance(kind, inspect.DictType):
        yield from _list_places(kind.value_type, place)


class StructReader(Generic[T]):
    """Reads one struct's entry. `faults` are its faults, `broken` where they are."""

    def __init__(self, part: str, wanted: type[T]) -> None:
        self._wanted = wanted
        self.faults: list[Fault] = []
        self.broken: set[Path] = set()
        self._part = part
        self._tree = Tree(1, Kind.MAPPING)

    def read(self, tree: Tree) -> T | None:
        """Read the struct. What is broken is left out, so that the rest can be judged too.

        None for an entry that is no mapping.
        """
        self._tree = tree
        read = self._value(tree, _shape_of(self._wanted), ())
        return read if isinstance(read, self._wanted) else None

    def note(self, path: Path, says: str, line: int | None = None, read: str = "") -> None:
        """Note a fault of the field at a path, at its own line."""
        at = self.find(path)
        where = Fault(line or at.line, at.part or self._part, _name(path, self._tree), read, says)
        self.faults.append(where)
        self.broken.add(path)

    def find(self, path: Path) -> Tree:
        """Find the tree at a path, or the nearest one above it that was written."""
        tree = self._tree
        for step in path:
            below = _below(tree, step)
            if below is None:
                break
            tree = below
        return tree

    def _value(self, tree: Tree, kind: inspect.Type, path: Path) -> Any:
        if isinstance(kind, inspect.UnionType):
            if tree.is_empty:
                return None
            kind = next(one for one in kind.types if not isinstance(one, inspect.NoneType))
        for shape, needs, read in _SHAPES:
            if isinstance(kind, shape):
                if tree.kind is not needs:
                    self.note(path, _explain_kind(tree, needs), read=tree.text)
                    return _BROKEN
                return read(self, tree, kind, path)
        return self._scalar(tree, kind, path)

    def _struct(self, tree: Tree, kind: inspect.StructType, path: Path) -> Any:
        fields = {field.name: field for field in kind.fields}
        self._note_unknown(tree, fields, path)
        values: dict[str, Any] = {}
        for field in kind.fields:
            value = self._field(tree, field, path)
            if value is not _BROKEN:
                values[field.name] = value
            elif field.required:
                values[field.name] = _stand_in(field.type)
        return kind.cls(**values)

    def _field(self, tree: Tree, field: inspect.Field, path: Path) -> Any:
        at, split = (*path, field.name), split_unit(field.name)
        entry = tree.fields.get(field.name)
        in_words = tree.fields.get(split[0]) if split else None
        if entry is not None and in_words is not None:
            self.note(at, f"is there twice, as {quote(split[0] if split else '')} too", entry.line)
            return _BROKEN
        written = entry or in_words
        if split is not None and written is not None:
            name = field.name if entry else split[0]
            return self._one_value(
                written.value,
                (*path, name),
                lambda tree: scalars.read_duration(
                    tree, field.name, cast(Any, field.type), split[1], words_alone=entry is None
                ),
                also=at,
            )
        if entry is None or (entry.value.is_empty and not field.required):
            if field.required:
                self.note(at, "is missing", tree.line)
            return _BROKEN
        return self._value(entry.value, field.type, at)

    def _note_unknown(self, tree: Tree, fields: Mapping[str, inspect.Field], path: Path) -> None:
        short = {split[0] for name in fields if (split := split_unit(name))}
        for name, entry in tree.fields.items():
            if name in fields or name in short:
                continue
            meant = guess(name, [*fields, *short])
            # What was meant is there, under another name: that it is missing is no second fault.
            self.broken |= {(*path, one) for one in fields if quote(one) in meant}
            places = _places(self._wanted)
            if not meant and name in places:
                top = f"the {self._wanted.__name__.lower()}"
                meant = f"; it belongs in {quote(places[name] or top)}"
            listed = "" if meant else f"; there are {', '.join(fields)}"
            self.note(
                (*path, name), f"there is no such field{meant}{listed}", entry.line, read=name
            )

    def _list(self, tree: Tree, kind: inspect.VarTupleType, path: Path) -> Any:
        if len(tree.elements) < (kind.min_length or 0):
            self.note(path, "is empty, and needs at least one")
            return _BROKEN
        read = (
            self._value(element, kind.item_type, (*path, place))
            for place, element in enumerate(tree.elements)
        )
        stand_in = _stand_in(kind.item_type)
        values = (stand_in if value is _BROKEN else value for value in read)
        return tuple(value for value in values if value is not None)

    def _table(self, tree: Tree, kind: inspect.DictType, path: Path) -> Any:
        values = {}
        for name, entry in tree.fields.items():
            key = self._scalar(
                Tree(entry.line, Kind.SCALAR, name, name), kind.key_type, (*path, name)
            )
            value = self._value(entry.value, kind.value_type, (*path, name))
            if key is not _BROKEN and value is not _BROKEN:
                values[key] = value
        return values

    def _scalar(self, tree: Tree, kind: inspect.Type, path: Path) -> Any:
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        return self._one_value(tree, path, lambda one: _READERS[type(kind)](one, name, kind))

    def _one_value(
        self, tree: Tree, path: Path, read: Callable[[Tree], Any], also: Path | None = None
    ) -> Any:
        """Read one value; `also` is the contract's name of the field, where another is written."""
        says = _explain_kind(tree, Kind.SCALAR)
        if tree.kind is Kind.SCALAR:
            try:
                return read(tree)
            except Unfit as unfit:
                says = str(unfit)
        self.note(path, says, tree.line, tree.text)
        self.broken.add(also or path)
        return _BROKEN


_SHAPES: tuple[tuple[type, Kind, Callable[..., Any]], ...] = (
    (inspect.StructType, Kind.MAPPING, StructReader._struct),
    (inspect.VarTupleType, Kind.LIST, StructReader._list),
    (inspect.DictType, Kind.MAPPING, StructReader._table),
)
_READERS: dict[type, Callable[[Tree, str, Any], Any]] = {
    inspect.StrType: scalars.read_text,
    inspect.IntType: scalars.read_number,
    inspect.FloatType: scalars.read_number,
    inspect.BoolType: lambda tree, _name, _kind: scalars.read_flag(tree),
    inspect.DateTimeType: lambda tree, _name, _kind: scalars.read_moment(tree),
    inspect.DateType: lambda tree, _name, _kind: scalars.read_day(tree),
    inspect.EnumType: lambda tree, _name, kind: kind.cls(
        scalars.read_choice(tree, tuple(str(one.value) for one in kind.cls))
    ),
}


def _stand_in(kind: inspect.Type) -> Any:
    """What stands for a broken value while the rest is judged; nothing is made of such a struct."""
    if isinstance(kind, inspect.StructType):
        required = {one.name: _stand_in(one.type) for one in kind.fields if one.required}
        return kind.cls(**required)
    if isinstance(kind, inspect.VarTupleType):
        return ()
    return "" if isinstance(kind, inspect.StrType) else None


def _explain_kind(tree: Tree, needs: Kind) -> str:
    if needs is Kind.LIST and tree.kind is Kind.SCALAR and not tree.is_empty:
        return f"{quote(tree.text)} must stand in a list: [{tree.text}]"
    found = "nothing" if tree.is_empty else describe(tree)
    return f"needs {needs.value}, and there is {found}"


def _below(tree: Tree, step: str | int) -> Tree | None:
    if isinstance(step, int):
        return tree.elements[step] if step < len(tree.elements) else None
    entry = tree.fields.get(step)
    if entry is None and (split := split_unit(step)):
        entry = tree.fields.get(split[0])
    return entry.value if entry else None


def _name(path: Path, top: Tree) -> str:
    """Name a field for a person: `staff.bk-1.email`, `rota[2].until`; places count from 1."""
    name, tree = "", cast(Tree | None, top)
    for step in path:
        tree = _below(tree, step) if tree is not None else None
        if isinstance(step, int):
            person = tree.fields.get("person_id") if tree and name == "staff" else None
            name += f".{person.value.text}" if person else f"[{step + 1}]"
        else:
            name += f".{step}" if name else step
    return name
