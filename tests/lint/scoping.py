"""Tenant scoping, enforced by reading the code.

A service reaches MongoDB only through a store of one school, and Kafka only through its outbox.

    python tests/lint/scoping.py services cli

The one scanner that looks across schools and the relay live in the chassis, which this lint does
not read.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Only describing things, or errors to tell apart; no name here can reach a document.
HARMLESS = {
    "pymongo": {"IndexModel", "ASCENDING", "DESCENDING"},
    "pymongo.errors": {"DuplicateKeyError", "PyMongoError", "OperationFailure"},
    "aiokafka": {"ConsumerRecord"},
}
DRIVERS = ("pymongo", "motor", "aiokafka", "bson")
# Doors without a school. `main.py` wires them; nobody else may hold one.
UNSCOPED = {
    "SchoolStore",
    "DistrictStore",
    "DistrictCounts",
    "Documents",
    "TenantCollection",
    "BatchedDatabase",
    "Producer",
    "Relay",
    "connect",
    "open_database",
    "Writer",
}
# Words to the store that leave the school's filter behind; the chassis refuses them too, when they
# are said.
UNSCOPED_WORDS = {"$lookup", "$graphLookup", "$unionWith", "$out", "$merge"}
CHANGES = {"$set", "$setOnInsert", "$addFields", "$unset", "$rename"}
UNSCOPED_ATTRIBUTES = {
    "database",
    "client",
    "batched",
    "driver",
    "publisher",
    "_database",
    "_collection",
}


@dataclass(frozen=True, slots=True)
class Finding:
    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def findings(path: Path, source: str) -> Iterator[Finding]:
    """Find what a file does that only the chassis may."""
    tree = ast.parse(source)
    own = _own_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in DRIVERS:
                    yield Finding(
                        path,
                        node.lineno,
                        f"imports {alias.name}; reach the store through SchoolStore and the "
                        "broker through the outbox",
                    )
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _imported(path, node, node.module)
        elif isinstance(node, ast.Call):
            yield from _called(path, node, own)
        elif isinstance(node, ast.Attribute):
            yield from _reached(path, node, own)
        elif isinstance(node, ast.Constant) and node.value in UNSCOPED_WORDS:
            yield Finding(
                path, node.lineno, f"says {node.value}, which reads or writes past the school"
            )
        elif isinstance(node, ast.Dict):
            yield from _moved(path, node)


def _own_names(tree: ast.Module) -> set[str]:
    """Names that the file gives to functions and attributes itself."""
    functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return functions | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _of_self(node)
    }


def _of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}


def _called(path: Path, node: ast.Call, own: set[str]) -> Iterator[Finding]:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in UNSCOPED:
            message = f"makes {name} itself; ask the runtime for the store of one school"
            yield Finding(path, node.lineno, message)
        case ast.Name(id="getattr") | ast.Attribute(attr="attrgetter") | ast.Name(id="attrgetter"):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    for name in argument.value.split("."):
                        yield from _named(path, node.lineno, name, own)


def _reached(path: Path, node: ast.Attribute, own: set[str]) -> Iterator[Finding]:
    if path.name == "main.py" and not node.attr.startswith("_"):
        return
    if node.attr in UNSCOPED_ATTRIBUTES or not _of_self(node):
        yield from _named(path, node.lineno, node.attr, own)


def _named(path: Path, line: int, name: str, own: set[str]) -> Iterator[Finding]:
    private = name.startswith("_") and not name.endswith("__")
    if name in UNSCOPED_ATTRIBUTES:
        yield Finding(path, line, f"reaches for .{name}, which knows no school")
    elif private and name not in own:
        yield Finding(path, line, f"reaches for .{name}, which is another module's own")


def _moved(path: Path, node: ast.Dict) -> Iterator[Finding]:
    """Changes that name the school: a record stays where it was made."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in CHANGES and "school_id" in _words(value):
            yield Finding(path, node.lineno, f"changes the school of a record by {key.value}")


def _words(value: ast.expr) -> set[object]:
    if isinstance(value, ast.Dict):
        named = [
            part.value for part in (*value.keys, *value.values) if isinstance(part, ast.Constant)
        ]
        return {str(name).split(".")[0] for name in named}
    return {part.value for part in ast.walk(value) if isinstance(part, ast.Constant)}


def _imported(path: Path, node: ast.ImportFrom, module: str) -> Iterator[Finding]:
    if module.split(".", maxsplit=1)[0] not in DRIVERS:
        return
    for alias in node.names:
        if alias.name not in HARMLESS.get(module, set()):
            yield Finding(
                path,
                node.lineno,
                f"imports {module}.{alias.name}; reach the store through SchoolStore and the "
                "broker through the outbox",
            )


def files(roots: list[str]) -> Iterator[Path]:
    for root in roots:
        for path in sorted(Path(root).rglob("*.py")):
            if "services" in path.parts:
                yield path


def main(roots: list[str]) -> int:
    found = [finding for path in files(roots) for finding in findings(path, path.read_text())]
    for finding in found:
        sys.stderr.write(f"{finding}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
