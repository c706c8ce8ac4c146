"""Opening the lake: DuckDB over DuckLake, its catalog in SQLite or PostgreSQL, its data in files or objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb

from charter.errors import CharterError
from charter.warehouse.codes import WHS002, WHS004, WHS005, WHS007, WHS023
from charter.warehouse.lake import SCHEMA, Lake, as_error, quoted_path
from charter.warehouse.lock import refuse_network
from charter.warehouse.server import attachable, connected, gone
from charter.warehouse.spill import spilling
from charter.warehouse.store import S3, Store
from charter.warehouse.tables import TABLES
from charter.warehouse.turn import PEN, READERS, Locks, reading, writing
from charter.warehouse.whole import begin_whole

_SQLITE = ("ducklake", "sqlite_scanner")
_EXTRAS = {"postgres_scanner": ("the catalog in PostgreSQL", "postgres"), "httpfs": ("data in an object store", "s3")}


@contextmanager
def open_writer(
    store: Store,
    *,
    holder: str,
    since: str = "",
    wait_seconds: float = 30,
    memory_limit: str | None = None,
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
        holding(store, holder=holder, since=since, wait_seconds=wait_seconds) as locks,
        open_held(
            store, memory_limit=memory_limit, temp_limit=temp_limit, reads=reads, kill_at=kill_at, on_phase=on_phase, locks=locks
        ) as lake,
    ):
        yield lake


@contextmanager
def open_beside(
    store: Store,
    *,
    holder: str,
    since: str = "",
    wait_seconds: float = 30,
    memory_limit: str | None = None,
    temp_limit: str = "20GB",
    reads: Sequence[Path] = (),
    kill_at: str | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> Iterator[Lake]:
    """Yields the lake to one of several that write: each transaction waits for its turn, and `Lake.source` keeps a source to one.

    With a catalog in SQLite there is one writer, and this is `open_writer`. Raises as that does.
    """
    if store.server is None:
        with open_writer(
            store, holder=holder, since=since, wait_seconds=wait_seconds, memory_limit=memory_limit, temp_limit=temp_limit, reads=reads,
            kill_at=kill_at, on_phase=on_phase,
        ) as lake:  # fmt: skip
            yield lake
        return
    _make_folders(store)
    with Locks.of(store.server, f"{holder} {since[:16]}".strip()) as locks, ExitStack() as opened:
        with locks.held(PEN, wait_seconds):
            locks.make_schema()
            opened.enter_context(locks.shared(READERS))
            connection = opened.enter_context(_connected(store, memory_limit, temp_limit, reads, read_only=False))
            first = Lake(connection, locks=locks)
            _judge_open_commit(first, store, locks)
            _make_tables(first)

        def judge() -> None:
            _judge_open_commit(first, store, locks)

        yield opened.enter_context(_ending(Lake(connection, on_phase, kill_at, locks=locks, in_turn=True, judge=judge)))


@contextmanager
def holding(store: Store, *, holder: str, since: str = "", wait_seconds: float = 30) -> Iterator[Locks | None]:
    """Holds the writer's lock while the block runs, whether the lake is open or not; makes the lake's folders."""
    _make_folders(store)
    if store.server is None:
        refuse_network(store.folder)
    with writing(store, holder=holder, since=since, wait_seconds=wait_seconds) as locks:
        yield locks


def _make_folders(store: Store) -> None:
    try:
        for folder in (store.folder, store.temp, *([] if store.objects else [store.data])):
            folder.mkdir(parents=True, exist_ok=True)
        if store.server is None:
            store.readers.touch()
    except OSError as error:
        raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error


@contextmanager
def open_held(
    store: Store,
    *,
    memory_limit: str | None = None,
    temp_limit: str = "20GB",
    reads: Sequence[Path] = (),
    kill_at: str | None = None,
    on_phase: Callable[[str], None] | None = None,
    locks: Locks | None = None,
) -> Iterator[Lake]:
    """Yields the lake for writing to whoever holds the writer's lock already, by these `locks` where a server has them."""
    with (
        _connected(store, memory_limit, temp_limit, reads, read_only=False) as connection,
        _ending(Lake(connection, on_phase, kill_at, locks=locks)) as lake,
    ):
        if locks is not None:
            _judge_open_commit(lake, store, locks)
        _make_tables(lake)
        yield lake


