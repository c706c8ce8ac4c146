"""What people decided about two accounts or items that may be the same: append-only, in the order in which it was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select

from charter.state.door import in_utc, told, write
from charter.state.tables import MATCH_DECISION


@dataclass(frozen=True)
class MatchLine:
    """One line of a kind (account, item): the how many-th (from 1), about which two, what, by whom, when (UTC) and why."""

    kind: str
    seq: int
    left: str
    right: str
    what: str
    by: str
    at: datetime
    reason: str


class MatchLog:
    """The lines in the operational database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines(self, kind: str) -> tuple[MatchLine, ...]:
        """Answers every line of a kind, in the order in which they were written."""
        with told(), self._engine.connect() as connection:
            return _lines(connection, kind)

    def count(self, kind: str) -> int:
        """Answers how many lines a kind has."""
        with told(), self._engine.connect() as connection:
            query = select(func.count()).select_from(MATCH_DECISION).where(MATCH_DECISION.c.kind == kind)
            return int(connection.execute(query).scalar_one())

    def append(self, kind: str, decide: Callable[[Sequence[MatchLine]], MatchLine]) -> MatchLine:
        """Writes the one line that `decide` makes of the lines so far; what it raises is raised, and nothing is written."""

        def once(connection: Connection) -> MatchLine:
            line = decide(_lines(connection, kind))
            connection.execute(
                insert(MATCH_DECISION).values(
                    kind=line.kind, seq=line.seq, left_key=line.left, right_key=line.right, what=line.what, by=line.by,
                    at=in_utc(line.at), reason=line.reason,
                )
            )  # fmt: skip
            return line

        return write(self._engine, once)


def _lines(connection: Connection, kind: str) -> tuple[MatchLine, ...]:
    table = MATCH_DECISION
    rows = connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.seq)).mappings()
    return tuple(
        MatchLine(
            row["kind"], row["seq"], row["left_key"], row["right_key"], row["what"], row["by"], in_utc(row["at"]), row["reason"]
        )
        for row in rows
    )
