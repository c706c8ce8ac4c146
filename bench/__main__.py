"""Runs the benchmarks and prints a table; writes bench/results/latest.json with machine and commit."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench.machine import machine
from bench.measure import Outcome, table

ROOT = Path(__file__).resolve().parents[1]
SUBJECTS = ("model", "intake", "performance", "calendar", "start")


def main(names: list[str]) -> None:
    """Runs the named subjects, or all of them."""
    outcomes: list[Outcome] = []
    for name in names or SUBJECTS:
        print(f"... {name}", file=sys.stderr, flush=True)
        outcomes += importlib.import_module(f"bench.{name}").run()
    print(table(outcomes))
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    path = results / "latest.json"
    known = json.loads(path.read_text())["outcomes"] if path.exists() and names else []
    mine = {outcome.name for outcome in outcomes}
    kept = [entry for entry in known if entry["name"] not in mine]
    body = {"machine": machine(), "outcomes": kept + [asdict(outcome) for outcome in outcomes]}
    path.write_text(json.dumps(body, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
