"""Intake through contract, mapping and merge against DuckDB's CREATE TABLE AS of the same file: clean and dirty."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from bench.data import lines_csv
from bench.group import write_group
from bench.measure import SCRATCH, Outcome, paired, ratio_outcome
from charter.app.project import open_project
from charter.intake.declare import declared
from charter.intake.take import pending, prepare, take
from charter.model.ref import Ref
from charter.performance.measure import prepare as lay_out
from charter.warehouse.opening import open_writer

LINES = int(os.environ.get("BENCH_LINES", "11500000"))
AT = datetime(2026, 1, 1, tzinfo=UTC)
CAUSE = (
    "the limit parses and stores 11 columns; ours also keeps the text of each row until its rules are known, hashes key and "
    "content, joins two code lists and the open scopes, and writes the rows to Parquet"
)


def run() -> list[Outcome]:
    """Answers the outcomes for a clean and a dirty file of about 1 GB."""
    return [_one(dirty) for dirty in (False, True)]


def _one(dirty: bool) -> Outcome:
    kind = "dirty" if dirty else "clean"
    path = lines_csv(SCRATCH / f"lines-{kind}-{LINES}.csv", LINES, dirty=dirty)
    told: dict[str, int] = {}
    ours, limit = paired(lambda: told.update(_take(path)), lambda: _plain(path), rounds=1)
    return ratio_outcome(
        f"intake of {path.stat().st_size / 1e9:.2f} GB CSV, {kind}", ours, "CREATE TABLE AS", limit, 4, CAUSE,
        rows_per_second=round(LINES / ours), **told,
    )  # fmt: skip


def _plain(path: Path) -> None:
    target = SCRATCH / "plain.duckdb"
    target.unlink(missing_ok=True)
    connection = duckdb.connect(str(target), config={"temp_directory": str(SCRATCH / "temp"), "memory_limit": "4GB"})
    connection.execute(f"CREATE TABLE line AS SELECT * FROM read_csv('{path}')")
    connection.close()
    target.unlink(missing_ok=True)


def _take(path: Path) -> dict[str, int]:
    folder = write_group(SCRATCH / "intake")
    os.link(path, folder / "exports" / "lines.csv")
    project = open_project(folder)
    model = project.model(date(2026, 1, 1))
    with open_writer(project.store, holder="bench", reads=[folder]) as lake:
        with lake.transaction():
            lay_out(lake, model)
        source = declared(model, Ref("Source", "erp"), environment={}, scratch=project.store.temp)
        prepared = prepare(lake, source, pending(lake, source, model_hash="bench"), model_hash="bench")
        with lake.transaction():
            taken = take(lake, source, prepared, run_at=AT, model_hash="bench")
    (account,) = taken.accounts
    if not account.balances:
        raise RuntimeError(f"the account does not balance: {account}")
    return {"received": account.received, "accepted": account.accepted, "quarantined": account.quarantined}
