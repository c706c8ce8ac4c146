"""Findings over the model: every one at once, each write counted once, in the order of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.metadata import entry_points

from charter.errors import Finding, Severity
from charter.model.check_documents import document_findings
from charter.model.check_writes import fold_findings, lock_findings, waiver_findings
from charter.model.codes import MOD015, MOD018, MOD020, MOD022, MOD024, MOD025, MOD026, MOD027, MOD035
from charter.model.model import Model
from charter.model.ref import Ref
from charter.model.workspace import Workspace, collector_paused


@dataclass(frozen=True)
class CheckContext:
    """What a check looks at: the workspace, and its model on the day."""

    workspace: Workspace
    model: Model
    as_of: date


Check = Callable[[CheckContext], Iterable[Finding]]


@cache
def load_checks() -> tuple[Check, ...]:
    """Answers the checks of this installation, from the entry points `charter.checks`."""
    found: list[Check] = []
    for entry in sorted(entry_points(group="charter.checks"), key=lambda point: point.name):
        found += entry.load()
    return tuple(found)


def check(workspace: Workspace, as_of: date, checks: Iterable[Check] = ()) -> tuple[Finding, ...]:
    """Answers every finding: of reading, of the kernel (each Ref on each of its segments), and of the rooms' checks."""
    with collector_paused():
        return _check(workspace, as_of, checks)


def _check(workspace: Workspace, as_of: date, checks: Iterable[Check]) -> tuple[Finding, ...]:
    model = workspace.model(as_of)
    found = list(workspace.findings)
    found += document_findings(workspace)
    found += _over_time(workspace, as_of)
    found += lock_findings(model)
    found += waiver_findings(workspace, as_of)
    context = CheckContext(workspace, model, as_of)
    for one in checks:
        found += one(context)
    return tuple(sorted(_once(found), key=Finding.sort_key))


_OF_A_WRITE = {code.code for code in (MOD015, MOD018, MOD020, MOD022, MOD024, MOD025, MOD026, MOD027, MOD035)}


def _over_time(workspace: Workspace, as_of: date) -> Iterator[Finding]:
    """Yields the findings of the day asked for, then those that only other days have, each once, with the first such day.

    A write that only days to come refuse is an error before it binds anyone; one that only days gone refused is a warning.
    """
    days = _days(workspace, as_of)
    seen = set()
    for day in (as_of, *(other for other in days if other > as_of), *(other for other in days if other < as_of)):
        for finding in kernel_findings(workspace.model(day), days[day], as_of):
            of_a_write = finding.code in _OF_A_WRITE
            key = (finding.code, finding.origin, "" if of_a_write else finding.message.replace(str(day), ""))
            if key in seen:
                continue
            seen.add(key)
            if not of_a_write or day == as_of:
                yield finding
                continue
            is_past = day < as_of and finding.severity is Severity.ERROR
            told = replace(finding, message=f"{finding.message} (on {day})")
            yield replace(told, severity=Severity.WARNING) if is_past else told


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen = set()
    for finding in findings:
        key = (finding.code, finding.origin, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding


def _days(workspace: Workspace, as_of: date) -> dict[date, set[Ref]]:
    """Answers on which days which Refs must be looked at: on the day asked, and on each day that the Ref changes."""
    days: dict[date, set[Ref]] = {as_of: set()}
    index, tree = workspace.index, workspace.tree
    for ref in index.refs():
        days[as_of].add(ref)
        bounds = set(index.days(ref))
        for layer in index.layers(ref):
            bounds |= tree.boundaries_above(layer)
        bounds.discard(max((bound for bound in bounds if bound <= as_of), default=as_of))  # as_of lies in that segment
        for bound in bounds:
            if bound < as_of + timedelta(days=3660):
                days.setdefault(bound, set()).add(ref)
    return dict(sorted(days.items()))


def kernel_findings(model: Model, refs: Iterable[Ref], asked: date) -> Iterator[Finding]:
    """Answers what the kernel finds for the Refs on the model's day: refused writes, and what results.

    On other days than the one asked for, a write that a waiver lets through for a time is no finding: that the waiver
    ends is told of the waiver.
    """
    for ref in sorted(refs):
        for layer in sorted(model.layers_of(ref)):
            if model.tree.is_open(layer, model.as_of):
                yield from fold_findings(model, ref, layer, asked)
