"""One month taken in by the product, in a process of its own: `python -m bench.large.take FOLDER ORDERS MONTHS MONTH`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.large.size import Size
from bench.large.watch import Watch, die_with_parent
from charter.app.project import open_project
from charter.app.run import run
from charter.cli.terminal import progress

NAMED = {
    "start": "open", "copy": "copy", "contract": "contract", "mapped": "map", "merge": "merge", "fold": "fold", "reconcile": "reconcile",
    "held": "held", "cube": "calendar", "replay": "replay", "cells": "cube", "commit": "commit", "committed": "open", "tasks": "tasks",
}  # fmt: skip


def take(size: Size, month: int) -> dict[str, object]:
    """Takes in what lies in the exports; answers what it took, in rows, seconds and bytes."""
    project = open_project(size.workspace)
    with Watch(project.store.temp) as watch, progress() as advance:

        def on_phase(name: str) -> None:
            watch.phase(NAMED.get(name, name))
            if name in ("merge", "fold", "cube", "tasks") and not sys.stderr.isatty():
                print(f"    {size.name(month)} {name}", flush=True)

        report = run(project, at=size.taken_at(month), wait_seconds=600, advance=advance, on_phase=on_phase)
    if wrong := [line.delivery for line in report.accounts if not line.balances or line.refused_because]:
        raise SystemExit(f"refused, or its account does not balance: {wrong}")
    names = ("received", "accepted", "unchanged", "superseded", "quarantined")
    told = {name: sum(getattr(line, name) for line in report.accounts) for name in names}
    return {**watch.told(), "rows": told, "deliveries": len(report.accounts)}


def main(folder: str, orders: str, months: str, month: str) -> None:
    die_with_parent()
    size = Size(Path(folder), int(orders), int(months))
    (size.folder / "told.json").write_text(json.dumps(take(size, int(month))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
