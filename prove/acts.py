"""A release, a close and the deriving of tasks, each killed at random instants: each time done again, and held against an undisturbed one.

The lake commits first and the tasks follow in the other store: whatever lies between, no task is lost and none is there twice.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.world import LATE, child, copied, ended, killed, made, phases

ACTS = ("release", "close", "tasks")
COUNTS_TRIES = frozenset({"period_close"})
"""It names the snapshot that was read, whose number counts what was tried before."""
Killed = tuple[str, list[str]]


@dataclass(frozen=True)
class Undisturbed:
    """An act that nobody disturbed: where it began, what it left in the two stores, how long it took, and its phases."""

    act: str
    folder: Path
    tables: dict[str, str]
    tasks: dict[str, Any]
    seconds: float
    phases: list[str]


def run(wanted: int = 30, seed: int | None = None) -> dict[str, object]:
    """Answers for each act how many kills there were in each phase, and what differed afterwards (nothing)."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    told = {act: _storm(_undisturbed(act), wanted, seed) for act in ACTS}
    return {"seed": seed, **told, "passed": all(one["passed"] for one in told.values())}


def _storm(undisturbed: Undisturbed, wanted: int, seed: int) -> dict[str, Any]:
    found: list[Killed] = []
    with ThreadPoolExecutor(2) as workers:
        while (due := wanted - _killed(found)) > 0 and len(found) < 2 * wanted:
            numbers = range(len(found), len(found) + due)
            found += workers.map(lambda number: _one(undisturbed, number, seed), numbers)
    different = [f"{phase}: {', '.join(tables)}" for phase, tables in found if tables]
    return {
        "wanted": wanted, "killed": _killed(found), "by_phase": dict(Counter(phase for phase, _ in found)), "different": different,
        "tasks": len(undisturbed.tasks), "passed": not different and _killed(found) >= wanted,
    }  # fmt: skip


def _killed(found: list[Killed]) -> int:
    return sum(phase != LATE for phase, _ in found)


def _undisturbed(act: str) -> Undisturbed:
    folder = made(f"act-{act}", orders=120, months=2)
    if act != "tasks":
        ended(child("prepare", folder))
    raw = copied(folder, f"raw-{act}")
    begin = time.perf_counter()
    ended(child(act, folder))
    seconds = time.perf_counter() - begin
    return Undisturbed(act, raw, ended(child("look", folder)), ended(child("tell", folder)), seconds, phases(folder))


def _one(undisturbed: Undisturbed, number: int, seed: int) -> Killed:
    """One kill, then the act to its end."""
    act = undisturbed.act
    chance = random.Random(f"{act}-{seed}-{number}")
    folder = copied(undisturbed.folder, f"{act}-{number}")
    where = killed(act, folder, undisturbed.phases, undisturbed.seconds, number, chance)
    ended(child(act, folder))
    different = _different(undisturbed, ended(child("look", folder)), ended(child("tell", folder)))
    if not different:
        shutil.rmtree(folder.parent)
    print(f"{act} {number + 1}: {where}{' DIFFERENT ' + ', '.join(different) if different else ''}", file=sys.stderr, flush=True)
    return where, different


def _different(undisturbed: Undisturbed, tables: dict[str, str], tasks: dict[str, Any]) -> list[str]:
    names = [name for name in tables if name not in COUNTS_TRIES and tables[name] != undisturbed.tables[name]]
    names += ["tasks"] * (tasks != undisturbed.tasks)
    return sorted(names)
