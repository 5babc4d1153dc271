"""The mutants of the domains: listed by Cosmic Ray, each a changed source of one file."""

import hashlib
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.work_item import MutationSpec

SERVICES = ("intake", "matching", "escalation", "evaluation")
# Of arithmetic only what could be meant; and for the enums of these folders `is` and `==` are one.
LEFT_OUT = re.compile(
    r"BinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div$|Div_Mul$)|_Is$|_IsNot$|Comparison\w+_Is(Not)?_|"
    r"RemoveDecorator"
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed file: its path from the root, the number of the changed line, what stood there
    before and after, and the whole source before and after.
    """

    file: str
    line: int
    before: str
    after: str
    original: str
    source: str

    @property
    def key(self) -> str:
        """What tells a mutant from the others of a sample."""
        return hashlib.sha256(f"{self.file}\n{self.source}".encode()).hexdigest()[:16]

    @property
    def module(self) -> str:
        """The dotted name under which a service imports the file."""
        return ".".join(Path(self.file).with_suffix("").parts[2:])

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n     - {self.before}\n     + {self.after}"


def sample_mutants(tree: Path, services: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """Draw mutants of the services' domains; all of them where there are no more than `count`."""
    os.chdir(tree)
    files = [
        path.relative_to(tree)
        for name in services
        for path in sorted((tree / "services" / name / f"sebaya_{name}" / "domain").glob("*.py"))
    ]
    every = [mutation for path in files for mutation in _list_mutations(path)]
    return [_change(one) for one in random.Random(seed).sample(every, min(count, len(every)))]


def _list_mutations(path: Path) -> Iterator[MutationSpec]:
    """List what Cosmic Ray can change in a file, but for what could not be meant."""
    nodes = list(ast_nodes(get_ast(path.read_text())))
    for name in sorted(name for name in operator_names() if not LEFT_OUT.search(name)):
        operator = get_operator(name)
        if operator.arguments():
            continue
        places = ((n, start, end) for n in nodes for start, end in operator().mutation_positions(n))
        for occurrence, (node, start, end) in enumerate(places):
            within = ASTQuery(node).get_definition_name()
            found = MutationSpec(path, name, occurrence, start, end, definition_name=within)
            if not (_decorates(found) or _marks_arguments(found) or _names_number(found)):
                yield found


def _decorates(mutation: MutationSpec) -> bool:
    """Tell whether a mutant stands in a decorator or the head of a class: slots and frozen change
    no rule.
    """
    line = mutation.module_path.read_text().splitlines()[mutation.start_pos[0] - 1]
    return line.lstrip().startswith(("@", "class "))


def _marks_arguments(mutation: MutationSpec) -> bool:
    """Tell whether a mutant stands at the `*` after which arguments go by name: no operator."""
    row, column = mutation.start_pos
    line = mutation.module_path.read_text().splitlines()[row - 1]
    return line[column : column + 2] == "*,"


def _names_number(mutation: MutationSpec) -> bool:
    """Tell whether a mutant is another number of a constant: the number is the rule there, stated
    once with its reason, and a test that repeats it would be a copy.
    """
    return mutation.operator_name.endswith("NumberReplacer") and not mutation.definition_name


def _change(mutation: MutationSpec) -> Mutant:
    source = mutation.module_path.read_text()
    operator = get_operator(mutation.operator_name)()
    changed = mutate_code(source, operator, mutation.occurrence)
    first, last = mutation.start_pos[0] - 1, mutation.end_pos[0]
    before = " ".join(line.strip() for line in source.splitlines()[first:last])
    after = " ".join(line.strip() for line in changed.splitlines()[first:last])
    return Mutant(str(mutation.module_path), first + 1, before, after, source, changed)
