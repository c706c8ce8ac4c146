"""At which snapshot a reader stands: the newest, or the one before the facts that the cube does not hold yet."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from charter.errors import CharterError
from charter.warehouse.codes import WHS035


def begin_whole(connection: duckdb.DuckDBPyConnection, attach_at: Callable[[int], None]) -> None:
    """Begins the transaction of a reader.

    Where an engine counts after the facts were committed (`cube_due` tells), the lake is attached anew at the last snapshot whose
    cube is whole, so that facts and cube of two states are never read together. It is asked within the transaction that is read
    in: a run that commits right after changes nothing of it.

    Raises WHS035 where that snapshot is there no more.
    """
    connection.execute("BEGIN TRANSACTION")
    since = _since(connection)
    if since is None:
        return
    try:
        connection.execute("ROLLBACK")
        connection.execute("DETACH lake")
        attach_at(since)
        connection.execute("BEGIN TRANSACTION")
        connection.execute("SELECT id FROM lake.current_snapshot()").fetchall()
    except (duckdb.Error, CharterError) as error:
        raise WHS035.exception(snapshot=since, reason=str(error).splitlines()[0]) from error


def _since(connection: duckdb.DuckDBPyConnection) -> int | None:
    try:
        row = connection.execute("SELECT min(d.since) FROM lake.main.cube_due AS d").fetchone()
    except duckdb.CatalogException:  # a lake that an older Charter made has no such table, and nothing that is due
        connection.execute("ROLLBACK")
        connection.execute("BEGIN TRANSACTION")
        return None
    return None if row is None or row[0] is None else int(row[0])
