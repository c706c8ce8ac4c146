"""What a lake is put back from while it is being maintained: its catalog as it was, and what each table held."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from charter.warehouse.codes import WHS004, WHS005
from charter.warehouse.content import Content
from charter.warehouse.restore_schema import SchemaCopy
from charter.warehouse.store import Store


@dataclass(frozen=True)
class Recorded:
    """What was so before anything was changed: the newest snapshot, and the content of each table."""

    snapshot: int
    tables: Mapping[str, Content]

    @property
    def text(self) -> str:
        """Answers it as JSON."""
        told = {"snapshot": self.snapshot, "tables": {name: asdict(one) for name, one in self.tables.items()}}
        return json.dumps(told, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str) -> Recorded:
        """Answers what such a text says."""
        told = json.loads(text)
        return cls(int(told["snapshot"]), {name: Content(**one) for name, one in told["tables"].items()})


class Point(Protocol):
    """What a lake is put back from: a copy of its catalog, and what was so when it was taken."""

    @property
    def exists(self) -> bool:
        """Answers whether a maintenance was stopped before it was known that nothing is lost."""

    @property
    def told(self) -> str:
        """Answers where the copy of the catalog is, for people."""

    def take(self) -> None:
        """Copies the catalog as of now."""

    def note(self, recorded: Recorded) -> None:
        """Records what was so; from here on a killed maintenance can be judged by the next one."""

    def read(self) -> Recorded | None:
        """Answers what a maintenance that was stopped had recorded; None where there was none."""

    def put_back(self) -> None:
        """Makes the catalog what it was, in one transaction: readers see either state."""

    def drop(self) -> None:
        """Forgets it."""


def restore_point(store: Store) -> Point:
    """Answers the restore point of a lake: files beside a catalog in SQLite, tables beside one in PostgreSQL."""
    return RestorePoint(store) if store.server is None else ServerRestorePoint(SchemaCopy(store.server))


@dataclass(frozen=True)
class ServerRestorePoint:
    """Copies of the catalog's tables in its own schema, and a record. Called by whoever holds the pen."""

    schema: SchemaCopy

    @property
    def exists(self) -> bool:
        """Answers whether a maintenance was stopped before it was known that nothing is lost."""
        return self.schema.record() is not None

    @property
    def told(self) -> str:
        """Answers where the copy of the catalog is, for people."""
        return self.schema.told

    def take(self) -> None:
        """Copies the catalog as of now."""
        self.schema.take()

    def note(self, recorded: Recorded) -> None:
        """Records what was so."""
        self.schema.note(recorded.text)

    def read(self) -> Recorded | None:
        """Answers what a maintenance that was stopped had recorded; None where there was none."""
        text = self.schema.record()
        return None if text is None else Recorded.parse(text)

    def put_back(self) -> None:
        """Makes the catalog what it was."""
        self.schema.put_back()

    def drop(self) -> None:
        """Forgets it."""
        self.schema.drop()


class RestorePoint:
    """A copy of the catalog and a record, beside the catalog. No data file is deleted while they are there.

    Files are read and written by Python's own SQLite, whose locks and DuckDB's do not know of each other within one process:
    `take` and `put_back` are called while this process has no connection to the lake, and holds the writer's lock.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.copy = store.folder / "catalog.before-maintain.sqlite"
        self.record = store.folder / "maintain.json"

    @property
    def exists(self) -> bool:
        """Answers whether a maintenance was stopped before it was known that nothing is lost."""
        return self.record.is_file() and self.copy.is_file()

    @property
    def told(self) -> str:
        """Answers where the copy of the catalog is, for people."""
        return self.copy.name

    def take(self) -> None:
        """Copies the catalog as of now."""
        self.drop()
        unfinished = self.copy.with_suffix(".new")
        try:
            unfinished.unlink(missing_ok=True)
            _copy(self._store.catalog, unfinished)
            unfinished.replace(self.copy)
        except OSError as error:
            raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error

    def note(self, recorded: Recorded) -> None:
        """Records what was so; from here on a killed maintenance can be judged by the next one."""
        unfinished = self.record.with_suffix(".new")
        try:
            unfinished.write_text(recorded.text, encoding="utf-8")
            unfinished.replace(self.record)
        except OSError as error:
            raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error

    def read(self) -> Recorded | None:
        """Answers what a maintenance that was stopped had recorded; None where there was none."""
        if not self.exists:
            return None
        return Recorded.parse(self.record.read_text(encoding="utf-8"))

    def put_back(self) -> None:
        """Makes the catalog what it was, in one transaction of SQLite: readers see either state."""
        _copy(self.copy, self._store.catalog)

    def drop(self) -> None:
        """Forgets it: first the record, so that what is left of a killed call says nothing."""
        for place in (self.record, self.copy):
            place.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source, timeout=10)) as one, closing(sqlite3.connect(target, timeout=10)) as other:
            one.backup(other)
    except sqlite3.Error as error:
        full = "full" in str(error) or "readonly" in str(error) or "unable to open" in str(error)
        raise (WHS004 if full else WHS005).exception(reason=f"{target.name}: {error}") from error
