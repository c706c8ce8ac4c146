"""The key of pseudonyms, in the operational database: whoever has a copy of the lake alone cannot tell people by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from charter.state.door import in_utc, told, write
from charter.state.tables import PSEUDONYM_KEY

_NAME = "people"


class Keyring:
    """The key in the operational database; it is made once, and stays."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def key(self) -> str | None:
        """Answers the key; None where none was made yet."""
        with told(), self._engine.connect() as connection:
            return _key(connection)

    def keep(self, key: str, at: datetime) -> str:
        """Keeps the key where there is none yet; answers the one that stands: of two at once the first."""

        def once(connection: Connection) -> str:
            if (known := _key(connection)) is not None:
                return known
            connection.execute(insert(PSEUDONYM_KEY).values(name=_NAME, key=key, made_at=in_utc(at)))
            return key

        return write(self._engine, once)


def _key(connection: Connection) -> str | None:
    found = connection.execute(select(PSEUDONYM_KEY.c.key).where(PSEUDONYM_KEY.c.name == _NAME)).scalar_one_or_none()
    return None if found is None else str(found)
