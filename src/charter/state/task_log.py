"""The history of tasks: append-only, each line once, and after which looks at the group it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from charter.state.door import in_utc, told, write
from charter.state.tables import TASK_EVENT, TASK_LOOK


@dataclass(frozen=True)
class TaskLine:
    """One line: of which task, the how many-th (from 1), what happened, when (UTC), by whom, and to whom it went."""

    task: str
    seq: int
    what: str
    at: datetime
    by: str
    text: str = ""
    person: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """The newest look at the group: the how many-th it was, and what it stood on. 0 and "": there was none."""

    seq: int
    basis: str


class TaskLog:
    """The lines of all tasks in the operational database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines(self) -> tuple[TaskLine, ...]:
        """Answers every line, by task and in the order in which they were written."""
        with told(), self._engine.connect() as connection:
            return _lines(connection)

    def look(self) -> Look:
        """Answers the newest look."""
        with told(), self._engine.connect() as connection:
            return _look(connection)

    def derive(self, after: Look, basis: str, at: datetime, decide: Callable[[Sequence[TaskLine]], Iterable[TaskLine]]) -> bool:
        """Writes what `decide` makes of the lines so far, and that this was looked at; all of it, or nothing.

        Answers False, and writes nothing, where another look was written since `after`: what was seen may be older than
        what stands there now.
        """

        def once(connection: Connection) -> bool:
            if _look(connection) != after:
                return False
            connection.execute(insert(TASK_LOOK).values(seq=after.seq + 1, basis=basis, at=in_utc(at)))
            _write(connection, decide(_lines(connection)))
            return True

        return write(self._engine, once)

    def append(self, decide: Callable[[Sequence[TaskLine]], TaskLine]) -> TaskLine:
        """Writes the one line that `decide` makes of the lines so far; what it raises is raised, and nothing is written."""

        def once(connection: Connection) -> TaskLine:
            line = decide(_lines(connection))
            _write(connection, [line])
            return line

        return write(self._engine, once)


def _look(connection: Connection) -> Look:
    row = connection.execute(select(TASK_LOOK.c.seq, TASK_LOOK.c.basis).order_by(TASK_LOOK.c.seq.desc()).limit(1)).first()
    return Look(int(row[0]), str(row[1])) if row else Look(0, "")


def _lines(connection: Connection) -> tuple[TaskLine, ...]:
    rows = connection.execute(select(TASK_EVENT).order_by(TASK_EVENT.c.task, TASK_EVENT.c.seq)).mappings()
    return tuple(
        TaskLine(
            row["task"], row["seq"], row["what"], in_utc(row["at"]), row["by"], row["text"], row["person"],
            json.loads(row["detail"]),
        )
        for row in rows
    )  # fmt: skip


def _write(connection: Connection, lines: Iterable[TaskLine]) -> None:
    values = [
        {
            "task": one.task, "seq": one.seq, "what": one.what, "at": in_utc(one.at), "by": one.by, "text": one.text,
            "person": one.person, "detail": json.dumps(dict(one.detail), ensure_ascii=False, sort_keys=True),
        }
        for one in lines
    ]  # fmt: skip
    if values:
        connection.execute(insert(TASK_EVENT), values)
