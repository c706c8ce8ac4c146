"""Who may write and who reads: by the locks beside a catalog in SQLite, by advisory locks in PostgreSQL.

On SQLite there is one writer. On PostgreSQL there are three locks in the catalog's database, which go with the connection of whoever
holds them: the *pen*, without which nothing is committed; one for each source, held while it is read and taken in; and
the readers'. Who waits for the pen may hold a source; who holds the pen waits for none, so nobody waits in a circle.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from charter.errors import CharterError
from charter.warehouse import lock
from charter.warehouse.codes import WHS001, WHS024
from charter.warehouse.open_commit import OpenCommit
from charter.warehouse.server import connected, gone, has_lake, make_schema, told_of
from charter.warehouse.store import Server, Store

if TYPE_CHECKING:
    from psycopg import Connection

PEN, READERS = "pen", "readers"
TURN_SECONDS = 3600.0
"""How long a run that has read its source waits for the pen: longer than a commit takes, shorter than for ever."""
Turn = Callable[[], AbstractContextManager[None]]


@contextmanager
def writing(store: Store, *, holder: str, since: str, wait_seconds: float) -> Iterator[Locks | None]:
    """Holds the right to write while the block runs; a second writer waits, then is told who holds it (WHS001)."""
    if store.server is None:
        with lock.writing(store.folder / "writer.lock", holder=holder, since=since, wait_seconds=wait_seconds):
            yield None
        return
    with Locks.of(store.server, _named(holder, since)) as locks, locks.held(PEN, wait_seconds):
        locks.make_schema()
        yield locks


@contextmanager
def reading(store: Store) -> Iterator[Locks | None]:
    """Counts as a reader while the block runs; waits while somebody is alone. Yields the locks, where a server holds them."""
    if store.server is None:
        with lock.reading(store.readers):
            yield None
        return
    with Locks.of(store.server, "charter reader") as locks, locks.shared(READERS):
        yield locks


@contextmanager
def alone(store: Store, wait_seconds: float) -> Iterator[bool]:
    """Yields whether no reader is open, waiting that long for them to end; while the block runs no new one opens."""
    if store.server is None:
        with lock.alone(store.readers, wait_seconds) as is_alone:
            yield is_alone
        return
    with Locks.of(store.server, "charter maintain") as locks:
        yield locks.take(READERS, wait_seconds)


def _named(holder: str, since: str) -> str:
    return f"{holder} {since[:16]}" if since else holder


class Locks:
    """The advisory locks of one catalog, held by one connection; when that ends, however it does, they are free."""

    def __init__(self, connection: Connection[Any], schema: str) -> None:
        self._connection, self._schema = connection, schema
        self.commit = OpenCommit(connection, schema)

    @classmethod
    @contextmanager
    def of(cls, server: Server, holder: str) -> Iterator[Locks]:
        """Yields the locks of a server's catalog, none of them held."""
        with connected(server, holder) as connection:
            locks = cls(connection, server.schema)
            # A server may end idle sessions; this one is idle on purpose.
            locks._ask("SELECT set_config('idle_session_timeout', '0', false)")
            yield locks

    @contextmanager
    def held(self, name: str, wait_seconds: float) -> Iterator[None]:
        """Holds one while the block runs; raises WHS001 (the pen) or WHS024 (a source), which name who holds it."""
        if not self.take(name, wait_seconds):
            holder = self._holder(name)
            raise WHS001.exception(holder=holder) if name == PEN else WHS024.exception(source=name, holder=holder)
        try:
            yield
        finally:
            self.release(name)

    @contextmanager
    def shared(self, name: str) -> Iterator[None]:
        """Holds one together with others while the block runs; waits while somebody has it alone."""
        self._ask("SELECT pg_advisory_lock_shared(%s)", self._key(name))
        yield

    def take(self, name: str, wait_seconds: float) -> bool:
        """Answers whether the lock was had in that time."""
        deadline = time.monotonic() + wait_seconds
        while not self._ask("SELECT pg_try_advisory_lock(%s)", self._key(name)):
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        return True

    def release(self, name: str) -> None:
        """Gives a lock back; one whose connection is gone is free already."""
        if gone(self._connection) is None:
            self._ask("SELECT pg_advisory_unlock(%s)", self._key(name))

    def has_lake(self) -> bool:
        """Answers whether the catalog is there, with its tables."""
        return has_lake(self._connection, self._schema)

    def make_schema(self) -> None:
        """Makes the catalog's schema, where it is missing."""
        make_schema(self._connection, self._schema)

    def refuse_lost(self) -> None:
        """Raises where the connection is gone, and with it the locks: what was not committed must not be."""
        if problem := self.gone():
            raise problem

    def gone(self) -> CharterError | None:
        """Answers how it is told that the server does not answer any more; None where it does."""
        return gone(self._connection)

    def _holder(self, name: str) -> str:
        key = self._key(name) & (2**64 - 1)
        found = self._ask(
            "SELECT a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE l.locktype = 'advisory' AND l.granted "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.classid = %s::bigint::oid "
            "AND l.objid = %s::bigint::oid AND l.objsubid = 1",
            key >> 32,
            key & 0xFFFFFFFF,
        )
        return str(found or "somebody")

    def _key(self, name: str) -> int:
        digest = hashlib.sha256(f"charter {self._schema} {name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    def _ask(self, sql: str, *values: object) -> Any:
        import psycopg

        try:
            row = self._connection.execute(sql.encode(), list(values)).fetchone()
        except psycopg.Error as error:
            raise told_of(error) from error
        return row[0] if row else None
