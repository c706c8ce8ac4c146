"""Promotion: what one market found becomes what the group says, and nothing changes in that market.

Pure: it answers the files as they would be written, and the plan of what changes for everyone else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import yaml

from charter.errors import CharterError
from charter.model.codes import MOD047
from charter.model.diff import Plan, fold_at, plan, segments
from charter.model.document import Document
from charter.model.edit import Resource, resources
from charter.model.path import Path, is_key, parse_path, show_path
from charter.model.ref import Ref, folder_of, parse_ref
from charter.model.scope import GROUP
from charter.model.table import table_name, table_places
from charter.model.value import canonical
from charter.model.workspace import Workspace, read_workspace
from charter.model.yaml_reader import decode


@dataclass(frozen=True)
class Promotion:
    """What a promotion would write: new bytes by file (None: the file goes), and what changes by it."""

    old: Ref
    new: Ref
    files: Mapping[str, bytes | None]
    others: tuple[Ref, ...]
    plan: Plan
    after: Workspace


def promote(workspace: Workspace, ref: Ref | str) -> Promotion:
    """Answers the promotion of a local document to the group.

    The base moves to `group/`, the rules and waivers that its home holds on it move along, overrides and references are
    renamed. Documents of the same name at home elsewhere are untouched, and told in `others`.

    Raises:
        UsageError: MOD047, where it is not local, the group has one of that name, or a value in its home would change.
    """
    old = parse_ref(ref) if isinstance(ref, str) else ref
    if old is None or not old.is_local or not workspace.index.layers(old).get(old.home):
        raise _refused(ref, "it is no local document with a base", "name it Kind:level/scope/name")
    new = Ref(old.kind, old.name)
    if workspace.index.layers(new).get(GROUP):
        raise _refused(old, f"the group has {new} already", "give one of the two another name")
    draft = _Draft(workspace)
    for document in workspace.documents:
        draft.change(document, lambda resource: resource.pointed(str(old), str(new)))
        if document.ref == old:
            draft.change(document, lambda resource: resource.renamed(new.full_name))
        if document.layer == old.home and (document.ref == old or _is_about(document, old)):
            draft.move(document)
    for name in draft.tables():
        draft.replace_in_table(name, str(old), str(new))
    others = [one for one in workspace.index.refs() if (one.kind, one.name) == (old.kind, old.name) and one != old]
    return _proved(workspace, draft, old, new, old.home, sorted(others))


def promote_override(workspace: Workspace, ref: Ref | str, scope: str, path: str) -> Promotion:
    """Answers the promotion of what a scope writes at a path: it becomes the base's value, and the scope's own line goes.

    The plan tells everyone who inherits the change.

    Raises:
        UsageError: MOD047, where the scope writes no value there, or its value would change.
    """
    wanted = parse_ref(ref) if isinstance(ref, str) else ref
    at = parse_path(path)
    mine = _only(workspace, wanted, scope)
    base = _only(workspace, wanted, wanted.home if wanted else "")
    if wanted is None or mine is None or base is None or mine is base:
        raise _refused(
            ref, f"{scope} has not one override of it, or its home not one base", "name a Ref and a scope that overrides it"
        )
    value = _raw(mine, at)
    if value is None or isinstance(value, dict):
        raise _refused(wanted, f"{scope} writes no value at {path}", "name the path of a value, as `charter show` tells it")
    draft = _Draft(workspace)
    draft.change(base, lambda resource: resource.with_value(at, value))
    draft.change(mine, lambda resource: resource.without(at))
    return _proved(workspace, draft, wanted, wanted, scope, [])


class _Draft:
    """The files of a workspace while they are changed, document by document."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._parts: dict[str, list[str | None]] = {}
        self._moved: dict[str, str] = {}
        self._tables: dict[str, bytes] = {}

    def change(self, document: Document, by: Callable[[Resource], Resource | None]) -> None:
        """Changes the text of one document; None takes it away."""
        file, at = document.file, _position(self.workspace, document)
        parts = self._of(file)
        text = parts[at]
        if text is not None:
            try:
                found = by(Resource(text, document.kind.key_of))
            except (yaml.YAMLError, ValueError) as error:
                reason = f"{file} cannot be changed: {str(error).splitlines()[0]}"
                raise _refused(document.ref, reason, "write it as one plain map a document") from error
            parts[at] = found.text if found is not None else None

    def _of(self, file: str) -> list[str | None]:
        if file not in self._parts:
            self._parts[file] = list(resources(self.workspace.contents[file]))
        return self._parts[file]

    def move(self, document: Document) -> None:
        """Takes one document to the group's folder, its pointers at tables with it."""
        parts = self._of(document.file)
        at = _position(self.workspace, document)
        target = self._free(document)
        for path in table_places(document):
            text = _value(document, path)
            name = table_name(document.file, text, self.workspace.settings.inputs)
            if ":" not in name:
                pointer = posixpath.relpath(name, posixpath.dirname(target))
                self.change(document, partial(Resource.pointed, old=text, new=pointer))
        self._moved[target] = self._moved.get(target, "") + (parts[at] or "")
        parts[at] = None

    def _free(self, document: Document) -> str:
        """Answers a file of the group that nobody has: the same place below group/, else with the scope's name."""
        folder = folder_of(document.layer)
        inner = document.file.removeprefix(f"{folder}/")
        stem, dot, ending = inner.rpartition(".")
        alone = len(self._parts[document.file]) == 1
        stem = stem if alone else f"{stem}-{document.ref.name}"
        names = [f"group/{stem}{dot}{ending}", f"group/{stem}-{document.layer.rsplit('/', 1)[-1]}{dot}{ending}"]
        free = [name for name in names if name not in self.workspace.contents and name not in self._moved]
        if not free:
            raise _refused(document.ref, f"{names[0]} and {names[1]} are there already", "rename one of the files")
        return free[0]

    def tables(self) -> list[str]:
        """Answers the tables of the workspace."""
        inside = (name for name in self.workspace.contents if ":" not in name)
        return [name for name in inside if name.endswith((".csv", ".tsv"))]

    def replace_in_table(self, name: str, old: str, new: str) -> None:
        """Replaces each field of a table that is exactly `old`."""
        content = self.workspace.contents[name]
        if old.encode() in content:
            text = re.sub(rf'(?<![^,;\t"\n]){re.escape(old)}(?![^,;\t"\r\n])', new, decode(content))
            self._tables[name] = text.encode()

    def files(self) -> dict[str, bytes | None]:
        """Answers the files that differ: their new bytes, or None for one that is gone."""
        found: dict[str, bytes | None] = {}
        for name, parts in self._parts.items():
            text = "".join(part for part in parts if part is not None)
            says = text.replace("---", "").strip() and any(part is not None for part in parts)
            found[name] = text.encode() if says else None
        found.update({name: text.encode() for name, text in self._moved.items()})
        found.update(self._tables)
        known = self.workspace.contents
        return {name: found[name] for name in sorted(found) if found[name] is None or found[name] != known.get(name)}


