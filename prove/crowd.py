"""Twenty readers over one catalog in PostgreSQL while a thousand batches arrive: each look sees accounts that balance and a whole cube."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.growing import deliver
from tests.postgres import running

from charter.app.project import open_project
from prove.server import emptied, grown, told_where
from prove.world import child, ended
from prove.writers import gathered


def run(readers: int = 20, batches: int = 1000, a_run: int = 50) -> dict[str, object]:
    """Answers how often the readers looked while the batches arrived, how many looks failed, and how large the catalog became."""
    with running() as server:
        folder = grown("crowd", days=0)
        with told_where(server):
            emptied(server, folder)
            watching = [child("watch", folder) for _ in range(readers)]
            runs = 0
            try:
                for first in range(0, batches // 2, a_run // 2):
                    for day in range(first, first + a_run // 2):
                        deliver(folder, day, 3)
                    ended(child("run", folder))
                    runs += 1
            finally:
                (folder.parent / "stop").touch()
            seen, torn = gathered(watching)
            taken = _batches(folder)
            with server.admin("lake") as connection:
                size = connection.execute(
                    "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c WHERE relnamespace = 'charter'::regnamespace AND relkind = 'r'"
                ).fetchone()
    shutil.rmtree(folder.parent)
    return {
        "readers": readers, "batches": taken, "runs": runs, "looks": sum(one["looks"] for one in seen),
        "snapshots_met_by_each": [one["snapshots"] for one in seen], "torn": torn, "catalog_bytes": int(size[0]) if size else 0,
        "passed": not torn and taken >= batches and all(one["looks"] and one["snapshots"] > 1 for one in seen),
    }  # fmt: skip


def _batches(folder: Path) -> int:
    with open_project(folder).reading() as lake:
        return int(lake.rows(f"SELECT count(*) FROM {lake.table('batch')}")[0][0])
