"""Does a document conform to its kind: the envelope, and the spec walked beside its type; each leaf at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from charter.errors import Finding, Origin, in_layer, nearest_hint
from charter.model.codes import MOD001, MOD002, MOD040
from charter.model.dated import day, is_dated, looks_dated, problems
from charter.model.document import Document, RawPath
from charter.model.path import Path, show_path

API_VERSION = "charter/v1"
_ENVELOPE = ("apiVersion", "kind", "metadata", "spec")
_METADATA = ("name", "title", "labels", "description", "validFrom", "validTo")
_SECRET_NAME = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private_?key)$")
_SECRET_URL = re.compile(r"[a-z][a-z0-9+]*://[^/\s:@]+:[^/\s@]+@")


def conformance_findings(unchecked: Iterable[tuple[Document, Mapping[str, Any]]]) -> Iterator[Finding]:
    """Yields what is wrong with the documents by their kinds' types; apart from reading, for many questions do not ask."""
    for document, data in unchecked:
        for finding in _envelope_findings(document, data):
            yield in_layer(finding, document.layer)
        for finding in _spec_findings(document):
            yield in_layer(finding, document.layer)


def _envelope_findings(document: Document, data: Mapping[str, Any]) -> Iterator[Finding]:
    kind = document.kind

    def place(*path: str | int) -> Origin:
        return document.origin_of(path)

    if kind.foreign is not None:
        for path, text in kind.foreign(data):
            told = ".".join(str(part) for part in path) or "the document"
            yield MOD002.finding(
                place(*path),
                field=told,
                value="not as its standard says",
                kind=kind.name,
                allowed=text,
                near="see the standard",
            )
        return
    if data.get("apiVersion") != API_VERSION:
        yield MOD002.finding(
            place("apiVersion"), field="apiVersion", value=data.get("apiVersion"), kind=kind.name, allowed=API_VERSION,
            near=f"write apiVersion: {API_VERSION}",
        )  # fmt: skip
    for key in data:
        if key not in _ENVELOPE:
            yield _unknown_field(place(key), key, kind.name, _ENVELOPE)
    for key in data.get("metadata") or {}:
        if key not in _METADATA:
            yield _unknown_field(place("metadata", key), f"metadata.{key}", kind.name, _METADATA)
    for key in ("validFrom", "validTo"):
        value = (data.get("metadata") or {}).get(key)
        if value is not None and day(value) is None:
            yield MOD002.finding(
                place("metadata", key), field=f"metadata.{key}", value=value, kind=kind.name, allowed="a day such as 2026-01-01",
                near="write year-month-day",
            )  # fmt: skip


def _unknown_field(origin: Origin, told: str, kind: str, allowed: tuple[str, ...]) -> Finding:
    near = nearest_hint(told.rsplit(".", 1)[-1], allowed, "see docs/reference/kinds.md")
    return MOD002.finding(origin, field=told, value="not known", kind=kind, allowed=", ".join(allowed), near=near)


def _spec_findings(document: Document) -> Iterator[Finding]:
    if not isinstance(document.spec, dict):
        yield MOD002.finding(
            document.origin_of(("spec",)), field="spec", value=as_told(document.spec), kind=document.kind.name, allowed="a map",
            near="see docs/reference/kinds.md",
        )  # fmt: skip
        return
    yield from _secrets(document, document.spec, () if document.kind.foreign else ("spec",))
    if document.kind.foreign is None:
        yield from _node_findings(document, document.spec, ("spec",), ("spec",))


