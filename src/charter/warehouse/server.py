"""The PostgreSQL server that holds a catalog: reached, asked, and its failures told; a password is told nowhere."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from charter.warehouse.codes import WHS021, WHS022, WHS023, WHS025
from charter.warehouse.store import Server

if TYPE_CHECKING:
    from psycopg import Connection

    from charter.errors import CharterError

CONNECT_SECONDS = 5
_ALIVE = {"keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
_OURS = ("host", "port", "user", "password", "dbname")
_RIGHTS, _NO_DATABASE = "42501", "3D000"
_PASSWORD = re.compile(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)|(://[^:/@\s]*:)[^@\s]*(?=@)")


def parts(server: Server) -> dict[str, str]:
    """Answers the address in the parts that libpq knows; raises WHS025 for what is none."""
    conninfo = _psycopg("conninfo")
    try:
        found = conninfo.conninfo_to_dict(server.address)
    except _psycopg("errors").Error as error:
        # What libpq says of an address repeats it, password and all.
        raise WHS025.exception(reason="it is no address of PostgreSQL") from error
    return {"connect_timeout": str(CONNECT_SECONDS), **{name: str(value) for name, value in found.items()}}


def attachable(server: Server) -> tuple[dict[str, str], str]:
    """Answers what DuckDB's secret of the server holds, and the rest of the address, which holds no secret."""
    found = parts(server)
    secret = {name: found[name] for name in _OURS if found.get(name)}
    rest = {name: value for name, value in found.items() if name not in _OURS and name not in ("passfile", "sslpassword")}
    return secret, " ".join(f"{name}={_quoted(value)}" for name, value in rest.items())


@contextmanager
def connected(server: Server, holder: str = "charter") -> Iterator[Connection[Any]]:
    """Yields a connection of its own, each statement a transaction, known to the server by who holds it."""
    psycopg = _psycopg("")
    told = f"{holder}, {socket.gethostname()[:16]} {os.getpid()}"
    try:
        connection = psycopg.connect(**{**_ALIVE, **parts(server), "application_name": told[:63]}, autocommit=True)
    except psycopg.Error as error:
        raise told_of(error) from error
    try:
        yield connection
    finally:
        connection.close()


def has_lake(connection: Connection[Any], schema: str) -> bool:
    """Answers whether the schema holds a catalog with its tables, which come by one commit."""
    psycopg = _psycopg("")
    name = psycopg.sql.Identifier(schema, "ducklake_table").as_string(connection)
    try:
        row = connection.execute("SELECT to_regclass(%s)", [name]).fetchone()
        if row is None or row[0] is None:
            return False
        found = psycopg.sql.SQL("SELECT 1 FROM {} WHERE table_name = 'batch' LIMIT 1").format(
            psycopg.sql.Identifier(schema, "ducklake_table")
        )
        return connection.execute(found).fetchone() is not None
    except psycopg.Error as error:
        raise told_of(error) from error


def make_schema(connection: Connection[Any], schema: str) -> None:
    """Makes the schema where it is missing; whoever may write to one that is there need not be allowed to make any."""
    psycopg = _psycopg("")
    try:
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is None:
            connection.execute(psycopg.sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(psycopg.sql.Identifier(schema)))
    except psycopg.Error as error:
        raise told_of(error) from error


def gone(connection: Connection[Any]) -> CharterError | None:
    """Answers how it is told that the server does not answer any more; None where it does."""
    psycopg = _psycopg("")
    try:
        connection.execute("SELECT 1")
    except psycopg.Error as error:
        return told_of(error)
    return None


def told_of(error: Exception) -> CharterError:
    """Answers our error for one of the server's or its driver's."""
    state = getattr(error, "sqlstate", None) or ""
    reason = redacted(" ".join(str(error).split()))
    if state == _RIGHTS:
        return WHS021.exception(reason=reason)
    if (
        state.startswith("28")
        or state == _NO_DATABASE
        or "password" in reason
        or "does not exist" in reason
        or "no pg_hba" in reason
    ):
        return WHS025.exception(reason=reason)
    return WHS022.exception(reason=reason)


def redacted(text: str) -> str:
    """Answers the text without what follows `password=` or stands before the @ of an address."""
    return _PASSWORD.sub(lambda found: f"{found[1] or found[3]}***", text)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _psycopg(name: str) -> Any:
    try:
        import psycopg
        import psycopg.conninfo
        import psycopg.sql
    except ImportError as error:
        raise WHS023.exception(what="the catalog in PostgreSQL", package="psycopg", extra="postgres") from error
    return getattr(psycopg, name) if name else psycopg
