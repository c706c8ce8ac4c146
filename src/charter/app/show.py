"""A document as it holds at a scope, or the list of a kind's documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.app.codes import APP008
from charter.app.project import Project
from charter.app.why import as_words, plain
from charter.errors import nearest_hint
from charter.model.path import show_path


@dataclass(frozen=True)
class Shown:
    """A table about a document or a kind."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    raw: Any

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {
            "title": self.title,
            "spec": plain(self.raw),
            "rows": [dict(zip(self.heads, row, strict=True)) for row in self.rows],
        }


def show(project: Project, ref: str, scope: str, as_of: date) -> Shown:
    """Answers the values of a document at a scope with their places; for a bare kind, its documents visible there."""
    model = project.model(as_of)
    if ":" not in ref:
        if ref not in project.workspace.registry:
            near = nearest_hint(ref, project.workspace.registry.names(), "write Kind or Kind:name")
            raise APP008.exception(ref=ref, near=near)
        return _kind(project, ref, scope, as_of)
    wanted = model.find_ref(ref)
    model.resolve(wanted, "spec", scope)
    fold = model.fold(wanted, scope)
    rows = tuple(
        (show_path(path), as_words(fold.values[path]), fold.winners[path].layer, str(fold.winners[path].origin))
        for path in sorted(fold.values)
        if path in fold.winners
    )
    effective = model.effective(wanted, scope)
    return Shown(
        f"{wanted} at {scope} on {as_of}", ("path", "value", "set by", "origin"), rows, effective.raw if effective else None
    )


def _kind(project: Project, kind: str, scope: str, as_of: date) -> Shown:
    model = project.model(as_of)
    documents = [one for one in project.workspace.documents if one.kind.name == kind]
    if project.workspace.registry.get(kind).control:
        rows = tuple((str(one.ref), one.title, one.layer, str(one.origin)) for one in documents)
    else:
        refs = model.refs(kind, scope)
        bases = [model.layers_of(ref)[ref.home][0] for ref in refs]
        rows = tuple((str(one.ref), one.title, one.layer, str(one.origin)) for one in bases)
    return Shown(f"{kind} at {scope} on {as_of}", ("ref", "title", "home", "origin"), rows, None)
