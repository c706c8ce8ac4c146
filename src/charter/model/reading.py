"""From the bytes of a file to documents: envelope, kind, typed fields; every problem is a finding, with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from charter.errors import Finding, Origin, nearest_hint
from charter.model.codes import MOD001, MOD002, MOD008
from charter.model.conformance import as_told
from charter.model.dated import day
from charter.model.document import Document, RawPath
from charter.model.kind import Kind, KindRegistry
from charter.model.ref import Ref, is_scope_id, parse_ref
from charter.model.yaml_reader import RawDocument, UnreadableError, read_documents


@dataclass
class Reading:
    """What has been read so far: documents, findings, and the layers with files that cannot be read."""

    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unreadable: dict[str, list[Origin]] = field(default_factory=dict)
    unchecked: list[tuple[Document, Mapping[str, Any]]] = field(default_factory=list)

    def unread(self, layer: str, finding: Finding) -> None:
        """Notes that a file of the layer cannot be read: answers through the layer are unknown."""
        self.findings.append(finding)
        self.unreadable.setdefault(layer, []).append(finding.origin or Origin(""))


Parse = Callable[[bytes], Iterable[RawDocument]]


def read_file(name: str, layer: str, content: bytes, registry: KindRegistry, into: Reading, parse: Parse = read_documents) -> None:
    """Reads all documents of one file into `into`."""
    try:
        for raw in parse(content):
            for key, line, column in raw.duplicates:
                reason = f"the key {key} stands twice in one map"
                into.unread(layer, MOD001.finding(Origin(name, line, column), layer=layer, file=name, reason=reason))
            if not raw.duplicates:
                _read(name, layer, raw, registry, into)
    except UnreadableError as error:
        origin = Origin(name, error.line, error.column)
        into.unread(layer, MOD001.finding(origin, layer=layer, file=name, reason=error.reason))


def _read(name: str, layer: str, raw: RawDocument, registry: KindRegistry, into: Reading) -> None:
    def place(*path: str | int) -> Origin:
        at: RawPath = tuple(path)
        while at and at not in raw.places:
            at = at[:-1]
        return Origin(name, *raw.places.get(at, (1, 1)))

    data = raw.data
    if not isinstance(data, dict):
        into.unread(layer, MOD001.finding(place(), layer=layer, file=name, reason="a document is a map"))
        return
    kind = registry.find(str(data.get("kind", "")))
    if kind is None:
        near = nearest_hint(str(data.get("kind", "")), registry.names(), "see docs/reference/kinds.md")
        allowed = "one of " + ", ".join(registry.names())
        into.findings.append(
            MOD002.finding(
                place("kind"),
                layer=layer,
                field="kind",
                value=as_told(data["kind"]) if "kind" in data else "missing",
                kind="a document",
                allowed=allowed,
                near=near,
            )
        )
        return
    ref = _ref(kind, data)
    if ref is None:
        told = f"{kind.name}:{_name(kind, data)}"
        into.findings.append(MOD008.finding(place("metadata", "name"), layer=layer, ref=told))
        return
    metadata = data.get("metadata") if isinstance(data.get("metadata"), dict) else {}
    spec = data if kind.foreign else data.get("spec")
    document = Document(
        ref, kind, layer, name, {} if spec is None else spec, {**(metadata or {}), "name": ref.full_name}, raw.places,
        day((metadata or {}).get("validFrom")), day((metadata or {}).get("validTo")),
    )  # fmt: skip
    into.unchecked.append((document, data))
    into.documents.append(document)


def _name(kind: Kind, data: Mapping[str, Any]) -> str:
    metadata = data.get("metadata")
    if isinstance(metadata, dict) and metadata.get("name") is not None:
        return str(metadata["name"])
    if kind.foreign is not None:
        return re.sub(r"[^a-z0-9]+", "-", str(data.get("name") or data.get("id") or "").lower()).strip("-")
    return ""


def _ref(kind: Kind, data: Mapping[str, Any]) -> Ref | None:
    name = _name(kind, data)
    if kind.name == "Scope":
        return Ref("Scope", name) if is_scope_id(name) else None
    return parse_ref(f"{kind.name}:{name}")
