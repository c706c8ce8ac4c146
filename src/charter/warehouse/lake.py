"""Opening the lake: DuckDB over DuckLake, its catalog in SQLite; one writer, many readers."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from charter.errors import CharterError, nearest_hint
from charter.warehouse.codes import WHS002, WHS004, WHS005, WHS006, WHS007, WHS008, WHS009, WHS010, WHS011
from charter.warehouse.lock import refuse_network, writing
from charter.warehouse.spill import spilling
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES

SCHEMA = "lake.main"
Parameters = Mapping[str, Any] | Sequence[Any] | None
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_EXTENSIONS = ("ducklake", "sqlite_scanner")
_MISSING = re.compile(r"Table with name (\w+) does not exist")
_WORLD = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
_MISFITS = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
    duckdb.TypeMismatchException,
    duckdb.BinderException,
)
_NO_ROOM = re.compile(
    r"(?i)no space left|disk full|disk is full|out of disk|File too large|permission denied|read-only|EFBIG|ENOSPC|disk I/O error"
)


_DAMAGED = re.compile(r"(?i)\.parquet'|magic bytes|parquet footer")


class Lake:
    """An open lake. All SQL of the house goes through here."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        on_phase: Callable[[str], None] | None = None,
        kill_at: str | None = None,
        *,
        pinned: bool = False,
    ) -> None:
        """Args: `pinned`: all reads see one snapshot, so that what was read once need not be read again."""
        self.connection = connection
        self._known: dict[str, list[tuple[Any, ...]]] | None = {} if pinned else None
        self._kept = 0
        self._on_phase = on_phase
        self._kill_at, _, count = (kill_at or "").partition(":")
        self._kill_in = int(count or 1)

    def table(self, name: str) -> str:
        """Answers the qualified, quoted identifier of a table of the registry."""
        if name not in TABLES:
            raise WHS006.exception(table=name, near=nearest_hint(name, TABLES, "see docs/reference/tables.md"))
        return f'{SCHEMA}."{name}"'

    def execute(self, sql: str, parameters: Parameters = None) -> None:
        """Runs a statement."""
        self._run(sql, parameters)

    def rows(self, sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Answers all rows of a query."""
        if self._known is None:
            return self._run(sql, parameters).fetchall()
        asked = f"{sql} {parameters!r}"
        if asked not in self._known:
            self._known[asked] = self._run(sql, parameters).fetchall()
        return list(self._known[asked])

    def one(self, sql: str, parameters: Parameters = None) -> tuple[Any, ...] | None:
        """Answers the first row of a query, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def dicts(self, sql: str, parameters: Parameters = None) -> list[dict[str, Any]]:
        """Answers all rows of a query, by column."""
        result = self._run(sql, parameters)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows into a table by one statement, so that they make one file."""
        if rows:
            names = ", ".join(f'"{column}"' for column in columns)
            self.execute(f"INSERT INTO {self.table(table)} ({names}) {_unpacked(columns)}", [_packed(rows)])

    def load(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """Makes a temporary table (a quoted identifier) of these columns, name to SQL type, hold just these rows."""
        declared = ", ".join(f'"{column}" {sql_type}' for column, sql_type in columns.items())
        self.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({declared})")
        if rows:
            self.execute(f"INSERT INTO {name} {_unpacked(tuple(columns))}", [_packed(rows)])

    def keep(self, name: str, query: str) -> str:
        """Keeps the rows of a query in a file until the lake is closed; answers the temporary view that reads them.

        A temporary table would do too, but DuckDB reads one that the open transaction made by one thread, and slowly.
        """
        self._kept += 1
        place = Path(self.rows("SELECT current_setting('temp_directory')")[0][0]) / f"{name}-{self._kept}.parquet"
        for old in place.parent.glob(f"{name}-*.parquet"):
            old.unlink()
        target = _quoted(place)
        self.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION uncompressed)")
        self.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{target}')")
        return f"temp.{name}"

    def statement(self, package: str, name: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Runs `<package>/sql/<name>.sql`, with `{table}` standing for tables of the registry; answers its rows."""
        return self.rows(self.text(package, name), parameters)

    def text(self, package: str, name: str) -> str:
        """Answers the text of a statement file, its tables filled in."""
        return self.filled(statement_text(package, name))

    def filled(self, statement: str) -> str:
        """Answers a statement with the tables of the registry in place of `{table}`."""
        return _PLACEHOLDER.sub(lambda found: self.table(found.group(1)), statement)

    def _run(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(sql, parameters) if parameters is not None else self.connection.execute(sql)
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            told = as_error(error)
            if told is None:
                raise
            raise told from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Runs the block in one transaction: all of it is committed, or nothing."""
        self.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error, CharterError):
                self.connection.execute("ROLLBACK")
            raise
        self.phase("commit")
        self.execute("COMMIT")
        self.phase("committed")

    def snapshot(self) -> int:
        """Answers the number of the newest snapshot."""
        row = self.one("SELECT max(snapshot_id) FROM lake.snapshots()")
        return int(row[0]) if row and row[0] is not None else 0

    def phase(self, name: str) -> None:
        """Tells that a phase begins. A test may have the process killed at the n-th time that a phase does."""
        if self._on_phase is not None:
            self._on_phase(name)
        if name == self._kill_at:
            self._kill_in -= 1
            if self._kill_in == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _packed(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as one parameter of JSON: as lists, 9,000 rows of 11 columns took 21 s; so they take 0.1 s."""
    return json.dumps([list(row) for row in rows], default=str)


def _unpacked(columns: Sequence[str]) -> str:
    cells = ", ".join(f"packed[{place}]" for place in range(1, len(columns) + 1))
    return f"SELECT {cells} FROM (SELECT unnest(from_json(?, '[[\"VARCHAR\"]]')) AS packed) AS rows"


@cache
def statement_text(package: str, name: str) -> str:
    """Answers the text of `<package>/sql/<name>.sql`."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def as_error(error: duckdb.Error) -> CharterError | None:
    """Answers our error for one of DuckDB's that has a cause outside Charter; None for one that would be our defect."""
    reason = str(error).splitlines()[0]
    if isinstance(error, duckdb.CatalogException):
        missing = _MISSING.search(reason)
        return WHS010.exception(table=missing.group(1)) if missing and missing.group(1) in TABLES else None
    if isinstance(error, duckdb.PermissionException):
        return WHS009.exception(what=reason)
    if isinstance(error, duckdb.OutOfMemoryException):
        return WHS008.exception(reason=reason)
    if isinstance(error, _MISFITS) and not _DAMAGED.search(reason):
        return WHS011.exception(reason=reason)
    # Damage within a Parquet file comes as the bare class, or as invalid input.
    if isinstance(error, (*_WORLD, duckdb.InvalidInputException)) or type(error) is duckdb.Error:
        return (WHS004 if _NO_ROOM.search(str(error)) else WHS005).exception(reason=reason)
    return None


@contextmanager
def open_writer(
    store: Store,
    *,
    holder: str,
    since: str = "",
    wait_seconds: float = 30,
    memory_limit: str = "4GB",
    temp_limit: str = "20GB",
    reads: Sequence[Path] = (),
    kill_at: str | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> Iterator[Lake]:
    """Yields the lake for writing; the writer's lock is taken before, and tables that are missing are made.

    Beside the lake's own folders only files below `reads` can be read.

    Raises UnavailableError where another process writes (it is named) or the disk does not let us.
    """
    try:
        for folder in (store.folder, store.data, store.temp):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error
    refuse_network(store.folder)
    with (
        writing(store.folder / "writer.lock", holder=holder, since=since, wait_seconds=wait_seconds),
        _connected(store, memory_limit, temp_limit, reads, read_only=False) as connection,
    ):
        lake = Lake(connection, on_phase, kill_at)
        _make_tables(lake)
        yield lake


@contextmanager
def open_reader(store: Store, *, memory_limit: str = "2GB", temp_limit: str = "10GB") -> Iterator[Lake]:
    """Yields the lake, read only and without a lock: readers work while a run writes.

    All reads of one opening see one snapshot: they are one transaction, which also spares the catalog a look-up each.
    """
    if not store.catalog.is_file():
        raise WHS002.exception(folder=store.folder)
    with _connected(store, memory_limit, temp_limit, (), read_only=True) as connection:
        lake = Lake(connection, pinned=True)
        lake.execute("BEGIN TRANSACTION")
        yield lake


@contextmanager
def _connected(
    store: Store, memory_limit: str, temp_limit: str, reads: Sequence[Path], *, read_only: bool
) -> Iterator[duckdb.DuckDBPyConnection]:
    with spilling(store.temp) as spill, _opened(memory_limit, temp_limit, spill) as connection:
        load_extensions(connection)
        if not read_only and not store.catalog.is_file():
            _found_lake(connection, store)
        attach(connection, store, read_only=read_only)
        _shut(connection, (store.data, store.temp, *reads))
        yield connection


@contextmanager
def _opened(memory_limit: str, temp_limit: str, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "temp_directory": str(spill),
                "max_temp_directory_size": temp_limit,
                "preserve_insertion_order": "true",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_unsigned_extensions": "true",
            }
        )
    except duckdb.Error as error:
        raise WHS005.exception(reason=str(error).splitlines()[0]) from error
    try:
        yield connection
    finally:
        connection.close()


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads what the lake needs: from PyPI's packages where they are, else by DuckDB's own INSTALL.

    Loaded by their path: installing them first would need a home directory, and let processes race for it. A package's file is
    as trusted as DuckDB itself, which came the same way: its signature is not computed anew over 70 MB at each opening (0.2 s
    of a core). From then on unsigned ones are refused, for good: DuckDB does not let an open connection allow them again.
    """
    missing: dict[str, Exception] = {}
    for name in _EXTENSIONS:
        try:
            connection.execute(f"LOAD '{_quoted(extension_file(name))}'")
        except (duckdb.Error, ImportError) as problem:
            missing[name] = problem
    connection.execute("SET allow_unsigned_extensions = false")
    for name, reason in missing.items():
        try:
            connection.execute(f"INSTALL {name}")
            connection.execute(f"LOAD {name}")
        except duckdb.Error as error:
            raise WHS007.exception(reason=f"{name}: {str(reason).splitlines()[0]}") from error


def extension_file(name: str) -> Path:
    """Answers where the package of an extension keeps it; ImportError where it is not installed."""
    package = Path(str(files(f"duckdb_extension_{name}")))
    return package / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def _found_lake(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Makes a new lake's catalog under another name, tables and all, and gives it its own when it is whole.

    So a reader finds either no lake or one with its tables, never what is half made. What a killed process left of one goes.
    """
    unfinished = store.catalog.with_name(f"{store.catalog.name}.new")
    try:
        for left in store.folder.glob(f"{unfinished.name}*"):
            left.unlink()
        attach(connection, store, read_only=False, catalog=unfinished)
        _make_tables(Lake(connection))
        connection.execute("DETACH lake")
        unfinished.replace(store.catalog)
    except OSError as error:
        raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error


def attach(connection: duckdb.DuckDBPyConnection, store: Store, *, read_only: bool, catalog: Path | None = None) -> None:
    """Attaches the lake as `lake`; the session's time zone is UTC.

    The catalog remembers the absolute path of its data; ours overrides it, so that a copied or moved workspace reads its
    own files. One writer and three readers ran 9 times faster in WAL with a busy timeout, and without "database is locked".
    """
    options = ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 5000", "DATA_INLINING_ROW_LIMIT 0"]
    options += [f"DATA_PATH '{_quoted(store.data.resolve())}/'", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH 'ducklake:sqlite:{_quoted(catalog or store.catalog)}' AS lake ({', '.join(options)})")
    except duckdb.Error as error:
        raise (as_error(error) or WHS005.exception(reason=str(error).splitlines()[0])) from error


def _shut(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """From here on the connection reaches these folders and the attached lake, and nothing else; it cannot be opened again.

    What users write in documents runs here. Its allow-list holds by itself; so does this.
    """
    listed = ", ".join(f"'{_quoted(way)}/'" for folder in folders for way in {folder.absolute(): 0, folder.resolve(): 0})
    connection.execute(f"SET allowed_directories = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _make_tables(lake: Lake) -> None:
    """Makes the tables that are missing, and the columns that a lake of an older Charter lacks."""
    present: dict[str, set[str]] = {}
    for table_name, column in lake.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'"):
        present.setdefault(table_name, set()).add(column)
    new = {name: table for name, table in TABLES.items() if name not in present}
    made = [table.ddl(SCHEMA) for table in new.values()]
    made += [
        f'ALTER TABLE {lake.table(name)} ADD COLUMN "{column.name}" {column.type}'
        for name, columns in present.items()
        if name in TABLES
        for column in TABLES[name].columns
        if column.name not in columns
    ]
    if made:
        with lake.transaction():
            for statement in made:
                lake.execute(statement)
    for name, table in new.items():
        if table.row_group:
            lake.execute(
                f"CALL lake.set_option('parquet_row_group_size', '{table.row_group}', table_name => '{name}', schema => 'main')"
            )


def grain_violations(lake: Lake, name: str) -> int:
    """Answers how many grains of a table stand more than once: 0 in a healthy lake."""
    columns = ", ".join(f'"{column}"' for column in TABLES[name].grain)
    found = lake.one(f"SELECT count(*) FROM (SELECT {columns} FROM {lake.table(name)} GROUP BY {columns} HAVING count(*) > 1)")
    return int(found[0]) if found else 0