def as_told(value: Any) -> str:
    """Answers a value for a sentence, cut at 60 characters."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


@lru_cache(maxsize=4096)
def _is_secret(key: str) -> bool:
    return _SECRET_NAME.search(key) is not None


def _secrets(document: Document, value: Any, raw: RawPath) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, child in value.items():
            if isinstance(child, str) and _is_secret(key) and not child.startswith("${"):
                yield MOD040.finding(document.origin_of((*raw, key)), path=".".join(map(str, (*raw, key))))
            else:
                yield from _secrets(document, child, (*raw, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _secrets(document, child, (*raw, index))
    elif isinstance(value, str) and "://" in value and _SECRET_URL.search(value):
        yield MOD040.finding(document.origin_of(raw), path=".".join(map(str, raw)))


def _node_findings(document: Document, value: Any, path: Path, raw: RawPath) -> Iterator[Finding]:
    """Walks the spec beside its type: unknown fields, wrong types, broken dated values."""
    kind = document.kind
    declared = kind.type_at(path)
    if value is None:
        return
    key = kind.key_of(path)
    if key is not None and isinstance(value, list | dict):
        yield from _keyed_findings(document, value, key, path, raw)
    elif isinstance(value, dict):
        for name, child in value.items():
            if kind.type_at((*path, name)) is None:
                fields = _fields_of(declared)
                if fields:
                    yield _unknown_field(document.origin_of((*raw, name)), show_path((*path, name)), kind.name, fields)
                    continue
            yield from _node_findings(document, child, (*path, name), (*raw, name))
        if not _fields_of(declared) and not _allows(declared, value):
            yield _wrong_type(document, value, path, raw, declared)
    elif looks_dated(value) and not kind.control:
        yield from _dated_findings(document, value, path, raw)
    elif isinstance(value, list) and _fields_of(kind.type_at((*path, "[0]"))):
        yield from _item_findings(document, value, path, raw, declared)
    elif not _allows(declared, value):
        yield _wrong_type(document, value, path, raw, declared)


def _item_findings(document: Document, value: list[Any], path: Path, raw: RawPath, declared: Any) -> Iterator[Finding]:
    """Walks the maps of a list that has no key; what only the whole map shows (a field that is missing) comes last."""
    found: list[Finding] = []
    for index, item in enumerate(value):
        at = (*path, f"[{index}]")
        if isinstance(item, dict):
            found += _node_findings(document, item, at, (*raw, index))
        else:
            found.append(_wrong_type(document, item, at, (*raw, index), document.kind.type_at(at)))
    yield from found
    if found or _allows(declared, value):
        return
    for problem in _problems(declared, value):
        where = tuple(f"[{part}]" if isinstance(part, int) else str(part) for part in problem["loc"])
        is_missing = problem["type"] == "missing"
        words = problem["msg"].lower().removeprefix("list should have ").partition(" after validation")[0]
        yield MOD002.finding(
            document.origin_of((*raw, *problem["loc"])), field=show_path((*path, *where)),
            value="missing" if is_missing else as_told(problem["input"]), kind=document.kind.name,
            allowed=type_words(document.kind.type_at((*path, *where))) if is_missing else words,
            near=f"give it {where[-1]}" if is_missing else "see docs/reference/kinds.md",
        )  # fmt: skip


def _problems(declared: Any, value: Any) -> list[Any]:
    try:
        TypeAdapter(declared).validate_python(value)
    except ValidationError as error:
        return error.errors()
    return []


def _keyed_findings(document: Document, value: Any, key: str, path: Path, raw: RawPath) -> Iterator[Finding]:
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    seen: set[str] = set()
    for at, item in items:
        if item is None and isinstance(value, dict):
            continue
        if not isinstance(item, dict) or (isinstance(value, list) and item.get(key) is None):
            told = f"{show_path(path)} item"
            yield MOD002.finding(
                document.origin_of((*raw, at)), field=told, value=as_told(item), kind=document.kind.name,
                allowed=f"a map with {key}", near=f"give it a {key}",
            )  # fmt: skip
            continue
        name = str(at if isinstance(value, dict) else item[key])
        if name in seen:
            yield MOD001.finding(
                document.origin_of((*raw, at)), file=document.file, reason=f"{show_path(path)} has the key {name} twice"
            )
        seen.add(name)
        rest = {field: child for field, child in item.items() if field != key}
        yield from _node_findings(document, rest, (*path, f"[{name}]"), (*raw, at))


def _dated_findings(document: Document, value: list[Any], path: Path, raw: RawPath) -> Iterator[Finding]:
    for index, code, fields in problems(value):
        yield code.finding(document.origin_of((*raw, index)), path=show_path(path), **fields)
    if not is_dated(value):
        return
    declared = document.kind.type_at(path)
    for index, item in enumerate(value):
        if not isinstance(item["value"], dict) and item["value"] is not None and not _allows(declared, item["value"]):
            yield _wrong_type(document, item["value"], path, (*raw, index, "value"), declared)


@lru_cache(maxsize=4096)
def _fields_of(declared: Any) -> tuple[str, ...]:
    parts = declared if isinstance(declared, tuple) else (declared,)
    return tuple(
        entry.alias or name
        for part in parts
        if isinstance(part, type) and issubclass(part, BaseModel) and part.model_config.get("extra") != "allow"
        for name, entry in part.model_fields.items()
    )


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _allows(declared: Any, value: Any) -> bool:
    """Answers whether the type allows the leaf; a part of a map is judged when the whole is."""
    if declared is None:
        return True
    if isinstance(value, dict) and isinstance(declared, type) and issubclass(declared, BaseModel):
        return True
    for part in declared if isinstance(declared, tuple) else (declared,):
        if isinstance(value, dict) and isinstance(part, type) and issubclass(part, BaseModel):
            return True
        if part is str and not isinstance(value, str):
            continue
        if part is bool and not isinstance(value, bool):
            continue
        if part in (int, float) and isinstance(value, bool):
            continue
        try:
            key = part if isinstance(part, type) else repr(part)
            adapter = _ADAPTERS.get(key)
            if adapter is None:
                adapter = _ADAPTERS[key] = TypeAdapter(part)
            adapter.validate_python(value)
            return True
        except ValidationError:
            continue
        except Exception as error:  # noqa: BLE001  a type of a plug-in may raise what it likes; then it does not allow it
            _ = error
            continue
    return False


def _wrong_type(document: Document, value: Any, path: Path, raw: RawPath, declared: Any) -> Finding:
    choices = get_args(declared) if get_origin(declared) is Literal else ()
    return MOD002.finding(
        document.origin_of(raw), field=show_path(path), value=as_told(value), kind=document.kind.name, allowed=type_words(declared),
        near=nearest_hint(str(value), [str(one) for one in choices], "see docs/reference/kinds.md"),
    )  # fmt: skip


def type_words(declared: Any) -> str:
    """Answers a type in words."""
    if isinstance(declared, tuple):
        return " or ".join(dict.fromkeys(type_words(part) for part in declared))
    words = {
        "str": "text",
        "int": "a whole number",
        "Decimal": "a number",
        "bool": "true or false",
        "date": "a day (2026-01-01)",
    }
    name = getattr(declared, "__name__", str(declared))
    if isinstance(declared, type) and issubclass(declared, BaseModel):
        return "a map with " + ", ".join(_fields_of(declared))
    if name == "Literal":
        return " or ".join(str(part) for part in declared.__args__)
    return words.get(name, {"list": "a list", "tuple": "a list", "dict": "a map"}.get(name, name))


def validation_findings(
    error: ValidationError, file: str, places: Mapping[Any, tuple[int, int]], kind: str, spec: type[BaseModel]
) -> list[Finding]:
    """Answers a finding for each problem that the typed spec has with a document, with its place."""
    found = []
    for problem in error.errors():
        path: tuple[Any, ...] = ("spec", *problem["loc"])
        told = ".".join(str(part) for part in path)
        while path and path not in places:
            path = path[:-1]
        origin = Origin(file, *places.get(path, (1, 1)))
        if problem["type"] == "extra_forbidden":
            found.append(_unknown_field(origin, told, kind, _fields_of(spec)))
        else:
            allowed = problem["msg"].removeprefix("Value error, ")
            found.append(
                MOD002.finding(
                    origin,
                    field=told,
                    value=as_told(problem.get("input")),
                    kind=kind,
                    allowed=allowed,
                    near="see docs/reference",
                )
            )
    return found
