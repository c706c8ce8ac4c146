"""A lake in memory with the registry's tables: the part of the lake's API that the measuring rooms use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from charter.warehouse.tables import TABLES


class PlainLake:
    """DuckDB in memory; quick enough for hundreds of generated worlds."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("CREATE SCHEMA facts")
        for table in TABLES.values():
            self.connection.execute(table.ddl("facts"))

    def table(self, name: str) -> str:
        return f'facts."{TABLES[name].name}"'

    def execute(self, sql: str, parameters: Any = None) -> None:
        self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters).fetchall()

    def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
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
