"""Samples mutants of the four domains and runs the unit tests on each (`make mutants`).

A mutant is one changed condition, sign, number, operator or exception of a file in a `domain/`
folder, made by Cosmic Ray in a copy of the tree. It is seen when a test fails, first those of its
service, then the rest of `make test-unit`. Survivors are printed with their change; those that no
test can tell apart stand in `equivalent.toml`, each with its reason.

--sample N  mutants (400)   --seed S  else drawn and printed   --only SERVICE …   --jobs J (2)
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "matching", "escalation", "evaluation")
MEMBERS = ("contracts", "chassis", *(f"services/{name}" for name in SERVICES), "cli")
# Of arithmetic only what could be meant; and for the enums of these folders `is` and `==` are one.
LEFT_OUT = re.compile(
    r"BinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div$|Div_Mul$)|_Is$|_IsNot$|Comparison\w+_Is(Not)?_|"
    r"RemoveDecorator"
)
WANTED = 0.92
TIMEOUT_SECONDS = 240.0
EQUIVALENT = Path(__file__).parent / "equivalent.toml"


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test saw, as the lines before and after."""

    file: str
    before: str
    after: str


def list_mutants(services: Sequence[str]) -> list[MutationSpec]:
    """List every mutant of the services' domains, by paths from the root."""
    files = [
        path.relative_to(ROOT)
        for name in services
        for path in sorted((ROOT / "services" / name / f"sebaya_{name}" / "domain").glob("*.py"))
    ]
    os.chdir(ROOT)
    with closing(WorkDB(":memory:", WorkDB.Mode.create)) as db:
        init(files, db, {})
        return [
            mutation
            for item in db.work_items
            for mutation in item.mutations
            if not LEFT_OUT.search(mutation.operator_name) and not _decorates(mutation)
        ]


def _decorates(mutation: MutationSpec) -> bool:
    """Tell whether a mutant stands in a decorator: slots and frozen change no rule."""
    line = (ROOT / mutation.module_path).read_text().splitlines()[mutation.start_pos[0] - 1]
    return line.lstrip().startswith("@")


def copy_tree(into: Path) -> Path:
    """Copy the files that git knows, so that a mutant never stands in the tree itself."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith("corpus/"):
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return into


def try_mutant(copies: Path, mutation: MutationSpec) -> Survivor | None:
    """Run the tests on a mutant in this process's copy; None once a test fails."""
    tree = copies / str(os.getpid())
    if not tree.exists():
        copy_tree(tree)
    os.chdir(tree)
    os.environ["PYTHONPATH"] = os.pathsep.join(str(tree / member) for member in MEMBERS)
    service = Path(mutation.module_path).parts[1]
    diff = ""
    for tests in ((f"tests/unit/{service}",), ("tests/unit", "tests/contract")):
        command = (
            f"{sys.executable} -m pytest -x -q -p no:cacheprovider --hypothesis-profile fast "
            + " ".join(tests)
        )
        result = mutate_and_test([mutation], command, TIMEOUT_SECONDS)
        if result.test_outcome is not TestOutcome.SURVIVED:
            return None
        diff = result.diff or ""
    return read_survivor(mutation, diff)


def read_survivor(mutation: MutationSpec, diff: str) -> Survivor:
    """Read the changed line of a diff."""
    changed = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before = [line[1:].strip() for line in changed if line.startswith("-")]
    after = [line[1:].strip() for line in changed if line.startswith("+")]
    return Survivor(str(mutation.module_path), " ".join(before), " ".join(after))


def load_equivalent() -> set[Survivor]:
    """Load the changes that no test can see, each listed with its reason."""
    listed = tomllib.loads(EQUIVALENT.read_text())["equivalent"]
    return {Survivor(one["file"], one["before"], one["after"]) for one in listed if one["reason"]}


def run(mutants: Sequence[MutationSpec], jobs: int) -> Iterator[Survivor | None]:
    """Run the tests on each mutant, several at once."""
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as copies,
        ProcessPoolExecutor(jobs) as pool,
    ):
        yield from pool.map(partial(try_mutant, Path(copies)), mutants)


def main() -> None:
    parser = argparse.ArgumentParser(prog="mutants")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", nargs="*", choices=SERVICES, default=SERVICES)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    every = list_mutants(given.only)
    chosen = random.Random(given.seed).sample(every, min(given.sample, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants, seed {given.seed}", flush=True)
    equivalent, survivors = load_equivalent(), []
    for number, survivor in enumerate(run(chosen, given.jobs), 1):
        if survivor is not None and survivor not in equivalent:
            survivors.append(survivor)
            print(
                f"{number:4} {survivor.file}\n     - {survivor.before}\n     + {survivor.after}",
                flush=True,
            )
    seen = 1 - len(survivors) / len(chosen)
    print(f"seen {seen:.3f} of {len(chosen)} (wanted {WANTED}), seed {given.seed}")
    sys.exit(seen < WANTED)


if __name__ == "__main__":
    main()
