"""Generated changes of a model: what the plan says of numbers before and after is what they are, digit for digit."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ("tests/app/test_plan.py", "tests/app/test_plan_again.py")


def run(wanted: int = 50, again: int = 20) -> dict[str, object]:
    """Answers how many changes were planned, applied and asked for; not passed below `wanted`, or where one differs.

    `again` counts changes of a mapping, contract or code list among them whose deliveries were then read again.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "results.xml"
        command = [
            sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", f"--junitxml={told}", *TESTS, "-k", "what_a_plan_says",
        ]  # fmt: skip
        counts = {"CHARTER_PLANS": str(wanted), "CHARTER_PLANS_AGAIN": str(again)}
        subprocess.run(command, cwd=ROOT, env={**os.environ, **counts}, stdout=sys.stderr, check=False)
        cases = list(tree.parse(told).iter("testcase")) if told.is_file() else []
    failed = [str(case.get("name")) for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    read_again = sum(1 for case in cases if "reading_again" in str(case.get("name")))
    changes = len(cases) - skipped
    return {
        "wanted": wanted + again, "changes": changes, "read_again": read_again, "failed": failed,
        "passed": not failed and changes >= wanted + again,
    }  # fmt: skip
