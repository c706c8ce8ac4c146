"""Findings that need no resolving: folders without a scope, Refs that stand twice, tables that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from charter.errors import CharterError, Finding, Origin, in_layer, nearest_hint
from charter.model.codes import MOD003, MOD009, MOD010, MOD038
from charter.model.document import Document
from charter.model.ref import Ref, folder_of
from charter.model.scope_reading import as_finding
from charter.model.table import table_places
from charter.model.workspace import Workspace


def document_findings(workspace: Workspace) -> Iterator[Finding]:
    """Answers the findings over all documents as they stand."""
    yield from _folders(workspace)
    yield from _doubles(workspace.documents)
    for document in workspace.documents:
        if document.ref.is_local and not document.kind.local:
            yield MOD038.finding(document.origin, layer=document.layer, kind=document.kind.name)
        yield from _tables(workspace, document)


def _folders(workspace: Workspace) -> Iterator[Finding]:
    known = {folder_of(scope): scope for scope in workspace.tree.scopes()}
    seen = set()
    for document in workspace.documents:
        layer = document.layer
        if layer in workspace.tree or layer in seen:
            continue
        seen.add(layer)
        near = nearest_hint(folder_of(layer), known, f"declare {layer} in group/")
        yield MOD003.finding(Origin(document.file), layer=layer, folder=folder_of(layer), near=near)


def _doubles(documents: tuple[Document, ...]) -> Iterator[Finding]:
    by_place: dict[tuple[Ref, str], list[Document]] = {}
    controls: dict[Ref, Document] = {}
    for document in documents:
        if document.kind.control:
            first = controls.setdefault(document.ref, document)
            if first is not document:
                yield MOD010.finding(document.origin, layer=document.layer, ref=document.ref, other=first.origin)
            continue
        by_place.setdefault((document.ref, document.layer), []).append(document)
    for (ref, layer), several in by_place.items():
        for index, later in enumerate(several):
            for earlier in several[:index]:
                day = _shared_day(earlier, later)
                if day is not None:
                    on = "every day" if day == date.min else day
                    yield MOD009.finding(
                        later.origin, layer=layer, related=(earlier.origin,), ref=ref, other=earlier.origin, day=on
                    )


def _shared_day(a: Document, b: Document) -> date | None:
    begin = max(a.valid_from or date.min, b.valid_from or date.min)
    end = min(a.valid_to or date.max, b.valid_to or date.max)
    return begin if begin < end else None


def _tables(workspace: Workspace, document: Document) -> Iterator[Finding]:
    if document.kind.name == "ScopeTable":  # read, and found, with the tree
        return
    for path in table_places(document):
        try:
            workspace.table(document, path)
        except CharterError as error:
            yield in_layer(as_finding(error), document.layer)
