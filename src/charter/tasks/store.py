"""Reads and writes the history of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from charter.state.task_log import Look, TaskLine, TaskLog
from charter.tasks.rules import Event, Task, fold


def read_tasks(log: TaskLog) -> dict[str, Task]:
    """Answers all tasks, by id."""
    return fold(map(_event, log.lines()))


def write_look(
    log: TaskLog, after: Look, basis: str, at: datetime, decide: Callable[[Mapping[str, Task]], Iterable[Event]]
) -> bool:
    """Writes what `decide` adds to the tasks as they are now; answers False where another look came in between."""
    return log.derive(after, basis, at, lambda lines: [_line(one) for one in decide(fold(map(_event, lines)))])


def write_event(log: TaskLog, decide: Callable[[Mapping[str, Task]], Event]) -> Task:
    """Writes what a person did; answers the task after it. `decide` raises where it cannot be done."""
    known: dict[str, Task] = {}

    def line(lines: Iterable[TaskLine]) -> TaskLine:
        known.clear()
        known.update(fold(map(_event, lines)))
        event = decide(known)
        return _line(replace(event, seq=len(known[event.task].events) + 1))

    written = _event(log.append(line))
    return known[written.task].with_event(written)


def _event(line: TaskLine) -> Event:
    return Event(line.task, line.seq, line.what, line.at, line.by, line.text, line.person, line.detail)


def _line(event: Event) -> TaskLine:
    return TaskLine(event.task, event.seq, event.what, event.at, event.by, event.text, event.person, event.detail)
