"""The open lake with a second engine: what reads much is counted by Spark, all else, and every write, is DuckDB's.

A statement is the same text for both. Where its query reads a heavy table (or what was made from one) Spark runs it over the files of
the snapshot that the transaction began at, writes the rows to Parquet, and DuckDB takes them from there: into a table of the
lake, a temporary one, or as the answer, so that types and digits come back by one road. A table that this transaction changed,
and a temporary one, is handed to Spark as DuckDB has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from duckdb import Error as DuckDBError

from charter.errors import CharterError
from charter.warehouse.codes import WHS011, WHS032, WHS034
from charter.warehouse.lake import Lake, Parameters, quoted_path
from charter.warehouse.spark.dialect import Name, NotPortable, Statement, arguments, read, to_spark
from charter.warehouse.spark.files import frame
from charter.warehouse.spark.session import SparkPlace, started
from charter.warehouse.spark.snapshot import refuse_unknown, table_files
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyspark.sql import DataFrame, SparkSession

HEAVY = frozenset(
    {
        "fact_order", "fact_order_line", "fact_invoice_line", "fact_defect", "fact_case", "case_event",
        "cube_value", "cube_duration", "cube_member", "cube_spread",
    }
)  # fmt: skip
"""The tables that grow with the business: what reads one of them is Spark's."""
_WRITES = re.compile(r"\s*(insert|delete|update|create|drop|alter)\b", re.IGNORECASE)
_FILE = re.compile(r"(?:file|s3a?|abfss?|gs):/[^\s'\"]+")
_GONE = ("FAILED_READ_FILE.FILE_NOT_EXIST", "PATH_NOT_FOUND", "FileNotFoundException")
_MISFIT = (
    "ARITHMETIC_OVERFLOW",
    "NUMERIC_VALUE_OUT_OF_RANGE",
    "CAST_INVALID_INPUT",
    "CAST_OVERFLOW",
    "DECIMAL_PRECISION",
    "DIVIDE_BY_ZERO",
)


