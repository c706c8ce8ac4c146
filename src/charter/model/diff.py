"""What changes between two models: answers, not texts. Reordered files and rewritten documents change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from charter.errors import Finding, Origin
from charter.model.codes import MOD039
from charter.model.fold import NOOP, Fold, Step
from charter.model.index import targets_of
from charter.model.model import Model, leaf_answers
from charter.model.path import Path, show_path
from charter.model.ref import Ref, depth_of
from charter.model.scope import ScopeTree
from charter.model.value import canonical
from charter.model.workspace import Workspace


@dataclass(frozen=True)
class Held:
    """What one model answers for a leaf: value, state, and where the winner stands. Equal by value and state."""

    value: Any = field(compare=False)
    state: str
    origin: Origin | None = field(compare=False)
    key: Any = field(repr=False)


@dataclass(frozen=True)
class Change:
    """One answer that differs, from a day until another (half-open; None: open). No `Held`: nothing is answered there."""

    ref: Ref
    path: str
    scope: str
    begin: date | None
    end: date | None
    before: Held | None
    after: Held | None

    def exchanged(self) -> Change:
        """Answers the change in the other direction."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True)
class LostWrite:
    """A write that passes before and not after: from when until when, why not, and who would have to waive it."""

    ref: Ref
    path: str
    layer: str
    value: Any
    begin: date | None
    end: date | None
    code: str
    origin: Origin
    holders: tuple[str, ...]


@dataclass(frozen=True)
class Need:
    """A changed write that a lock lets pass with the approval of one of these roles."""

    ref: Ref
    path: str
    layer: str
    roles: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True)
class Plan:
    """All that differs between two workspaces, named by their manifest hashes: over all days, or those asked for."""

    before: str
    after: str
    changes: tuple[Change, ...]
    lost: tuple[LostWrite, ...]
    needs: tuple[Need, ...]

    def __bool__(self) -> bool:
        return bool(self.changes or self.lost)

    def grouped(self) -> Mapping[Ref, Mapping[str, Mapping[str, tuple[Change, ...]]]]:
        """Answers the changes by Ref, then path, then scope, each in the order of their days."""
        found: dict[Ref, dict[str, dict[str, tuple[Change, ...]]]] = {}
        for change in self.changes:
            scopes = found.setdefault(change.ref, {}).setdefault(change.path, {})
            scopes[change.scope] = (*scopes.get(change.scope, ()), change)
        return found


def diff(before: Model, after: Model) -> tuple[Change, ...]:
    """Answers the leaves that the two models answer differently, each on its own day; sorted by Ref, path, scope."""
    sides = _Sides(before.workspace, after.workspace)
    found = []
    for ref in sides.refs():
        for scope in sides.scopes(ref, before.as_of == after.as_of):
            for path, (old, new) in sides.differences(ref, scope, before, after).items():
                found.append(Change(ref, show_path(path), scope, None, None, old, new))
    return tuple(sorted(found, key=_order))


def plan(before: Workspace, after: Workspace, since: date | None = None, until: date | None = None) -> Plan:
    """Answers everything that differs from `since` until `until` (half-open; None: over all time), segment by segment."""
    sides = _Sides(before, after)
    changes: list[Change] = []
    for ref in sides.refs():
        for scope in sides.scopes(ref):
            changes += _changes(sides, ref, scope, segments(sides.days_of(ref) | sides.days(scope), since, until))
    lost, needs = _judged_otherwise(sides, since, until)
    return Plan(before.manifest.hash, after.manifest.hash, tuple(sorted(changes, key=_order)), lost, needs)


def needed(before: Workspace, after: Workspace) -> tuple[Need, ...]:
    """Answers the approvals that the changed writes of `after` need, without working out what changes by them."""
    return _judged_otherwise(_Sides(before, after), None, None)[1]


def _judged_otherwise(sides: _Sides, since: date | None, until: date | None) -> tuple[tuple[LostWrite, ...], tuple[Need, ...]]:
    lost: list[LostWrite] = []
    needs: dict[Need, None] = {}
    for ref in sides.refs():
        for layer in sides.rewritten(ref):
            for begin, end in segments(sides.days_of(ref) | sides.days(layer), since, until):
                old, new = (sides.written(workspace, ref, layer, begin or date.min) for workspace in (sides.before, sides.after))
                lost += (_lost(ref, step, begin, end) for step in new.values() if _passed(old, step) and _is_lost(step))
                needs.update((need, None) for step in new.values() if not _passed(old, step) for need in _needs(ref, step))
    joined = sorted(_joined(lost), key=lambda one: (one.ref, one.path, one.layer, one.begin or date.min))
    return tuple(joined), tuple(sorted(needs, key=lambda one: (one.ref, one.path, one.layer)))


