"""Workspaces: a folder of documents, read whole, with every finding of the reading."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from charter.errors import CharterError, ContentError, Finding, Origin
from charter.model.codes import MOD001, MOD004, MOD041, MOD042
from charter.model.dated import is_dated
from charter.model.document import Document
from charter.model.index import Index
from charter.model.kind import KindRegistry, default_registry
from charter.model.reading import Reading, read_file
from charter.model.ref import FOLDERS
from charter.model.scope import GROUP, ScopeSlice, ScopeTree
from charter.model.settings import WorkspaceSpec
from charter.model.table import Row, Table, read_bytes, read_table, safe_path, table_name, table_places
from charter.model.yaml_reader import MAX_BYTES, UnreadableError, read_documents

if TYPE_CHECKING:
    from charter.model.model import Model

SETTINGS_FILE = "charter.yaml"


@dataclass(frozen=True)
class Manifest:
    """The bytes that the model was read from: path -> SHA-256, sorted."""

    files: Mapping[str, str]

    @property
    def text(self) -> str:
        """Answers it as it is stored: one line a file, hash and path, sorted."""
        return "\n".join(f"{digest}  {path}" for path, digest in sorted(self.files.items()))

    @cached_property
    def hash(self) -> str:
        """Answers one hash over all of them."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Workspace:
    """All documents of a folder, the tree, the settings, and what reading them found."""

    def __init__(
        self,
        root: Path,
        settings: WorkspaceSpec,
        reading: Reading,
        registry: KindRegistry,
        contents: dict[str, bytes],
        findings: list[Finding],
        sealed: bool = False,
    ) -> None:
        self.root = root
        self.sealed = sealed
        self.settings = settings
        self.registry = registry
        self.documents: tuple[Document, ...] = tuple(reading.documents)
        self.unreadable: Mapping[str, tuple[Origin, ...]] = {k: tuple(v) for k, v in reading.unreadable.items()}
        self._contents = contents
        self._models: dict[date, Model] = {}
        self._inputs = dict(self._input_roots())
        found = [*findings, *reading.findings]
        self.tree = ScopeTree(_slices(self, found), settings.title or settings.name)
        found += self.tree.findings()
        self.findings: tuple[Finding, ...] = tuple(found)

    @cached_property
    def index(self) -> Index:
        """Answers the documents by what they are about."""
        return Index(self.documents)

    def _input_roots(self) -> Iterator[tuple[str, Path]]:
        for name, given in self.settings.inputs.items():
            text = (os.environ.get(given.env) if given.env else None) or given.default
            if text:
                yield name, (self.root / text).resolve()

    @cached_property
    def contents(self) -> Mapping[str, bytes]:
        """Answers the bytes of charter.yaml, of all documents and of all tables that they point at and that can be read."""
        named = {name for name in self._contents if name == SETTINGS_FILE or is_document(name)}
        for document in self.documents:
            for path in table_places(document):
                with suppress(CharterError):
                    named.add(self._read_table(document, path)[0])
        return {name: self._contents[name] for name in sorted(named)}

    @cached_property
    def manifest(self) -> Manifest:
        """Answers the hashes of all that the model is read from, whatever has been asked of it so far."""
        return Manifest({name: hashlib.sha256(data).hexdigest() for name, data in self.contents.items()})

    def resolve_path(self, text: str, document: Document, path: tuple[str | int, ...] = ("spec",)) -> Path:
        """Answers the file that a document names (it need not be there); refuses what leads outside."""
        folder = (self.root / document.file).parent
        field = ".".join(str(part) for part in path)
        return safe_path(self.root, folder, self._inputs, text, document.origin_of(path), field)

    def table(self, document: Document, path: tuple[str | int, ...] = ("spec", "file")) -> Table:
        """Answers the table that a leaf of the document points at; raises if it is not there or cannot be read."""
        name, content = self._read_table(document, path)
        return read_table(content, name)

    def _read_table(self, document: Document, path: tuple[str | int, ...]) -> tuple[str, bytes]:
        value: Any = {"spec": document.spec}
        for part in path:
            value = value[part]
        name, origin = table_name(document.file, str(value), self.settings.inputs), document.origin_of(path)
        content = self._contents.get(name)
        if content is None:
            if self.sealed:
                raise MOD042.exception(origin, file=value, near="it was not there when the revision was applied")
            place = self.resolve_path(str(value), document, path)
            content = self._contents[name] = read_bytes(place, str(value), origin)
        return name, content

    def model(self, as_of: date) -> Model:
        """Answers the model of the day, for all scopes."""
        from charter.model.model import Model

        if as_of not in self._models:
            self._models[as_of] = Model(self, as_of)
        return self._models[as_of]


