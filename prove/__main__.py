"""Proves what takes long and writes prove/results.json: `python -m prove [kills|readers|cases|plans|maintain|acts|server|writers|crowd|engines|matching …]`.

What was not run in this call keeps its last result with the commit it was run on; what never was run says "not run".
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from bench.machine import machine

RESULTS = Path(__file__).resolve().parent / "results.json"
PARTS = ("kills", "readers", "cases", "plans", "maintain", "acts", "server", "writers", "crowd", "engines", "matching")


def main(names: list[str]) -> int:
    """Runs the named parts, or all; answers the exit code."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in names or PARTS:
        print(f"... {name}", file=sys.stderr, flush=True)
        begin = time.perf_counter()
        found = importlib.import_module(f"prove.{name}").run()
        results[name] = {**found, "seconds": round(time.perf_counter() - begin), "machine": machine()}
        kept = {part: results.get(part, "not run") for part in PARTS}
        RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        print(f"{name}: {'passed' if found['passed'] else 'NOT PASSED'}")
    return 0 if all(isinstance(results.get(part), dict) and results[part]["passed"] for part in names or PARTS) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
