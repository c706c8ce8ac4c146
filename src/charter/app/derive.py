"""Deriving tasks: what a look at the group adds to their history, once, however often and by however many it is looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from charter.app.conditions import look
from charter.app.project import Project, bound, day_of_look
from charter.app.routing import Router
from charter.app.wording import counted
from charter.errors import CharterError, Finding, Severity
from charter.model.model import Model
from charter.organisation.reading import read_matrix
from charter.tasks.kinds import POLICY, TaskPolicySpec
from charter.tasks.rules import OPENED, REOPENED, RESOLVED, Event, Task, derive
from charter.tasks.store import read_tasks, write_look

RULES = 1
"""Rises with what opens tasks, so that a later version looks again at what it has seen."""
TRIES = 5


@dataclass(frozen=True)
class News:
    """What a look added: how many tasks were opened, resolved and reopened by it, and how many are open."""

    opened: int
    resolved: int
    reopened: int
    open: int

    def in_words(self) -> str:
        """Answers it in one line; empty where there is no task."""
        parts = [(self.opened, "opened"), (self.reopened, "reopened"), (self.resolved, "resolved")]
        said = ", ".join(f"{count:,} {what}" for count, what in parts if count)
        if not said and not self.open:
            return ""
        return f"{counted(self.open, 'task')} open{f' ({said})' if said else ''}: `charter tasks`"

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return vars(self)


@dataclass(frozen=True)
class Derived:
    """The tasks after a look; `problem` says why nothing could be looked at, and the tasks stand as they were."""

    tasks: Mapping[str, Task]
    news: News
    problem: Finding | None = None


def derive_tasks(project: Project, moment: datetime) -> Derived:
    """Looks at what binds and at the newest commit of the lake, and writes what follows for the tasks.

    What was looked at before is not looked at again. Where another process looked meanwhile, the look is taken again, so
    that nothing old is written over what is newer.
    """
    from charter.state.database import open_state

    project = bound(project)
    day = day_of_look(project, moment)
    with open_state(project.state_place) as state:
        log = state.tasks
        for _ in range(TRIES):
            before = log.look()
            accepted = [one.key for one in state.acceptances()]
            matrix, findings = read_matrix(project.workspace, accepted)
            if wrong := [one for one in (*project.workspace.findings, *findings) if one.severity is Severity.ERROR]:
                known = read_tasks(log)
                return Derived(known, _news([], known), _problem(wrong))
            model = project.model(day)
            router = Router(model, matrix)
            try:
                with project.reading() if project.store.exists() else nullcontext() as lake:
                    seen = lake.snapshot() if lake else 0
                    basis = f"{RULES} {seen} {project.workspace.manifest.hash} {day} {len(accepted)}"
                    if basis == before.basis:
                        break
                    sight = look(model, matrix, router, lake, policy_at(model, "group").months)
            except CharterError as error:  # a lake that cannot be read does not hide what there is to do
                known = read_tasks(log)
                return Derived(known, _news([], known), _unread(error))
            added: list[Event] = []

            def decide(tasks: Mapping[str, Task]) -> list[Event]:
                added[:] = derive(tasks, sight.conditions, sight.looked_at, moment, router.is_there)  # noqa: B023
                return added  # noqa: B023

            if write_look(log, before, basis, moment, decide):
                known = read_tasks(log)
                return Derived(known, _news(added, known))
        known = read_tasks(log)
        return Derived(known, _news([], known))


def derive_after(project: Project, moment: datetime) -> tuple[News | None, Finding | None]:
    """Derives the tasks at the end of something that is committed already; what goes wrong is told, and undoes nothing."""
    try:
        found = derive_tasks(project, moment)
    except CharterError as error:
        return None, _unread(error)
    return found.news, found.problem


def policy_at(model: Model, scope: str) -> TaskPolicySpec:
    """Answers the policy at a scope, the group's for one that is closed; where none is declared, the one that ships."""
    if POLICY not in map(str, model.all_refs("TaskPolicy")):
        return TaskPolicySpec()
    here = scope if model.tree.is_open(scope, model.as_of) else "group"
    effective = model.effective(POLICY, here)
    return effective.spec if effective is not None else TaskPolicySpec()


def _news(added: list[Event], tasks: Mapping[str, Task]) -> News:
    count = Counter(one.what for one in added)
    waiting = sum(1 for one in tasks.values() if one.is_open)
    return News(count[OPENED], count[RESOLVED], count[REOPENED], waiting)


def _unread(error: CharterError) -> Finding:
    hint = "the tasks stand as they were; the next `charter tasks` derives them"
    return Finding(error.code, Severity.WARNING, f"tasks were not derived: {error.message}", error.origin, hint)


def _problem(wrong: list[Finding]) -> Finding:
    first = wrong[0]
    text = f"tasks were not derived: the documents have {counted(len(wrong), 'error')}, first {first.code} {first.message}"
    return Finding(
        first.code, Severity.WARNING, text, first.origin, "`charter check` lists them; the tasks stand as they were", first.layer
    )
