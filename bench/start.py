"""How long the command line takes to say anything: `charter --help` as a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.measure import Outcome, seconds

COMMAND = (str(Path(sys.executable).with_name("charter")), "--help")


def run() -> list[Outcome]:
    """Answers the median of seven starts."""
    took = sorted(seconds(lambda: subprocess.run(COMMAND, capture_output=True, check=True)) for _ in range(7))
    bare = sorted(seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True)) for _ in range(7))
    met = took[3] <= 0.3
    return [
        Outcome(
            "charter --help", round(took[3], 3), "python -c ''", round(bare[3], 3), "<= 0.3 s", met, round(took[3] / bare[3], 1),
            "" if met else "imports of typer and click",
        )
    ]  # fmt: skip
