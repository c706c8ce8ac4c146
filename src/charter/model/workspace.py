"""Workspaces: a folder of documents, read whole, with every finding of the reading."""

from __future__ import annotations

import gc
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from charter.errors import CharterError, Finding, Origin, in_layer
from charter.model.codes import MOD001, MOD003, MOD041, MOD042, MOD051
from charter.model.conformance import conformance_findings
from charter.model.document import Document
from charter.model.index import Index
from charter.model.kind import KindRegistry, default_registry
from charter.model.parse_cache import ParseCache
from charter.model.reading import Reading, read_file
from charter.model.ref import FOLDERS
from charter.model.scope import GROUP, ScopeTree
from charter.model.scope_reading import as_finding, read_slices
from charter.model.settings import WorkspaceSpec
from charter.model.settings_secrets import store_findings
from charter.model.table import Table, read_bytes, read_table, safe_path, table_name, table_places
from charter.model.waiver import Waiver, valid_waivers
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
        self.tree = ScopeTree(read_slices(self.documents, self.table, found), settings.title or settings.name)
        found += self.tree.findings()
        self._found, self._unchecked = found, reading.unchecked

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Answers everything that reading found: files, envelopes, fields, types, and the tree."""
        return (*self._found, *conformance_findings(self._unchecked))

    @cached_property
    def index(self) -> Index:
        """Answers the documents by what they are about."""
        return Index(self.documents)

    @cached_property
    def waivers(self) -> Mapping[str, list[Waiver]]:
        """Answers the waivers that are not void, whatever the day, by the Ref that they are about."""
        found: dict[str, list[Waiver]] = {}
        for waiver in valid_waivers(self.index.waivers, self.settings.waivers.max_renewals)[0]:
            found.setdefault(waiver.ref, []).append(waiver)
        return found

    def _input_roots(self) -> Iterator[tuple[str, Path]]:
        for name, given in self.settings.inputs.items():
            text = (os.environ.get(given.env) if given.env else None) or given.default
            if text:
                yield name, (self.root / text).resolve()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Answers where files may be read: the workspace and its declared input roots."""
        return (self.root, *self._inputs.values())

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


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keeps Python's collector of circles from walking over a large model again and again while it is built."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def open_workspace(root: Path, registry: KindRegistry | None = None) -> Workspace:
    """Answers the workspace in the folder; what is wrong with its content is in `findings`, nothing is raised for it."""
    with collector_paused():
        return _open(root, registry)


def _open(root: Path, registry: KindRegistry | None) -> Workspace:
    root = Path(os.path.realpath(root))
    known = registry or default_registry()
    findings: list[Finding] = []
    contents: dict[str, bytes] = {}
    settings = _settings(root, contents, findings)
    reading, cache = Reading(), ParseCache(root)
    findings += _near_folders(root)
    for name in _files(root, reading):
        if name.count("/") == 1 and name.split("/")[0] in FOLDERS:
            findings.append(_misplaced(name))
            continue
        try:
            contents[name] = _bytes(root, name)
        except OSError as error:
            layer = layer_of(name)
            reading.unread(layer, MOD001.finding(Origin(name), layer=layer, file=name, reason=error.strerror or str(error)))
            continue
        except CharterError as error:
            reading.unread(layer_of(name), in_layer(as_finding(error), layer_of(name)))
            continue
        read_file(name, layer_of(name), contents[name], known, reading, cache.documents)
    cache.save()
    return Workspace(root, settings, reading, known, contents, findings)


def _near_folders(root: Path) -> list[Finding]:
    """Answers a finding for each folder whose name is nearly that of one that is read."""
    read = (GROUP, *FOLDERS, "tests")
    near = {
        name: meant
        for meant in read
        for name in (f"{meant}s", meant.removesuffix("s"), meant.removesuffix("es"))
        if name not in read
    }
    return [
        MOD051.finding(Origin(name), folder=name, near=meant)
        for name, meant in sorted(near.items())
        if (root / name).is_dir() and any((root / name).rglob("*.y*ml"))
    ]


