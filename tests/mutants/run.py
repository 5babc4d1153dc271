"""Samples mutants of the four domains and runs the unit tests on each (`make mutants`).

A mutant is one changed condition, sign, number, operator or exception of a file in a `domain/`
folder, made by Cosmic Ray. It is seen when a test of `make test-unit` fails on it. Survivors are
printed with their change; those that no test can tell apart stand in `equivalent.toml`, each with
its reason, and count as neither. What was tried stands in `.mutants/`: an interrupted run with the
same seed goes on there, unless a rule or a test has changed.

--sample N  mutants (400)   --seed S  else drawn and printed   --only SERVICE …   --jobs J (2)
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from mutants.baseline import Baseline, load_baseline, measure_baseline
from mutants.sampling import SERVICES, Mutant, sample_mutants
from mutants.trial import is_seen, load_modules

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = ("contracts", "chassis", *(f"services/{name}" for name in SERVICES), "cli")
KEPT = ROOT / ".mutants"
WANTED = 0.92
EQUIVALENT = Path(__file__).parent / "equivalent.toml"


def copy_tree(into: Path) -> str:
    """Copy the files that git knows, so that work goes on in the tree; return their digest."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    digest = hashlib.sha256()
    (into / "corpus").symlink_to(ROOT / "corpus")
    for name in sorted(set(listed.stdout.splitlines())):
        if (ROOT / name).is_file() and not name.startswith("corpus/"):
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
            if name.endswith(".py") and not name.startswith("tests/mutants/"):
                digest.update(target.read_bytes())
    return digest.hexdigest()[:12]


def work_in(tree: Path) -> None:
    """Let this process and its forks import the copy's members and tests."""
    os.chdir(tree)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    sys.path[:0] = [str(tree / "tests"), str(tree), *(str(tree / member) for member in MEMBERS)]


def load_equivalent() -> set[tuple[str, str, str]]:
    """Load the changes that no test can see, each listed with its reason."""
    listed = tomllib.loads(EQUIVALENT.read_text())["equivalent"]
    return {(one["file"], one["before"], one["after"]) for one in listed if one["reason"]}


def try_mutants(
    tree: Path, mutants: Sequence[Mutant], baseline: Baseline, seed: int, jobs: int
) -> Iterator[tuple[Mutant, bool]]:
    """Try each mutant, several at once; give it back with whether a test saw it."""
    with ProcessPoolExecutor(jobs, get_context("fork")) as pool:
        running = {}
        for mutant in mutants:
            tests = baseline.choose(mutant)
            cpu = sum(baseline.seconds[test] for test in tests)
            running[pool.submit(is_seen, tree, mutant, tests, cpu, seed)] = mutant
        for done in as_completed(running):
            yield running[done], done.result()


def run(tree: Path, given: argparse.Namespace, digest: str) -> bool:
    """Try the sample, print what survives and the share that is seen; tell whether it is enough."""
    print(f"seed {given.seed}", flush=True)
    KEPT.mkdir(exist_ok=True)
    measured = KEPT / f"baseline-{digest}-{'-'.join(sorted(given.only))}.json"
    tried = KEPT / f"tried-{digest}-{given.seed}.jsonl"
    baseline = (
        load_baseline(measured)
        if measured.exists()
        else measure_baseline(tree, given.only, measured)
    )
    sample = sample_mutants(tree, given.only, given.sample, given.seed)
    equivalent = load_equivalent()
    alike = [one for one in sample if (one.file, one.before, one.after) in equivalent]
    seen = dict(map(json.loads, tried.read_text().splitlines())) if tried.exists() else {}
    left = [one for one in sample if one not in alike and one.key not in seen]
    print(f"{len(sample)} mutants, {len(left)} to try", flush=True)
    load_modules(baseline.modules)
    with tried.open("a") as kept:
        for mutant, was_seen in try_mutants(tree, left, baseline, given.seed, given.jobs):
            seen[mutant.key] = was_seen
            print(json.dumps([mutant.key, was_seen]), file=kept, flush=True)
            if not was_seen:
                print(mutant, flush=True)
    found = sum(seen[one.key] for one in sample if one not in alike)
    share = found / (len(sample) - len(alike))
    print(
        f"seen {share:.3f}: {found} of {len(sample) - len(alike)} (wanted {WANTED}), "
        f"{len(alike)} equal to the rule, seed {given.seed}"
    )
    return share >= WANTED


def main() -> None:
    parser = argparse.ArgumentParser(prog="mutants")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", nargs="*", choices=SERVICES, default=SERVICES)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as into:
        tree = Path(into)
        digest = copy_tree(tree)
        work_in(tree)
        enough = run(tree, given, digest)
    sys.exit(not enough)


if __name__ == "__main__":
    main()
