"""Findings over the model: every one at once, each write counted once, in the order of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import entry_points

from charter.errors import Finding
from charter.model.check_documents import document_findings
from charter.model.check_writes import fold_findings, lock_findings, waiver_findings
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
    for day, refs in _days(workspace, as_of).items():
        found += kernel_findings(workspace.model(day), refs, as_of)
    found += lock_findings(model)
    found += waiver_findings(workspace, as_of)
    context = CheckContext(workspace, model, as_of)
    for one in checks:
        found += one(context)
    return tuple(sorted(_once(found), key=Finding.sort_key))


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