class SparkLake(Lake):
    """A lake whose heavy questions are Spark's. Made within the transaction that it works in, before that writes anything."""

    def __init__(self, lake: Lake, session: SparkSession, *, heavy: frozenset[str] = HEAVY, pinned: bool = False) -> None:
        super().__init__(lake.connection, pinned=pinned)
        refuse_unknown(lake)
        self.counted: list[str] = []
        """The statements that Spark ran, in order."""
        self.stayed: dict[str, str] = {}
        """Those that read a heavy table and were left to DuckDB, with the reason."""
        self._session, self._heavy, self._books = session, heavy, lake
        self._at = lake.snapshot()
        self._made: set[str] = set()
        self._lying: dict[str, tuple[Path, tuple[str, ...]]] = {}
        self._views: dict[Name, str] = {}
        self._changed: set[str] = set()
        self._count = 0
        self._folder = Path(mkdtemp(prefix="spark-", dir=lake.rows("SELECT current_setting('temp_directory')")[0][0]))

    def phase(self, name: str) -> None:
        """Tells the lake beneath that a phase begins."""
        self._books.phase(name)

    def snapshot(self) -> int:
        """Answers the snapshot whose files are read."""
        return self._at

    def keep(self, name: str, query: str) -> str:
        """Keeps the rows of a query, in files, until the lake is closed; answers the temporary view that reads them."""
        told = read(query)
        if self._is_heavy(told) and (found := self._counted(query, told, None)) is not None:
            self._put(name, *found)
        else:
            self._drop(name)
            super().keep(name, query)
            self._forget(("temp", name))
        return f"temp.{name}"

    def leave(self) -> None:
        """Takes away what Spark made for the connection, whose owner goes on without it."""
        for name in sorted(self._made):
            self._drop(name)
        rmtree(self._folder, ignore_errors=True)

    def _run(self, sql: str, parameters: Parameters) -> DuckDBPyConnection:
        told = read(sql)
        if self._is_heavy(told) and told.kind != "other" and (found := self._counted(sql, told, parameters)) is not None:
            return self._taken(told, *found)
        if told.writes is not None:
            self._before_write(told.writes, whole=bool(re.match(r"\s*(create|drop)\b", sql, re.IGNORECASE)))
        result = super()._run(sql, parameters)
        if told.writes is not None:
            self._forget(told.writes)
        elif told.kind == "other" and _WRITES.match(sql):
            raise WHS034.exception(reason=f"a statement that writes was not understood: {sql[:120]}")
        return result

    def _is_heavy(self, told: Statement) -> bool:
        return any(name in self._heavy or (where == "temp" and name in self._made) for where, name in told.reads)

    def _counted(self, sql: str, told: Statement, parameters: Parameters) -> tuple[Path, tuple[str, ...]] | None:
        """The rows of the statement's query as Spark counts them, in a folder; None where DuckDB has to."""
        assert told.query is not None
        try:
            text = to_spark(told.query, {name: _view(name) for name in told.reads})
        except NotPortable as reason:
            self.stayed[sql] = str(reason)
            return None
        self.counted.append(sql)
        with self._failing():
            for name in sorted(told.reads):
                self._offer(name)
            asked = arguments(parameters)
            return self._written(self._session.sql(text, args=asked) if asked else self._session.sql(text))

    def _written(self, rows: DataFrame) -> tuple[Path, tuple[str, ...]]:
        from pyspark.sql.functions import col
        from pyspark.sql.types import NullType, StringType

        place = self._place("spark")
        names, fields = tuple(name or f"c{at}" for at, name in enumerate(rows.columns)), rows.schema.fields
        plain = rows.toDF(*(f"c{at}" for at in range(len(names))))
        plain = plain.select(
            *(
                col(f"c{at}").cast(StringType()) if isinstance(one.dataType, NullType) else col(f"c{at}")
                for at, one in enumerate(fields)
            )
        )
        plain.write.parquet(f"file://{place}")
        return place, names

    def _taken(self, told: Statement, place: Path, names: tuple[str, ...]) -> DuckDBPyConnection:
        """What DuckDB does with the rows."""
        rows = _rows(place, names)
        if told.kind == "query":
            return super()._run(rows, None)
        assert told.writes is not None
        if told.kind == "create":
            self._put(told.writes[1], place, names)
            return self.connection
        self._before_write(told.writes, whole=False)
        columns = f" ({', '.join(map(_quoted, told.columns))})" if told.columns else ""
        target = self.table(told.writes[1]) if told.writes[0] == "lake" else f"temp.{_quoted(told.writes[1])}"
        result = super()._run(f"INSERT INTO {target}{columns} {rows}", None)
        self._forget(told.writes)
        return result

    def _put(self, name: str, place: Path, names: tuple[str, ...]) -> None:
        """Makes a temporary view of what Spark counted; it becomes a table as soon as somebody writes to it."""
        self._drop(name)
        super()._run(f"CREATE TEMP VIEW {_quoted(name)} AS {_rows(place, names)}", None)
        self._forget(("temp", name))
        self._lying[name] = (place, names)
        self._made.add(name)

    def _before_write(self, name: Name, *, whole: bool) -> None:
        if name[0] == "temp" and name[1] in self._lying:
            place, names = self._lying[name[1]]
            self._drop(name[1])
            if not whole:
                super()._run(f"CREATE TEMP TABLE {_quoted(name[1])} AS {_rows(place, names)}", None)

    def _drop(self, name: str) -> None:
        """Takes away what was made under this name before, be it a view or a table."""
        kinds = (
            super()
            ._run(
                "SELECT 'TABLE' FROM duckdb_tables() WHERE temporary AND table_name = $name "
                "UNION ALL SELECT 'VIEW' FROM duckdb_views() WHERE temporary AND view_name = $name",
                {"name": name},
            )
            .fetchall()
        )
        for (kind,) in kinds:
            super()._run(f"DROP {kind} temp.{_quoted(name)}", None)
        self._lying.pop(name, None)
        self._made.discard(name)

    def _forget(self, name: Name) -> None:
        """What Spark was offered under this name is no longer so."""
        self._views.pop(name, None)
        if name[0] == "lake":
            self._changed.add(name[1])

    def _offer(self, name: Name) -> None:
        """Lets Spark read a table, as it is now."""
        if name in self._views:
            return
        where, own = name
        if where == "lake" and own not in self._changed:
            if own not in TABLES:
                self.table(own)
            rows = frame(self._session, table_files(self._books, own, self._at))
        elif where == "temp" and own in self._lying:
            place, names = self._lying[own]
            rows = self._session.read.parquet(f"file://{place}").toDF(*names)
        else:
            rows = self._session.read.parquet(f"file://{self._exported(name)}")
        rows.createOrReplaceTempView(_view(name))
        self._views[name] = own

    def _exported(self, name: Name) -> Path:
        """Writes a table as DuckDB has it; sums of whole numbers, which Parquet knows no type for, as decimals."""
        source = f"lake.main.{_quoted(name[1])}" if name[0] == "lake" else f"temp.{_quoted(name[1])}"
        columns = super()._run(f"SELECT column_name, column_type FROM (DESCRIBE {source})", None).fetchall()
        told = ", ".join(
            f"CAST({_quoted(one)} AS DECIMAL(38,0)) AS {_quoted(one)}"
            if kind in ("HUGEINT", "UHUGEINT", "UBIGINT")
            else _quoted(one)
            for one, kind in columns
        )
        place = self._place("duckdb").with_suffix(".parquet")
        super()._run(f"COPY (SELECT {told} FROM {source}) TO '{quoted_path(place)}' (FORMAT parquet)", None)
        return place

    def _place(self, kind: str) -> Path:
        self._count += 1
        return self._folder / f"{kind}-{self._count}"

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Tells what Spark reports as what it means for the caller."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError) as error:
            text = str(error)
            reason = text.splitlines()[0]
            if any(one in text for one in _GONE):
                found = _FILE.search(text)
                raise WHS032.exception(snapshot=self._at, file=found[0] if found else reason) from error
            code = WHS011 if any(one in text for one in _MISFIT) else WHS034
            raise code.exception(reason=reason) from error


