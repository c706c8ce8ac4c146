"""What makes up a table at a snapshot, by the catalog: its columns, its data files, and which rows of them were deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from duckdb import CatalogException

from charter.warehouse.codes import WHS033
from charter.warehouse.inventory import CATALOG, FORMAT, catalog_version

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its id, by which the files know it whatever it was called then, its name now, and its type in the catalog."""

    id: int
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file and the files that say by position which of its rows are gone.

    `mixed`: it holds rows of snapshots after the one asked for (files were merged since), told apart by their snapshot.
    `mixed_deletes`: likewise of the positions in those delete files, in turn.
    """

    path: str
    rows: int
    deletes: tuple[str, ...] = ()
    mixed: bool = False
    mixed_deletes: tuple[bool, ...] = ()

    @property
    def name(self) -> str:
        """Answers the file's own name, which no other file of the table has."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class TableFiles:
    """A table at a snapshot. Without files it is empty."""

    table: str
    snapshot: int
    fields: tuple[Field, ...]
    files: tuple[DataFile, ...]


_LIVE = "x.begin_snapshot <= $snapshot AND (x.end_snapshot IS NULL OR x.end_snapshot > $snapshot)"


def refuse_unknown(lake: Lake) -> None:
    """Raises WHS033 for a catalog of another version than the one whose tables are read here."""
    if (version := catalog_version(lake)) != FORMAT:
        raise WHS033.exception(what=f"its format is {version or 'not told'}, and {FORMAT} is known")


def table_files(lake: Lake, table: str, snapshot: int) -> TableFiles:
    """Answers what makes up a table of the lake at a snapshot.

    Raises WHS033 for what Charter never writes and another program may: encrypted files, rows within the catalog, files that
    tell columns by name, delete files that are no Parquet, and columns whose missing values are not null.
    """
    found = lake.one(
        f"SELECT x.table_id, s.path || x.path, x.path_is_relative AND s.path_is_relative FROM {CATALOG}.ducklake_table AS x "
        f"JOIN {CATALOG}.ducklake_schema AS s ON s.schema_id = x.schema_id WHERE x.table_name = $table AND s.schema_name = 'main' "
        f"AND {_LIVE} AND s.begin_snapshot <= $snapshot AND (s.end_snapshot IS NULL OR s.end_snapshot > $snapshot)",
        {"table": table, "snapshot": snapshot},
    )
    if found is None:
        raise WHS033.exception(what=f"it has no table {table} at snapshot {snapshot}")
    number, folder, relative = int(found[0]), str(found[1]), bool(found[2])
    if not relative:
        raise WHS033.exception(what=f"{table} lies outside of the lake's folder")
    _refuse_inlined(lake, table, number, snapshot)
    asked = {"table": number, "snapshot": snapshot}
    base = f"{_data_path(lake)}{folder}"
    return TableFiles(table, snapshot, _fields(lake, table, asked), _files(lake, table, asked, base))


def _data_path(lake: Lake) -> str:
    """The folder of the data as this connection has it: the catalog's own note is of the place where it was made."""
    row = lake.one("SELECT data_path FROM ducklake_settings('lake')")
    path = str(row[0]) if row else ""
    return path if path.endswith("/") else f"{path}/"


def _fields(lake: Lake, table: str, asked: dict[str, int]) -> tuple[Field, ...]:
    rows = lake.rows(
        "SELECT x.column_id, x.column_name, x.column_type, x.initial_default, x.parent_column "
        f"FROM {CATALOG}.ducklake_column AS x WHERE x.table_id = $table AND {_LIVE} ORDER BY x.column_order",
        asked,
    )
    for _, name, _, default, parent in rows:
        if parent is not None:
            raise WHS033.exception(what=f"{table}.{name} lies within another column")
        if default not in (None, "NULL"):
            raise WHS033.exception(what=f"{table}.{name} is {default} in files that were written before it was added")
    return tuple(Field(int(number), str(name), str(kind).lower()) for number, name, kind, *_ in rows)


def _files(lake: Lake, table: str, asked: dict[str, int], base: str) -> tuple[DataFile, ...]:
    data = lake.rows(
        "SELECT x.data_file_id, x.path, x.record_count, x.path_is_relative, x.file_format, x.encryption_key, x.mapping_id, "
        f"x.partial_max FROM {CATALOG}.ducklake_data_file AS x WHERE x.table_id = $table AND {_LIVE} ORDER BY x.data_file_id",
        asked,
    )
    deletes = lake.rows(
        "SELECT x.data_file_id, x.path, x.delete_count, x.path_is_relative, x.format, x.encryption_key, NULL, x.partial_max "
        f"FROM {CATALOG}.ducklake_delete_file AS x WHERE x.table_id = $table AND {_LIVE} ORDER BY x.delete_file_id",
        asked,
    )
    for row in (*data, *deletes):
        _refuse_strange(table, row)
    gone: dict[int, list[tuple[str, bool]]] = {}
    for number, path, *_, newest in deletes:
        gone.setdefault(int(number), []).append((f"{base}{path}", _later(newest, asked["snapshot"])))
    found = []
    for number, path, count, *_, newest in data:
        mine = gone.get(int(number), [])
        found.append(
            DataFile(
                f"{base}{path}", int(count), tuple(one for one, _ in mine), _later(newest, asked["snapshot"]),
                tuple(mixed for _, mixed in mine),
            )
        )  # fmt: skip
    if len({one.name for one in found}) != len(found):
        raise WHS033.exception(what=f"two files of {table} have one name")
    return tuple(found)


def _later(newest: Any, snapshot: int) -> bool:
    return newest is not None and int(newest) > snapshot


def _refuse_strange(table: str, row: Iterable[Any]) -> None:
    _, path, _, relative, kind, key, mapping, _ = row
    strange = {
        "lies outside of the lake's folder": not relative,
        f"is {kind}": str(kind).lower() != "parquet",
        "is encrypted": key is not None,
        "tells its columns by name": mapping is not None,
    }
    for told, holds in strange.items():
        if holds:
            raise WHS033.exception(what=f"{path} of {table} {told}")


def _refuse_inlined(lake: Lake, table: str, number: int, snapshot: int) -> None:
    """Rows that were written into the catalog, by a program that left inlining on, are in no file."""
    told = lake.rows(f"SELECT table_name FROM {CATALOG}.ducklake_inlined_data_tables WHERE table_id = {number:d}")
    for name in (*(str(row[0]) for row in told), f"ducklake_inlined_delete_{number:d}"):
        try:
            row = lake.one(f'SELECT count(*) FROM {CATALOG}."{name}" WHERE begin_snapshot <= {snapshot:d}')
        except CatalogException:  # made with the first row that is deleted so
            continue
        if row and row[0]:
            raise WHS033.exception(what=f"rows of {table} lie in the catalog itself ({name})")