def missing_approvals(needs: Iterable[Need], roles: Iterable[str]) -> tuple[Finding, ...]:
    """Answers a finding for each changed write that none of the roles which may approve it has approved."""
    given = set(roles)
    return tuple(
        MOD039.finding(
            need.origin,
            layer=need.layer,
            path=need.path,
            role=" or ".join(need.roles),
            hint=f"`charter apply --as {need.roles[0]}`",
        )
        for need in needs
        if not given.intersection(need.roles)
    )


class _Sides:
    """Both workspaces: which Refs and scopes can differ at all, and what they answer."""

    def __init__(self, before: Workspace, after: Workspace) -> None:
        self.before, self.after = before, after
        self._all = sorted({*before.tree.scopes(), *after.tree.scopes()})
        self._moved = [scope for scope in self._all if _hanging(before.tree, scope) != _hanging(after.tree, scope)]
        self._answers: dict[int, tuple[Fold, Mapping[Path, Held]]] = {}
        self._differences: dict[tuple[int, int], Mapping[Path, tuple[Held | None, Held | None]]] = {}
        self._texts = tuple(_texts(workspace) for workspace in (before, after))

    def refs(self) -> list[Ref]:
        """Answers the Refs of both, sorted."""
        return sorted({*self.before.index.refs(), *self.after.index.refs()})

    def scopes(self, ref: Ref, same_day: bool = True) -> list[str]:
        """Answers the scopes at which the Ref may differ: all, if its documents or locks do; else those that moved."""
        return self._moved if same_day and not self._rewritten(ref) else self._all

    def rewritten(self, ref: Ref) -> list[str]:
        """Answers the layers in which both hold documents of the Ref that may be judged differently."""
        layers = sorted({*self.before.index.layers(ref), *self.after.index.layers(ref)})
        return layers if self._rewritten(ref) else [layer for layer in layers if layer in self._moved]

    def days_of(self, ref: Ref) -> frozenset[date]:
        """Answers the days on which what the documents and locks of the Ref say may change in either."""
        return frozenset(self.before.index.days(ref) | self.after.index.days(ref))

    def days(self, scope: str) -> frozenset[date]:
        """Answers the days on which the chain of the scope may change in either."""
        return self.before.tree.boundaries_above(scope) | self.after.tree.boundaries_above(scope)

    def _rewritten(self, ref: Ref) -> bool:
        old, new = (text(ref) for text in self._texts)
        return bool(old != new)

    def differences(self, ref: Ref, scope: str, before: Model, after: Model) -> Mapping[Path, tuple[Held | None, Held | None]]:
        """Answers the leaves that differ at the scope, with both answers."""
        old, new = fold_at(before, ref, scope), fold_at(after, ref, scope)
        key = (id(old), id(new))
        if key not in self._differences:
            first, second = self._held(old), self._held(new)
            paths = sorted({*first, *second})
            self._differences[key] = {
                path: (first.get(path), second.get(path)) for path in paths if first.get(path) != second.get(path)
            }
        return self._differences[key]

    def _held(self, fold: Fold | None) -> Mapping[Path, Held]:
        if fold is None:
            return {}
        if id(fold) not in self._answers:  # the fold is kept beside its answers, so that its id stays its own
            self._answers[id(fold)] = (fold, _held(fold))
        return self._answers[id(fold)][1]

    def written(self, workspace: Workspace, ref: Ref, layer: str, on: date) -> Mapping[Any, Step]:
        """Answers the steps of one layer on a day, by what they say."""
        fold = fold_at(workspace.model(on), ref, layer)
        steps = [step for step in fold.steps if step.layer == layer] if fold else []
        return {_said(step): step for step in steps}


