"""A maintenance killed at random instants and in each phase: each time run again, and every table held against what it was."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.app.whole import is_whole

from charter.app.project import open_project
from charter.warehouse.opening import open_writer
from prove.world import child, copied, ended, made

PHASES = ("rewrite", "merge", "expire", "expired", "compare", "delete", "orphans", "deleted")
LATE = "ended before the kill"
BATCHES = 30


def run(wanted: int = 30, seed: int | None = None) -> dict[str, object]:
    """Answers how many kills there were in each phase, and the tables that differed afterwards (none)."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    folder = _crowded()
    before = ended(child("look", folder))
    whole = copied(folder, "maintain-whole")
    begin = time.perf_counter()
    ended(child("maintain", whole))
    lasts = time.perf_counter() - begin
    found: list[tuple[str, list[str]]] = []
    with ThreadPoolExecutor(2) as workers:
        while (due := wanted - _killed(found)) > 0 and len(found) < 2 * wanted:
            numbers = range(len(found), len(found) + due)
            found += workers.map(lambda number: _one(folder, before, lasts, number, seed), numbers)
    different = [f"{phase}: {', '.join(tables)}" for phase, tables in found if tables]
    return {
        "seed": seed, "wanted": wanted, "killed": _killed(found), "by_phase": dict(Counter(phase for phase, _ in found)),
        "different": different, "passed": not different and _killed(found) >= wanted,
    }  # fmt: skip


def _killed(found: list[tuple[str, list[str]]]) -> int:
    return sum(phase != LATE for phase, _ in found)


def _crowded() -> Path:
    """A group whose tables lie in many files, with rows that were deleted."""
    folder = made("maintain", orders=60, months=2)
    ended(child("run", folder))
    with open_writer(open_project(folder).store, holder="prove") as lake:
        for number in range(BATCHES):
            with lake.transaction():
                lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), [[f"b{number}", "x", 1], [f"b{number}", "y", 2]])
                lake.execute(f"DELETE FROM {lake.table('batch_exclusion')} WHERE batch_id = 'b{number - 1}' AND reason = 'y'")
    return folder


def _one(folder: Path, before: dict[str, str], lasts: float, number: int, seed: int) -> tuple[str, list[str]]:
    chance = random.Random(f"{seed}-{number}")
    copy = copied(folder, f"maintain-{number}")
    phase = PHASES[(number // 2) % len(PHASES)]
    if number % 2:
        count = chance.randint(1, 4) if phase in ("rewrite", "merge") else 1
        process = child("maintain", copy, CHARTER_KILL_AT=f"{phase}:{count}")
    else:
        process = child("maintain", copy)
        try:
            process.wait(chance.uniform(0.3, 1.0) * lasts)
        except Exception:  # noqa: BLE001  the time is up: that is the instant
            process.kill()
    _, err = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(err)
    where = LATE if process.returncode == 0 else phase if number % 2 else "at a random instant"
    is_whole(open_project(copy))
    meanwhile = ended(child("look", copy))
    ended(child("maintain", copy))
    tables = ended(child("look", copy))
    different = sorted(name for name in before if before[name] != tables[name] or before[name] != meanwhile[name])
    if not different:
        shutil.rmtree(copy.parent)
    print(f"kill {number + 1}: {where}{' DIFFERENT ' + json.dumps(different) if different else ''}", file=sys.stderr, flush=True)
    return where, different
