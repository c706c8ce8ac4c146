"""Making the demo: the workspace's documents, the exports, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.nordfrost.exports import Planted, write_exports
from tests.nordfrost.truth import write_truth
from tests.nordfrost.world import CLOSED, World, simulate

MARKER = ".charter-demo"


@dataclass(frozen=True)
class Demo:
    """A demo that was written."""

    folder: Path
    world: World
    planted: Planted


def write_demo(folder: Path, *, seed: int = 7, orders: int = 20000, months: int = 24) -> Demo:
    """Writes a whole workspace with exports and truth.json into the folder; the same seed writes the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(f"seed {seed}, about {orders} orders, {months} months\n", encoding="utf-8")
    _copy(Path(__file__).parent / "workspace", folder)
    for market, days in CLOSED.items():
        closed = ", ".join(f"{year}-{day}" for year in range(2023, 2028) for day in days)
        path = folder / "markets" / market / "calendar.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("@closed@", closed), encoding="utf-8")
    world = simulate(seed, orders, months)
    planted = write_exports(folder / "exports", world, seed)
    write_truth(folder / "truth.json", world, planted)
    return Demo(folder, world, planted)


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            _copy(entry, target / entry.name)
        elif not entry.name.endswith(".pyc"):
            (target / entry.name).write_bytes(entry.read_bytes())
