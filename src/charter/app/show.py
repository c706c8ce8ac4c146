"""A document as it holds at a scope, or the list of a kind's documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.app.codes import APP008
from charter.app.project import Project
from charter.app.why import as_words, plain
from charter.errors import nearest_hint
from charter.model.codes import MOD044
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
        return _scopes(project, scope, as_of) if ref == "Scope" else _kind(project, ref, scope, as_of)
    kind = project.workspace.registry.find(ref.partition(":")[0])
    if kind is not None and kind.control:
        return _control(project, ref, as_of)
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


def _control(project: Project, ref: str, as_of: date) -> Shown:
    """A Lock, a Waiver and their like hold where they stand: what each of that name says, as it is written."""
    documents = [one for one in project.workspace.documents if str(one.ref) == ref]
    if not documents:
        alike = [str(one.ref) for one in project.workspace.documents if one.kind.name == ref.partition(":")[0]]
        raise MOD044.exception(
            ref=ref, near=nearest_hint(ref, alike, f"`charter show {ref.partition(':')[0]}` lists what there is")
        )
    rows = tuple(
        (".".join(map(str, path)), as_words(value), one.layer, str(one.origin_of(path)))
        for one in documents
        for path, value in _leaves(("spec",), one.spec)
    )
    return Shown(f"{ref} on {as_of}", ("path", "value", "stands in", "origin"), rows, [plain(one.spec) for one in documents])


def _leaves(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves((*path, key), part)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for at, part in enumerate(value):
            yield from _leaves((*path, at), part)
    else:
        yield path, value


def _scopes(project: Project, scope: str, as_of: date) -> Shown:
    """The organisation: each scope that stands at or under the asked one on the day, however it is declared."""
    tree = project.workspace.tree
    rows = []
    for one in tree.scopes():
        chain = tree.find_chain(one, as_of)
        if chain and scope in chain:
            place = next((str(part.origin) for part in tree.slices(one) if part.origin and part.holds_on(as_of)), "")
            rows.append((one, tree.title(one, as_of), chain[-2] if len(chain) > 1 else "", place))
    return Shown(f"scopes at {scope} on {as_of}", ("scope", "title", "parent", "origin"), tuple(rows), None)


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
