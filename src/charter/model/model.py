"""The Model: everything resolved, for all scopes, on one day. The one resolver; nothing else reads layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from charter.errors import Origin, nearest_hint
from charter.model.codes import MOD008, MOD011, MOD043, MOD044
from charter.model.document import Document, nested
from charter.model.fold import REJECTED, UNKNOWN, WAIVED, Fold, Judge, Step, extend
from charter.model.lock import Locks, Rule
from charter.model.path import Path, parse_path, show_path, under
from charter.model.ref import Ref, depth_of, parse_ref
from charter.model.value import same
from charter.model.waiver import Waiver, valid_waivers

if TYPE_CHECKING:
    from charter.model.settings import WorkspaceSpec
    from charter.model.workspace import Workspace

_NOTHING = Fold()
_WORST = ("compliant", "waived", "unknown", "violated")


@dataclass(frozen=True)
class Answer:
    """What holds, and why: the value, its state, who won, who lost, and the word of each layer in the chain."""

    ref: Ref
    path: str
    scope: str
    as_of: date
    revision: str
    value: Any
    presence: str
    state: str
    needs: tuple[str, ...]
    valid: tuple[date | None, date | None]
    review_by: date | None
    winner: Step | None
    losers: tuple[Step, ...]
    chain: tuple[tuple[str, tuple[Step, ...]], ...]
    holders: tuple[Rule, ...]
    waivers: tuple[Waiver, ...]


@dataclass(frozen=True)
class Effective:
    """A document as it holds at a scope: the typed spec (a plain mapping for foreign kinds), and the place of each value."""

    ref: Ref
    scope: str
    spec: Any
    raw: Any
    document: Document
    winners: Mapping[Path, Step]

    def origin(self, path: str | Path = ()) -> Origin:
        """Answers where a value stands; for a node, the nearest leaf beneath it or above it."""
        wanted = parse_path(path) if isinstance(path, str) else path
        for at, step in self.winners.items():
            if at == wanted:
                return step.origin
        near = [step for at, step in self.winners.items() if under(at, wanted)]
        return near[0].origin if near and wanted else self.document.origin

    @property
    def title(self) -> str:
        """Answers the name for people."""
        return self.document.title


class Model:
    """All answers of one day. Folds are kept per representative scope, so 500 branches cost as much as one."""

    def __init__(self, workspace: Workspace, as_of: date) -> None:
        self.workspace = workspace
        self.as_of = as_of
        self.tree = workspace.tree
        self._index = workspace.index
        self._documents: dict[Ref, Mapping[str, list[Document]]] = {}
        self._locks = Locks(self._index.locks, as_of)
        waivers = [one for one in self._index.waivers if one.holds_on(as_of)]
        self.waivers, _ = valid_waivers(waivers, workspace.settings.waivers.max_renewals)
        self._waivers_of: dict[str, list[Waiver]] = {}
        for waiver in self.waivers:
            self._waivers_of.setdefault(waiver.ref, []).append(waiver)
        self._folds: dict[tuple[Ref, tuple[str, ...]], Fold] = {}

    @property
    def settings(self) -> WorkspaceSpec:
        """Answers the workspace's settings."""
        return self.workspace.settings

    @property
    def locks(self) -> Locks:
        """Answers the locks of the day."""
        return self._locks

    def all_refs(self, kind: str | None = None) -> tuple[Ref, ...]:
        """Answers every Ref that has a base in force, of all homes, sorted."""
        return tuple(sorted(ref for ref in self._index.refs() if kind in (None, ref.kind) and ref.home in self.layers_of(ref)))

    def refs(self, kind: str, scope: str = "group") -> tuple[Ref, ...]:
        """Answers the Refs of a kind that are visible at the scope."""
        chain = self.tree.chain(scope, self.as_of)
        return tuple(ref for ref in self.all_refs(kind) if ref.home in chain)

    def layers_of(self, ref: Ref) -> Mapping[str, list[Document]]:
        """Answers the documents of a Ref in force, by layer."""
        known = self._documents.get(ref)
        if known is None:
            found = {
                layer: [document for document in documents if document.holds_on(self.as_of)]
                for layer, documents in self._index.layers(ref).items()
            }
            known = self._documents[ref] = {layer: documents for layer, documents in found.items() if documents}
        return known

    def written_refs(self) -> tuple[Ref, ...]:
        """Answers every Ref that any document in force names, overrides without a base too, sorted."""
        return tuple(sorted(ref for ref in self._index.refs() if self.layers_of(ref)))

    def fold(self, ref: Ref, scope: str) -> Fold:
        """Answers the values and steps of a Ref at a scope, from its home down."""
        chain = self.tree.chain(scope, self.as_of)
        home = chain.index(ref.home)
        holding = self.layers_of(ref)
        line = chain[home:]
        kept = tuple(layer for layer in line if layer in holding or layer in self.workspace.unreadable)
        return self._fold(ref, kept, chain)

    def _fold(self, ref: Ref, kept: tuple[str, ...], chain: tuple[str, ...]) -> Fold:
        if not kept:
            return _NOTHING
        here = self.tree.chain(kept[-1], self.as_of)
        key = (ref, here)
        known = self._folds.get(key)
        if known is None:
            layer = kept[-1]
            above = self._fold(ref, kept[:-1], chain)
            waivers = self._waivers_of.get(str(ref), ())
            judge = Judge(ref, layer, here, self.as_of, self._locks.about(ref), waivers, above)
            documents = self.layers_of(ref).get(layer, [])
            known = extend(judge, documents, self.workspace.unreadable.get(layer, ()))
            self._folds[key] = known
        return known

    def effective(self, ref: Ref | str, scope: str = "group") -> Effective | None:
        """Answers the document as it holds at the scope; None if there is no base, or what results breaks its kind."""
        wanted = self.find_ref(ref)
        fold = self.fold(wanted, scope)
        if not fold.values:
            return None
        layers = self.layers_of(wanted)
        document = next(layers[layer][0] for layer in self.tree.chain(scope, self.as_of) if layer in layers)
        raw = nested(fold.values, document.kind)
        if document.kind.foreign is not None:
            return Effective(wanted, scope, raw, raw, document, fold.winners)
        try:
            spec = document.kind.spec.model_validate(raw)
        except ValidationError:
            return None
        return Effective(wanted, scope, spec, raw, document, fold.winners)

    def find_ref(self, ref: Ref | str) -> Ref:
        """Answers the Ref, which must exist; else an error with the nearest one."""
        if isinstance(ref, str):
            parsed = parse_ref(ref)
            if parsed is None:
                raise MOD008.exception(ref=ref)
        else:
            parsed = ref
        if not self.layers_of(parsed):
            near = nearest_hint(str(parsed), map(str, self.written_refs()), f"`charter show {parsed.kind}` lists what there is")
            raise MOD044.exception(ref=parsed, near=near)
        return parsed

    def resolve(self, ref: Ref | str, path: str, scope: str = "group") -> Answer:
        """Answers what holds for the path at the scope on the model's day, and why (KERNEL, section 5)."""
        wanted = self.find_ref(ref)
        chain = self.tree.chain(scope, self.as_of)
        if wanted.home not in chain:
            seen = ", ".join((wanted.home, *self.tree.descendants(wanted.home, self.as_of)[:5]))
            raise MOD011.exception(ref=wanted, home=wanted.home, scope=scope, day=self.as_of, scopes=seen)
        segments = parse_path(path)
        kind = next(iter(self.layers_of(wanted).values()))[0].kind
        fold = self.fold(wanted, scope)
        known = any(under(at, segments) or under(segments, at) for at in (step.segments for step in fold.steps))
        if kind.type_at(segments) is None and not known:
            near = nearest_hint(path, {show_path(at) for at in fold.values}, f"`charter show {wanted}` lists its paths")
            raise MOD043.exception(ref=wanted, path=path, near=near)
        return self._answer(wanted, segments, scope, chain, fold, kind)

    def _answer(self, ref: Ref, path: Path, scope: str, chain: tuple[str, ...], fold: Fold, kind: Any) -> Answer:
        leaves = [at for at in fold.values if under(at, path)]
        touching = tuple(step for step in fold.steps if under(step.segments, path) or under(path, step.segments))
        winner = _winner(path, leaves, fold, touching)
        state, losers = _state(leaves, fold, touching, winner)
        value = nested(fold.values, kind, path)
        line = chain[chain.index(ref.home) :]
        told = tuple((layer, tuple(step for step in touching if step.layer == layer)) for layer in line)
        holders = tuple(dict.fromkeys(rule for step in touching for rule in step.rules))
        return Answer(
            ref, show_path(path), scope, self.as_of, self.workspace.manifest.hash, value,
            _presence(scope, winner, bool(leaves), fold, path), state,
            winner.needs if winner else (), self._valid(ref, chain),
            winner.review_by if winner else None, winner, losers, told, holders,
            tuple(dict.fromkeys(waiver for step in touching for waiver in step.waivers)),
        )  # fmt: skip

    def _valid(self, ref: Ref, chain: Iterable[str]) -> tuple[date | None, date | None]:
        days = self.boundaries(ref, chain)
        before = max((day for day in days if day <= self.as_of), default=None)
        after = min((day for day in days if day > self.as_of), default=None)
        return before, after

    def boundaries(self, ref: Ref, chain: Iterable[str] = ()) -> set[date]:
        """Answers the days on which an answer for the Ref (at scopes of the chain) may change."""
        days = set(self._index.days(ref))
        for scope in chain:
            days |= self.tree.boundaries(scope)
        return days


