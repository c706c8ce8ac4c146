"""The catalog of a server's lake, copied into a SQLite file: the same tables by the same names, as one instant sees them."""

from __future__ import annotations

import duckdb

from charter.warehouse.attach import attach, attach_catalog
from charter.warehouse.codes import WHS005
from charter.warehouse.lake import as_error
from charter.warehouse.opening import connection_for
from charter.warehouse.store import Store

_TABLES = (
    "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? AND starts_with(table_name, 'ducklake_')"
)
_COLUMNS = "SELECT column_name FROM duckdb_columns() WHERE database_name = 'origin' AND schema_name = ? AND table_name = ? ORDER BY column_index"


def copy_from_server(store: Store, clone: Store) -> None:
    """Makes the clone's catalog hold what the server's holds now.

    Raises UnavailableError where the server does not answer.
    """
    for folder in (clone.data, clone.temp):
        folder.mkdir(parents=True, exist_ok=True)
    with connection_for(clone, also=("postgres_scanner",)) as connection:
        try:
            attach(connection, clone, read_only=False)
            connection.execute("DETACH lake")
            connection.execute(f"ATTACH '{clone.catalog}' AS target (TYPE sqlite)")
            attach_catalog(connection, store, "origin")
            _copy(connection, str(store.server.schema) if store.server else "")
        except duckdb.Error as error:
            raise (as_error(error) or WHS005.exception(reason=str(error).splitlines()[0])) from error


def _copy(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """In one transaction, which reads the server's by one snapshot."""
    made = {name for (name,) in connection.execute(_TABLES, ["target", "main"]).fetchall()}
    for (name,) in connection.execute(_TABLES, ["origin", schema]).fetchall():
        if name not in made:
            raise WHS005.exception(reason=f"its catalog has a table {name} that this DuckLake does not make")
    connection.execute("BEGIN TRANSACTION")
    for name in sorted(made):
        columns = ", ".join(f'"{column}"' for (column,) in connection.execute(_COLUMNS, [schema, name]).fetchall())
        connection.execute(f'DELETE FROM target.main."{name}"')
        connection.execute(f'INSERT INTO target.main."{name}" ({columns}) SELECT {columns} FROM origin."{schema}"."{name}"')
    connection.execute("COMMIT")
