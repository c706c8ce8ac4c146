"""Revisions: what was applied and when, so that the model can be read as it was known at any instant.

`.charter/revisions/` holds the bytes of everything that a model was read from, each under its SHA-256 (`blobs/`), a
manifest per revision (path -> SHA-256, itself such a blob), and `log.jsonl`: one line a revision, each with the hash of
the line before. Nothing is ever changed or removed. A line without its newline was never acknowledged (the machine
stopped while it was written): readers pass over it and the next `apply` cuts it off.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from charter.errors import CharterError, Finding, Origin
from charter.model.codes import MOD036, MOD036_BROKEN, MOD045, MOD046
from charter.model.kind import KindRegistry
from charter.model.scope_reading import as_finding
from charter.model.workspace import Workspace, read_workspace

FOLDER = ".charter/revisions"
LOG = "log.jsonl"
START = "0" * 64
"""What the first line names as the hash of the line before it."""


@dataclass(frozen=True)
class Revision:
    """One line of the log. `applied_at` is UTC and rises strictly; `manifest` is the hash of the model's content."""

    seq: int
    applied_at: datetime
    manifest: str
    approvals: tuple[str, ...]
    previous: str
    hash: str


@dataclass(frozen=True)
class Known:
    """What was known at an instant: the revision in force, and the workspace as its blobs hold it."""

    revision: Revision
    workspace: Workspace


