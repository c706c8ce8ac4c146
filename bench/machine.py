"""What a measurement ran on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def machine() -> dict[str, object]:
    """Answers what this ran on: cores, memory, platform, commit, and whether the tree had changes beside it."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 2**30, 1),
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "python_adds_ten_million_in_seconds": round(_speed(), 2),
        "commit": _git("rev-parse", "HEAD") or None,
        "changed": bool(_git("status", "--porcelain", "--", "src", "tests", "bench/*.py", "prove/*.py")),
    }


def _speed() -> float:
    """How fast the machine is at the moment, told beside aims in seconds: a shared one was seen at half its speed."""
    begun, total = time.perf_counter(), 0
    for one in range(10_000_000):
        total += one
    return time.perf_counter() - begun


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
