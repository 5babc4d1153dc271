"""What each test costs and which functions of the domains it enters, found on the tree unchanged.

A mutant is then tried on the tests alone that enter its function, the cheapest first; a change
outside functions on every test that enters its service's rules. A test that only finds an answer
that an earlier one left in a cache does not count: fewer mutants are seen so, never more.
"""

import ast
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import pytest

from mutants.sampling import Mutant
from mutants.trial import PYTEST, lasting_modules, run_forked

_DOMAIN = re.compile(r"/(services/\w+/sebaya_\w+/domain/\w+\.py)$")
LONGEST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Baseline:
    """Per test its processor seconds and the functions it enters ("file:line"); the modules that
    tests load besides.
    """

    seconds: dict[str, float]
    functions: dict[str, list[str]]
    modules: list[str]

    def choose(self, mutant: Mutant) -> list[str]:
        """Choose the tests that can see a mutant, the cheapest first."""
        line = _function_line(mutant)
        wanted = f"{mutant.file}:{line}" if line else f"{mutant.file.partition('/domain/')[0]}/"
        return sorted(
            (
                test
                for test, entered in self.functions.items()
                if any(one == wanted if line else one.startswith(wanted) for one in entered)
            ),
            key=lambda test: self.seconds[test],
        )


class _Watch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.functions: dict[str, set[str]] = {}
        self._by_file: dict[str, set[str]] = {}
        self._names: dict[str, str | None] = {}
        self._entered: set[str] = set()

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        path = code.co_filename
        if path not in self._names:
            found = _DOMAIN.search(path)
            self._names[path] = found and found[1]
        if name := self._names[path]:
            self._entered.add(f"{name}:{code.co_firstlineno}")

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        self._entered = set()
        sys.setprofile(self._note)
        try:
            return (yield)  # type: ignore[return-value]
        finally:
            sys.setprofile(None)
            if isinstance(collector, pytest.Module):
                self._by_file[collector.nodeid] = self._entered

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._entered = set(self._by_file.get(item.nodeid.partition("::")[0], ()))
        start = time.process_time()
        sys.setprofile(self._note)
        try:
            return (yield)  # type: ignore[return-value]
        finally:
            sys.setprofile(None)
            self.seconds[item.nodeid] = time.process_time() - start
            self.functions[item.nodeid] = self._entered


def measure_baseline(tree: Path, services: Sequence[str], into: Path) -> Baseline:
    """Run the unit tests that name a service's rules, once; exits where one fails without a
    mutant.
    """

    def work() -> int:
        watch = _Watch()
        code = int(pytest.main([*PYTEST, *_files(tree, services)], [watch]))
        functions = {test: sorted(entered) for test, entered in watch.functions.items()}
        measured = Baseline(watch.seconds, functions, list(lasting_modules(tree)))
        into.write_text(json.dumps(asdict(measured)))
        return code

    log = into.with_suffix(".log")
    if run_forked(work, LONGEST_SECONDS, str(log)):
        into.unlink(missing_ok=True)
        sys.exit(f"a test fails without any change:\n{log.read_text()[-4000:]}")
    return load_baseline(into)


def load_baseline(path: Path) -> Baseline:
    """Load what an earlier run measured."""
    return Baseline(**json.loads(path.read_text()))


def _files(tree: Path, services: Sequence[str]) -> list[str]:
    own = re.compile(rf"\bsebaya_({'|'.join(services)})\.domain\b")
    return [
        str(path.relative_to(tree))
        for path in sorted((tree / "tests" / "unit").rglob("test_*.py"))
        if own.search(path.read_text())
    ]


def _function_line(mutant: Mutant) -> int | None:
    """Find the first line of the innermost function round the change; None outside of all."""
    found = None
    for node in ast.walk(ast.parse(mutant.original)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[0].lineno, node.end_lineno or 0
            if body[0] <= mutant.line <= body[1]:
                found = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return found