class Revisions:
    """The revisions of the workspace in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / FOLDER

    def log(self) -> tuple[Revision, ...]:
        """Answers all revisions, the first applied first; raises MOD036 where the chain of hashes is broken."""
        return tuple(self._read())

    def head(self) -> Revision | None:
        """Answers the revision applied last, or None."""
        return next(reversed(self.log()), None)

    def known_at(self, instant: datetime, registry: KindRegistry | None = None) -> Known:
        """Answers what the last revision applied at or before the instant holds; raises MOD036 if there is none."""
        log = self.log()
        known = [revision for revision in log if revision.applied_at <= _utc(instant)]
        if not known:
            first = _told(log[0].applied_at) if log else "nothing was applied yet"
            raise MOD036.exception(instant=_told(instant), first=first)
        return Known(known[-1], self.workspace(known[-1], registry))

    def workspace(self, revision: Revision, registry: KindRegistry | None = None) -> Workspace:
        """Answers the workspace of a revision, read from its blobs alone; raises MOD036 if one is gone or was changed."""
        files = self._manifest(revision)
        contents = {name: self._blob(digest, revision, name) for name, digest in files.items()}
        return read_workspace(self.root, contents, registry)

    def apply(self, workspace: Workspace, applied_at: datetime, approvals: Sequence[str] = (), base: str | None = None) -> Revision:
        """Stores the content of a workspace as the next revision, and answers it once it is safe on the disk.

        Args:
            workspace: what is applied.
            applied_at: the instant, with its time zone; later than that of the last revision.
            approvals: who approved, as `role/pricing person/bo`.
            base: manifest hash of the revision that the plan was made against (empty: of none); refused if it has moved.

        Raises:
            UsageError: MOD045, the base has moved, or the instant does not rise.
            UnavailableError: MOD046, another apply is at work.
        """
        with self._alone():
            log = self.log()
            before = log[-1] if log else None
            _refuse_moved(before, _utc(applied_at), base)
            manifest = workspace.manifest
            for name, content in workspace.contents.items():
                self._store(content, manifest.files[name])
            self._store(manifest.text.encode(), manifest.hash)
            _sync(self.folder / "blobs")
            previous = before.hash if before else START
            body = _body(len(log) + 1, _utc(applied_at), manifest.hash, tuple(approvals), previous)
            revision = _revision(body, _hash(body))
            self._append(json.dumps({**body, "hash": revision.hash}, ensure_ascii=False))
            return revision

    def verify(self) -> tuple[Finding, ...]:
        """Answers a finding, by the number of the revision, for what is not as it was written: the log, then the blobs.

        What follows a broken line is not looked at: nothing proves it. A log whose end was cut off is a shorter log;
        only a copy of the last hash kept elsewhere tells.
        """
        found: list[Finding] = []
        revisions = []
        try:
            for revision in self._read():
                revisions.append(revision)
        except CharterError as error:
            found.append(as_finding(error))
        sound: set[str] = set()
        for revision in revisions:
            found += self._unsound(revision, sound)
        return tuple(found)

    def _unsound(self, revision: Revision, sound: set[str]) -> Iterator[Finding]:
        try:
            files = self._manifest(revision)
        except CharterError as error:
            yield as_finding(error)
            return
        for name, digest in files.items():
            if digest not in sound:
                try:
                    self._blob(digest, revision, name)
                    sound.add(digest)
                except CharterError as error:
                    yield as_finding(error)

    def _read(self) -> Iterator[Revision]:
        """Yields the lines of the log, each proved by its own hash and by that of the line before."""
        place = self.folder / LOG
        if not place.is_file():
            return
        before: Revision | None = None
        for number, line in enumerate(place.read_bytes().split(b"\n")[:-1], 1):
            revision = _parse(line)
            if revision is None or revision.seq != number:
                raise _broken(number, "the line is not what was written")
            if revision.previous != (before.hash if before else START):
                raise _broken(number, f"it does not follow revision {number - 1}")
            if before is not None and revision.applied_at <= before.applied_at:
                raise _broken(number, f"it was applied before revision {number - 1}")
            yield revision
            before = revision

    def _manifest(self, revision: Revision) -> Mapping[str, str]:
        text = self._blob(revision.manifest, revision, "the manifest").decode()
        pairs = (line.split("  ", 1) for line in text.splitlines())
        return {name: digest for digest, name in pairs}

    def _place(self, digest: str) -> Path:
        return self.folder / "blobs" / digest[:2] / digest

    def _blob(self, digest: str, revision: Revision, name: str) -> bytes:
        try:
            content = self._place(digest).read_bytes()
        except OSError as error:
            raise _broken(revision.seq, f"{name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise _broken(revision.seq, f"{name} is not what was applied")
        return content

    def _store(self, content: bytes, digest: str) -> None:
        """Writes a blob, whole or not at all; one that is there and sound stays as it is."""
        place = self._place(digest)
        if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == digest:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(place)

    def _append(self, line: str) -> None:
        """Writes a line at the end of the log, after cutting off what was never acknowledged; returns when it is safe."""
        descriptor = os.open(self.folder / LOG, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                whole = stream.read().rfind(b"\n") + 1
            os.ftruncate(descriptor, whole)
            os.lseek(descriptor, whole, os.SEEK_SET)
            data = line.encode() + b"\n"
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync_folder(self.folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other applies out while one is at work; the lock ends with the process that holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise MOD046.exception(folder=FOLDER) from error
            yield


def _refuse_moved(before: Revision | None, applied_at: datetime, base: str | None) -> None:
    current = before.manifest if before else ""
    if base is not None and base != current:
        reason = f"the plan was made against revision {base[:12] or 'none'}, and {current[:12] or 'none'} is applied"
        raise MOD045.exception(reason=reason, what="plan again")
    if before is not None and applied_at <= before.applied_at:
        reason = f"{_told(applied_at)} is not after {_told(before.applied_at)}, when revision {before.seq} was applied"
        raise MOD045.exception(reason=reason, what="set the machine's clock")


def _body(seq: int, applied_at: datetime, manifest: str, approvals: tuple[str, ...], previous: str) -> dict[str, Any]:
    return {
        "seq": seq, "applied_at": applied_at.isoformat(), "manifest": manifest, "approvals": list(approvals), "previous": previous,
    }  # fmt: skip


def _hash(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _revision(body: Mapping[str, Any], own: str) -> Revision:
    instant = _utc(datetime.fromisoformat(body["applied_at"]))
    return Revision(body["seq"], instant, body["manifest"], tuple(body["approvals"]), body["previous"], own)


def _parse(line: bytes) -> Revision | None:
    """Answers the revision of a line, or None if the line is not what its hash says."""
    try:
        body = json.loads(line)
        own = body.pop("hash")
        return _revision(body, own) if _hash(body) == own else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _broken(number: int, problem: str) -> CharterError:
    return MOD036_BROKEN.exception(Origin(f"{FOLDER}/{LOG}", number), number=number, problem=problem)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return instant.astimezone(UTC)


def _told(instant: datetime) -> str:
    return _utc(instant).isoformat().replace("+00:00", "Z")


def _sync(folder: Path) -> None:
    """Makes the names of new blobs safe before the log speaks of them."""
    for inner in folder.iterdir():
        _sync_folder(inner)
    _sync_folder(folder)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
