"""A PostgreSQL server of its own, really started: with roles that have passwords, killed and started again."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

PASSWORD = "geheim, 'mit' \\ allem"


class Postgres:
    """A server reached by a socket in its folder. The role `lake` owns the database `lake`, `reader` may look, both with a password."""

    def __init__(self, folder: Path) -> None:
        import pgserver

        self.server = pgserver.get_server(folder / "pg", cleanup_mode="stop")
        self.socket = self.server.get_uri().partition("host=")[2]
        with self.admin() as connection:
            for role in ("lake", "reader"):
                # Statements that make roles take no parameters.
                connection.execute(
                    f"CREATE ROLE {role} LOGIN PASSWORD {psycopg.sql.Literal(PASSWORD).as_string(connection)}".encode()
                )
            connection.execute("CREATE DATABASE lake OWNER lake")
            rules = Path(str(connection.execute("SHOW hba_file").fetchone()[0]))  # type: ignore[index]
            rules.write_text(f"local all lake,reader scram-sha-256\n{rules.read_text()}")
            connection.execute("SELECT pg_reload_conf()")

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(host=self.socket, user="postgres", dbname=database, autocommit=True)

    def address(self, role: str = "lake", password: str = PASSWORD, database: str = "lake") -> str:
        return psycopg.conninfo.make_conninfo(host=self.socket, user=role, password=password, dbname=database)

    def url(self, role: str = "lake", password: str = PASSWORD, database: str = "lake") -> str:
        from urllib.parse import quote

        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={quote(self.socket, safe='')}"

    def kill(self) -> None:
        """Kills the server and all of its backends, by their ids, as a machine that loses its power does."""
        postmaster = psutil.Process(int((self.server.pgdata / "postmaster.pid").read_text().splitlines()[0]))
        doomed = [postmaster, *postmaster.children(recursive=True)]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(doomed, timeout=10)

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def close(self) -> None:
        self.server.cleanup()


@contextmanager
def running() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="charter-pg-"))
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
