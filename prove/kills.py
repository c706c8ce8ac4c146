"""A run killed at random instants: each time run again, and held against an undisturbed run, table by table."""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from prove.world import LATE, child, copied, ended, killed, made, phases

Killed = tuple[str, list[str]]


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed: what it read, what it left, how long it took and what it went through."""

    folder: Path
    tables: dict[str, str]
    seconds: float
    phases: list[str]


def run(wanted: int = 100, seed: int | None = None) -> dict[str, object]:
    """Answers how many kills there were in each phase, and the tables that differed afterwards (none)."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    undisturbed = _undisturbed()
    found: list[Killed] = []
    with ThreadPoolExecutor(2) as workers:
        while (due := wanted - _killed(found)) > 0 and len(found) < 2 * wanted:  # a run may end before its instant: once more
            numbers = range(len(found), len(found) + due)
            found += workers.map(lambda number: _one(undisturbed, number, seed), numbers)
    different = [f"{phase}: {', '.join(tables)}" for phase, tables in found if tables]
    return {
        "seed": seed, "wanted": wanted, "killed": _killed(found), "by_phase": dict(Counter(phase for phase, _ in found)),
        "different": different, "passed": not different and _killed(found) >= wanted,
    }  # fmt: skip


def _killed(found: list[Killed]) -> int:
    return sum(phase != LATE for phase, _ in found)


def _undisturbed() -> Undisturbed:
    folder = made("undisturbed", orders=60, months=2)
    raw = copied(folder, "raw")
    begin = time.perf_counter()
    ended(child("run", folder))
    seconds = time.perf_counter() - begin
    return Undisturbed(raw, ended(child("look", folder)), seconds, phases(folder))


def _one(undisturbed: Undisturbed, number: int, seed: int) -> Killed:
    """One kill, then a run to the end."""
    chance = random.Random(f"{seed}-{number}")
    folder = copied(undisturbed.folder, f"kill-{number}")
    where = killed("run", folder, undisturbed.phases, undisturbed.seconds, number, chance)
    ended(child("run", folder))
    tables = ended(child("look", folder))
    different = sorted(name for name in tables if tables[name] != undisturbed.tables[name])
    if not different:
        shutil.rmtree(folder.parent)
    print(f"kill {number + 1}: {where}{' DIFFERENT ' + ', '.join(different) if different else ''}", file=sys.stderr, flush=True)
    return where, different
