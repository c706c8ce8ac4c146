"""A lake in memory with the registry's tables: the part of the lake's API that the measuring rooms use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from charter.warehouse.lake import Lake
from charter.warehouse.tables import TABLES


class PlainLake(Lake):
    """DuckDB in memory; quick enough for hundreds of generated worlds."""

    def __init__(self) -> None:
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE SCHEMA facts")
        for table in TABLES.values():
            connection.execute(table.ddl("facts"))
        super().__init__(connection, None, None)

    def table(self, name: str) -> str:
        return f'facts."{TABLES[name].name}"'

    def keep(self, name: str, query: str) -> str:
        self.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return f"temp.{name}"

    def put(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Puts rows in, columns by name; what is left out is null."""
        if not rows:
            return
        columns = sorted({name for row in rows for name in row})
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" for _ in columns)
        self.connection.executemany(
            f"INSERT INTO {self.table(table)} ({names}) VALUES ({marks})",
            [[row.get(name) for name in columns] for row in rows],
        )

    def content(self, table: str) -> list[tuple[Any, ...]]:
        """All rows in a fixed order, as text where types cannot be compared."""
        return sorted(self.rows(f"SELECT * FROM {self.table(table)}"), key=repr)
