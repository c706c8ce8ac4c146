"""Making the demo group: what happened, what the systems export, the workspace's documents, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from charter.demo.documents import write_documents
from charter.demo.exports import as400, central, desk, kontor, ledger, masters, nordwind, overseas, shops
from charter.demo.planting import Planted, plant
from charter.demo.simulation import simulate
from charter.demo.world import Size, World

MARKER = ".charter-demo"
_SYSTEMS = {"kontor": kontor, "nordwind": nordwind, "central": central, "as400": as400, "overseas": overseas}


class Advance(Protocol):
    """`advance(name, done, total, unit)`: how long work tells its progress."""

    def __call__(self, name: str, done: int, total: int, unit: str) -> None:
        """Tells that `done` of `total` units are done."""


def silent(name: str, done: int, total: int, unit: str) -> None:
    """Tells nothing."""


@dataclass(frozen=True)
class Demo:
    """A demo that was written."""

    folder: Path
    world: World
    planted: Planted


def write_demo(folder: Path, size: Size | None = None, advance: Advance = silent) -> Demo:
    """Writes a whole workspace with exports into the folder; the same size and seed write the same bytes."""
    size = size or Size()
    folder.mkdir(parents=True, exist_ok=True)
    told = (
        f"seed {size.seed}, about {size.orders} orders, {size.months} months, {size.branches} branches, {size.countries} countries"
    )
    (folder / MARKER).write_text(f"{told}\n", encoding="utf-8")
    world = simulate(size, advance)
    planted = plant(world)
    write_documents(folder, world, planted)
    write_exports(folder / "exports", world, planted, advance)
    return Demo(folder, world, planted)


def write_exports(folder: Path, world: World, planted: Planted, advance: Advance = silent) -> None:
    """Writes what every system of the group exports."""
    used = [system for system in _SYSTEMS if any(country.system == system for country in world.countries)]
    for place, system in enumerate(used):
        advance("export", place, len(used) + 1, "systems")
        _SYSTEMS[system].write(folder / system, world, planted)
    advance("export", len(used), len(used) + 1, "systems")
    shops.write(folder / "shop", world)
    desk.write(folder / "desk", world)
    masters.write(folder, world)
    ledger.write(folder / "ledger", world)
    advance("export", len(used) + 1, len(used) + 1, "systems")
