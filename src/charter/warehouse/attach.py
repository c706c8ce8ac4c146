"""Attaching the lake: its catalog in SQLite or PostgreSQL, its data in files or objects, and the secrets of both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from charter.errors import CharterError
from charter.warehouse.codes import WHS005
from charter.warehouse.lake import as_error
from charter.warehouse.server import attachable, connected, gone
from charter.warehouse.store import Store


def attach(
    connection: duckdb.DuckDBPyConnection, store: Store, *, read_only: bool, catalog: Path | None = None, at: int | None = None
) -> None:
    """Attaches the lake as `lake`, at a snapshot if one is given; the session's time zone is UTC.

    The catalog remembers the absolute path of its data; ours overrides it, so that a copied or moved workspace reads its
    own files.
    """
    options = ["DATA_INLINING_ROW_LIMIT 0", f"DATA_PATH {literal(store.root)}", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    if at is not None:
        options.append(f"SNAPSHOT_VERSION {at:d}")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        if store.bucket is not None:
            _keep_secret(connection, "objects", "s3", {**store.bucket.options})
        place, more = _catalog(connection, store, catalog)
        connection.execute(f"ATTACH {literal(place)} AS lake ({', '.join([*options, *more])})")
    except duckdb.Error as error:
        raise (_why_gone(store) or as_error(error) or WHS005.exception(reason=str(error).splitlines()[0])) from error


def attach_catalog(connection: duckdb.DuckDBPyConnection, store: Store, name: str) -> None:
    """Attaches the catalog's own tables, for reading, under a name."""
    if store.server is None:
        connection.execute(f"ATTACH {literal(str(store.catalog))} AS {name} (TYPE sqlite, READ_ONLY)")
        return
    secret, rest = attachable(store.server)
    _keep_secret(connection, "catalog", "postgres", {**secret})
    connection.execute(f"ATTACH {literal(rest)} AS {name} (TYPE postgres, SECRET 'catalog', READ_ONLY)")


def _catalog(connection: duckdb.DuckDBPyConnection, store: Store, catalog: Path | None) -> tuple[str, list[str]]:
    """Answers what is attached, and by which options. The password is in DuckDB's memory and in no statement that it tells of.

    On SQLite one writer and three readers ran 9 times faster in WAL with a busy timeout, and without "database is locked".
    """
    if store.server is None:
        return f"ducklake:sqlite:{catalog or store.catalog}", ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 5000"]
    secret, rest = attachable(store.server)
    _keep_secret(connection, "catalog", "postgres", {**secret})
    return f"ducklake:postgres:{rest}", ["META_SECRET 'catalog'", f"META_SCHEMA {literal(store.server.schema)}"]


def _keep_secret(connection: duckdb.DuckDBPyConnection, name: str, kind: str, options: Mapping[str, str | bool]) -> None:
    """Gives the connection a secret that goes with it."""
    told = ", ".join(
        f"{key.upper()} {literal(value) if isinstance(value, str) else str(value).lower()}" for key, value in options.items()
    )
    connection.execute(f"CREATE OR REPLACE TEMPORARY SECRET {name} (TYPE {kind}, {told})")


def _why_gone(store: Store) -> CharterError | None:
    """Answers why the catalog's server cannot be reached; None where it can."""
    if store.server is None:
        return None
    try:
        with connected(store.server) as connection:
            return gone(connection)
    except CharterError as error:
        return error


def literal(value: str) -> str:
    """Answers a text as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"