def _misplaced(name: str) -> Finding:
    folder = name.split("/")[0]
    return MOD003.finding(Origin(name), folder=folder, near=f"put the file into the folder of its scope: {folder}/<name>/")


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
    """Answers the bytes of a document; refuses what is too big, no file, or a link that leads outside.

    Asks the system as little as it can: a Path for each of thousands of files takes longer than to read them.
    """
    place = f"{root}/{name}"
    if not name.isprintable():
        raise MOD001.exception(Origin(name), file=ascii(name), reason="its name holds a character that cannot be printed")
    told = os.lstat(place)
    if stat.S_ISLNK(told.st_mode):
        if not Path(os.path.realpath(place)).is_relative_to(root):
            raise MOD041.exception(Origin(name), path="the link", file=name)
        told = os.stat(place)  # noqa: PTH116
    if not stat.S_ISREG(told.st_mode):
        raise MOD001.exception(Origin(name), file=name, reason="it is no regular file")
    if told.st_size > MAX_BYTES:
        raise MOD001.exception(Origin(name), file=name, reason=f"it has {told.st_size:,} bytes; {MAX_BYTES:,} are allowed")
    with open(place, "rb") as stream:
        return stream.read(MAX_BYTES + 1)


def layer_of(name: str) -> str:
    """Answers the scope id that a file's folder names; files elsewhere (tests/) belong to the group."""
    parts = name.split("/")
    if parts[0] in FOLDERS and len(parts) > 2:
        return f"{FOLDERS[parts[0]]}/{parts[1]}"
    return GROUP


def _files(root: Path, reading: Reading) -> list[str]:
    """Answers the files that hold documents; a folder that cannot be read, or is a link, leaves its layer unknown."""
    found: list[str] = []

    def unread(place: Path, reason: str) -> None:
        name = place.relative_to(root).as_posix()
        layer = layer_of(f"{name}/any")
        reading.unread(layer, MOD001.finding(Origin(name), layer=layer, file=name, reason=reason))

    tops = sorted(top for top in (GROUP, *FOLDERS, "tests") if os.path.lexists(root / top))
    for top in tops:
        if (root / top).is_symlink():
            unread(root / top, "a link to a folder is not followed")
            continue
        for folder, folders, names in os.walk(root / top, onerror=lambda error: unread(Path(error.filename), error.strerror or "")):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in folders:
                if os.path.islink(f"{folder}/{name}"):  # noqa: PTH114
                    unread(Path(folder) / name, "a link to a folder is not followed")
            here = Path(folder).relative_to(root).as_posix()
            found += [f"{here}/{name}" for name in names if name.endswith((".yaml", ".yml"))]
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
        if secrets := store_findings(spec.get("store"), SETTINGS_FILE, raw.places if raw else {}):
            findings += secrets
            del spec["store"]  # what a type says of a value would repeat it
        return WorkspaceSpec.model_validate({**spec, "name": metadata.get("name", ""), "title": metadata.get("title", "")})
    except UnreadableError as error:
        findings.append(MOD001.finding(Origin(SETTINGS_FILE, error.line, error.column), file=SETTINGS_FILE, reason=error.reason))
    except (ValidationError, AttributeError, TypeError, ValueError) as error:
        findings += _settings_findings(error, raw.places if raw else {})
    return WorkspaceSpec(name=root.name)


def _settings_findings(error: Exception, places: Mapping[Any, tuple[int, int]]) -> list[Finding]:
    if not isinstance(error, ValidationError):
        return [MOD001.finding(Origin(SETTINGS_FILE), file=SETTINGS_FILE, reason="it is no document of kind Workspace")]
    from charter.model.conformance import validation_findings

    return validation_findings(error, SETTINGS_FILE, places, "Workspace", WorkspaceSpec)
