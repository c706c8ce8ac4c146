"""Rows of a small table, written and read through a store."""

from __future__ import annotations

from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.store import Store

TABLE, COLUMNS = "batch_exclusion", ("batch_id", "reason", "rows")


def filled(store: Store, *keys: str) -> None:
    """Writes a row for each key, each in a commit of its own."""
    for name in keys:
        with open_writer(store, holder="test") as lake, lake.transaction():
            lake.insert(TABLE, COLUMNS, [[name, "x", 1]])


def names(store: Store) -> list[str]:
    """Answers the keys that a new reader sees."""
    with open_reader(store) as lake:
        return [row[0] for row in lake.rows(f"SELECT batch_id FROM {lake.table(TABLE)} ORDER BY 1")]
