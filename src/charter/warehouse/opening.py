"""Opening the lake: DuckDB over DuckLake, its catalog in SQLite or PostgreSQL, its data in files or objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from charter.warehouse.attach import attach, literal
from charter.warehouse.codes import WHS002, WHS004, WHS005
from charter.warehouse.extension import load_extensions, needed
from charter.warehouse.lake import SCHEMA, Lake
from charter.warehouse.lock import refuse_network
from charter.warehouse.spill import spilling
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES
from charter.warehouse.turn import PEN, READERS, Locks, reading, writing
from charter.warehouse.whole import begin_whole


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


@contextmanager
def connection_for(store: Store, *, also: Sequence[str] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a connection that has what the store's lake needs, and these extensions as well; nothing is attached, nothing is shut.

    For the house's own statements only.
    """
    with spilling(store.temp) as spill, _opened("1GB", "1GB", spill) as connection:
        load_extensions(connection, tuple(dict.fromkeys((*needed(store), *also))))
        yield connection


def _shut(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path], addresses: Sequence[str] = ()) -> None:
    """From here on the connection reaches these folders and the attached lake, and nothing else; it cannot be opened again.

    What users write in documents runs here. Its allow-list holds by itself; so does this.
    """
    listed = ", ".join(
        literal(way)
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
