"""The demo: a simulated group, taken in and measured, with what to look at next."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.app.codes import APP007, APP066, APP067
from charter.app.project import Advance, Project, open_project, silent, today
from charter.app.run import RunReport, run
from charter.app.scorecard import Scorecard, scorecard
from charter.app.tasks import TaskRow, tasks

if TYPE_CHECKING:
    from charter.demo.world import Size

_FINISHED = ".charter-demo.json"


@dataclass(frozen=True)
class Made:
    """What was made: the folder, the account of the run, the last month's scorecard, the worst findings, what to try next.

    `report` is None where the same group was there already.
    """

    folder: Path
    report: RunReport | None
    card: Scorecard
    worst: tuple[TaskRow, ...]
    next_steps: tuple[str, ...]


def make_demo(
    folder: Path,
    *,
    branches: int,
    countries: int,
    months: int,
    orders: int,
    seed: int,
    again: bool = False,
    advance: Advance = silent,
) -> Made:
    """Writes the demo group into the folder, and takes it in.

    One that is there already stays as people left it; `again` makes it anew, and so is one that was not finished.

    Raises:
        UsageError: the folder holds something else, another demo group, or cannot be written.
    """
    from charter.demo.group import write_demo
    from charter.demo.truth import write_truth
    from charter.demo.world import Size

    size = Size(branches, countries, months, orders, seed)
    with _writable(folder):
        if not again and (known := _finished(folder)) is not None:
            return _found(folder, size, known)
        _make_room(folder)
        demo = write_demo(folder, size, advance)
        advance("work out the truth", 0, 1, "files")
        write_truth(folder / "truth.json", demo.world, demo.planted)
        advance("work out the truth", 1, 1, "files")
    silent_place = demo.planted.silent[0]
    last = f"{demo.world.end.year - (demo.world.end.month == 1)}-{(demo.world.end.month - 2) % 12 + 1:02}"
    project = open_project(folder)
    report = run(project, advance=advance)
    market = demo.world.countries[:2][-1].code
    told = {
        "size": asdict(size), "month": last, "market": market, "silent_market": silent_place[0],
        "silent_month": f"{silent_place[1]:%Y-%m}",
    }  # fmt: skip
    (folder / _FINISHED).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return _made(folder, told, report)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise APP067.exception(folder=folder, reason=error.strerror or error) from error


def _finished(folder: Path) -> dict[str, Any] | None:
    """Answers what was noted of a demo group that is there whole."""
    note = folder / _FINISHED
    return dict(json.loads(note.read_text(encoding="utf-8"))) if note.is_file() else None


def _found(folder: Path, size: Size, known: dict[str, Any]) -> Made:
    if known["size"] != asdict(size):
        made = ", ".join(f"--{name} {value}" for name, value in known["size"].items())
        raise APP066.exception(folder=folder, made=made)
    return _made(folder, known, None)


def _make_room(folder: Path) -> None:
    """Empties a folder that an earlier demo made; the folder itself stays, for it may be the one that somebody stands in."""
    from charter.demo.group import MARKER

    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise APP007.exception(folder=folder)
    # The marker goes last: killed in between, the rest is still known to be a demo's.
    for one in sorted(folder.iterdir(), key=lambda one: one.name == MARKER):
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()


def _made(folder: Path, told: dict[str, Any], report: RunReport | None) -> Made:
    project = open_project(folder)
    card = scorecard(project, "group", told["month"], today(project))
    steps = _steps(folder, told["month"], told["market"], told["silent_market"], told["silent_month"])
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
    yield f"  charter suspects impersonated --period {month}"
    yield "  charter match"
    yield "  charter quarantine list"
    yield "  charter tasks"
    yield "  charter check"
