"""A commit to a catalog in PostgreSQL of which nobody heard the end: it is noted before it begins, and judged by the next writer.

DuckLake deletes the files of a commit that fails, and takes a broken connection for a failure. But the server may have
committed just before it went away: then the catalog names files that are gone. Such a commit is taken back, as its run was told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from charter.warehouse.server import told_of

if TYPE_CHECKING:
    from psycopg import Connection

MARK = "charter_open_commit"
_FILES = """
SELECT DISTINCT s.path || t.path || f.path FROM (
  SELECT table_id, path, begin_snapshot FROM {schema}.ducklake_data_file
  UNION ALL SELECT table_id, path, begin_snapshot FROM {schema}.ducklake_delete_file
) AS f JOIN {schema}.ducklake_table AS t USING (table_id) JOIN {schema}.ducklake_schema AS s USING (schema_id)
WHERE f.begin_snapshot > %s
"""
_OF_FILES = ("ducklake_file_column_stats", "ducklake_file_variant_stats", "ducklake_file_partition_value")
_COUNTED = """
UPDATE {schema}.ducklake_table_stats AS t SET record_count = coalesce((SELECT sum(f.record_count) FROM {schema}.ducklake_data_file AS f
WHERE f.table_id = t.table_id AND f.end_snapshot IS NULL), 0)
"""


class OpenCommit:
    """The note of a commit in a catalog's schema; written and read by whoever holds the pen."""

    def __init__(self, connection: Connection[Any], schema: str) -> None:
        self._connection, self._schema = connection, schema

    def begin(self) -> None:
        """Notes that a commit begins, and after which snapshot."""
        self._run(f"CREATE TABLE IF NOT EXISTS {{schema}}.{MARK} (after_snapshot bigint NOT NULL)")
        self._run(f"INSERT INTO {{schema}}.{MARK} SELECT max(snapshot_id) FROM {{schema}}.ducklake_snapshot")

    def end(self) -> None:
        """Notes that it ended, well or not, and that its end was heard."""
        self._run(f"DELETE FROM {{schema}}.{MARK}")

    def after(self) -> int | None:
        """Answers after which snapshot a commit began whose end nobody heard; None where there is none."""
        there = self._run("SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = %s", self._schema, MARK).fetchone()
        if not there[0]:
            return None
        found = self._run(f"SELECT min(after_snapshot) FROM {{schema}}.{MARK}").fetchone()
        return None if found[0] is None else int(found[0])

    def judge(self, is_there: Callable[[str], bool]) -> bool:
        """Judges such a commit by its files, each by its place below the data's; answers whether it was taken back."""
        after = self.after()
        if after is None:
            return False
        lost = [place for (place,) in self._run(_FILES, after).fetchall() if not is_there(place)]
        if lost:
            self._take_back(after)
        self.end()
        return bool(lost)

    def _take_back(self, after: int) -> None:
        """In one transaction: what began with it goes, what ended with it goes on. Ids of rows and bounds of columns may stay wider."""
        with self._connection.transaction():
            for name in _OF_FILES:
                self._run(
                    f"DELETE FROM {{schema}}.{name} WHERE data_file_id IN "
                    "(SELECT data_file_id FROM {schema}.ducklake_data_file WHERE begin_snapshot > %s)",
                    after,
                )
            for name in self._having("end_snapshot"):
                self._run(f"UPDATE {{schema}}.{name} SET end_snapshot = NULL WHERE end_snapshot > %s", after)
            for column in ("begin_snapshot", "snapshot_id"):
                for name in self._having(column):
                    self._run(f"DELETE FROM {{schema}}.{name} WHERE {column} > %s", after)
            self._run(_COUNTED)

    def _having(self, column: str) -> list[str]:
        rows = self._run(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = %s AND column_name = %s "
            "AND starts_with(table_name, 'ducklake_') ORDER BY 1",
            self._schema,
            column,
        )
        return [str(name) for (name,) in rows]

    def _run(self, text: str, *values: object) -> Any:
        import psycopg
        from psycopg import sql

        try:
            return self._connection.execute(sql.SQL(text).format(schema=sql.Identifier(self._schema)), values or None)
        except psycopg.Error as error:
            raise told_of(error) from error
