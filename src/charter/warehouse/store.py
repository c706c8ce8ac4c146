"""Where a lake lies. Apart from the lake, so that what only names it does not load DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Store:
    """Where the lake lies: catalog.sqlite, data/, writer.lock, readers.lock and temp/ in one folder."""

    folder: Path

    @property
    def catalog(self) -> Path:
        """Answers the catalog's file."""
        return self.folder / "catalog.sqlite"

    @property
    def data(self) -> Path:
        """Answers the folder of the Parquet files."""
        return self.folder / "data"

    @property
    def readers(self) -> Path:
        """Answers the lock that readers share while they are open."""
        return self.folder / "readers.lock"

    @property
    def temp(self) -> Path:
        """Answers the folder for what does not fit into memory; each connection has one of its own below it."""
        return self.folder / "temp"
