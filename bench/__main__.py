"""`python -m bench [NAME …]`: measure, print, keep as JSON, and write the tables of
docs/performance.md.

--repeats N  rounds (5)      --scale F  size of a run (1.0)      --dry  print only
"""

import argparse
import asyncio
import json
from importlib import import_module

from bench.frame import Bench, measure
from bench.place import ROOT, servers
from bench.table import table, written

BENCHES: tuple[str, ...] = ("intake", "escalation", "evaluation", "schools")
# Long, and of another kind: only where it is named.
NAMED = ("idle",)
PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "bench" / "results"


def benches(names: list[str]) -> list[Bench]:
    """A module of this package by each name says what it measures in `BENCHES`."""
    return [bench for name in names or BENCHES for bench in import_module(f"bench.{name}").BENCHES]


async def run(chosen: list[Bench], repeats: int, scale: float, *, dry: bool) -> None:
    async with servers(scale) as place:
        for bench in chosen:
            report = await measure(bench, place, repeats)
            print(table(report), end="\n\n", flush=True)
            if not dry:
                RESULTS.mkdir(exist_ok=True)
                (RESULTS / f"{bench.name}.json").write_text(json.dumps(report, indent=2) + "\n")
                PAGE.write_text(written(PAGE.read_text(), bench.name, table(report)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("names", nargs="*", choices=[*BENCHES, *NAMED, []])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--dry", action="store_true")
    given = parser.parse_args()
    asyncio.run(run(benches(given.names), given.repeats, given.scale, dry=given.dry))


if __name__ == "__main__":
    main()
