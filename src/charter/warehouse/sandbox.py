"""The sandbox: where what users write runs, on a connection that can read the declared tables and nothing else.

The allow-list of expressions holds by itself; so does this. It has no extension loaded (the one for SQLite opens any
SQLite file, whatever DuckDB is told about files), sees only the files of one snapshot of the tables, answers queries
only, and has limits on memory and time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb

from charter.errors import CharterError
from charter.warehouse.codes import WHS008, WHS009, WHS012
from charter.warehouse.lake import Lake, Parameters, Store, as_error, open_reader
from charter.warehouse.spill import spilling
from charter.warehouse.tables import TABLES, Table


class Sandbox:
    """An open sandbox. Tables have the names that they have in the lake."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float, memory_limit: str) -> None:
        self._connection = connection
        self._seconds = seconds
        self._memory_limit = memory_limit
        self._timed_out = False

    def rows(self, sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Answers all rows of a query.

        Raises:
            RefusedError: it is no query, reaches for what it may not read, or needs too much memory or time.
            ContentError: its values do not fit.
        """
        self._timed_out = False
        timer = Timer(self._seconds, self._stop)
        timer.start()
        try:
            self._refuse_statements(sql)
            return self._connection.execute(sql, parameters).fetchall()
        except duckdb.Error as error:
            raise self._told(error) from error
        finally:
            timer.cancel()

    def _stop(self) -> None:
        self._timed_out = True
        self._connection.interrupt()

    def _refuse_statements(self, sql: str) -> None:
        """A COPY could write into the very files that may be read."""
        found = self._connection.extract_statements(sql)
        if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
            raise WHS009.exception(what="anything but one query")

    def _told(self, error: duckdb.Error) -> CharterError:
        if isinstance(error, duckdb.InterruptException):
            if not self._timed_out:
                raise KeyboardInterrupt from None
            return WHS008.exception(seconds=f"{self._seconds:g}")
        if isinstance(error, duckdb.OutOfMemoryException):
            return WHS012.exception(limit=self._memory_limit)
        if isinstance(error, duckdb.PermissionException | duckdb.CatalogException | duckdb.ParserException):
            return WHS009.exception(what=str(error).splitlines()[0])
        return as_error(error) or WHS009.exception(what=str(error).splitlines()[0])


@contextmanager
def open_sandbox(
    store: Store, tables: Collection[str], *, memory_limit: str = "1GB", temp_limit: str = "2GB", seconds: float = 60
) -> Iterator[Sandbox]:
    """Yields a sandbox over the named tables of the lake, as its newest snapshot has them."""
    with open_reader(store) as lake:
        files = {name: _files(lake, name) for name in tables}
    with spilling(store.temp) as spill:
        connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "temp_directory": str(spill),
                "max_temp_directory_size": temp_limit,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("ATTACH ':memory:' AS lake")
            for name in tables:
                connection.execute(f'CREATE VIEW lake.main."{name}" AS {_view(TABLES[name], files[name])}')
            _shut(connection, [path for pairs in files.values() for pair in pairs for path in pair if path])
            yield Sandbox(connection, seconds, memory_limit)
        finally:
            connection.close()


def _files(lake: Lake, name: str) -> list[tuple[str, str | None]]:
    lake.table(name)
    return [
        (str(data), str(deleted) if deleted else None)
        for data, deleted in lake.rows("SELECT data_file, delete_file FROM ducklake_list_files('lake', $name)", {"name": name})
    ]


def _view(table: Table, files: list[tuple[str, str | None]]) -> str:
    """The rows of the data files, without those that a file's own delete file names by position."""
    columns = ", ".join(f'f."{column.name}"' for column in table.columns)
    if not files:
        nothing = ", ".join(f'CAST(NULL AS {column.type}) AS "{column.name}"' for column in table.columns)
        return f"SELECT {nothing} WHERE false"
    data = f"SELECT {columns} FROM read_parquet({_list(data for data, _ in files)}, filename = true, file_row_number = true) AS f"
    pairs = [(data, deleted) for data, deleted in files if deleted]
    if not pairs:
        return data
    of = " ".join(f"WHEN {_text(deleted)} THEN {_text(data)}" for data, deleted in pairs)
    deletes = f"read_parquet({_list(deleted for _, deleted in pairs)}, filename = true)"
    return (
        f"{data} WHERE NOT EXISTS (SELECT 1 FROM {deletes} AS d "
        f"WHERE CASE d.filename {of} END = f.filename AND d.pos = f.file_row_number)"
    )


def _shut(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    connection.execute(f"SET allowed_paths = {_list(paths)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _list(texts: Iterator[str] | list[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
