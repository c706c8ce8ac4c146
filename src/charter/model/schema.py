"""JSON Schema for each kind, for editors: the whole document with its envelope; leaves may be dated, overrides partial."""

from __future__ import annotations

import json
from typing import Any

from charter.model.kind import Kind, KindRegistry, default_registry

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_KINDS_OF_NODE = ("properties", "additionalProperties", "$ref", "allOf")


def schemas(registry: KindRegistry | None = None) -> dict[str, str]:
    """Answers the text of each kind's schema by file name; foreign kinds have their standard's own."""
    known = registry or default_registry()
    kinds = [known.get(name) for name in known.names()]
    return {
        f"{kind.name}.schema.json": json.dumps(schema(kind), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for kind in kinds
        if kind.foreign is None
    }


def schema(kind: Kind) -> dict[str, Any]:
    """Answers the schema of one kind's documents."""
    spec = kind.spec.model_json_schema(by_alias=True)
    definitions = spec.pop("$defs", {})
    body = spec if kind.control else _open(spec, kind)
    parts = {name: part if kind.control else _open(part, kind) for name, part in definitions.items()}
    return {
        "$schema": _DRAFT,
        "title": kind.name,
        "description": kind.summary,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": "charter/v1"},
            "kind": {"const": kind.name},
            "metadata": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "description": "Name; a local document's in full: market/se/name."},
                    "title": {"type": "string"},
                    "description": {"type": "string"},
                    "labels": {"type": "object"},
                    "validFrom": _DAY,
                    "validTo": _DAY,
                },
            },
            "spec": body,
        },
        "$defs": parts,
    }


def _open(part: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """An override may be partial, delete with null, and date its leaves; keyed lists may be written as maps."""
    if "properties" not in part:
        return part
    keyed = {path.rsplit(".", 1)[-1] for path in kind.merge_keys}
    opened = {name: _leaf(entry, name in keyed) for name, entry in part["properties"].items()}
    return {**{key: value for key, value in part.items() if key != "required"}, "properties": opened}


def _leaf(entry: dict[str, Any], keyed: bool) -> dict[str, Any]:
    described: dict[str, Any] = {key: entry[key] for key in ("description", "title") if key in entry}
    plain = {key: value for key, value in entry.items() if key not in ("default", *described)}
    forms: list[dict[str, Any]] = [plain, {"type": "null"}]
    if keyed:
        forms.append({"type": "object", "additionalProperties": {"type": ["object", "null"]}})
    elif not any(key in plain for key in _KINDS_OF_NODE):
        forms.append(_dated(plain))
    if _is_scalar(plain):
        forms.append({"type": ["string", "number", "boolean"]})
    return {**described, "anyOf": forms}


def _is_scalar(entry: dict[str, Any]) -> bool:
    """Whether YAML may write it in several ways (0.30 and "0.30"): the typed spec converts it."""
    return entry.get("type") in ("integer", "number") or "anyOf" in entry


def _dated(value: dict[str, Any]) -> dict[str, Any]:
    item = {
        "type": "object",
        "required": ["from", "value"],
        "additionalProperties": False,
        "properties": {"from": _DAY, "to": _DAY, "value": {"anyOf": [value, {"type": "null"}]}, "reference": {}, "reviewBy": _DAY},
    }
    return {"type": "array", "minItems": 1, "items": item}
