"""Writes the dashboards to deploy/grafana/dashboards (`make dashboards`); `--check` only looks.

What a panel and a rule watch is the same metric: a graph that shows trouble is one that an alert
knows.
"""

import json
import sys
from pathlib import Path

from district import DISTRICT
from safety import SAFETY
from service import SERVICE

from servers import SERVERS

HERE = Path(__file__).parent / "dashboards"
DASHBOARDS = (DISTRICT, SAFETY, SERVICE, SERVERS)


def files() -> dict[Path, str]:
    return {
        HERE / f"{board.uid}.json": json.dumps(board.as_json(), indent=1, ensure_ascii=False) + "\n"
        for board in DASHBOARDS
    }


def main() -> None:
    stale = [
        path for path, text in files().items() if not path.exists() or path.read_text() != text
    ]
    stale += [path for path in HERE.glob("*.json") if path not in files()]
    if "--check" in sys.argv:
        if stale:
            sys.exit(
                "Not what deploy/grafana says (make dashboards): "
                + ", ".join(path.name for path in stale)
            )
        return
    HERE.mkdir(exist_ok=True)
    for path in stale:
        if path in files():
            path.write_text(files()[path])
        else:
            path.unlink()


if __name__ == "__main__":
    main()