def _judge_open_commit(lake: Lake, store: Store, locks: Locks) -> None:
    """Takes back what a writer was told that it had failed, and whose files are gone for that reason; before anything is read."""

    def is_there(place: str) -> bool:
        if store.objects is None:
            return (store.data / place).is_file()
        return bool(lake.rows("SELECT 1 FROM glob(?)", [f"{store.objects}{place}"]))

    locks.commit.judge(is_there)


@contextmanager
def open_reader(
    store: Store, *, memory_limit: str = "2GB", temp_limit: str = "10GB", reaches: Sequence[Path] = (), newest: bool = False
) -> Iterator[Lake]:
    """Yields the lake, read only; readers work while a run writes, and wait only while old snapshots are being expired.

    All reads of one opening see one snapshot: they are one transaction, which also spares the catalog a look-up each. It is the
    newest whose cube is whole, or just the `newest`, to see what is due. Beside the lake's own folders the connection reaches only those of `reaches`, such as the one that an export is written to.
    """
    with reading(store) as locks:
        if not (locks.has_lake() if locks else store.exists()):
            raise WHS002.exception(folder=store.place)
        with (
            _connected(store, memory_limit, temp_limit, reaches, read_only=True, newest=newest) as connection,
            _ending(Lake(connection, pinned=True, locks=locks)) as lake,
        ):
            yield lake


@contextmanager
def _ending(lake: Lake) -> Iterator[Lake]:
    try:
        yield lake
    finally:
        lake.roll_back()


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
    store: Store, memory_limit: str | None, temp_limit: str, reads: Sequence[Path], *, read_only: bool, newest: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    with spilling(store.temp) as spill, _opened(memory_limit or store.memory_limit, temp_limit, spill) as connection:
        load_extensions(connection, needed(store))
        if not read_only and store.server is None and not store.catalog.is_file():
            _found_lake(connection, store)
        attach(connection, store, read_only=read_only)
        if newest:
            connection.execute("BEGIN TRANSACTION")
        elif read_only:
            begin_whole(connection, lambda at: attach(connection, store, read_only=True, at=at))
        _shut(connection, (store.temp, *([] if store.objects else [store.data]), *reads), (*store.shared, store.root))
        yield connection


def needed(store: Store) -> tuple[str, ...]:
    """Answers the extensions without which this lake cannot be opened."""
    objects = store.objects or any(place.startswith(S3) for place in store.shared)
    catalog = _SQLITE if store.server is None else ("ducklake", "postgres_scanner")
    return (*catalog, "httpfs") if objects else catalog


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
                "allow_persistent_secrets": "false",
            }
        )
    except duckdb.Error as error:
        raise WHS005.exception(reason=str(error).splitlines()[0]) from error
    try:
        yield connection
    finally:
        connection.close()


def load_extensions(connection: duckdb.DuckDBPyConnection, names: Sequence[str] = _SQLITE) -> None:
    """Loads what the lake needs: from PyPI's packages where they are, else by DuckDB's own INSTALL.

    Loaded by their path: installing them first would need a home directory, and let processes race for it. A package's file is
    as trusted as DuckDB itself, which came the same way: its signature is not computed anew over 70 MB at each opening (0.2 s
    of a core). From then on unsigned ones are refused, for good: DuckDB does not let an open connection allow them again.
    """
    missing: dict[str, Exception] = {}
    for name in names:
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
            if name in _EXTRAS:
                what, extra = _EXTRAS[name]
                package = f"duckdb-extension-{name.replace('_', '-')}"
                raise WHS023.exception(what=what, package=package, extra=extra) from error
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