def fold_at(model: Model, ref: Ref, scope: str) -> Fold | None:
    """Answers the fold of a Ref at a scope on the model's day, or None where it has no answer."""
    chain = model.tree.find_chain(scope, model.as_of) if scope in model.tree else None
    if chain is None or ref.home not in chain or not model.layers_of(ref):
        return None
    return model.fold(ref, scope)


def _held(fold: Fold) -> Mapping[Path, Held]:
    found = {}
    for path, (value, state, winner) in leaf_answers(fold).items():
        if value is not None or state != "compliant":
            found[path] = Held(value, state, winner.origin if winner else None, canonical(value))
    return found


def _hanging(tree: ScopeTree, scope: str) -> Any:
    """Answers where a scope hangs over time, with all that it ever hangs under."""
    if scope not in tree:
        return None
    slices = tree.slices(scope)
    mine = tuple((one.parent, one.begin, one.end) for one in slices)
    above = (one.parent for one in slices if one.parent and depth_of(one.parent) < depth_of(scope))
    return (mine, *(_hanging(tree, parent) for parent in above))


def _texts(workspace: Workspace) -> Callable[[Ref], Any]:
    """Answers, for a Ref, all that its answers are made from, to see at once that nothing of it was touched."""
    index, files = workspace.index, workspace.manifest.files
    waivers = sorted((one.file, files.get(one.file)) for one in index.waivers)
    shared = (sorted(workspace.unreadable.items()), waivers, workspace.settings.waivers)

    def texts(ref: Ref) -> Any:
        mine = [one for documents in index.layers(ref).values() for one in documents]
        mine += [lock.document for target in targets_of(ref) for lock in index.locks.get(target, ())]
        return (sorted((one.layer, one.file, files.get(one.file, "")) for one in mine), shared)

    return texts


def segments(days: Iterable[date], since: date | None, until: date | None) -> Iterator[tuple[date | None, date | None]]:
    """Yields the stretches between the days, from `since` until `until` (None: open)."""
    inner = sorted(day for day in days if (since is None or day > since) and (until is None or day < until))
    starts = [since, *inner]
    yield from zip(starts, [*inner, until], strict=True)


def _changes(sides: _Sides, ref: Ref, scope: str, stretches: Iterable[tuple[date | None, date | None]]) -> list[Change]:
    done: list[Change] = []
    running: dict[Path, Change] = {}
    for begin, end in stretches:
        on = begin or date.min
        found = sides.differences(ref, scope, sides.before.model(on), sides.after.model(on))
        done += [running.pop(path) for path in list(running) if path not in found]
        for path, (old, new) in found.items():
            known = running.get(path)
            if known is not None and (known.before, known.after) == (old, new):
                running[path] = replace(known, end=end)
            else:
                done += [known] if known else []
                running[path] = Change(ref, show_path(path), scope, begin, end, old, new)
    return done + list(running.values())


def _order(change: Change) -> tuple[Ref, str, str, date]:
    return (change.ref, change.path, change.scope, change.begin or date.min)


def _said(step: Step) -> Any:
    return (step.segments, step.delete, canonical(step.value))


def _passed(old: Mapping[Any, Step], step: Step) -> bool:
    known = old.get(_said(step))
    return known is not None and known.effective


def _is_lost(step: Step) -> bool:
    """Whether a write has no effect; one that only repeats the value above loses nothing."""
    return not step.effective and step.verdict != NOOP


def _lost(ref: Ref, step: Step, begin: date | None, end: date | None) -> LostWrite:
    holders = tuple(dict.fromkeys(rule.holder for rule in step.refusing))
    return LostWrite(ref, step.path, step.layer, step.value, begin, end, step.code or "", step.origin, holders)


def _joined(lost: Iterable[LostWrite]) -> Iterator[LostWrite]:
    """Yields the lost writes, those of neighbouring segments as one."""
    running: dict[Any, LostWrite] = {}
    for one in lost:
        key = (one.ref, one.path, one.layer, canonical(one.value), one.code, one.holders)
        known = running.get(key)
        if known is not None and known.end == one.begin:
            running[key] = replace(known, end=one.end)
            continue
        if known is not None:
            yield known
        running[key] = one
    yield from running.values()


def _needs(ref: Ref, step: Step) -> Iterator[Need]:
    if step.effective:
        for rule in step.rules:
            if rule.roles:
                yield Need(ref, step.path, step.layer, rule.roles, step.origin)
