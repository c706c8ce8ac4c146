"""The demo: a simulated group, taken in and measured, with what to look at next."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charter.app.codes import APP007
from charter.app.project import Advance, Project, open_project, silent, today
from charter.app.run import RunReport, run
from charter.app.scorecard import Scorecard, scorecard
from charter.app.tasks import TaskRow, tasks


@dataclass(frozen=True)
class Made:
    """What was made: the folder, the account of the run, the last month's scorecard, the worst findings, what to try next."""

    folder: Path
    report: RunReport
    card: Scorecard
    worst: tuple[TaskRow, ...]
    next_steps: tuple[str, ...]


def make_demo(
    folder: Path, *, branches: int, countries: int, months: int, orders: int, seed: int, advance: Advance = silent
) -> Made:
    """Writes the demo group into the folder (one that an earlier demo made is made anew), and takes it in."""
    from charter.demo.group import MARKER, write_demo
    from charter.demo.truth import write_truth
    from charter.demo.world import Size

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise APP007.exception(folder=folder)
        shutil.rmtree(folder)
    demo = write_demo(folder, Size(branches, countries, months, orders, seed), advance)
    advance("work out the truth", 0, 1, "files")
    write_truth(folder / "truth.json", demo.world, demo.planted)
    advance("work out the truth", 1, 1, "files")
    silent_place = demo.planted.silent[0]
    last = f"{demo.world.end.year - (demo.world.end.month == 1)}-{(demo.world.end.month - 2) % 12 + 1:02}"
    project = open_project(folder)
    report = run(project, advance=advance)
    card = scorecard(project, "group", last, today(project))
    market = demo.world.countries[:2][-1].code
    steps = _steps(folder, last, market, silent_place[0], f"{silent_place[1]:%Y-%m}")
    return Made(folder, report, card, _worst(project), tuple(steps))


def _worst(project: Project) -> tuple[TaskRow, ...]:
    """Answers what somebody must act on first: missed targets, who left, and the rules by which most rows are held."""
    rows = tasks(project).rows
    chosen = [row for kind, most in _WORST for row in sorted((r for r in rows if r.task.kind == kind), key=_weight)[:most]]
    return tuple(chosen)


_WORST = (("breach", 4), ("vacancy", 2), ("contract", 3))


def _weight(row: TaskRow) -> tuple[float, str, str]:
    """What concerns the whole group, and holds most rows, comes first."""
    held = re.search(r"([\d,]+) rows? held", row.task.what)
    return (-float(held[1].replace(",", "")) if held else float(row.task.scope != "group"), row.task.what, row.task.id)


def _steps(folder: Path, month: str, market: str, silent_market: str, silent_month: str) -> Iterator[str]:
    yield f"the group is in {folder}: cd {folder}, then"
    yield f"  charter scorecard --period {month}"
    yield f"  charter number digital-turnover-share --period {month} --by market      (it began near nothing)"
    yield f"  charter number digital-order-ratio --at market/{market} --period {month} --by branch"
    yield f"  charter why Metric:digital-order-ratio spec.target --at branch/{market}-001 --as-of {month}-28"
    yield f"  charter number digital-order-ratio --worklist --at market/{market} --period {month}"
    yield f"  charter number order-count --at market/{silent_market} --period {silent_month}      (rows that never came)"
    yield "  charter suspects rekeyed"
    yield "  charter match"
    yield "  charter quarantine list"
    yield "  charter tasks"
    yield "  charter check"
