"""Workspaces laid out in memory, with the test-only kinds of the kernel's specification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from charter.model.kind import Kind, KindRegistry, Spec
from charter.model.kinds import KINDS
from charter.model.reading import Reading, read_file
from charter.model.settings import WorkspaceSpec
from charter.model.workspace import Workspace, layer_of


class OpenSpec(Spec):
    """Anything."""

    model_config = {"extra": "allow"}


REGISTRY = KindRegistry(
    (
        *KINDS,
        Kind("Metric", OpenSpec, "a metric of the tests"),
        Kind("PriceProcedure", OpenSpec, "steps of a price", merge_keys={"spec.steps": "id"}),
        Kind("Link", OpenSpec, "a reference of the tests", refs={"spec.to": ("Metric",)}),
    )
)
SETTINGS = WorkspaceSpec(name="laid", title="Laid")


def document(kind: str, name: str, spec: Any, **metadata: str) -> str:
    """Answers the YAML of one document."""
    body = {"apiVersion": "charter/v1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}
    return json.dumps(body, ensure_ascii=False)  # JSON is YAML, and is written fifty times faster


def laid(files: dict[str, str], registry: KindRegistry = REGISTRY) -> Workspace:
    """Answers the workspace that these files make, in the order given."""
    reading, contents = Reading(), {}
    for name, text in files.items():
        contents[name] = text.encode()
        read_file(name, layer_of(name), text.encode(), registry, reading)
    return Workspace(Path("/nowhere"), SETTINGS, reading, registry, contents, [])


def tree(rows: dict[str, Any]) -> str:
    """Answers the document of a tree."""
    return document("ScopeTable", "tree", {"rows": rows})
