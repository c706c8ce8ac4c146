"""Databases: any that SQLAlchemy reaches by URL, read in a stream into a private copy, and only then looked at.

A read that breaks off takes nothing in. Rows are ordered by the entity's key, so that equal tables have equal hashes.
"""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.errors import nearest_hint
from charter.intake.connectors.codes import INT013, INT014, INT019, INT034
from charter.intake.connectors.csv_style import refuse_missing
from charter.intake.connectors.protocol import Delivery, Reach, Staged
from charter.intake.kinds import Secret
from charter.intake.plan import EntityPlan
from charter.intake.value_sql import TextStyle, literal

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

_CHUNK = 10_000
_NULL = "\\N"
_PASSWORD = re.compile(r"//[^@/\s]*@")


class SqlConnector:
    """Reads tables and views."""

    name = "sql"

    def deliveries(self, plan: EntityPlan, reach: Reach) -> Sequence[Delivery]:
        """Answers one delivery: the table, from the cursor on if there is one."""
        return [Delivery(plan.entity.id, str(plan.entity.table), since=reach.cursors.get(plan.entity.id))]

    def known_hash(self, delivery: Delivery) -> str | None:
        """Answers nothing: what a table holds is only known by reading it."""
        del delivery
        return None

    def stage(self, plan: EntityPlan, delivery: Delivery, reach: Reach) -> Staged:
        """Answers the rows as a private text file. Raises UnavailableError if the database goes away."""
        from sqlalchemy.exc import DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

        # A local source is named by its scope as well (market/se/shop): that would be a folder.
        copy = reach.scratch / f"{plan.source.replace('/', '-')}-{plan.entity.id}.copy.csv"
        engine = _engine(plan, reach)
        try:
            return _read(engine, plan, delivery, copy)
        except NoSuchTableError as error:
            table = str(plan.entity.table)
            near = nearest_hint(table, _tables(engine, table.rpartition(".")[0]), "check the name and the rights of the user")
            raise INT014.exception(source=plan.source, table=table, reason="it is not there", near=near) from error
        except OSError as error:
            copy.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                told = error.strerror or str(error)
                raise INT019.exception(place=reach.scratch.name, delivery=delivery.name, reason=told) from error
            raise INT013.exception(source=plan.source, reason=_reason(error)) from error
        except (DBAPIError, NoSuchModuleError, SQLAlchemyError) as error:
            copy.unlink(missing_ok=True)
            raise INT013.exception(source=plan.source, reason=_reason(error)) from error
        finally:
            engine.dispose()


CONNECTOR = SqlConnector()


def _engine(plan: EntityPlan, reach: Reach) -> Engine:
    from sqlalchemy import create_engine, event

    connection = plan.connection
    if connection.file is not None:
        place = reach.resolve(connection.file)
        # SQLite would make a database that is not there.
        if not place.is_file():
            raise INT013.exception(source=plan.source, reason=f"there is no file {place.name}")
        url = f"sqlite:///{place}"
    elif isinstance(connection.url, Secret):
        found = reach.environment.get(connection.url.env)
        if not found:
            raise INT034.exception(source=plan.source, variable=connection.url.env)
        url = found
    else:
        url = str(connection.url)
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.partition("://")[2]
    try:
        engine = create_engine(url)
    except Exception as error:
        raise INT013.exception(source=plan.source, reason=_reason(error)) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
    return engine


def _reason(error: BaseException) -> str:
    """Answers the first line of what went wrong, without user and password."""
    told = str(getattr(error, "orig", None) or error).strip()
    return _PASSWORD.sub("//", told.splitlines()[0]) if told else type(error).__name__


def _tables(engine: Engine, schema: str) -> list[str]:
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    try:
        looked = inspect(engine)
        names = [*looked.get_table_names(schema or None), *looked.get_view_names(schema or None)]
        return [f"{schema}.{name}" if schema else name for name in names]
    except SQLAlchemyError:
        return []


