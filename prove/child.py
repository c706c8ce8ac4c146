"""What a process of its own does, so that it can be killed: `python -m prove.child run|look|watch|maintain|… FOLDER`."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.app.held_world import UNKNOWN, hold_two
from tests.app.whole import everything, is_whole

from charter.app.apply import apply
from charter.app.close import close
from charter.app.maintain import maintain
from charter.app.project import open_project
from charter.app.run import run
from charter.app.tasks import tasks
from charter.errors import CharterError, UsageError
from charter.tasks.rules import OPENED

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


@contextmanager
def logged(folder: Path) -> Iterator[Callable[[str], None]]:
    """Yields what writes each phase to `phases.log` beside the folder as it begins."""
    with (folder.parent / "phases.log").open("a", encoding="utf-8") as log:

        def began(phase: str) -> None:
            log.write(f"{phase}\n")
            log.flush()

        yield began


def take(folder: Path) -> None:
    """Runs, and logs its phases."""
    with logged(folder) as began:
        report = run(
            open_project(folder), only=os.environ.get("CHARTER_SOURCES", "").split(), at=AT, wait_seconds=300, on_phase=began
        )
    if not all(line.balances for line in report.accounts):
        raise AssertionError("an account does not balance")


def told(folder: Path) -> None:
    """Runs, and prints by which code it told that it could not; also where only the tasks could not be derived."""
    with logged(folder) as began:
        try:
            report = run(open_project(folder), at=AT, on_phase=began)
        except CharterError as error:
            print(json.dumps({"code": error.code, "message": str(error), "tasks": None}))
            return
    codes = [one.code for one in report.findings if one.message.startswith("tasks were not derived")]
    print(json.dumps({"code": None, "message": "", "tasks": codes}))


def look(folder: Path) -> None:
    """Prints a hash of the rows of each table."""
    print(json.dumps(_hashes(folder)))


def _hashes(folder: Path) -> dict[str, str]:
    tables = everything(open_project(folder))
    return {name: hashlib.sha256("\n".join(rows).encode()).hexdigest() for name, rows in tables.items()}


def finish(folder: Path) -> None:
    """Runs, then prints a hash of the rows of each table, and the tasks."""
    take(folder)
    print(json.dumps({"tables": _hashes(folder), "tasks": _tasks(folder)}))


def watch(folder: Path) -> None:
    """Looks, with a pause as people make it, until `stop` stands beside the folder; prints how often, and at how many snapshots.

    A look opens the lake anew, which costs about 0.4 s of a core: without a pause, twenty readers leave the writer nothing.
    """
    project, looks, snapshots = open_project(folder), 0, set()
    while not (folder.parent / "stop").exists():
        is_whole(project)
        looks += 1
        time.sleep(float(os.environ.get("CHARTER_PAUSE", "4")))
        try:
            with project.reading() as lake:
                snapshots.add(lake.snapshot())
        except UsageError:
            continue
    print(json.dumps({"looks": looks, "snapshots": len(snapshots)}))


def keep_small(folder: Path) -> None:
    """Maintains the lake, so that only the newest snapshot stays."""
    maintain(open_project(folder), keep_days=0)


def prepare(folder: Path) -> None:
    """Takes a group in whose two orders name a branch that no list has, applies, and adds that branch: to be released."""
    hold_two(folder / "exports/erp-north/orders_2024-02.tsv")
    run(open_project(folder), at=AT)
    apply(open_project(folder), at=AT)
    sites = folder / "group/sources/sites.csv"
    first = sites.read_text().splitlines()[1]
    sites.write_text(f"{sites.read_text().rstrip()}\n{UNKNOWN},{first.partition(',')[2]}\n")
    apply(open_project(folder), at=AT + timedelta(hours=1))


def let_go(folder: Path) -> None:
    """Reads what holds rows again."""
    with logged(folder) as began:
        run(open_project(folder), only=("erp-north",), again=True, at=AT + timedelta(hours=2), on_phase=began)


def close_month(folder: Path) -> None:
    """Closes February."""
    with logged(folder) as began:
        close(open_project(folder), "2024-02", at=AT + timedelta(hours=2), on_phase=began)


def derive(folder: Path) -> None:
    """Runs, which commits to the lake, source by source, and derives the tasks in the other store; then looks at them."""
    take(folder)
    tasks(open_project(folder), moment=AT)


def tell(folder: Path) -> None:
    """Prints the tasks: whether each is open, and how often it was opened."""
    print(json.dumps(_tasks(folder)))


def _tasks(folder: Path) -> dict[str, list[int]]:
    rows = tasks(open_project(folder), moment=AT + timedelta(hours=3), resolved=True).rows
    return {one.task.id: [one.task.is_open, sum(event.what == OPENED for event in one.task.events)] for one in rows}


if __name__ == "__main__":
    {
        "run": take, "look": look, "watch": watch, "maintain": keep_small, "prepare": prepare, "release": let_go,
        "close": close_month, "told": told, "finish": finish, "tasks": derive, "tell": tell,
    }[sys.argv[1]](Path(sys.argv[2]))  # fmt: skip
