"""The locks beside the catalog: the writer's, taken by whatever writes, and the readers', by which maintenance knows of them."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from charter.warehouse.codes import WHS001, WHS003, WHS004

_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs", "lustre"}


def refuse_network(folder: Path) -> None:
    """Raises if the folder lies on a network file system, where SQLite's locks do not hold."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    place = os.path.realpath(folder)
    best, kind = "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ")
        inside = point == "/" or place == point or place.startswith(point + "/")
        if inside and len(point) > len(best):
            best, kind = point, fields[2]
    if kind in _NETWORK:
        raise WHS003.exception(folder=folder, kind=kind)


@contextmanager
def writing(path: Path, *, holder: str, since: str, wait_seconds: float) -> Iterator[None]:
    """Holds the lock while the block runs; a second writer waits, then is told who holds it.

    The lock is the operating system's: it goes with its process, however that ends.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WHS004.exception(reason=f"{path.name}: {error.strerror}") from error
    try:
        _take(handle, wait_seconds)
        told = f"{holder}, process {os.getpid()}{f', since {since}' if since else ''}"
        os.ftruncate(handle, 0)
        os.pwrite(handle, told.encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Holds the readers' lock, shared, while the block runs; waits while somebody is alone.

    Where the file cannot be opened (a lake copied without it, a reader without rights) the reader is one that nobody knows of.
    """
    handle: int | None = None
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
    try:
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def alone(path: Path, wait_seconds: float) -> Iterator[bool]:
    """Yields whether no reader is open, waiting that long for them to end; while the block runs no new one opens."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline, found = time.monotonic() + wait_seconds, False
    try:
        while not found:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found = True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    break
                time.sleep(0.05)
        yield found
    finally:
        os.close(handle)


def _take(handle: int, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                told = os.pread(handle, 500, 0).decode(errors="replace") or "somebody"
                raise WHS001.exception(holder=told) from None
            time.sleep(0.05)