def attach(
    connection: duckdb.DuckDBPyConnection, store: Store, *, read_only: bool, catalog: Path | None = None, at: int | None = None
) -> None:
    """Attaches the lake as `lake`, at a snapshot if one is given; the session's time zone is UTC.

    The catalog remembers the absolute path of its data; ours overrides it, so that a copied or moved workspace reads its
    own files.
    """
    options = ["DATA_INLINING_ROW_LIMIT 0", f"DATA_PATH {_text(store.root)}", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    if at is not None:
        options.append(f"SNAPSHOT_VERSION {at:d}")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        if store.bucket is not None:
            _keep_secret(connection, "objects", "s3", {**store.bucket.options})
        place, more = _catalog(connection, store, catalog)
        connection.execute(f"ATTACH {_text(place)} AS lake ({', '.join([*options, *more])})")
    except duckdb.Error as error:
        raise (_why_gone(store) or as_error(error) or WHS005.exception(reason=str(error).splitlines()[0])) from error


def attach_catalog(connection: duckdb.DuckDBPyConnection, store: Store, name: str) -> None:
    """Attaches the catalog's own tables, for reading, under a name."""
    if store.server is None:
        connection.execute(f"ATTACH {_text(str(store.catalog))} AS {name} (TYPE sqlite, READ_ONLY)")
        return
    secret, rest = attachable(store.server)
    _keep_secret(connection, "catalog", "postgres", {**secret})
    connection.execute(f"ATTACH {_text(rest)} AS {name} (TYPE postgres, SECRET 'catalog', READ_ONLY)")


@contextmanager
def connection_for(store: Store, *, also: Sequence[str] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a connection that has what the store's lake needs, and these extensions as well; nothing is attached, nothing is shut.

    For the house's own statements only.
    """
    with spilling(store.temp) as spill, _opened("1GB", "1GB", spill) as connection:
        load_extensions(connection, tuple(dict.fromkeys((*needed(store), *also))))
        yield connection


def _catalog(connection: duckdb.DuckDBPyConnection, store: Store, catalog: Path | None) -> tuple[str, list[str]]:
    """Answers what is attached, and by which options. The password is in DuckDB's memory and in no statement that it tells of.

    On SQLite one writer and three readers ran 9 times faster in WAL with a busy timeout, and without "database is locked".
    """
    if store.server is None:
        return f"ducklake:sqlite:{catalog or store.catalog}", ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 5000"]
    secret, rest = attachable(store.server)
    _keep_secret(connection, "catalog", "postgres", {**secret})
    return f"ducklake:postgres:{rest}", ["META_SECRET 'catalog'", f"META_SCHEMA {_text(store.server.schema)}"]


def _keep_secret(connection: duckdb.DuckDBPyConnection, name: str, kind: str, options: Mapping[str, str | bool]) -> None:
    """Gives the connection a secret that goes with it."""
    told = ", ".join(
        f"{key.upper()} {_text(value) if isinstance(value, str) else str(value).lower()}" for key, value in options.items()
    )
    connection.execute(f"CREATE OR REPLACE TEMPORARY SECRET {name} (TYPE {kind}, {told})")


def _why_gone(store: Store) -> CharterError | None:
    """Answers why the catalog's server cannot be reached; None where it can."""
    if store.server is None:
        return None
    try:
        with connected(store.server) as connection:
            return gone(connection)
    except CharterError as error:
        return error


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _shut(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path], addresses: Sequence[str] = ()) -> None:
    """From here on the connection reaches these folders and the attached lake, and nothing else; it cannot be opened again.

    What users write in documents runs here. Its allow-list holds by itself; so does this.
    """
    listed = ", ".join(
        _text(way)
        for way in dict.fromkeys([*(f"{way}/" for folder in folders for way in (folder.absolute(), folder.resolve())), *addresses])
    )
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