def _proved(workspace: Workspace, draft: _Draft, old: Ref, new: Ref, scope: str, others: list[Ref]) -> Promotion:
    """Answers the promotion, read again from what it would write and held against what held before."""
    files = draft.files()
    contents = {name: content for name, content in workspace.contents.items() if name not in files}
    contents.update({name: content for name, content in files.items() if content is not None})
    after = read_workspace(workspace.root, contents, workspace.registry)
    broken = [one for one in after.findings if one not in workspace.findings and one.code in ("MOD001", "MOD002", "MOD034")]
    if broken and len(after.findings) > len(workspace.findings):
        raise _refused(old, f"{broken[0].origin} could not be read again: {broken[0].message}", "change the files by hand")
    for where, day, path, was, now in _differences(workspace, old, after, new, scope):
        told = ["nothing" if value is None else value for value in (now, was)]
        reason = f"{path} at {where} from {day} would be {told[0]}, and is {told[1]}"
        raise _refused(old, reason, "mend what is refused there, or what the group says of such documents, first")
    return Promotion(old, new, files, tuple(others), plan(workspace, after), after)


def _differences(
    before: Workspace, old: Ref, after: Workspace, new: Ref, scope: str
) -> Iterator[tuple[str, date | str, str, Any, Any]]:
    """Yields each value at the scope and below that would not be what it was."""
    days = before.index.days(old) | after.index.days(new)
    for where in before.tree.scopes():
        for begin, _ in segments(days | before.tree.boundaries_above(where), None, None):
            on = begin or date.min
            if scope not in (before.tree.find_chain(where, on) or ()):
                continue
            was, now = (_values(workspace, ref, where, on) for workspace, ref in ((before, old), (after, new)))
            for path in sorted({*was, *now}):
                if canonical(was.get(path)) != canonical(now.get(path)):
                    yield where, begin or "the beginning", show_path(path), was.get(path), now.get(path)


def _values(workspace: Workspace, ref: Ref, scope: str, on: date) -> Mapping[Path, Any]:
    fold = fold_at(workspace.model(on), ref, scope)
    return fold.values if fold else {}


def _is_about(document: Document, ref: Ref) -> bool:
    named = document.spec.get("ref") if isinstance(document.spec, dict) else None
    return document.kind.name in ("Lock", "Waiver") and named == str(ref)


def _only(workspace: Workspace, ref: Ref | None, layer: str) -> Document | None:
    found = workspace.index.layers(ref).get(layer, ()) if ref else ()
    return found[0] if len(found) == 1 else None


def _raw(document: Document, path: Path) -> Any:
    """Answers what a document writes at a path, dated values as they stand; None if nothing."""
    value: Any = {"spec": document.spec}
    for at, segment in enumerate(path):
        key = document.kind.key_of(path[:at])
        if key is not None and isinstance(value, list):
            value = next((item for item in value if isinstance(item, dict) and f"[{item.get(key)}]" == segment), None)
        else:
            name = segment[1:-1] if key is not None and is_key(segment) else segment
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _value(document: Document, path: tuple[str | int, ...]) -> str:
    value: Any = {"spec": document.spec}
    for part in path:
        value = value[part]
    return str(value)


def _position(workspace: Workspace, document: Document) -> int:
    """Answers which document of its file it is: by its line, among the texts that the file is made of."""
    line = document.origin_of(("kind",)).line
    texts = resources(workspace.contents[document.file])
    seen = 0
    for index, text in enumerate(texts):
        seen += text.count("\n")
        if line <= seen:
            return index
    return len(texts) - 1


def _refused(ref: Ref | str | None, reason: str, what: str) -> CharterError:
    return MOD047.exception(ref=ref, reason=reason, what=what)
