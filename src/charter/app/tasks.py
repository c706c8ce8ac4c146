"""Tasks as every face tells them, and what a person does with one."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from charter.app.derive import Derived, derive_tasks, policy_at
from charter.app.project import Project, bound, day_of_look, now
from charter.errors import nearest_hint
from charter.model.model import Model
from charter.organisation.reading import read_matrix
from charter.organisation.rules import Matrix
from charter.performance.calendar import timeline
from charter.performance.measure import STANDARD
from charter.tasks.clock import Clock, clock
from charter.tasks.codes import TSK001, TSK002, TSK003, TSK004, TSK005, TSK006, TSK007, TSK008, TSK010
from charter.tasks.rules import COMMENTED, HANDED, KINDS, REOPENED, RESOLVED, Event, Task
from charter.tasks.store import read_tasks, write_event
from charter.values.business_calendar import BusinessCalendar, always_open

if TYPE_CHECKING:
    from charter.state.task_log import TaskLog

SHORT = 8


@dataclass(frozen=True)
class TaskRow:
    """A task with its clock, ready to be told; `short` is the beginning of its id that is enough."""

    task: Task
    clock: Clock
    short: str

    @property
    def owner(self) -> str | None:
        """Answers whose it is; None: nobody who is there."""
        return self.task.person

    @property
    def look_with(self) -> str:
        """Answers the command that shows what is behind it."""
        about, at = self.task.about, f"--at {self.task.scope}"
        if self.task.kind == "contract":
            rule = f" --rule {shlex.quote(about[3])}" if about[0] == "held" else ""
            return f"charter quarantine list --source {about[1]}/{about[2]}{rule}"
        return {
            "breach": lambda: f"charter number {about[0]} {at} --period {about[-1]}",
            "vacancy": lambda: f"charter owners {at}",
            "acceptance": lambda: f"charter owners {at} --person {about[0]} --pending",
            "stale": lambda: f"charter why {about[0]} {about[1]} {at}",
            "silence": lambda: f"charter show Source:{about[0]}",
        }[self.task.kind]()

    def as_dict(self) -> dict[str, Any]:
        """Answers the task as a plain mapping, with its history."""
        task = self.task
        return {
            "id": task.id, "kind": task.kind, "about": list(task.about), "what": task.what, "scope": task.scope,
            "state": "open" if task.is_open else "resolved", "owner": task.person, "why_theirs": task.via, "look_with": self.look_with,
            "handed_over": task.handed_over, "opened_at": task.opened_at.isoformat(),
            "resolved_at": _iso(task.resolved_at), "resolved_by": task.resolved_by, "done": task.done or None,
            "clock": {"spent_seconds": self.clock.spent, "allowed_seconds": self.clock.allowed, "overdue": self.clock.overdue,
                      "due_at": _iso(self.clock.due_at)},
            "history": [
                {"seq": one.seq, "what": one.what, "at": one.at.isoformat(), "by": one.by, "text": one.text, "person": one.person}
                for one in task.events
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class TaskList:
    """Tasks that were asked for, those due first; of all, how many are open; and what could not be looked at."""

    rows: tuple[TaskRow, ...]
    derived: Derived
    person: str | None


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def tasks(
    project: Project,
    *,
    at: str | None = None,
    mine: bool = False,
    person: str | None = None,
    kind: str | None = None,
    resolved: bool = False,
    moment: datetime | None = None,
) -> TaskList:
    """Derives the tasks, and answers those that were asked for, the ones due first.

    Args:
        project: the workspace.
        at: this scope and below; None: everywhere.
        mine: only those of the person whose login the system's user is.
        person: only those of this person.
        kind: only of this kind.
        resolved: resolved ones as well.
        moment: the instant; else now.
    """
    moment = moment or now()
    project = bound(project)
    day = day_of_look(project, moment)
    if kind is not None and kind not in KINDS:
        raise TSK008.exception(kind=kind, near=nearest_hint(kind, KINDS, f"{', '.join(KINDS)} are"))
    model = project.model(day)
    if at is not None:
        model.tree.chain(at, day)
    matrix, _ = read_matrix(project.workspace)
    whose = person or (_me(matrix, model) if mine else None)
    if person is not None:
        _refuse_unknown(matrix, person, model)
    derived = derive_tasks(project, moment)
    below = None if at is None else {at, *model.tree.descendants(at, day)}
    wanted = [
        one
        for one in derived.tasks.values()
        if (resolved or one.is_open)
        and (below is None or one.scope in below)
        and kind in (None, one.kind)
        and whose in (None, one.person)
    ]
    told = _told(wanted, derived.tasks, model, moment)
    return TaskList(tuple(sorted(told, key=_urgency)), derived, whose)


def task(project: Project, beginning: str, *, moment: datetime | None = None) -> TaskRow:
    """Answers one task, by (the beginning of) its id, as it was derived last."""
    moment = moment or now()
    project = bound(project)
    with _log(project) as log:
        known = read_tasks(log)
    return _told([_find(known, beginning)], known, project.model(day_of_look(project, moment)), moment)[0]


def comment(project: Project, beginning: str, text: str, *, moment: datetime | None = None) -> TaskRow:
    """Adds a remark to a task, open or resolved."""
    _refuse_empty("the comment", text)
    return _act(project, beginning, moment, lambda _, event: replace(event, what=COMMENTED, text=text.strip()))


def hand_over(project: Project, beginning: str, person: str, reason: str, *, moment: datetime | None = None) -> TaskRow:
    """Gives an open task to another person who is there; it stays theirs, whoever is accountable later."""
    _refuse_empty("the reason", reason)
    project = bound(project)
    matrix, _ = read_matrix(project.workspace)
    _refuse_unknown(matrix, person, project.model(day_of_look(project, moment or now())), present=True)

    def decide(one: Task, event: Event) -> Event:
        _refuse_resolved(one)
        if one.person == person:
            raise TSK010.exception(id=one.id[:SHORT], person=person)
        return replace(event, what=HANDED, text=reason.strip(), person=person)

    return _act(project, beginning, moment, decide)


def resolve(project: Project, beginning: str, done: str, *, moment: datetime | None = None) -> TaskRow:
    """Resolves an open task by what was done about it."""
    _refuse_empty("what was done", done)

    def decide(one: Task, event: Event) -> Event:
        _refuse_resolved(one)
        return replace(event, what=RESOLVED, text=done.strip())

    return _act(project, beginning, moment, decide)


def reopen(project: Project, beginning: str, reason: str, *, moment: datetime | None = None) -> TaskRow:
    """Opens a resolved task again; whoever reopens it, a person resolves it."""
    _refuse_empty("the reason", reason)

    def decide(one: Task, event: Event) -> Event:
        if one.is_open:
            raise TSK004.exception(id=one.id[:SHORT])
        return replace(event, what=REOPENED, text=reason.strip())

    return _act(project, beginning, moment, decide)


def _act(project: Project, beginning: str, moment: datetime | None, decide: Callable[[Task, Event], Event]) -> TaskRow:
    moment = moment or now()
    project = bound(project)
    by = f"{getpass.getuser()} (unauthenticated)"
    with _log(project) as log:
        after = write_event(log, lambda known: decide(one := _find(known, beginning), Event(one.id, 0, "", moment, by)))
        known = read_tasks(log)
    return _told([after], known, project.model(day_of_look(project, moment)), moment)[0]


@contextmanager
def _log(project: Project) -> Iterator[TaskLog]:
    from charter.state.database import open_state  # a third of a second to import; what is wrong with the call is told before

    with open_state(project.state_place) as state:
        yield state.tasks


def _find(known: Mapping[str, Task], beginning: str) -> Task:
    wanted = beginning.strip().lower()
    found = [one for key, one in sorted(known.items()) if wanted and key.startswith(wanted)]
    if not found:
        raise TSK001.exception(id=beginning)
    if len(found) > 1:
        raise TSK002.exception(id=beginning, n=len(found), named=", ".join(one.id for one in found[:5]))
    return found[0]


def _refuse_empty(what: str, text: str) -> None:
    if not text.strip():
        raise TSK005.exception(what=what)


def _refuse_resolved(one: Task) -> None:
    if one.resolved_at is not None:
        raise TSK003.exception(id=one.id[:SHORT], day=one.resolved_at.date(), by=one.resolved_by, done=one.done)


def _refuse_unknown(matrix: Matrix, person: str, model: Model, *, present: bool = False) -> None:
    """Without any table of people everybody is known; one who left may be asked for, and be handed nothing."""
    here = matrix.is_present(person, model.as_of) if present else (not matrix.people or person in matrix.people)
    if not here:
        known = [who for who in matrix.people if not present or matrix.is_present(who, model.as_of)]
        left = matrix.left_on(person, model.as_of)
        near = (
            f"left on {left}"
            if left
            else nearest_hint(f"person/{person.removeprefix('person/')}", known, "`charter owners` lists who is")
        )
        raise TSK006.exception(person=person, day=model.as_of, near=near)


def _me(matrix: Matrix, model: Model) -> str:
    login = getpass.getuser()
    found = matrix.people_of(login, model.as_of)
    if len(found) != 1:
        raise TSK007.exception(n=len(found) or "none", login=login)
    return found[0]


def _told(wanted: list[Task], known: Mapping[str, Task], model: Model, moment: datetime) -> list[TaskRow]:
    calendars: dict[str, BusinessCalendar] = {}
    hours: dict[str, Mapping[str, int]] = {}
    length = _enough(known)
    rows = []
    for one in wanted:
        if one.scope not in calendars:
            calendars[one.scope] = timeline(model, STANDARD, one.scope) or timeline(model, STANDARD, "group") or always_open()
            hours[one.scope] = policy_at(model, one.scope).hours.model_dump()
        rows.append(TaskRow(one, clock(one.spans, calendars[one.scope], hours[one.scope][one.kind], moment), one.id[:length]))
    return rows


def _enough(known: Mapping[str, Task]) -> int:
    """The length at which no two ids begin alike."""
    return next((n for n in range(SHORT, 13) if len({key[:n] for key in known}) == len(known)), 12)


def _urgency(row: TaskRow) -> tuple[bool, bool, str, str, str]:
    due = row.clock.due_at
    return (not row.task.is_open, due is None, due.isoformat() if due else "", row.task.what, row.task.id)
