"""A clone of the lake: what would be written is written there, by the very steps, and the lake itself stays as it is."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from charter.warehouse.catalog_copy import copy_from_server
from charter.warehouse.codes import WHS002, WHS004, WHS005, WHS020
from charter.warehouse.inventory import as_named, named_sql
from charter.warehouse.spill import held_folder
from charter.warehouse.store import Store
from charter.warehouse.turn import reading

Progress = Callable[[int, int], None]
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP}


@contextmanager
def cloned(store: Store, *, share: float = 1.0, progress: Progress | None = None) -> Iterator[Store]:
    """Yields the clone's place: the newest snapshot of the lake, with a catalog of its own in SQLite; afterwards it is gone.

    Data files of the lake's own folder are hard links, which cost no room (copies, on a file system that has none): DuckLake writes a
    file once and under a new name, so nothing that the clone does reaches the lake's. Data that lies elsewhere, in another folder or
    in an object store, is read where it is; then the readers' lock is held as long as the clone is there. It lies in the lake's
    temporary folder and is held like what a connection spills: the next command removes that of a killed process. Made while this
    process has no connection to the lake (see RestorePoint), and under the readers' lock, so that no maintenance takes files away.

    Args:
        store: the lake, which another process may be writing to.
        share: how much of the lake is expected to be written anew, for the room that must be there.
        progress: is told how many files of how many are there.

    Raises:
        UsageError: WHS002, there is no lake.
        UnavailableError: WHS020, there is no room for it; WHS004, the folder cannot be written.
    """
    if not store.exists():
        raise WHS002.exception(folder=store.place)
    apart = store.elsewhere is not None
    with held_folder(store.temp, "clone") as place, ExitStack() as held:
        clone = (
            Store(place, bucket=store.bucket, shared=(store.root,), memory=store.memory)
            if apart
            else Store(place, memory=store.memory)
        )
        try:
            with ExitStack() as until_made:
                (held if apart else until_made).enter_context(reading(store))
                _fill(store, clone, share, progress or _silent)
        except OSError as error:
            raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error
        yield clone


def _fill(store: Store, clone: Store, share: float, progress: Progress) -> None:
    if store.server is None:
        _refuse_full(clone.folder, 2 * store.catalog.stat().st_size)
        _copy_catalog(store.catalog, clone.catalog)
    else:
        copy_from_server(store, clone)
    with closing(sqlite3.connect(clone.catalog)) as connection:
        files = [one for one in as_named(connection.execute(named_sql("main"))) if one.live]
    clone.data.mkdir(exist_ok=True)
    clone.temp.mkdir(exist_ok=True)
    whole = sum(one.size for one in files)
    if store.elsewhere is not None:
        _refuse_full(clone.folder, int(whole * share))
        _name_whole(clone.catalog, store.root)
        return
    links = not files or _can_link(store.data / files[0].place, clone.folder / "link")
    _refuse_full(clone.folder, int(whole * share) + (0 if links else whole))
    for done, one in enumerate(files, 1):
        target = clone.data / one.place
        target.parent.mkdir(parents=True, exist_ok=True)
        (os.link if links else shutil.copyfile)(store.data / one.place, target)
        progress(done, len(files))


def _name_whole(catalog: Path, root: str) -> None:
    """Gives each file the catalog names its whole address, so that it is read where it lies, and new ones are written to the clone."""
    with closing(sqlite3.connect(catalog)) as connection, connection:
        for table in ("ducklake_data_file", "ducklake_delete_file"):
            connection.execute(
                f"UPDATE {table} AS f SET path_is_relative = 0, path = ? || (SELECT s.path || t.path FROM ducklake_table AS t "
                "JOIN ducklake_schema AS s USING (schema_id) WHERE t.table_id = f.table_id LIMIT 1) || f.path WHERE f.path_is_relative",
                [root],
            )


def _copy_catalog(source: Path, target: Path) -> None:
    """Copies the catalog as one instant sees it, whoever writes to it meanwhile; opened for reading, so that nothing of it is touched."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as one,
            closing(sqlite3.connect(target, timeout=10)) as other,
        ):
            one.backup(other)
    except sqlite3.Error as error:
        raise (WHS004 if "full" in str(error) else WHS005).exception(reason=f"{target.name}: {error}") from error


def _can_link(example: Path, trial: Path) -> bool:
    try:
        os.link(example, trial)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    trial.unlink()
    return True


def _refuse_full(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WHS020.exception(needed=_megabytes(needed), free=_megabytes(free))


def _megabytes(size: int) -> str:
    return f"{max(1, size >> 20):,} MB"


def _silent(done: int, total: int) -> None:
    del done, total
