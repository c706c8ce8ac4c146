"""Findings about references between documents: those that lead nowhere, those not visible there, and circles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.errors import Finding, Origin, nearest_hint
from charter.model.codes import MOD013, MOD014, MOD016
from charter.model.document import Document
from charter.model.fold import Fold, Step
from charter.model.model import Model
from charter.model.path import Path, covers, parse_path, show_path
from charter.model.ref import Ref, parse_ref


def reference_findings(model: Model, ref: Ref, layer: str, document: Document, fold: Fold) -> Iterator[Finding]:
    """Answers what is wrong with the references that one layer of a document writes, as they hold there on the day."""
    if not document.kind.refs:
        return
    for path, winner in fold.winners.items():
        if winner.layer == layer and not winner.delete:
            for pattern, kinds in document.kind.refs.items():
                if covers(parse_path(pattern), path):
                    for text in _texts(winner.value):
                        yield from _reference(model, layer, path, text, kinds, winner.origin)
    if document.kind.acyclic:
        yield from _cycle(model, ref, layer)


def _references(model: Model, ref: Ref, layer: str, pattern: str) -> Iterator[tuple[Path, str, Step]]:
    """Yields each text that a field of references holds at the scope, with the write that it comes from."""
    wanted = parse_path(pattern)
    fold = model.fold(ref, layer)
    for path, value in fold.values.items():
        if covers(wanted, path):
            for text in _texts(value):
                yield path, text, fold.winners[path]


def _texts(value: Any) -> list[str]:
    return [str(text) for text in (value if isinstance(value, list | tuple) else (value,))]


def _reference(model: Model, layer: str, path: Path, text: str, kinds: tuple[str, ...], origin: Origin) -> Iterator[Finding]:
    target = parse_ref(text)
    if target is None or (kinds and target.kind not in kinds) or not model.layers_of(target):
        known = [str(one) for one in model.written_refs() if not kinds or one.kind in kinds]
        near = nearest_hint(text, known, f"names of {' or '.join(kinds) or 'documents'} are allowed")
        yield MOD013.finding(origin, layer=layer, path=show_path(path), ref=text, near=near)
    elif target.home not in model.tree.chain(layer, model.as_of) or target.home not in model.layers_of(target):
        yield MOD014.finding(origin, layer=layer, path=show_path(path), ref=text, scope=layer, day=model.as_of)


def _cycle(model: Model, ref: Ref, layer: str) -> Iterator[Finding]:
    """Yields the shortest circle through the Ref at the scope; told the same whichever of its documents is looked at."""
    before: dict[Ref, tuple[Ref, Origin]] = {}
    queue = [ref]
    while queue:
        here = queue.pop(0)
        for target, origin in _edges(model, here, layer):
            if target == ref:
                yield _told(layer, _walked(before, here, origin, ref))
                return
            if target not in before:
                before[target] = (here, origin)
                queue.append(target)


def _edges(model: Model, ref: Ref, layer: str) -> Iterator[tuple[Ref, Origin]]:
    layers = model.layers_of(ref)
    if not layers or ref.home not in model.tree.chain(layer, model.as_of):
        return
    for pattern in next(iter(layers.values()))[0].kind.acyclic:
        for _, text, winner in _references(model, ref, layer, pattern):
            target = parse_ref(text)
            if target is not None:
                yield target, winner.origin


def _walked(before: dict[Ref, tuple[Ref, Origin]], last: Ref, origin: Origin, first: Ref) -> list[tuple[Ref, Origin]]:
    """Answers each document of the circle with the place of its reference to the next, from the first."""
    found = [(last, origin)]
    while found[0][0] != first:
        found.insert(0, before[found[0][0]])
    return found


def _told(layer: str, circle: list[tuple[Ref, Origin]]) -> Finding:
    start = circle.index(min(circle))
    turned = [*circle[start:], *circle[:start]]
    names = " -> ".join(str(ref) for ref, _ in (*turned, turned[0]))
    places = [origin for _, origin in turned]
    return MOD016.finding(places[0], layer=layer, related=places[1:], cycle=names, origins=", ".join(map(str, places)))