def _read(engine: Engine, plan: EntityPlan, delivery: Delivery, copy: Path) -> Staged:
    from sqlalchemy import MetaData, Table

    schema, _, name = str(plan.entity.table).rpartition(".")
    with engine.connect().execution_options(stream_results=True, yield_per=_CHUNK) as connection:
        table = Table(name, MetaData(), schema=schema or None, autoload_with=connection)
        wanted = [column.physical for column in plan.contract.columns]
        refuse_missing([column.name for column in table.columns], wanted, delivery.name)
        cursor = plan.entity.cursor
        if cursor is not None and cursor not in table.columns:
            near = nearest_hint(cursor, [column.name for column in table.columns], "name one of its columns")
            raise INT014.exception(source=plan.source, table=delivery.name, reason=f"it has no column {cursor}", near=near)
        extra = [cursor] if cursor and cursor not in wanted else []
        result = connection.execute(_query(table, [*wanted, *extra], plan, delivery.since))
        written = _write(result.partitions(_CHUNK), copy, wanted, ([*wanted, *extra]).index(cursor) if cursor else None)
    columns = "{" + ", ".join(f"{literal(column)}: 'VARCHAR'" for column in wanted) + "}"
    return Staged(
        relation=f"read_csv({literal(str(copy))}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = {literal(_NULL)}, allow_quoted_nulls = false, columns = {columns}, max_line_size = 20000000)",
        physical=dict.fromkeys(wanted, "VARCHAR"),
        style=TextStyle(zoned=_zoned(table, plan)),
        sha256=written.digest,
        bytes=copy.stat().st_size,
        cursor=written.cursor or delivery.since,
        again=written.again,
        copies=(copy,),
    )


def _zoned(table: Table, plan: EntityPlan) -> frozenset[str]:
    """Answers the columns whose instants the database keeps with their offset."""
    return frozenset(
        column.name
        for column in plan.contract.columns
        if column.logical == "timestamp" and getattr(table.columns[column.physical].type, "timezone", False)
    )


def _query(table: Table, columns: Sequence[str], plan: EntityPlan, since: str | None) -> Any:
    from sqlalchemy import or_, select

    query = select(*(table.columns[name] for name in columns))
    cursor = table.columns[plan.entity.cursor] if plan.entity.cursor else None
    if cursor is not None and since is not None:
        # From the last one on, itself included: rows of one instant may be written in two transactions.
        query = query.where(or_(cursor >= _as_python(since, cursor.type), cursor.is_(None)))
    by_name = {column.name: column.physical for column in plan.contract.columns}
    order = [by_name[name] for name in (plan.entity.key or plan.entity.document)]
    return query.order_by(*(table.columns[name] for name in order))


def _as_python(since: str, sql_type: Any) -> Any:
    """Answers a stored cursor as the value that the database compares."""
    try:
        wanted = sql_type.python_type
    except NotImplementedError:
        return since
    if wanted is datetime:
        return datetime.fromisoformat(since)
    if wanted is date:
        return date.fromisoformat(since)
    return wanted(since) if wanted in (int, Decimal) else since


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written: the hash of its rows, the greatest cursor, and the hash of the rows that come again with it."""

    digest: str
    cursor: str | None
    again: str | None


def _write(chunks: Iterator[Sequence[Any]], copy: Path, wanted: Sequence[str], cursor: int | None) -> _Written:
    """Writes the rows as text. Hashes are sums over the rows, so that those of the greatest cursor can be told apart."""
    head = _hash_of("\0".join(wanted))
    whole, edge, unplaced = head, 0, 0
    last: Any = None
    with copy.open("wb") as file:
        for chunk in chunks:
            for row in chunk:
                line = ",".join(map(_field, row[: len(wanted)])) + "\n"
                file.write(line.encode("utf-8", errors="replace"))
                one = _hash_of(line)
                whole += one
                if cursor is None:
                    continue
                at = row[cursor]
                if at is None:
                    unplaced += one
                elif last is None or at > last:
                    last, edge = at, one
                elif at == last:
                    edge += one
    again = None if cursor is None else _as_digest(head + edge + unplaced)
    return _Written(_as_digest(whole), None if last is None else _text(last), again)


def _hash_of(line: str) -> int:
    return int.from_bytes(hashlib.sha256(line.encode("utf-8", errors="replace")).digest(), "big")


def _as_digest(total: int) -> str:
    return f"{total % (1 << 256):064x}"


def _field(value: Any) -> str:
    """Answers a value as a field of the copy. Only a null stands without quotes: no text can be taken for one."""
    return _NULL if value is None else '"' + _text(value).replace('"', '""') + '"'


def _text(value: Any) -> str:
    """Answers a value of the database as the text that its type is written in."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", errors="replace")
    if isinstance(value, Mapping | list | tuple):
        import json

        return json.dumps(value, sort_keys=True, default=str)
    return str(value)
