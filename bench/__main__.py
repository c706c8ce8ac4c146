"""Runs the benchmarks, prints a table and writes bench/results.json: `python -m bench [model|intake|performance|calendar|start|maintain|draft|plan|spark|match …]`.

Each subject is written as soon as it is done, with the machine and the commit that it ran on; the others keep theirs.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench.machine import machine
from bench.measure import Outcome, table

RESULTS = Path(__file__).resolve().parent / "results.json"
SUBJECTS = ("model", "intake", "performance", "calendar", "start", "maintain", "draft", "plan", "spark", "match")


def main(names: list[str]) -> None:
    """Runs the named subjects, or all of them."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    outcomes: list[Outcome] = []
    for name in names or SUBJECTS:
        print(f"... {name}", file=sys.stderr, flush=True)
        found = importlib.import_module(f"bench.{name}").run()
        outcomes += found
        results[name] = {"machine": machine(), "outcomes": [asdict(outcome) for outcome in found]}
        kept = {subject: results.get(subject, "not run") for subject in SUBJECTS}
        RESULTS.write_text(json.dumps(kept, indent=2, default=str) + "\n", encoding="utf-8")
    print(table(outcomes))


if __name__ == "__main__":
    main(sys.argv[1:])
