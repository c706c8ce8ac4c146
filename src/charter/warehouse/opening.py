"""Opening the lake: DuckDB over DuckLake, its catalog in SQLite; one writer, many readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb

from charter.warehouse.codes import WHS002, WHS004, WHS005, WHS007
from charter.warehouse.lake import SCHEMA, Lake, as_error, quoted_path
from charter.warehouse.lock import reading, refuse_network, writing
from charter.warehouse.spill import spilling
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES

_EXTENSIONS = ("ducklake", "sqlite_scanner")


@contextmanager
def open_writer(
    store: Store,
    *,
    holder: str,
    since: str = "",
    wait_seconds: float = 30,
    memory_limit: str = "4GB",
    temp_limit: str = "20GB",
    reads: Sequence[Path] = (),
    kill_at: str | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> Iterator[Lake]:
    """Yields the lake for writing; the writer's lock is taken before, and tables that are missing are made.

    Beside the lake's own folders only files below `reads` can be read.

    Raises UnavailableError where another process writes (it is named) or the disk does not let us.
    """
    with (
        holding(store, holder=holder, since=since, wait_seconds=wait_seconds),
        open_held(store, memory_limit=memory_limit, temp_limit=temp_limit, reads=reads, kill_at=kill_at, on_phase=on_phase) as lake,
    ):
        yield lake


@contextmanager
def holding(store: Store, *, holder: str, since: str = "", wait_seconds: float = 30) -> Iterator[None]:
    """Holds the writer's lock while the block runs, whether the lake is open or not; makes the lake's folders."""
    try:
        for folder in (store.folder, store.data, store.temp):
            folder.mkdir(parents=True, exist_ok=True)
        store.readers.touch()
    except OSError as error:
        raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error
    refuse_network(store.folder)
    with writing(store.folder / "writer.lock", holder=holder, since=since, wait_seconds=wait_seconds):
        yield


@contextmanager
def open_held(
    store: Store,
    *,
    memory_limit: str = "4GB",
    temp_limit: str = "20GB",
    reads: Sequence[Path] = (),
    kill_at: str | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> Iterator[Lake]:
    """Yields the lake for writing to whoever holds the writer's lock already."""
    with _connected(store, memory_limit, temp_limit, reads, read_only=False) as connection:
        lake = Lake(connection, on_phase, kill_at)
        _make_tables(lake)
        yield lake


@contextmanager
def open_reader(
    store: Store, *, memory_limit: str = "2GB", temp_limit: str = "10GB", reaches: Sequence[Path] = ()
) -> Iterator[Lake]:
    """Yields the lake, read only; readers work while a run writes, and wait only while old snapshots are being expired.

    All reads of one opening see one snapshot: they are one transaction, which also spares the catalog a look-up each. Beside
    the lake's own folders the connection reaches only those of `reaches`, such as the one that an export is written to.
    """
    if not store.catalog.is_file():
        raise WHS002.exception(folder=store.folder)
    with (
        reading(store.readers),
        _connected(store, memory_limit, temp_limit, reaches, read_only=True) as connection,
    ):
        lake = Lake(connection, pinned=True)
        lake.execute("BEGIN TRANSACTION")
        yield lake


@contextmanager
def open_aside(temp: Path, *, reads: Sequence[Path] = (), memory_limit: str = "4GB", temp_limit: str = "20GB") -> Iterator[Lake]:
    """Yields a lake of its own in memory, with every table empty: for what is only tried. Nothing of it stays.

    Only files below `reads` and `temp` can be read.
    """
    with open_private(temp, reads=reads, memory_limit=memory_limit, temp_limit=temp_limit) as lake, lake.aside(TABLES):
        yield lake


@contextmanager
def open_private(temp: Path, *, reads: Sequence[Path] = (), memory_limit: str = "4GB", temp_limit: str = "20GB") -> Iterator[Lake]:
    """Yields a database of its own in memory, without any table; only files below `reads` and `temp` can be read."""
    with spilling(temp) as spill, _opened(memory_limit, temp_limit, spill) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        _shut(connection, (temp, *reads))
        yield Lake(connection)


@contextmanager
def _connected(
    store: Store, memory_limit: str, temp_limit: str, reads: Sequence[Path], *, read_only: bool
) -> Iterator[duckdb.DuckDBPyConnection]:
    with spilling(store.temp) as spill, _opened(memory_limit, temp_limit, spill) as connection:
        load_extensions(connection)
        if not read_only and not store.catalog.is_file():
            _found_lake(connection, store)
        attach(connection, store, read_only=read_only)
        _shut(connection, (store.data, store.temp, *reads))
        yield connection


