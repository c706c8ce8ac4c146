"""Unit costs of a catalog in PostgreSQL beside one in SQLite: `python -m bench.growth` prints them as JSON; medians of what one process took."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.postgres import Postgres, running

from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.store import Server, Store

COMMITS, OPENINGS, SECONDS = 200, 15, 10.0
READ = """
import sys, time
from pathlib import Path
from charter.warehouse.opening import open_reader
from charter.warehouse.store import Server, Store
folder, address, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
store = Store(Path(folder), Server(address) if address else None)
print("ready", flush=True); sys.stdin.readline()
end, count = time.monotonic() + seconds, 0
while time.monotonic() < end:
    with open_reader(store) as lake:
        lake.rows(f"SELECT sum(received) FROM {lake.table('batch')}")
    count += 1
print(count, flush=True)
"""


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as place, running() as server:
        folder = Path(place)
        found = {
            "sqlite": _costs(Store(folder / "sqlite"), ""),
            "postgresql": _costs(Store(folder / "postgresql", Server(server.address())), server.address()),
        }
        found["postgresql"]["catalog_bytes"] = _size(server)
        found["sqlite"]["catalog_bytes"] = (folder / "sqlite" / "catalog.sqlite").stat().st_size
    print(json.dumps(found, indent=1))


def _costs(store: Store, address: str) -> dict[str, object]:
    commits = []
    with open_writer(store, holder="bench") as lake:
        for number in range(COMMITS):
            begin = time.perf_counter()
            with lake.transaction():
                row = [f"b{number}", "s", "e", f"d{number}", "h", *[1] * 6, "taken", "m", "2026-01-01"]
                names = "batch_id source entity delivery delivery_hash received accepted unchanged superseded excluded quarantined state model_hash received_at"
                lake.insert("batch", names.split(), [row])
            commits.append(time.perf_counter() - begin)
    return {
        "commit_ms": round(1000 * statistics.median(commits), 1), "commit_ms_first": round(1000 * statistics.median(commits[:20]), 1),
        "commit_ms_last": round(1000 * statistics.median(commits[-20:]), 1),
        "reader_opening_ms": round(1000 * statistics.median(_seconds(lambda: _opened(store)) for _ in range(OPENINGS))),
        "looks_a_second_by_readers": {n: _looks(store, address, n) for n in (1, 2, 4)},
    }  # fmt: skip


def _seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _opened(store: Store) -> None:
    with open_reader(store) as lake:
        lake.rows("SELECT 1")


def _looks(store: Store, address: str, readers: int) -> float:
    command = [sys.executable, "-c", READ, str(store.folder), address, str(SECONDS)]
    looking = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(readers)]
    for process in looking:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("a reader did not begin")
    for process in looking:
        if process.stdin is not None:
            process.stdin.write("go\n")
            process.stdin.flush()
    counts = [int(process.communicate()[0]) for process in looking]
    return round(sum(counts) / SECONDS, 1)


def _size(server: Postgres) -> int:
    with server.admin("lake") as connection:
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'charter'::regnamespace AND relkind = 'r'"
        ).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
