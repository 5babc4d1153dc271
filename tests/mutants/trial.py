"""Runs tests on one mutant in a forked process, which imports the changed source in the file's
place: nothing is written, and what the tests import besides stays loaded from trial to trial.
"""

import gc
import importlib
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import Phase, settings

from examples import FAST
from mutants.sampling import Mutant

CPU_SHARE, CPU_SPARE_SECONDS = 5, 10
# What waits for ever uses no processor time: where so many of its seconds have passed it is stuck.
STUCK_SHARE = 60
MEMORY_BYTES = 8 << 30


class _Changed(importlib.machinery.SourceFileLoader):
    source = ""

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec")


class Replacement(MetaPathFinder):
    """Finds the mutant's source where a test imports the file's module."""

    def __init__(self, tree: Path, mutant: Mutant) -> None:
        self._tree, self._mutant = tree, mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        loader = _Changed(fullname, str(self._tree / self._mutant.file))
        loader.source = self._mutant.source
        return importlib.util.spec_from_loader(fullname, loader)


class ChosenTests:
    """Runs some tests of the files, in the order in which they are named, without shrinking."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(FAST, settings.get_profile(FAST), phases=phases, database=None)
        settings.load_profile(FAST)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places),
            key=lambda item: self._places[item.nodeid],
        )


def run_forked(work: Callable[[], int], cpu_seconds: float, log: str = os.devnull) -> int:
    """Run `work` in a fork that may use so much processor time and writes to `log`; return its exit
    code, or minus a signal.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setpgid(0, 0)
            told = os.open(log, os.O_WRONLY | os.O_CREAT)
            for stream in (1, 2):
                os.dup2(told, stream)
            limit = int(cpu_seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            code = work()
        finally:
            os._exit(code)
    end = time.monotonic() + STUCK_SHARE * cpu_seconds
    pause = 0.01
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def is_seen(tree: Path, mutant: Mutant, tests: Sequence[str], cpu: float, seed: int) -> bool:
    """Tell whether one of the tests, which take `cpu` seconds together, fails on the mutant; where
    none could be run, none does.
    """

    def work() -> int:
        sys.meta_path.insert(0, Replacement(tree, mutant))
        files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
        return int(
            pytest.main([*PYTEST, f"--hypothesis-seed={seed}", *files], [ChosenTests(tests)])
        )

    if not tests:
        return False
    code = run_forked(work, cpu * CPU_SHARE + CPU_SPARE_SECONDS)
    if code == pytest.ExitCode.USAGE_ERROR:
        raise RuntimeError(f"pytest cannot be called with {tests}")
    return code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}


PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile", FAST)


def load_modules(names: Collection[str]) -> None:
    """Import what no mutant can change, before the forks."""
    for name in sorted(names):
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - what cannot be loaded alone is loaded by the test
            continue
    gc.collect()
    gc.freeze()


def lasting_modules(tree: Path) -> Iterator[str]:
    """Name the loaded modules that neither are a service's nor stand among the tests."""
    kept = (str(tree / "chassis"), str(tree / "contracts"))
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name != "__main__" and (not file.startswith(str(tree)) or file.startswith(kept)):
            yield name
