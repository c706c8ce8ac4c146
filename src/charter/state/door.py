"""What all readers and writers of the operational database share: how its failures are told, and its instants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from charter.state.codes import STA001, STA002

TRIES = 20
Answer = TypeVar("Answer")


def in_utc(instant: datetime) -> datetime:
    """Answers the instant in UTC; SQLite keeps no zone, and what it holds is UTC."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


@contextmanager
def told() -> Iterator[None]:
    """Raises STA001 for what the database cannot do; that a row is there already is left to the caller."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, OSError) as error:
        raise STA001.exception(reason=str(getattr(error, "orig", None) or error).splitlines()[0]) from error


def write(engine: Engine, once: Callable[[Connection], Answer]) -> Answer:
    """Runs it in a transaction; where another process wrote the same line at the same time, once more on what is there now."""
    for _ in range(TRIES):
        try:
            with told(), engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    # A reader that becomes a writer is refused by SQLite at once, without waiting.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                answer = once(connection)
                connection.commit()
                return answer
        except IntegrityError:
            continue
    raise STA002.exception(n=TRIES)
