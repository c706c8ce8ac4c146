"""What opens a task, what its history makes of it, and what a look at the group adds to that history. Pure.

A task is its events and nothing else. A condition is something that a look at the group found, known by what it is
about, so that the next look finds the same task; its evidence says by what it is known. A resolution covers the evidence
of its day: only something new opens the task again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

KINDS = ("breach", "vacancy", "acceptance", "stale", "contract", "silence")
STATES = frozenset(KINDS) - {"breach"}
"""Kinds that hold or do not hold; a month that is over stays missed until a person has looked at it."""

SYSTEM = "charter"
OPENED, ROUTED, TOLD, COMMENTED, HANDED, RESOLVED, CONFIRMED, REOPENED = (
    "opened", "routed", "told", "commented", "handed over", "resolved", "confirmed", "reopened",
)  # fmt: skip
SAME_CLOCK = timedelta(days=14)
"""Reopened within so long, the clock goes on (KPI, time-to-resolution); later it begins anew."""
GONE = {
    "vacancy": "somebody who is there is accountable",
    "acceptance": "all of it was accepted, or is no longer theirs",
    "stale": "the value was looked at, or no longer holds",
    "contract": "nothing of it is held or refused any more",
    "silence": "what was missing came",
}


def id_of(kind: str, *parts: str) -> str:
    """Answers the id of a task: the first 12 hex digits over its kind and what it is about."""
    return hashlib.sha256("\0".join((kind, *parts)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Condition:
    """Something that one look at the group found.

    Attributes:
        about: what it is about; with the kind, the identity of the task.
        what: in words, as the list shows it.
        evidence: by what it is known; something new in it opens a resolved task again.
        person: who is accountable; None: nobody who is there.
        via: by what that person is accountable, or why nobody is.
        since: from when the clock runs; None: from this look on. Never later than the look.
        holds: false where it was looked at and does not hold: no task is opened, but a breach's task says so.
    """

    kind: str
    about: tuple[str, ...]
    scope: str
    what: str
    evidence: frozenset[str]
    person: str | None = None
    via: str = ""
    since: datetime | None = None
    holds: bool = True

    @property
    def id(self) -> str:
        """Answers the id of its task."""
        return id_of(self.kind, *self.about)


@dataclass(frozen=True)
class Event:
    """One line of a task's history. `seq` counts from 1; `detail` holds what opened it, or its evidence."""

    task: str
    seq: int
    what: str
    at: datetime
    by: str
    text: str = ""
    person: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A task as its history makes it.

    `spans` are the times in which it was open that the clock counts, the last one without an end while it is open;
    `covered` is the evidence that its last resolution by a person knew.
    """

    id: str
    kind: str
    about: tuple[str, ...]
    scope: str
    what: str
    evidence: frozenset[str]
    person: str | None
    via: str
    events: tuple[Event, ...]
    spans: tuple[tuple[datetime, datetime | None], ...]
    handed_over: bool = False
    resolved_by: str | None = None
    done: str = ""
    covered: frozenset[str] = frozenset()
    kept_open: bool = False

    @property
    def is_open(self) -> bool:
        """Answers whether it waits for somebody."""
        return self.resolved_by is None

    @property
    def opened_at(self) -> datetime:
        """Answers from when its clock runs."""
        return self.spans[0][0]

    @property
    def resolved_at(self) -> datetime | None:
        """Answers when it was resolved; None: it is open."""
        return self.spans[-1][1]

    def with_event(self, event: Event) -> Task:
        """Answers the task after one more event."""
        known = replace(self, events=(*self.events, event))
        if event.what == TOLD:
            return replace(known, what=event.text, evidence=_evidence(event))
        if event.what == ROUTED:
            return replace(known, person=event.person, via=event.text, handed_over=False)
        if event.what == HANDED:
            return replace(known, person=event.person, via=f"handed over: {event.text}", handed_over=True)
        if event.what == RESOLVED and self.is_open:
            begin = self.spans[-1][0]
            covered = frozenset() if event.by == SYSTEM else self.evidence
            return replace(
                known, spans=(*self.spans[:-1], (begin, max(begin, event.at))), resolved_by=event.by, done=event.text,
                covered=covered, kept_open=False,
            )  # fmt: skip
        if event.what == CONFIRMED:
            # It is gone, as the person said: should it come back, it is another time, and not what was covered.
            return replace(known, covered=frozenset())
        if event.what == REOPENED and not self.is_open:
            return _reopened(known, event)
        return known


def _reopened(task: Task, event: Event) -> Task:
    last = task.resolved_at
    goes_on = last is not None and event.at - last <= SAME_CLOCK
    spans = (*(task.spans if goes_on else ()), (event.at, None))
    opened = replace(task, spans=spans, resolved_by=None, done="", kept_open=event.by != SYSTEM)
    if event.by != SYSTEM:
        return opened
    found = event.detail
    return replace(
        opened, what=str(found["what"]), evidence=_evidence(event), person=event.person, via=str(found["via"]), handed_over=False
    )


def _evidence(event: Event) -> frozenset[str]:
    return frozenset(map(str, event.detail.get("evidence", ())))


def fold(events: Iterable[Event]) -> dict[str, Task]:
    """Answers the tasks that these events make, by id; an event that stands twice counts once."""
    found: dict[str, Task] = {}
    for event in sorted({(one.task, one.seq): one for one in events}.values(), key=lambda one: (one.task, one.seq)):
        known = found.get(event.task)
        found[event.task] = known.with_event(event) if known else _opened(event)
    return found


def _opened(event: Event) -> Task:
    said = event.detail
    return Task(
        event.task, str(said["kind"]), tuple(map(str, said["about"])), str(said["scope"]), event.text, _evidence(event),
        event.person, str(said["via"]), (event,), ((event.at, None),),
    )  # fmt: skip


def derive(
    tasks: Mapping[str, Task],
    conditions: Iterable[Condition],
    looked_at: Collection[str],
    moment: datetime,
    is_there: Callable[[str], bool] = lambda _: True,
) -> list[Event]:
    """Answers the events that a look adds: opened, told anew, routed, resolved since it no longer holds, reopened.

    Looking twice adds nothing the second time, in whatever order the conditions come.

    Args:
        tasks: all tasks so far, by id.
        conditions: what the look found.
        looked_at: the kinds that it could look at; the tasks of the others stay as they are.
        moment: when.
        is_there: whether a person is with the group; a task that was handed to one who left is routed again.
    """
    found = _by_id(conditions)
    events: list[Event] = []
    for task_id, one in sorted(found.items()):
        known = tasks.get(task_id)
        if known is None:
            events += [_event(_first(one, moment), 1)] if one.holds else []
        elif known.is_open:
            events += _numbered(known, _changes(known, one, moment, is_there))
        elif one.holds and (why := _comes_back(known, one)):
            said = {"what": one.what, "via": one.via, "evidence": sorted(one.evidence)}
            events.append(_event(Event(task_id, 0, REOPENED, moment, SYSTEM, why, one.person, said), len(known.events) + 1))
    holding = {task_id for task_id, one in found.items() if one.holds}
    for task in sorted(tasks.values(), key=lambda one: one.id):
        if task.kind in STATES and task.kind in looked_at and task.id not in holding and (what := _ends(task)):
            events.append(Event(task.id, len(task.events) + 1, what, moment, SYSTEM, GONE[task.kind]))
    return events


def _ends(task: Task) -> str | None:
    """What it means to a task that its condition no longer holds; what a person reopened, a person resolves."""
    if task.is_open:
        return None if task.kept_open else RESOLVED
    return CONFIRMED if task.covered else None


def _by_id(conditions: Iterable[Condition]) -> dict[str, Condition]:
    """The conditions by task; of two about the same, the evidence of both counts."""
    found: dict[str, Condition] = {}
    for one in sorted(conditions, key=lambda each: (each.id, not each.holds, each.what, sorted(each.evidence))):
        known = found.get(one.id)
        found[one.id] = replace(known, evidence=known.evidence | one.evidence) if known and one.holds else known or one
    return found


def _first(one: Condition, moment: datetime) -> Event:
    said = {"kind": one.kind, "about": list(one.about), "scope": one.scope, "via": one.via, "evidence": sorted(one.evidence)}
    return Event(one.id, 1, OPENED, min(one.since or moment, moment), SYSTEM, one.what, one.person, said)


def _changes(task: Task, one: Condition, moment: datetime, is_there: Callable[[str], bool]) -> list[Event]:
    events = []
    if one.what != task.what or one.evidence != task.evidence:
        events.append(Event(task.id, 0, TOLD, moment, SYSTEM, one.what, None, {"evidence": sorted(one.evidence)}))
    theirs = task.handed_over and task.person is not None and is_there(task.person)
    if not theirs and (one.person != task.person or task.handed_over):
        events.append(Event(task.id, 0, ROUTED, moment, SYSTEM, one.via, one.person))
    return events


def _comes_back(task: Task, one: Condition) -> str:
    """Why a resolved task is opened again; empty: it is not."""
    if task.resolved_by == SYSTEM:
        return "it is there again"
    return "there is more of it than when it was resolved" if one.evidence - task.covered else ""


def _numbered(task: Task, events: Sequence[Event]) -> list[Event]:
    return [_event(one, len(task.events) + place) for place, one in enumerate(events, 1)]


def _event(one: Event, seq: int) -> Event:
    return replace(one, seq=seq)
