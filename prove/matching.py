"""Two hundred thousand customers with a known share of duplicates: which of them the search brings to sight, and what else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.matching.customers import generate
from tests.matching.table import in_sight, measured, searched

LEAST = 0.95
WORLDS = ((21, 0.001), (22, 0.01), (23, 0.05))
CUSTOMERS = int(os.environ.get("PROVE_CUSTOMERS", "200000"))


def run() -> dict[str, object]:
    """Answers recall and precision of each world; passed where none is below 0.95."""
    found = [_world(seed, share) for seed, share in WORLDS]
    return {"customers": CUSTOMERS, "worlds": found, "passed": all(min(one["recall"], one["precision"]) >= LEAST for one in found)}


def _world(seed: int, share: float) -> dict[str, float]:
    world = generate(seed, CUSTOMERS, share)
    with tempfile.TemporaryDirectory() as folder:
        recall, precision = measured(in_sight(searched(Path(folder), customers=world.customers).pairs), world.pairs())
    return {
        "seed": seed, "share": share, "planted": len(world.pairs()), "recall": round(recall, 4), "precision": round(precision, 4),
    }  # fmt: skip
