"""The demo: a generated group, taken in and measured, with what to look at next."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from charter.app.codes import APP007
from charter.app.project import Advance, open_project, silent
from charter.app.run import RunReport, run


@dataclass(frozen=True)
class Made:
    """What was made: the folder, the account of the run, and what to try next."""

    folder: Path
    report: RunReport
    next_steps: tuple[str, ...]


def make_demo(folder: Path, *, orders: int, seed: int, advance: Advance = silent) -> Made:
    """Writes the demo group into the folder (one that an earlier demo made is made anew), and takes it in."""
    from charter.demo.group import MARKER, write_demo

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise APP007.exception(folder=folder)
        shutil.rmtree(folder)
    advance("generate", 0, None, "orders")
    write_demo(folder, seed=seed, orders=orders)
    report = run(open_project(folder), advance=advance)
    steps = (
        f"the group is in {folder}: cd {folder}, then",
        "  charter scorecard --period 2025-11",
        "  charter number digital-order-ratio --at market/se --period 2025-11 --by branch",
        "  charter why Metric:digital-order-ratio spec.target --at branch/malmo --as-of 2025-11-30",
        "  charter number digital-order-ratio --worklist --at market/gb --period 2025-11",
        "  charter number order-count --at market/gb --period 2025-03      (a day that never came)",
        "  charter quarantine list",
        "  charter owners --at market/gb",
        "  charter tasks",
        "  charter check",
    )
    return Made(folder, report, steps)
