"""The model of a large group: `check` cold and `why` warm, each as a process; 45 markets, 500 branches, 5,000 documents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.data import model_workspace
from bench.measure import SCRATCH, Outcome, seconds

CHARTER = str(Path(sys.executable).with_name("charter"))
WHY = ("why", "Metric:k000", "spec.target", "--at", "branch/b000", "--as-of", "2026-06-01")


def run() -> list[Outcome]:
    """Answers the medians of five: everything checked, and one answer explained."""
    folder = model_workspace(SCRATCH / "model")
    read = sorted(seconds(lambda: [path.read_bytes() for path in folder.rglob("*.yaml")]) for _ in range(3))[1]
    found = []
    for name, arguments, aim in (("check", ("check", "--as-of", "2026-06-01"), 3.0), ("why", WHY, 0.5)):
        took = sorted(seconds(lambda words=arguments: _ask(folder, words)) for _ in range(5))[2]
        met = took <= aim
        cause = "" if met else "reading and judging 5,000 documents in one process of Python"
        found.append(Outcome(f"{name}, 5,000 documents", round(took, 3), "the files' bytes read", round(read, 3), f"<= {aim} s", met,
                             round(took / read, 1), cause))  # fmt: skip
    return found


def _ask(folder: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run([CHARTER, *words, "--workspace", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
