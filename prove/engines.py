"""Both engines over seeded worlds: small batches with updates and deletes, changed documents; the cubes equal after each batch."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path

from tests.spark.world import cube, erase, small_model, story, take

from charter.model.model import Model
from charter.performance.measure import rebuild
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_writer
from charter.warehouse.spark.lake import beside
from charter.warehouse.spark.session import SparkPlace, started
from charter.warehouse.store import Store
from prove.world import SCRATCH

WORLDS = int(os.environ.get("PROVE_WORLDS", "12"))


def run(wanted: int = WORLDS, seed: int | None = None) -> dict[str, object]:
    """Answers how many worlds and batches were counted by both, how many rows, and where they differed (nowhere)."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    folder = SCRATCH / "engines"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "spark").mkdir(parents=True)
    models = [small_model(_made(folder / f"model-{later}"), later=later) for later in (False, True)]
    totals: dict[str, int] = {"worlds": 0, "batches": 0, "rows": 0, "statements": 0}
    different: list[str] = []
    with started(SparkPlace("local[2]", "1g", 2), folder / "spark") as session:
        for number in range(wanted):
            different += _world(session, models, folder / f"world-{number}", f"{seed}-{number}", totals)
            totals["worlds"] += 1
            print(f"world {number + 1}: {totals['rows']:,} rows so far, {len(different)} different", file=sys.stderr, flush=True)
            shutil.rmtree(folder / f"world-{number}")
    return {
        "seed": seed,
        "wanted": wanted,
        **totals,
        "different": different,
        "passed": not different and totals["worlds"] >= wanted,
    }


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _world(session: object, models: list[Model], folder: Path, seed: str, totals: dict[str, int]) -> list[str]:
    chance = random.Random(seed)
    told = story(chance.randrange(2**32), chance.randrange(5, 120), chance.randrange(0, 12), chance.randrange(1, 4))
    different = []
    with open_writer(Store(folder / "one"), holder="prove") as one, open_writer(Store(folder / "other"), holder="prove") as other:
        for place, batch in enumerate(told.batches):
            model = chance.choice(models)
            for lake in (one, other):
                _taken(lake, batch, f"{seed}-{place}")
            with one.transaction():
                rebuild(one, model)
            with beside(other, session) as spark, other.transaction():
                rebuild(spark, model)
                totals["statements"] += len(spark.counted)
                different += [f"{seed} stayed: {why}" for why in spark.stayed.values()]
            mine, theirs = cube(one), cube(other)
            different += [f"{seed} batch {place}: {table}" for table in mine if mine[table] != theirs[table]]
            totals["batches"] += 1
            totals["rows"] += sum(map(len, mine.values()))
    return different


def _taken(lake: Lake, batch: list[object], seed: str) -> None:
    with lake.transaction():
        take(lake, batch)
        erase(lake, random.Random(seed))
