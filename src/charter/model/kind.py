"""Kinds of documents: their typed specs, and the registry in which built-ins and plug-ins register alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from charter.errors import nearest_hint
from charter.model.codes import MOD002, MOD037
from charter.model.path import Path, covers, is_key, parse_path

_EMPTY: Mapping[str, Any] = MappingProxyType({})


class Spec(BaseModel):
    """The typed spec of a kind: frozen, nothing unknown, camelCase in YAML and snake_case in Python."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, arbitrary_types_allowed=True
    )


@dataclass(frozen=True)
class Kind:
    """One kind of document, as data.

    Attributes:
        name: PascalCase.
        spec: the typed spec that the effective document must satisfy.
        summary: one sentence for the reference.
        merge_keys: path of each keyed list -> the field that is its key.
        local: whether it may be a local document.
        control: never layered, overridden or locked.
        refs: path of each field that holds a Ref -> the kinds that it may name (empty: any).
        acyclic: the paths of `refs` that must not form a circle.
        tables: paths whose leaf is the path of a table.
        foreign: for documents of other standards: answers the problems of a raw document as (path, text).
    """

    name: str
    spec: type[Spec]
    summary: str
    merge_keys: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    local: bool = True
    control: bool = False
    refs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _EMPTY)
    acyclic: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    foreign: Callable[[Any], list[tuple[tuple[str | int, ...], str]]] | None = None

    def key_of(self, path: Path) -> str | None:
        """Answers the key field of the keyed list at this path, or None if there is none."""
        if not self.merge_keys:
            return None
        for pattern, key in self.merge_keys.items():
            parsed = parse_path(pattern)
            if len(parsed) == len(path) and covers(parsed, path):
                return key
        return None

    def type_at(self, path: Path) -> Any:
        """Answers the declared type of a leaf or node (a type, or `Any` where the spec is open), or None: no such path."""
        return _declared(self.spec, path[1:]) if path[:1] == ("spec",) else None

    def paths(self) -> tuple[str, ...]:
        """Answers the paths of the fields that stand directly in the spec, as people write them."""
        return tuple(f"spec.{entry.alias or name}" for name, entry in self.spec.model_fields.items())


@lru_cache(maxsize=65536)
def _declared(spec: type[Spec], path: Path) -> Any:
    return _type_at(spec, path)


def _type_at(annotation: Any, path: Path) -> Any:
    bare = _without_none(annotation)
    if not path or bare is Any:
        return bare
    if isinstance(bare, tuple):
        return next((found for part in bare if (found := _type_at(part, path)) is not None), None)
    head, rest = path[0], path[1:]
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        for name, entry in bare.model_fields.items():
            if head in (entry.alias or to_camel(name), name):
                return _type_at(entry.annotation, rest)
        return Any if bare.model_config.get("extra") == "allow" else None
    origin, arguments = get_origin(bare), get_args(bare)
    if origin in (list, tuple) and arguments and is_key(head):
        return _type_at(arguments[0], rest)
    if origin is dict or (origin is not None and getattr(origin, "__name__", "") == "Mapping"):
        return _type_at(arguments[1], rest)
    return Any if bare in (dict, list, object) else None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        parts = tuple(part for part in get_args(annotation) if part is not type(None))
        return _without_none(parts[0]) if len(parts) == 1 else parts
    if get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        return _without_none(get_args(annotation)[0])
    return annotation


class KindRegistry:
    """The kinds that this installation knows, by name."""

    def __init__(self, kinds: tuple[Kind, ...] = ()) -> None:
        self._kinds: dict[str, Kind] = {}
        for kind in kinds:
            self.register(kind)

    def register(self, kind: Kind) -> None:
        """Adds a kind; refuses a name that is taken, and list items that could pass for dated values."""
        if kind.name in self._kinds:
            raise ValueError(f"the kind {kind.name} is registered twice")
        for path in _ambiguous_lists(kind.spec, ("spec",), set()):
            raise MOD037.exception(kind=kind.name, path=".".join(path))
        self._kinds[kind.name] = kind

    def names(self) -> tuple[str, ...]:
        """Answers the known names, sorted."""
        return tuple(sorted(self._kinds))

    def __contains__(self, name: str) -> bool:
        return name in self._kinds

    def find(self, name: str) -> Kind | None:
        """Answers the kind, or None."""
        return self._kinds.get(name)

    def get(self, name: str) -> Kind:
        """Answers the kind; an unknown name is an error with the nearest one."""
        kind = self._kinds.get(name)
        if kind is None:
            near = nearest_hint(name, self._kinds, "see docs/reference/kinds.md")
            raise MOD002.exception(field="kind", value=name, kind="a document", allowed=", ".join(self.names()), near=near)
        return kind


def _ambiguous_lists(annotation: Any, path: Path, seen: set[Any]) -> Iterator[Path]:
    bare = _without_none(annotation)
    for part in bare if isinstance(bare, tuple) else (bare,):
        if isinstance(part, type) and issubclass(part, BaseModel):
            if part in seen:
                continue
            seen.add(part)
            for name, entry in part.model_fields.items():
                yield from _ambiguous_lists(entry.annotation, (*path, entry.alias or name), seen)
        elif (origin := get_origin(part)) is not None and origin.__name__ in ("list", "tuple", "dict"):
            for item in get_args(part):
                inner = _without_none(item)
                if isinstance(inner, type) and issubclass(inner, BaseModel) and origin.__name__ != "dict":
                    names = {entry.alias or name for name, entry in inner.model_fields.items()}
                    if {"from", "value"} <= names:
                        yield path
                yield from _ambiguous_lists(item, path, seen)


@cache
def default_registry() -> KindRegistry:
    """Answers the registry of all kinds of this installation, from the entry points `charter.kinds`."""
    registry = KindRegistry()
    for entry in sorted(entry_points(group="charter.kinds"), key=lambda point: point.name):
        for kind in entry.load():
            registry.register(kind)
    return registry
