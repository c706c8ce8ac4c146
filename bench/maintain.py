"""A thousand small batches: how many files each table lies in, and what a scorecard costs, before and after `maintain`."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime

from tests.nordfrost.group import write_demo

from bench.measure import SCRATCH, Outcome, ratio_outcome, seconds
from charter.app.maintain import maintain
from charter.app.project import Project, open_project
from charter.app.run import run as take_in
from charter.app.scorecard import scorecard
from charter.warehouse.inventory import by_table, named, size_of
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader, open_writer

BATCHES = int(os.environ.get("BENCH_BATCHES", "1000"))
ORDERS = 5000
AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
# What a small delivery writes to: records, facts, cells of the cube. The rows are taken away once and come back in parts,
# so that the numbers are what they were; each twentieth part changes orders that are there already.
TABLES = ("order_record", "fact_order", "fact_order_line", "cube_value", "cube_duration", "cube_member")


def run() -> list[Outcome]:
    """Answers the scorecard's time against what it was before the batches, and that of maintaining against that of writing."""
    folder = SCRATCH / "maintain" / "group"
    shutil.rmtree(folder.parent, ignore_errors=True)
    write_demo(folder, seed=5, orders=ORDERS, months=12)
    project = open_project(folder)
    take_in(project, at=AT)
    maintain(project, keep_days=0)
    fresh = _fastest(project)
    writing = seconds(lambda: _small_batches(project))
    files, size = _files(project)
    crowded = _fastest(project)
    report = maintain(project, keep_days=0)
    after_files, after_size = _files(project)
    kept = _fastest(project)
    told: dict[str, object] = {
        "batches": BATCHES, "orders": ORDERS, "files_before": files, "files_after": after_files, "bytes_before": size,
        "bytes_after": after_size, "snapshots_before": report.snapshots_before, "snapshots_after": report.snapshots_after,
        "scorecard_with_all_files_seconds": round(crowded, 3), "scorecard_after_seconds": round(kept, 3),
    }  # fmt: skip
    shutil.rmtree(folder.parent, ignore_errors=True)
    return [
        ratio_outcome(
            f"a scorecard after {BATCHES:,} small batches and maintain", kept, "before the batches", fresh, 1.2,
            "rows of a table lie in the order of their batches", **told,
        ),
        ratio_outcome(
            f"maintain after {BATCHES:,} small batches", report.seconds, "writing the batches", writing, 0.5,
            "each file is opened twice for the comparison and once to be merged", most_files_after=max(after_files.values()),
        ),
    ]  # fmt: skip


def _small_batches(project: Project) -> None:
    with open_writer(project.store, holder="bench") as lake:
        for name in TABLES:
            parts = f"SELECT *, row_number() OVER () % {BATCHES} AS part FROM {lake.table(name)}"
            lake.execute(f"CREATE OR REPLACE TEMP TABLE all_{name} AS {parts}")
        with lake.transaction():
            for name in TABLES:
                lake.execute(f"DELETE FROM {lake.table(name)}")
        for part in range(BATCHES):
            with lake.transaction():
                _write(lake, part)


def _write(lake: Lake, part: int) -> None:
    for name in TABLES:
        lake.execute(f"INSERT INTO {lake.table(name)} SELECT * EXCLUDE (part) FROM all_{name} WHERE part = {part}")
    if part % 20 == 19:
        earlier = f"SELECT root_key FROM all_fact_order WHERE part = {part - 10}"
        lake.execute(f"UPDATE {lake.table('fact_order')} SET confirmed = confirmed WHERE root_key IN ({earlier})")


def _files(project: Project) -> tuple[dict[str, int], int]:
    with open_reader(project.store) as lake:
        found = {name: one.count for name, one in by_table(named(lake)).items() if name in TABLES}
    return found, size_of([project.store.data])


def _fastest(project: Project) -> float:
    return min(seconds(lambda: scorecard(project, "group", "2024-06", date(2026, 1, 15))) for _ in range(3))
