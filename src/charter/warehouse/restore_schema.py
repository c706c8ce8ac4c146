"""A copy of a catalog's tables within its own schema in PostgreSQL, and a text beside it; each step is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from charter.warehouse.server import connected, told_of
from charter.warehouse.store import Server

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable

COPY = "before_maintain_"
RECORD = "before_maintain"


@dataclass(frozen=True)
class SchemaCopy:
    """The copies `before_maintain_*` and the record `before_maintain` in a catalog's schema: no right beyond that schema is needed."""

    server: Server

    @property
    def told(self) -> str:
        """Answers where the copy is, for people."""
        return f"what begins with {COPY} in the schema {self.server.schema}"

    def take(self) -> None:
        """Copies each table of the catalog, as one instant sees them all."""
        with self._transaction() as connection:
            self._forget(connection)
            for name in self._tables(connection, "ducklake_"):
                self._run(connection, "CREATE TABLE {} AS TABLE {}", COPY + name, name)
            self._run(connection, "CREATE TABLE {} (record text NOT NULL)", RECORD)

    def note(self, text: str) -> None:
        """Writes the text down beside the copy."""
        with self._transaction() as connection:
            self._run(connection, "INSERT INTO {} VALUES (%s)", RECORD, values=[text])

    def record(self) -> str | None:
        """Answers the text; None where nothing was noted."""
        with self._transaction() as connection:
            if not self._tables(connection, RECORD, exact=True):
                return None
            row = self._run(connection, "SELECT record FROM {}", RECORD).fetchone()
            return None if row is None else str(row[0])

    def put_back(self) -> None:
        """Makes each table what its copy holds. By DELETE, for what TRUNCATE empties is empty to older readers as well."""
        with self._transaction() as connection:
            for copy in self._tables(connection, COPY):
                name = copy.removeprefix(COPY)
                self._run(connection, "DELETE FROM {}", name)
                self._run(connection, "INSERT INTO {} SELECT * FROM {}", name, copy)

    def drop(self) -> None:
        """Drops the copies and the record."""
        with self._transaction() as connection:
            self._forget(connection)

    def _forget(self, connection: Connection[Any]) -> None:
        for name in (*self._tables(connection, RECORD, exact=True), *self._tables(connection, COPY)):
            self._run(connection, "DROP TABLE {}", name)

    def _tables(self, connection: Connection[Any], prefix: str, *, exact: bool = False) -> list[str]:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [self.server.schema])
        return [name for (name,) in rows if name == prefix or (not exact and name.startswith(prefix))]

    def _run(self, connection: Connection[Any], text: str, *names: str, values: list[str] | None = None) -> Any:
        from psycopg import sql

        named: list[Composable] = [sql.Identifier(self.server.schema, name) for name in names]
        return connection.execute(sql.SQL(text).format(*named), values)

    @contextmanager
    def _transaction(self) -> Iterator[Connection[Any]]:
        import psycopg

        with connected(self.server, "charter maintain") as connection:
            try:
                with connection.transaction():
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    yield connection
            except psycopg.Error as error:
                raise told_of(error) from error
