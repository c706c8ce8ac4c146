"""The model of a large group: `check` cold and `why` warm, each as a process; 45 markets, 500 branches, 5,000 documents."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from bench.data import model_workspace
from bench.measure import SCRATCH, Outcome, seconds

CHARTER = str(Path(sys.executable).with_name("charter"))
CHECK = ("check", "--as-of", "2026-06-01")
WHY = ("why", "Metric:k000", "spec.target", "--at", "branch/b000", "--as-of", "2026-06-01")
CAUSE = (
    "one process of Python: of a check about a third goes into folding and judging each of 15,000 documents and days, a sixth into "
    "reading, a sixth into types, an eighth into metrics, a tenth into imports; see how fast the machine was beside it"
)


def run() -> list[Outcome]:
    """Answers the medians of five: everything checked with nothing parsed before, and again; and one answer explained."""
    folder = model_workspace(SCRATCH / "model")
    read = median(seconds(lambda: [path.read_bytes() for path in folder.rglob("*.yaml")]) for _ in range(3))
    asked = (("check, cold", CHECK, 3.0), ("check, again", CHECK, 3.0), ("why, warm", WHY, 0.5))
    found = []
    for name, words, aim in asked:
        took = median(_timed(folder, words, cold=name.endswith("cold")) for _ in range(5))
        met = took <= aim
        found.append(Outcome(f"{name}, 5,000 documents", round(took, 3), "the files' bytes read", round(read, 3), f"<= {aim} s", met,
                             round(took / read, 1), "" if met else CAUSE))  # fmt: skip
    return found


def _timed(folder: Path, words: tuple[str, ...], *, cold: bool) -> float:
    if cold:
        shutil.rmtree(folder / ".charter" / "cache", ignore_errors=True)
    return seconds(lambda: _ask(folder, words))


def _ask(folder: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run([CHARTER, *words, "--workspace", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