def open_workspace(root: Path, registry: KindRegistry | None = None) -> Workspace:
    """Answers the workspace in the folder; what is wrong with its content is in `findings`, nothing is raised for it."""
    root = Path(os.path.realpath(root))
    known = registry or default_registry()
    findings: list[Finding] = []
    contents: dict[str, bytes] = {}
    settings = _settings(root, contents, findings)
    reading = Reading()
    for name in _files(root):
        try:
            contents[name] = _bytes(root, name)
        except OSError as error:
            layer = layer_of(name)
            reading.unread(layer, MOD001.finding(Origin(name), layer=layer, file=name, reason=error.strerror or str(error)))
            continue
        except CharterError as error:
            reading.unread(layer_of(name), as_finding(error))
            continue
        read_file(name, layer_of(name), contents[name], known, reading)
    return Workspace(root, settings, reading, known, contents, findings)


def read_workspace(root: Path, contents: Mapping[str, bytes], registry: KindRegistry | None = None) -> Workspace:
    """Answers the workspace that these bytes make, as it was when they were stored: nothing else is read from the folder."""
    known = registry or default_registry()
    findings: list[Finding] = []
    reading = Reading()
    settings = _read_settings(contents.get(SETTINGS_FILE), root, findings)
    for name in sorted(contents):
        if is_document(name):
            read_file(name, layer_of(name), contents[name], known, reading)
    return Workspace(root, settings, reading, known, dict(contents), findings, sealed=True)


def is_document(name: str) -> bool:
    """Answers whether a file of this name (relative to the workspace) is read as documents."""
    top, slash, _ = name.partition("/")
    return bool(slash) and top in (GROUP, *FOLDERS, "tests") and name.endswith((".yaml", ".yml"))


def _bytes(root: Path, name: str) -> bytes:
    """Answers the bytes of a document, at most one more than are allowed; a link that leads outside is refused."""
    place = root / name
    if not name.isprintable():
        raise MOD001.exception(Origin(name), file=ascii(name), reason="its name holds a character that cannot be printed")
    if place.is_symlink() and not Path(os.path.realpath(place)).is_relative_to(root):
        raise MOD041.exception(Origin(name), path="the link", file=name)
    if not place.is_file():
        raise MOD001.exception(Origin(name), file=name, reason="it is no regular file")
    with place.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def layer_of(name: str) -> str:
    """Answers the scope id that a file's folder names; files elsewhere (tests/) belong to the group."""
    parts = name.split("/")
    if parts[0] in FOLDERS and len(parts) > 2:
        return f"{FOLDERS[parts[0]]}/{parts[1]}"
    return GROUP


def _files(root: Path) -> list[str]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in ("exports", "node_modules"))
        here = Path(folder).relative_to(root)
        top = here.parts[0] if here.parts else ""
        if top and top not in (GROUP, *FOLDERS, "tests"):
            folders[:] = []
            continue
        if not top:
            continue
        found += [(here / name).as_posix() for name in names if name.endswith((".yaml", ".yml"))]
    return sorted(found)


def _settings(root: Path, contents: dict[str, bytes], findings: list[Finding]) -> WorkspaceSpec:
    if (root / SETTINGS_FILE).is_file():
        contents[SETTINGS_FILE] = _bytes(root, SETTINGS_FILE)
    return _read_settings(contents.get(SETTINGS_FILE), root, findings)