@contextmanager
def _opened(memory_limit: str, temp_limit: str, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "temp_directory": str(spill),
                "max_temp_directory_size": temp_limit,
                "preserve_insertion_order": "true",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_unsigned_extensions": "true",
            }
        )
    except duckdb.Error as error:
        raise WHS005.exception(reason=str(error).splitlines()[0]) from error
    try:
        yield connection
    finally:
        connection.close()


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads what the lake needs: from PyPI's packages where they are, else by DuckDB's own INSTALL.

    Loaded by their path: installing them first would need a home directory, and let processes race for it. A package's file is
    as trusted as DuckDB itself, which came the same way: its signature is not computed anew over 70 MB at each opening (0.2 s
    of a core). From then on unsigned ones are refused, for good: DuckDB does not let an open connection allow them again.
    """
    missing: dict[str, Exception] = {}
    for name in _EXTENSIONS:
        try:
            connection.execute(f"LOAD '{quoted_path(extension_file(name))}'")
        except (duckdb.Error, ImportError) as problem:
            missing[name] = problem
    connection.execute("SET allow_unsigned_extensions = false")
    for name, reason in missing.items():
        try:
            connection.execute(f"INSTALL {name}")
            connection.execute(f"LOAD {name}")
        except duckdb.Error as error:
            raise WHS007.exception(reason=f"{name}: {str(reason).splitlines()[0]}") from error


def extension_file(name: str) -> Path:
    """Answers where the package of an extension keeps it; ImportError where it is not installed."""
    package = Path(str(files(f"duckdb_extension_{name}")))
    return package / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def _found_lake(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Makes a new lake's catalog under another name, tables and all, and gives it its own when it is whole.

    So a reader finds either no lake or one with its tables, never what is half made. What a killed process left of one goes.
    """
    unfinished = store.catalog.with_name(f"{store.catalog.name}.new")
    try:
        for left in store.folder.glob(f"{unfinished.name}*"):
            left.unlink()
        attach(connection, store, read_only=False, catalog=unfinished)
        _make_tables(Lake(connection))
        connection.execute("DETACH lake")
        unfinished.replace(store.catalog)
    except OSError as error:
        raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error


def attach(connection: duckdb.DuckDBPyConnection, store: Store, *, read_only: bool, catalog: Path | None = None) -> None:
    """Attaches the lake as `lake`; the session's time zone is UTC.

    The catalog remembers the absolute path of its data; ours overrides it, so that a copied or moved workspace reads its
    own files. One writer and three readers ran 9 times faster in WAL with a busy timeout, and without "database is locked".
    """
    options = ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 5000", "DATA_INLINING_ROW_LIMIT 0"]
    options += [f"DATA_PATH '{quoted_path(store.data.resolve())}/'", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH 'ducklake:sqlite:{quoted_path(catalog or store.catalog)}' AS lake ({', '.join(options)})")
    except duckdb.Error as error:
        raise (as_error(error) or WHS005.exception(reason=str(error).splitlines()[0])) from error


def _shut(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """From here on the connection reaches these folders and the attached lake, and nothing else; it cannot be opened again.

    What users write in documents runs here. Its allow-list holds by itself; so does this.
    """
    listed = ", ".join(f"'{quoted_path(way)}/'" for folder in folders for way in {folder.absolute(): 0, folder.resolve(): 0})
    connection.execute(f"SET allowed_directories = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _make_tables(lake: Lake) -> None:
    """Makes the tables that are missing, and the columns that a lake of an older Charter lacks."""
    present: dict[str, set[str]] = {}
    for table_name, column in lake.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'"):
        present.setdefault(table_name, set()).add(column)
    new = {name: table for name, table in TABLES.items() if name not in present}
    made = [table.ddl(SCHEMA) for table in new.values()]
    made += [
        f'ALTER TABLE {lake.table(name)} ADD COLUMN "{column.name}" {column.type}'
        for name, columns in present.items()
        if name in TABLES
        for column in TABLES[name].columns
        if column.name not in columns
    ]
    if made:
        with lake.transaction():
            for statement in made:
                lake.execute(statement)
    for name, table in new.items():
        if table.row_group:
            lake.execute(
                f"CALL lake.set_option('parquet_row_group_size', '{table.row_group}', table_name => '{name}', schema => 'main')"
            )