@contextmanager
def beside(lake: Lake, session: SparkSession, *, heavy: frozenset[str] = HEAVY, pinned: bool = False) -> Iterator[SparkLake]:
    """Yields the lake with this session as its second engine; nothing that Spark made is left to the lake afterwards."""
    spark = SparkLake(lake, session, heavy=heavy, pinned=pinned)
    try:
        yield spark
    finally:
        with suppress(DuckDBError, CharterError):
            spark.leave()


@contextmanager
def counting(lake: Lake, place: SparkPlace, *, heavy: frozenset[str] = HEAVY) -> Iterator[SparkLake]:
    """Yields the lake with Spark as its second engine; to be called before the transaction writes anything."""
    temp = Path(lake.rows("SELECT current_setting('temp_directory')")[0][0]) / "spark"
    try:
        with started(place, temp) as session, beside(lake, session, heavy=heavy) as spark:
            yield spark
    finally:
        rmtree(temp, ignore_errors=True)


def _view(name: Name) -> str:
    return "_".join(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(place: Path, names: Sequence[str]) -> str:
    """The query that reads what Spark wrote, in the order of its parts."""
    files = ", ".join(f"'{quoted_path(one)}'" for one in sorted(place.glob("part-*.parquet")))
    return f"SELECT {', '.join(f'c{at} AS {_quoted(name)}' for at, name in enumerate(names))} FROM read_parquet([{files}])"