def _read_settings(content: bytes | None, root: Path, findings: list[Finding]) -> WorkspaceSpec:
    if content is None:
        return WorkspaceSpec(name=root.name)
    raw = None
    try:
        raw = next(iter(read_documents(content)), None)
        data = raw.data if raw else {}
        metadata = data.get("metadata") or {}
        spec = dict(data.get("spec") or {})
        return WorkspaceSpec.model_validate({**spec, "name": metadata.get("name", ""), "title": metadata.get("title", "")})
    except UnreadableError as error:
        findings.append(MOD001.finding(Origin(SETTINGS_FILE, error.line, error.column), file=SETTINGS_FILE, reason=error.reason))
    except (ValidationError, AttributeError, TypeError, ValueError) as error:
        findings += _settings_findings(error, raw.places if raw else {})
    return WorkspaceSpec(name=root.name)


def _settings_findings(error: Exception, places: Mapping[Any, tuple[int, int]]) -> list[Finding]:
    if not isinstance(error, ValidationError):
        return [MOD001.finding(Origin(SETTINGS_FILE), file=SETTINGS_FILE, reason="it is no document of kind Workspace")]
    from charter.model.reading import validation_findings

    return validation_findings(error, SETTINGS_FILE, places, "Workspace", WorkspaceSpec)


def _slices(workspace: Workspace, findings: list[Finding]) -> Iterator[ScopeSlice]:
    for document in workspace.documents:
        if document.kind.name not in ("Scope", "ScopeTable"):
            continue
        if document.layer != GROUP:
            scope = document.ref.full_name if document.kind.name == "Scope" else "a table of scopes"
            findings.append(MOD004.finding(document.origin, scope=scope, layer=document.layer, table="group/"))
            continue
        try:
            yield from _scope_slices(document) if document.kind.name == "Scope" else _table_slices(workspace, document)
        except CharterError as error:
            findings.append(as_finding(error))


def as_finding(error: CharterError) -> Finding:
    """Answers the finding for an error met while reading content: loading goes on."""
    from charter.errors import Severity

    return Finding(error.code, Severity.ERROR, error.message, error.origin, error.hint)


def _scope_slices(document: Document) -> Iterator[ScopeSlice]:
    spec = document.spec or {}
    scope = str(document.metadata["name"])
    attributes = {key: str(value) for key, value in (spec.get("attributes") or {}).items()}
    title = str(spec.get("title") or document.metadata.get("title") or "")
    yield from _parents(scope, spec.get("parent"), title, attributes, document.origin_of(("spec", "parent")))


def _parents(scope: str, parent: Any, title: str, attributes: Mapping[str, str], origin: Origin) -> Iterator[ScopeSlice]:
    from charter.model.dated import entries

    if not is_dated(parent):
        yield ScopeSlice(scope, None if parent is None else str(parent), None, None, title, attributes, origin)
        return
    read = entries(parent)
    for index, entry in enumerate(read):
        following = read[index + 1].begin if index + 1 < len(read) else None
        end = entry.end or following
        yield ScopeSlice(scope, str(entry.value), entry.begin, end, title, attributes, origin)


def _table_slices(workspace: Workspace, document: Document) -> Iterator[ScopeSlice]:
    for scope, parent in ((document.spec or {}).get("rows") or {}).items():
        yield from _parents(scope, parent, "", {}, document.origin_of(("spec", "rows", scope)))
    if (document.spec or {}).get("file"):
        table = workspace.table(document)
        for row in table.rows:
            yield _row_slice(row, table.columns)


def _row_slice(row: Row, columns: tuple[str, ...]) -> ScopeSlice:
    from charter.model.dated import day

    known = ("scope", "parent", "from", "to", "title")
    begin, end = (day(row.get(bound)) if row.get(bound) else None for bound in ("from", "to"))
    for bound in ("from", "to"):
        if row.get(bound) and day(row.get(bound)) is None:
            raise ContentError(
                "MOD002", f"{bound} is {row.get(bound)}; ScopeTable allows a day such as 2026-01-01", origin=row.origin
            )
    attributes = {name: row.get(name) for name in columns if name not in known}
    return ScopeSlice(row.get("scope"), row.get("parent") or GROUP, begin, end, row.get("title"), attributes, row.origin)
