"""Where a connection puts what does not fit into memory: a folder of its own, for DuckDB clears the folder it was given."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from charter.warehouse.codes import WHS004


@contextmanager
def spilling(folder: Path) -> Iterator[Path]:
    """Yields a private folder below `folder`, removed at the end; those of processes that were killed go as well.

    Two connections in one folder would use the same file names, and the first to close would remove the other's files.
    Where nothing can be written (a reader without rights) the folder is only named: then DuckDB tells if it needs it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=folder))
        handle = os.open(place, os.O_RDONLY)
    except OSError:
        yield folder / f"{os.getpid()}"
        return
    try:
        # Held as long as the process lives, so that a sweep knows the living from the dead.
        fcntl.flock(handle, fcntl.LOCK_SH)
        _sweep(folder)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


@contextmanager
def held_folder(folder: Path, name: str) -> Iterator[Path]:
    """Yields a private folder below `folder` that must be there, removed at the end; swept as those of `spilling` are."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{name}-", dir=folder))
        handle = os.open(place, os.O_RDONLY)
    except OSError as error:
        raise WHS004.exception(reason=f"{error.filename}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


def remove_leftovers(places: Iterable[Path]) -> int:
    """Removes files, and folders that no living process holds; answers how many went."""
    gone = 0
    for place in places:
        with suppress(OSError):
            if place.is_dir() and not place.is_symlink():
                _sweep(place.parent, only=place)
            else:
                place.unlink()
            gone += not place.exists()
    return gone


def _sweep(folder: Path, only: Path | None = None) -> None:
    for place in folder.iterdir() if only is None else (only,):
        with suppress(OSError):
            handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(handle)
