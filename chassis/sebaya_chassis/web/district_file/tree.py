"""YAML as a tree that knows its lines, what was written, and what YAML makes of it.

YAML 1.1 reads `16:00` as 960 and `NO` as false; here both are kept side by side, so that the fault
can name them. Aliases and merge keys (`<<`) are followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import yaml

from sebaya_chassis.web.district_file.fault import Fault, quote

_TAG = "tag:yaml.org,2002:"


class Kind(Enum):
    """What stands at a place."""

    SCALAR = "one value"
    LIST = "a list"
    MAPPING = "a mapping of fields"


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a mapping, with the line of its name."""

    line: int
    value: "Tree"


@dataclass(frozen=True, slots=True)
class Tree:
    """One place of the file. `text` is what was written, `means` what YAML reads it as."""

    line: int
    kind: Kind
    text: str = ""
    means: Any = None
    quoted: bool = False
    elements: tuple["Tree", ...] = ()
    fields: Mapping[str, Entry] = field(default_factory=dict)
    part: str = ""

    @property
    def is_text(self) -> bool:
        """Tell whether YAML reads it as text."""
        return self.kind is Kind.SCALAR and isinstance(self.means, str)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was written, or `null`."""
        return self.kind is Kind.SCALAR and self.means is None


class NotReadable(Exception):
    """The content is no YAML; the fault says where it ends to be."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def parse_tree(content: str | bytes, faults: list[Fault]) -> Tree | None:
    """Parse the content; None where it is empty. Keys named twice are added to `faults`.

    Raises NotReadable for what is no YAML in UTF-8.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            return None if node is None else _Builder(loader, faults).build(node)
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise NotReadable(Fault(line, "", "", "", "this is not text in UTF-8")) from None
    except yaml.YAMLError as error:
        raise NotReadable(_explain(error)) from None
    except RecursionError:
        raise NotReadable(Fault(1, "", "", "", "this is nested without an end")) from None


def _explain(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    line = mark.line + 1 if mark else 1
    if problem and "\\t" in problem:
        problem = "a tab; YAML is indented by spaces alone"
    return Fault(line, "", "", "", f"this is not YAML in UTF-8: {problem}")


class _Builder:
    def __init__(self, loader: yaml.SafeLoader, faults: list[Fault]) -> None:
        self._loader = loader
        self._faults = faults
        self._built: dict[int, Tree] = {}

    def build(self, node: yaml.Node) -> Tree:
        """Build the tree of a node; a node that several aliases name is built once."""
        if id(node) not in self._built:
            self._built[id(node)] = self._build(node)
        return self._built[id(node)]

    def _build(self, node: yaml.Node) -> Tree:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            means, quoted = self._meaning(node), node.style is not None
            return Tree(line, Kind.SCALAR, node.value, means, quoted=quoted)
        if isinstance(node, yaml.MappingNode):
            return Tree(line, Kind.MAPPING, fields=self._fields(node))
        return Tree(line, Kind.LIST, elements=tuple(self.build(one) for one in node.value))

    def _fields(self, node: yaml.MappingNode) -> dict[str, Entry]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in seen:
                says = (
                    "a name of a field is needed here"
                    if name is None
                    else f"the key {name} is there twice"
                )
                self._faults.append(
                    Fault(key.start_mark.line + 1, "", name or "", name or "", says)
                )
            seen.add(name or "")
        self._loader.flatten_mapping(node)
        return {
            key.value: Entry(key.start_mark.line + 1, self.build(value))
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        }

    def _meaning(self, node: yaml.ScalarNode) -> Any:
        if node.tag == f"{_TAG}str":
            return node.value
        try:
            return self._loader.construct_object(node)
        except ValueError:
            # The look of a date, and none: `2026-13-01`.
            return node.value


def merge(defaults: Tree, entry: Tree) -> Tree:
    """Merge an entry over the defaults: mappings field by field, everything else is replaced."""
    if defaults.kind is not Kind.MAPPING or entry.kind is not Kind.MAPPING:
        return entry
    together = dict(defaults.fields)
    for name, own in entry.fields.items():
        shared = together.get(name)
        together[name] = Entry(own.line, merge(shared.value, own.value)) if shared else own
    return replace(entry, fields=together)


def mark_part(tree: Tree, part: str) -> Tree:
    """Mark a tree, with all below it, as a part of the file."""
    return replace(
        tree,
        part=part,
        elements=tuple(mark_part(one, part) for one in tree.elements),
        fields={
            name: Entry(one.line, mark_part(one.value, part)) for name, one in tree.fields.items()
        },
    )


def describe(tree: Tree) -> str:
    """Describe what stands there, for a fault."""
    return quote(tree.text) if tree.kind is Kind.SCALAR else tree.kind.value
