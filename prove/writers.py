"""Several processes over one catalog in PostgreSQL: two that take in different sources while four read; and twenty that read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.postgres import Postgres, running

from prove.server import emptied, grown, told_where
from prove.world import child, ended

SOURCES = ("erp", "shop")


def run(days: int = 40, orders: int = 3000, readers: int = 4) -> dict[str, object]:
    """Answers what each saw, whether the tables are those of one process in sequence, and the seconds of both ways."""
    with running() as server:
        folder = grown("writers", days=days, orders=orders)
        with told_where(server):
            one = _timed(server, folder, [SOURCES])
            beside = _timed(server, folder, [(name,) for name in SOURCES])
            watched = _timed(server, folder, [(name,) for name in SOURCES], readers)
    differing = [way for way, found in (("beside", beside), ("watched", watched)) if found["tables"] != one["tables"]]
    return {
        "days": days, "orders_a_day": orders, "seconds_one_process": one["seconds"], "seconds_two_processes": beside["seconds"],
        "seconds_two_while_readers_look": watched["seconds"], "readers": readers, "looks": watched["looks"], "torn": watched["torn"],
        "differing": differing, "passed": not differing and not watched["torn"] and watched["looks"] >= readers,
    }  # fmt: skip


def _timed(server: Postgres, folder: Path, shares: list[tuple[str, ...]], readers: int = 0) -> dict[str, Any]:
    emptied(server, folder)
    stop = folder.parent / "stop"
    stop.unlink(missing_ok=True)
    watching = [child("watch", folder, CHARTER_PAUSE="0.2") for _ in range(readers)]
    begin = time.perf_counter()
    try:
        for process in [child("run", folder, CHARTER_SOURCES=" ".join(share)) for share in shares]:
            ended(process)
        seconds = time.perf_counter() - begin
    finally:
        stop.touch()
    seen, torn = gathered(watching)
    left = ended(child("look", folder))
    return {"seconds": round(seconds, 2), "tables": left, "looks": sum(one["looks"] for one in seen), "torn": torn}


def gathered(watching: list[Any]) -> tuple[list[Any], list[str]]:
    """Answers what those who looked tell, and the last line of those to whom something was torn."""
    seen, torn = [], []
    for process in watching:
        try:
            seen.append(ended(process))
        except RuntimeError as error:
            torn.append(str(error).strip().splitlines()[-1])
    return seen, torn