def leaf_answers(fold: Fold) -> Mapping[Path, tuple[Any, str, Step | None]]:
    """Answers value, state and winner for each leaf that holds a value, and each node that a write was about."""
    found = {}
    for path in dict.fromkeys((*fold.values, *(step.segments for step in fold.steps))):
        leaves = [path] if path in fold.values else []
        touching = tuple(step for step in fold.steps if under(step.segments, path) or under(path, step.segments))
        winner = _winner(path, leaves, fold, touching)
        found[path] = (fold.values.get(path), _state(leaves, fold, touching, winner)[0], winner)
    return found


def _winner(path: Path, leaves: list[Path], fold: Fold, touching: tuple[Step, ...]) -> Step | None:
    if path in fold.winners:
        return fold.winners[path]
    if leaves:
        found = [fold.winners[leaf] for leaf in leaves if leaf in fold.winners]
        return max(found, key=lambda step: depth_of(step.layer), default=None)
    effective = [step for step in touching if step.effective and under(path, step.segments)]
    return effective[-1] if effective else None


def _state(leaves: list[Path], fold: Fold, touching: tuple[Step, ...], winner: Step | None) -> tuple[str, tuple[Step, ...]]:
    """The worst state of the node's leaves: refused writes at or below the winner's layer, then its own verdict."""
    lost = [step for step in touching if step.verdict in (REJECTED, UNKNOWN)]
    worst = 0
    counted: list[Step] = []
    for step in lost:
        above = [fold.winners[leaf] for leaf in leaves if leaf in fold.winners and under(leaf, step.segments)] or (
            [winner] if winner and not leaves else []
        )
        depth = min((depth_of(one.layer) for one in above), default=0)
        if depth_of(step.layer) >= depth:
            counted.append(step)
            worst = max(worst, _WORST.index("violated" if step.verdict == REJECTED else "unknown"))
    winners = [fold.winners[leaf] for leaf in leaves if leaf in fold.winners] or ([winner] if winner else [])
    if any(step.verdict == WAIVED for step in winners):
        worst = max(worst, _WORST.index("waived"))
    rest = [step for step in touching if step.effective and step not in winners]
    return _WORST[worst], (*counted, *rest)


def _presence(scope: str, winner: Step | None, has_value: bool, fold: Fold, path: Path) -> str:
    if winner is None:
        return "unset"
    if winner.delete and not has_value:
        return "deleted"
    if winner.layer != scope:
        return "inherited"
    layers = list(fold.at_layer)
    above = fold.at_layer[layers[layers.index(scope) - 1]] if layers.index(scope) > 0 else {}
    return "equal" if path in above and path in fold.values and same(above[path], fold.values[path]) else "set"
