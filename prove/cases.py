"""The properties, with many more cases than `make test` gives them, from seeds drawn now."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_TEST = re.compile(r"^(tests/\S+?)(?:\[.*)?:$")
_PHASE = re.compile(r"during (\w+) phase")
_COUNT = re.compile(r"(\d+) passing, (\d+) failing")


def run(wanted: int = 1_000_000, each: int = 2_000) -> dict[str, object]:
    """Answers how many cases each property was held to; not passed below `wanted` cases, or where one failed."""
    environment = {**os.environ, "CHARTER_HYPOTHESIS": "prove", "CHARTER_CASES": str(each)}
    command = [sys.executable, "-m", "pytest", "-n", "2", "-m", "cases", "--hypothesis-show-statistics", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counted = _counted(done.stdout)
    total = sum(counted.values())
    failed = re.findall(r"^FAILED (.*)$", done.stdout, re.MULTILINE)
    return {
        "wanted": wanted, "cases": total, "properties": dict(sorted(counted.items())), "failed": failed,
        "passed": done.returncode == 0 and total >= wanted,
    }  # fmt: skip


def _counted(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    test = phase = ""
    for line in text.splitlines():
        if named := _TEST.match(line):
            test = named.group(1)
        elif began := _PHASE.search(line):
            phase = began.group(1)
        elif (count := _COUNT.search(line)) and phase == "generate":
            found[test] += int(count.group(1))
    return found
