"""Generated changes of a model: what the plan says of numbers before and after is what they are, digit for digit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(wanted: int = 50) -> dict[str, object]:
    """Answers how many changes were planned, applied and asked for; not passed below `wanted`, or where one differs."""
    environment = {**os.environ, "CHARTER_PLANS": str(wanted)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "-v",
        "tests/app/test_plan.py",
        "-k",
        "what_a_plan_says",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    changes = len(re.findall(r"^PASSED ", done.stdout, re.MULTILINE))
    failed = re.findall(r"^FAILED (.*)$", done.stdout, re.MULTILINE)
    return {"wanted": wanted, "changes": changes, "failed": failed, "passed": done.returncode == 0 and changes >= wanted}
