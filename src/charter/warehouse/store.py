"""Where a lake lies. Apart from the lake, so that what only names it does not load DuckDB."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

S3 = "s3://"
_MEMORY = 4 * 10**9


@dataclass(frozen=True)
class Server:
    """A catalog in PostgreSQL: its address, which may hold a password and is told nowhere, and the schema of its tables."""

    address: str = field(repr=False)
    schema: str = "charter"


@dataclass(frozen=True)
class Bucket:
    """An object store that speaks S3: what DuckDB's secret of it holds, by DuckDB's names; told nowhere."""

    options: Mapping[str, str | bool] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Store:
    """Where the lake lies: catalog.sqlite, data/, writer.lock, readers.lock and temp/ in one folder.

    With a `server` the catalog and the locks are there; `elsewhere` is another place of the data, a folder or s3://bucket/prefix.
    The temporary folder is this machine's own. `shared` are places that a clone's files are read from. `memory` (`8GB`) is what a
    writer may hold in memory.
    """

    folder: Path
    server: Server | None = None
    elsewhere: Path | str | None = None
    bucket: Bucket | None = None
    shared: tuple[str, ...] = ()
    memory: str | None = None

    @property
    def catalog(self) -> Path:
        """Answers the catalog's file, where it is SQLite."""
        return self.folder / "catalog.sqlite"

    @property
    def data(self) -> Path:
        """Answers the folder of the Parquet files, where they are no objects."""
        return self.elsewhere if isinstance(self.elsewhere, Path) else self.folder / "data"

    @property
    def objects(self) -> str | None:
        """Answers the address of the Parquet files in an object store, with its slash at the end; None where they are files."""
        return f"{self.elsewhere.rstrip('/')}/" if isinstance(self.elsewhere, str) else None

    @property
    def root(self) -> str:
        """Answers what the places of the catalog are relative to, with its slash at the end."""
        return self.objects or f"{self.data.resolve()}/"

    @property
    def memory_limit(self) -> str:
        """Answers what a writer may hold in memory: as declared, else 4 GB, or half of the machine's where that is less."""
        if self.memory:
            return self.memory
        try:
            half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        except (AttributeError, OSError, ValueError):  # a platform that does not tell
            half = _MEMORY
        return f"{min(half, _MEMORY) // 10**6}MB"

    @property
    def readers(self) -> Path:
        """Answers the lock that readers share while they are open."""
        return self.folder / "readers.lock"

    @property
    def temp(self) -> Path:
        """Answers the folder for what does not fit into memory; each connection has one of its own below it."""
        return self.folder / "temp"

    def exists(self) -> bool:
        """Answers whether something was taken in; raises where the catalog's server cannot say."""
        if self.server is None:
            return self.catalog.is_file()
        from charter.warehouse.server import connected, has_lake

        with connected(self.server) as connection:
            return has_lake(connection, self.server.schema)

    @property
    def place(self) -> str:
        """Answers where the catalog lies, for people."""
        return str(self.folder) if self.server is None else f"schema {self.server.schema} of the catalog's database"
