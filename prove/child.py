"""What a process of its own does, so that it can be killed: `python -m prove.child run|look|watch|maintain FOLDER`."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.app.whole import everything, is_whole

from charter.app.maintain import maintain
from charter.app.project import open_project
from charter.app.run import run
from charter.errors import UsageError

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


def take(folder: Path) -> None:
    """Runs, and writes each phase to `phases.log` beside the folder as it begins."""
    with (folder.parent / "phases.log").open("a", encoding="utf-8") as log:

        def began(phase: str) -> None:
            log.write(f"{phase}\n")
            log.flush()

        report = run(open_project(folder), at=AT, on_phase=began)
    if not all(line.balances for line in report.accounts):
        raise AssertionError("an account does not balance")


def look(folder: Path) -> None:
    """Prints a hash of the rows of each table."""
    tables = everything(open_project(folder))
    print(json.dumps({name: hashlib.sha256("\n".join(rows).encode()).hexdigest() for name, rows in tables.items()}))


def watch(folder: Path) -> None:
    """Looks, with a pause as people make it, until `stop` stands beside the folder; prints how often, and at how many snapshots.

    A look opens the lake anew, which costs about 0.4 s of a core: without a pause, twenty readers leave the writer nothing.
    """
    project, looks, snapshots = open_project(folder), 0, set()
    while not (folder.parent / "stop").exists():
        is_whole(project)
        looks += 1
        time.sleep(4)
        try:
            with project.reading() as lake:
                snapshots.add(lake.snapshot())
        except UsageError:
            continue
    print(json.dumps({"looks": looks, "snapshots": len(snapshots)}))


def keep_small(folder: Path) -> None:
    """Maintains the lake, so that only the newest snapshot stays."""
    maintain(open_project(folder), keep_days=0)


if __name__ == "__main__":
    {"run": take, "look": look, "watch": watch, "maintain": keep_small}[sys.argv[1]](Path(sys.argv[2]))
