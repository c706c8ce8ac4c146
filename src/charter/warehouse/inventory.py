"""The files of the lake: what the catalog names, and what lies on the disk."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from charter.warehouse.lake import Lake
from charter.warehouse.store import Store

CATALOG = "__ducklake_metadata_lake"
FORMAT = "1.0"
"""The version of DuckLake's catalog that this Charter was tried with."""
MANY_FILES = 100
"""Files of one table from which on opening them costs more than reading them."""


def named_sql(catalog: str) -> str:
    """Answers the query of the files that snapshots need, in a catalog that is attached under this name.

    Grain: a file. One that no live snapshot needs any more has an end.
    """
    return f"""
SELECT t.table_name, f.kind, s.path || t.path || f.path AS place, f.file_size_bytes, f.record_count, f.end_snapshot IS NULL AS live,
  f.path_is_relative AND t.path_is_relative AND s.path_is_relative AS relative
FROM (
  SELECT table_id, 'data' AS kind, path, path_is_relative, file_size_bytes, record_count, end_snapshot
  FROM {catalog}.ducklake_data_file
  UNION ALL
  SELECT table_id, 'delete', path, path_is_relative, file_size_bytes, delete_count, end_snapshot
  FROM {catalog}.ducklake_delete_file
) AS f
JOIN (SELECT DISTINCT table_id, table_name, schema_id, path, path_is_relative FROM {catalog}.ducklake_table) AS t USING (table_id)
JOIN (SELECT DISTINCT schema_id, path, path_is_relative FROM {catalog}.ducklake_schema) AS s USING (schema_id)
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A file that the catalog names: whose, where below the data's folder, how large; `live` if the newest snapshot needs it."""

    table: str
    kind: str
    place: str
    size: int
    rows: int
    live: bool


@dataclass(frozen=True, slots=True)
class Files:
    """The live files of a table: those of data, those that say which rows were deleted, their bytes."""

    data: int = 0
    deletes: int = 0
    size: int = 0

    @property
    def count(self) -> int:
        """Answers how many files a reader of the table opens."""
        return self.data + self.deletes


def named(lake: Lake) -> tuple[Named, ...]:
    """Answers every file that a snapshot of the catalog needs."""
    return as_named(lake.rows(named_sql(CATALOG)))


def as_named(rows: Iterable[Sequence[Any]]) -> tuple[Named, ...]:
    """Answers the files of the rows that `named_sql` gives; those outside of the data's folder are not ours."""
    return tuple(
        Named(table, kind, place, int(size), int(count), bool(live))
        for table, kind, place, size, count, live, relative in rows
        if relative
    )


def by_table(found: Iterable[Named]) -> Mapping[str, Files]:
    """Answers the live files of each table that has any."""
    tables: dict[str, Files] = {}
    for one in found:
        if one.live:
            old = tables.get(one.table, Files())
            data = one.kind == "data"
            tables[one.table] = Files(old.data + data, old.deletes + (not data), old.size + one.size)
    return dict(sorted(tables.items()))


def scheduled(lake: Lake) -> tuple[str, ...]:
    """Answers the files that no snapshot needs and that wait to be deleted, by their places below the data's folder."""
    return tuple(row[0] for row in lake.rows(f"SELECT path FROM {CATALOG}.ducklake_files_scheduled_for_deletion ORDER BY path"))


@dataclass(frozen=True, slots=True)
class Lying:
    """A file or an object below the data's place, by its place there: its size, and when it was written (seconds since 1970)."""

    place: str
    size: int
    written: float


def lying(lake: Lake, store: Store) -> tuple[Lying, ...]:
    """Answers all that lies below the data's place, whether the catalog knows it or not."""
    if store.objects is None:
        return tuple(_files_below(store.data))
    every = [f"{store.objects}**"]
    if not lake.rows("SELECT 1 FROM glob(?) LIMIT 1", every):  # what finds nothing is an error to read_blob
        return ()
    rows = lake.rows("SELECT filename, size, epoch(last_modified) FROM read_blob(?)", every)
    return tuple(Lying(str(name).removeprefix(store.objects), int(size), float(at or 0)) for name, size, at in rows)


def _files_below(folder: Path) -> Iterator[Lying]:
    for place in folder.rglob("*"):
        with suppress(FileNotFoundError):  # what goes meanwhile does not lie there
            told = place.stat()
            if stat.S_ISREG(told.st_mode):
                yield Lying(place.relative_to(folder).as_posix(), told.st_size, told.st_mtime)


def damaged(found: Iterable[Named], there: Iterable[Lying]) -> tuple[tuple[Named, int | None], ...]:
    """Answers the files that do not lie there as the catalog has them, each with the size found; None: it is missing."""
    sizes = {one.place: one.size for one in there}
    return tuple((one, sizes.get(one.place)) for one in found if sizes.get(one.place) != one.size)


def orphans(lake: Lake, there: Iterable[Lying], found: Iterable[Named]) -> tuple[Lying, ...]:
    """Answers the Parquet files below the data's place that the catalog does not know: a killed run leaves such ones."""
    known = {one.place for one in found} | set(scheduled(lake))
    return tuple(
        sorted((one for one in there if one.place.endswith(".parquet") and one.place not in known), key=lambda one: one.place)
    )


def leftovers(store: Store, before: datetime) -> tuple[Path, ...]:
    """Answers what lies in the temporary folder, or half made beside the catalog, since before that instant."""
    lying = [*store.temp.glob("*"), *store.folder.glob(f"{store.catalog.name}.new*")]
    return tuple(sorted(place for place in lying if place.lstat().st_mtime < before.timestamp()))


def size_of(places: Iterable[Path]) -> int:
    """Answers the bytes of files and of what lies in folders; what went meanwhile counts nothing."""
    files = (file for place in places for file in ([place] if place.is_file() else place.rglob("*")))
    return sum(file.stat().st_size for file in files if file.is_file())


def catalog_version(lake: Lake) -> str:
    """Answers the version of DuckLake's format that the catalog has."""
    row = lake.one(f"SELECT value FROM {CATALOG}.ducklake_metadata WHERE key = 'version'")
    return str(row[0]) if row else ""


def snapshot_count(lake: Lake) -> int:
    """Answers how many snapshots can still be read."""
    row = lake.one(f"SELECT count(*) FROM {CATALOG}.ducklake_snapshot")
    return int(row[0]) if row else 0
