"""The open lake: every statement of the house goes through here."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from charter.errors import CharterError, nearest_hint
from charter.warehouse.codes import WHS004, WHS005, WHS006, WHS008, WHS009, WHS010, WHS011, WHS017, WHS021, WHS022, WHS026
from charter.warehouse.server import redacted
from charter.warehouse.tables import TABLES
from charter.warehouse.turn import PEN, TURN_SECONDS, Locks

SCHEMA = "lake.main"
Parameters = Mapping[str, Any] | Sequence[Any] | None
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NAMED = re.compile(r"\$([a-z_]+)")
_MISSING = re.compile(r"Table with name (\w+) does not exist")
_LACKING = re.compile(r'(?:does not have a column named|Referenced column) "(\w+)"')
_COLUMNS = frozenset(column.name for table in TABLES.values() for column in table.columns)
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
_NO_RIGHT = re.compile(r"permission denied for (?:schema|table|database|sequence)|must be owner of")  # as PostgreSQL says it
# The connection that DuckDB has may be gone while ours is still there; of which class such an error is depends on what was asked.
_GONE = re.compile(
    r"server closed the connection|server terminated abnormally|Unable to connect to Postgres|terminating connection|no connection to the server"
    r"|the database system is (?:starting up|shutting down|in recovery)|connection to server .* failed|could not receive data from server"
)
# These of DuckDB reach databases, or run a text as SQL, whatever was shut.
_REACHES = re.compile(
    r"(?i)\b(?:(?:postgres|sqlite)_(?:scan|scan_pushdown|attach|query|execute|configure_pool)|read_postgres_binary|json_execute_serialized_sql)\b"
    r"|\bquery(?:_table)?\b\"?(?:\s|/\*.*?\*/|--[^\n]*\n)*\("
)


class Lake:
    """An open lake. All SQL of the house goes through here."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        on_phase: Callable[[str], None] | None = None,
        kill_at: str | None = None,
        *,
        pinned: bool = False,
        locks: Locks | None = None,
        in_turn: bool = False,
        judge: Callable[[], None] | None = None,
    ) -> None:
        """Answers a lake over an open connection.

        Args:
            connection: has the lake attached.
            on_phase: is told each phase.
            kill_at: a phase, for tests.
            pinned: all reads see one snapshot, so that what was read once need not be read again.
            locks: those of a catalog that others write to as well; whether they are lost is asked before each commit.
            in_turn: each transaction waits for the pen; else the caller holds it, or there is but one writer.
            judge: is called with the pen in hand, before a transaction begins: it takes back what another writer lost meanwhile.
        """
        self.connection = connection
        self._known: dict[str, list[tuple[Any, ...]]] | None = {} if pinned else None
        self._kept = 0
        self._aside: dict[str, str] = {}
        self._replaced = 0
        self._on_phase = on_phase
        self._locks, self._in_turn, self._judge = locks, in_turn, judge
        self._kill_at, _, count = (kill_at or "").partition(":")
        self._kill_in = int(count or 1)

    def table(self, name: str) -> str:
        """Answers the qualified, quoted identifier of a table of the registry."""
        if name not in TABLES:
            raise WHS006.exception(table=name, near=nearest_hint(name, TABLES, "see docs/reference/tables.md"))
        return self._aside.get(name, f'{SCHEMA}."{name}"')

    @contextmanager
    def aside(self, names: Iterable[str]) -> Iterator[None]:
        """In the block these tables of the registry are temporary ones, empty at first; the lake's own stay as they are.

        So what would be written can be worked out, by the same statements, on a lake that is open for reading only.
        """
        known, self._known = self._known, None
        before, mine = self._aside, {name: f'temp."{name}"' for name in sorted(names)}
        self._aside = before | mine
        try:
            for name in mine:
                self.execute(TABLES[name].ddl("temp"))
            yield
        finally:
            for own in mine.values():
                with suppress(duckdb.Error, CharterError):
                    self.execute(f"DROP TABLE IF EXISTS {own}")
            self._known, self._aside = known, before

    @contextmanager
    def instead(self, queries: Mapping[str, str], *, copied: bool = False, **named: Any) -> Iterator[None]:
        """In the block these tables of the registry are read as what the queries give; `$name` in one is the named value.

        So whatever reads a table reads another one's rows by the same statements. Nothing is copied, unless it is asked for
        (`copied`): where much is read of little, that is faster.
        """
        self._replaced += 1
        mark, before, kind = f"instead_{self._replaced}", self._aside, "TABLE" if copied else "VIEW"
        mine = {name: f'temp."{mark}_{name}"' for name in queries}
        try:
            for name, value in named.items():
                self.execute(f"SET VARIABLE {mark}_{name} = ?", [value])
            for name, query in queries.items():
                told = _NAMED.sub(lambda found: f"getvariable('{mark}_{found[1]}')", query)
                self.execute(f"CREATE TEMP {kind} {mine[name].removeprefix('temp.')} AS {told}")
            self._aside = before | mine
            yield
        finally:
            self._aside = before
            for own in mine.values():
                with suppress(duckdb.Error, CharterError):
                    self.execute(f"DROP {kind} IF EXISTS {own}")

    def remember(self) -> None:
        """From here on nothing is written: what is read once need not be read again, until the block of `aside` ends."""
        self._known = {}

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

    def stream(self, sql: str, parameters: Parameters = None) -> Iterator[tuple[Any, ...]]:
        """Yields the rows of a query as they come; until it has ended, nothing else is asked of this lake."""
        result = self._run(sql, parameters)
        while rows := result.fetchmany(2000):
            yield from rows

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
        target = quoted_path(place)
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
        if refused := _REACHES.search(sql):
            raise WHS009.exception(what=f"a statement must not call {refused[0]}")
        try:
            return self.connection.execute(sql, parameters) if parameters is not None else self.connection.execute(sql)
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            told = (self._locks.gone() if self._locks else None) or as_error(error)
            if told is None:
                raise
            raise told from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Runs the block in one transaction: all of it is committed, or nothing. It sees all that was committed before it."""
        with self._locks.held(PEN, TURN_SECONDS) if self._locks and self._in_turn else nullcontext():
            if self._judge is not None:
                self._judge()
            self.execute("BEGIN TRANSACTION")
            try:
                yield
                self.phase("commit")
                if self._locks:
                    self._locks.refuse_lost()
                    self._locks.commit.begin()
            except BaseException:
                self.roll_back()
                raise
            self.execute("COMMIT")
            if self._locks:
                self._locks.commit.end()
        self.phase("committed")

    def roll_back(self) -> None:
        """Ends an open transaction, if there is one: DuckDB ends the process where one is open at the end and its server is gone."""
        with suppress(duckdb.Error, CharterError):
            self.connection.execute("ROLLBACK")

    @contextmanager
    def source(self, name: str, wait_seconds: float) -> Iterator[None]:
        """In the block no other run reads or takes in this source; where there is one writer, that is so anyway. WHS024 after the time."""
        with self._locks.held(name, wait_seconds) if self._locks and self._in_turn else nullcontext():
            yield

    def snapshot(self) -> int:
        """Answers the number of the snapshot that is read: the newest, or the last whose cube is whole (see `whole`)."""
        row = self.one("SELECT id FROM lake.current_snapshot()")
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
    reason = redacted(str(error).splitlines()[0])
    if _GONE.search(str(error)):
        return WHS022.exception(reason=reason)
    if isinstance(error, duckdb.HTTPException) or "HTTP Error" in reason:
        return WHS026.exception(reason=reason)
    if _NO_RIGHT.search(reason):
        return WHS021.exception(reason=reason)
    if isinstance(error, duckdb.CatalogException):
        missing = _MISSING.search(reason)
        return WHS010.exception(table=missing.group(1)) if missing and missing.group(1) in TABLES else None
    if isinstance(error, duckdb.BinderException) and (lacking := _LACKING.search(reason)) and lacking.group(1) in _COLUMNS:
        return WHS017.exception(column=lacking.group(1))
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


def quoted_path(path: Path) -> str:
    """Answers a path as it stands within the quotes of a statement."""
    return str(path).replace("'", "''")


def grain_violations(lake: Lake, name: str) -> int:
    """Answers how many grains of a table stand more than once: 0 in a healthy lake."""
    columns = ", ".join(f'"{column}"' for column in TABLES[name].grain)
    found = lake.one(f"SELECT count(*) FROM (SELECT {columns} FROM {lake.table(name)} GROUP BY {columns} HAVING count(*) > 1)")
    return int(found[0]) if found else 0
