"""What all readers and writers of the operational database share: how its failures are told, and its instants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from charter.state.codes import STA001


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
