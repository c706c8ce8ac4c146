"""Opening the operational database: SQLite beside the workspace, or PostgreSQL by URL; brought up to date when opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from charter.state.codes import STA001
from charter.state.door import in_utc, told
from charter.state.keyring import Keyring
from charter.state.match_log import MatchLog
from charter.state.tables import ACCEPTANCE
from charter.state.task_log import TaskLog


@dataclass(frozen=True)
class Acceptance:
    """One record: this person took this ownership on, at this instant (UTC), recorded by this login."""

    object: str
    scope: str
    facet: str
    role: str
    person: str
    valid_from: date | None
    accepted_at: datetime
    recorded_by: str

    @property
    def key(self) -> tuple[str, str, str, str, str, date | None]:
        """Answers what was accepted, and by whom: the row of the matrix."""
        return (self.object, self.scope, self.facet, self.role, self.person, self.valid_from)


class State:
    """The open operational database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acceptances(self) -> tuple[Acceptance, ...]:
        """Answers every acceptance, in the order in which they were recorded."""
        with told(), self._engine.connect() as connection:
            rows = connection.execute(select(ACCEPTANCE).order_by(ACCEPTANCE.c.id)).mappings()
            return tuple(
                Acceptance(
                    row["object"], row["scope"], row["facet"], row["role"], row["person"], row["valid_from"],
                    in_utc(row["accepted_at"]), row["recorded_by"],
                )
                for row in rows
            )  # fmt: skip

    def accept(self, acceptance: Acceptance) -> bool:
        """Records an acceptance; answers False where it stood already (the first record stays)."""
        known = {one.key for one in self.acceptances()}
        if acceptance.key in known:
            return False
        values = {column.name: getattr(acceptance, column.name) for column in ACCEPTANCE.columns if column.name != "id"}
        try:
            with told(), self._engine.begin() as connection:
                connection.execute(insert(ACCEPTANCE).values(values))
        except IntegrityError:
            return False
        return True

    @property
    def tasks(self) -> TaskLog:
        """Answers the history of tasks."""
        return TaskLog(self._engine)

    @property
    def matches(self) -> MatchLog:
        """Answers what was decided about accounts and items that may be the same."""
        return MatchLog(self._engine)

    @property
    def keys(self) -> Keyring:
        """Answers the key by which people are pseudonyms in the lake."""
        return Keyring(self._engine)


@contextmanager
def open_state(place: Path | str) -> Iterator[State]:
    """Yields the database at a file (SQLite) or an SQLAlchemy URL, migrated to this version."""
    url = f"sqlite:///{place}" if isinstance(place, Path) else place
    if isinstance(place, Path):
        with told():
            place.parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settings)
    try:
        with told():
            _migrate(engine)
        yield State(engine)
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    try:
        return create_engine(_with_driver(url), **_limits(url))
    except ImportError as error:
        raise STA001.exception(reason=str(error), hint="pip install 'charter-b2b[postgres]'") from error
    except (SQLAlchemyError, ValueError) as error:  # what is said of an address repeats it, password and all
        raise STA001.exception(reason="its address is none", hint=_ADDRESS) from error


def _with_driver(url: str) -> str:
    """Answers the address with the driver that Charter brings, where it names PostgreSQL and none."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _limits(url: str) -> dict[str, Any]:
    """A server that does not answer is told within seconds."""
    return {"connect_args": {"connect_timeout": 5}} if url.startswith("postgres") and "connect_timeout" not in url else {}


def _settings(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


HEAD = "0004"
_ADDRESS = (
    "mend the environment variable that charter.yaml names in spec.store.state: postgresql://user:password@host:5432/database"
)


def _migrate(engine: Engine) -> None:
    """Brings the schema up to date; two processes at once take turns by the database's own write lock."""
    from sqlalchemy import inspect

    with engine.connect() as connection:
        if inspect(connection).has_table("alembic_version"):
            row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
            if row is not None and row[0] == HEAD:
                return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS migration_turn (taken INTEGER)")
            connection.exec_driver_sql("INSERT INTO migration_turn VALUES (1)")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(727274)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
