"""Documents: what one YAML resource says, and where each word of it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from charter.errors import Origin
from charter.model.dated import Entry, boundaries, is_dated, judged
from charter.model.kind import Kind
from charter.model.path import Path, is_key
from charter.model.ref import Ref
from charter.model.value import typed

RawPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a document; where it stands in the file is found when somebody asks, for most are never asked."""

    document: Document
    raw: RawPath


def origin_at(place: Place | Origin) -> Origin:
    """Answers file, line and column."""
    return place if isinstance(place, Origin) else place.document.origin_of(place.raw)


@dataclass(frozen=True)
class Write:
    """What one document says at one path on a day: a value, or a delete."""

    path: Path
    value: Any
    place: Place | Origin
    delete: bool = False
    broken: bool = False
    review_by: date | None = None

    @property
    def origin(self) -> Origin:
        """Answers where it stands."""
        return origin_at(self.place)


@dataclass(frozen=True)
class Dated:
    """A dated value: each entry, in the order of their days, with what it says while it holds."""

    entries: tuple[tuple[Entry, Write], ...]

    def on(self, on: date) -> Write | None:
        """Answers what it says on the day, or None in a gap."""
        holding = None
        for entry, write in self.entries:
            if entry.begin <= on:
                holding = write if entry.end is None or on < entry.end else None
        return holding


@dataclass(frozen=True, eq=False)
class Document:
    """One resource: its Ref, its layer, its raw spec and the place of each node."""

    ref: Ref
    kind: Kind
    layer: str
    file: str
    spec: Any
    metadata: Mapping[str, Any]
    places: Mapping[RawPath, tuple[int, int]] = field(repr=False)
    valid_from: date | None = None
    valid_to: date | None = None

    def origin_of(self, path: RawPath = ()) -> Origin:
        """Answers where a node stands, by its raw path (`("spec", "rules", 0)`); the nearest above, if it has no place."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Origin(self.file, line, column)

    @property
    def origin(self) -> Origin:
        """Answers where the document stands: its name."""
        return self.origin_of(("metadata", "name"))

    @property
    def title(self) -> str:
        """Answers the name for people."""
        return str(self.metadata.get("title") or self.ref.full_name)

    def holds_on(self, on: date) -> bool:
        """Answers whether the document is in force on the day (half-open)."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)

    def writes(self, on: date) -> tuple[Write, ...]:
        """Answers what the document says on the day: one write per leaf or delete, in the order of the file."""
        found = (said if isinstance(said, Write) else said.on(on) for said in self._said)
        return tuple(write for write in found if write is not None)

    @cached_property
    def _said(self) -> tuple[Write | Dated, ...]:
        """What the document says, on whichever day: read once, for it is asked for each day and each scope."""
        if self.kind.foreign is not None:
            return (Write(("spec",), self.spec, Place(self, ())),)
        return tuple(self._walk(self.spec, ("spec",), ("spec",)))

    def _walk(self, value: Any, path: Path, raw: RawPath) -> Iterator[Write | Dated]:
        if value is None:
            yield Write(path, None, Place(self, raw), delete=True)
            return
        key = self.kind.key_of(path) if isinstance(value, list | dict) else None
        if key is not None:
            yield from self._keyed(value, key, path, raw)
        elif isinstance(value, dict):
            for name, child in value.items():
                yield from self._walk(child, (*path, name), (*raw, name))
        elif is_dated(value):
            yield self._dated(value, path, raw)
        else:
            yield Write(path, typed(value, self.kind.type_at(path)), Place(self, raw))

    def _keyed(self, value: Any, key: str, path: Path, raw: RawPath) -> Iterator[Write | Dated]:
        items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for at, item in items:
            name = at if isinstance(value, dict) else (item.get(key) if isinstance(item, dict) else None)
            if name is None:
                continue
            node = (*path, f"[{name}]")
            if item is None:
                yield Write(node, None, Place(self, (*raw, at)), delete=True)
            elif isinstance(item, dict):
                rest = {field: child for field, child in item.items() if field != key}
                if not rest:
                    yield Write((*node, key), str(name), Place(self, (*raw, at)))
                for field_name, child in rest.items():
                    yield from self._walk(child, (*node, field_name), (*raw, at, field_name))

    def _dated(self, value: list[dict[str, Any]], path: Path, raw: RawPath) -> Write | Dated:
        read, wrong = judged(value)
        if wrong:
            return Write(path, None, Place(self, raw), broken=True)
        declared = self.kind.type_at(path)
        return Dated(tuple((entry, self._entry(entry, path, raw, declared)) for entry in read))

    def _entry(self, entry: Entry, path: Path, raw: RawPath, declared: Any) -> Write:
        place = Place(self, (*raw, entry.index, "value"))
        if entry.value is None:
            return Write(path, None, place, delete=True)
        return Write(path, typed(entry.value, declared), place, review_by=entry.review_by)

    def boundaries(self) -> frozenset[date]:
        """Answers the days on which what it says may change."""
        return self._boundaries

    @cached_property
    def _boundaries(self) -> frozenset[date]:
        days = {bound for bound in (self.valid_from, self.valid_to) if bound is not None}
        if self.kind.foreign is not None:
            return frozenset(days | set(_dates(self.spec)))
        dated = [entry for said in self._said if isinstance(said, Dated) for entry, _ in said.entries]
        return frozenset(days | {bound for entry in dated for bound in (entry.begin, entry.end) if bound is not None})


def _dates(value: Any) -> Iterator[date]:
    if is_dated(value):
        yield from boundaries(value)
    elif isinstance(value, dict):
        for child in value.values():
            yield from _dates(child)
    elif isinstance(value, list):
        for child in value:
            yield from _dates(child)


def nested(tree: Mapping[Path, Any], kind: Kind, node: Path = ("spec",)) -> Any:
    """Answers the values below a node as nested data, keyed lists as lists of items with their key."""
    if node in tree:
        return tree[node]
    depth = len(node)
    found: dict[str, Any] = {}
    for path, value in tree.items():
        if path[:depth] == node:
            below = found
            for segment in path[depth:-1]:
                below = below.setdefault(segment, _Node())
            below[path[-1]] = value
    return _told(found, kind, node) if found else None


class _Node(dict[str, Any]):
    """An inner node of the tree that is being nested; a map that a document holds as one value is none."""


def _told(found: dict[str, Any], kind: Kind, node: Path) -> Any:
    told = {name: _told(value, kind, (*node, name)) if type(value) is _Node else value for name, value in found.items()}
    key = kind.key_of(node)
    if key is None:
        return told
    return [{key: name[1:-1] if is_key(name) else name, **item} for name, item in told.items()]
