"""What is packed: files in a ZIP, and how much may come out of one before it is refused."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO, cast

from charter.intake.connectors.codes import INT004, INT043, INT047
from charter.intake.refusal import refused

_BLOCK = 1 << 20
MOST_TIMES = 100
"""Nothing is unpacked beyond so many times its packed size..."""
SURE_BYTES = 64 << 20
"""... except for so many bytes, which harm nobody: a small file of zeros is no attack."""
WORKBOOK_BYTES = 1 << 30
_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


def members(path: Path, pattern: str | None) -> list[str] | None:
    """Answers the names of the files in a ZIP that match; None: it cannot be read. What macOS and editors add is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
    except (OSError, *_BROKEN):
        return None
    return [name for name in names if not _is_noise(name) and fnmatchcase(name, pattern or "*")]


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1].startswith((".", "~$"))


def unpacked(path: Path, name: str, member: str | None, scratch: Path, stem: str) -> Path:
    """Answers a private copy of what a .gz, or one member of a .zip, holds; named as it is called in there."""
    inner = PurePosixPath(member).name if member else PurePosixPath(path.name).stem
    copy = scratch / f"{stem}.{inner}"
    try:
        with _opened(path, name, member) as source, copy.open("wb") as target:
            for block in watched(source, path.stat().st_size if member is None else _packed_bytes(path, member), name):
                target.write(block)
    except BaseException as error:
        copy.unlink(missing_ok=True)
        if isinstance(error, _BROKEN):
            form = "gzip" if member is None else "ZIP"
            raise refused(INT004, name, what=f"its compression is broken: {error}", format=form) from None
        raise
    return copy


def _opened(path: Path, name: str, member: str | None) -> IO[bytes]:
    if member is None:
        return cast(IO[bytes], gzip.open(path, "rb"))
    archive = zipfile.ZipFile(path)
    try:
        info = archive.getinfo(member)
    except KeyError:
        known = ", ".join(archive.namelist()[:5])
        raise refused(INT047, name, what="file", name=member, known=known, near="deliver it again") from None
    if info.flag_bits & 1:
        raise refused(INT004, name, what="it is encrypted", format="ZIP")
    return archive.open(info)


def _packed_bytes(path: Path, member: str) -> int:
    with zipfile.ZipFile(path) as archive:
        return archive.getinfo(member).compress_size


def watched(source: IO[bytes], packed_bytes: int, name: str, most_bytes: int | None = None) -> Iterator[bytes]:
    """Yields the blocks of a packed stream; refuses it where more comes out than may, whatever its directory says."""
    total = 0
    while block := source.read(_BLOCK):
        total += len(block)
        if most_bytes is not None and total > most_bytes:
            raise refused(INT043, name, told=f"over {most_bytes >> 30:,} GB")
        if total > SURE_BYTES and total > MOST_TIMES * packed_bytes:
            raise refused(INT043, name, told=f"over {MOST_TIMES} times its {packed_bytes:,} bytes")
        yield block


def refuse_bomb(path: Path, name: str) -> None:
    """Refuses a workbook (a ZIP) that unpacks to too much: its parts are read through, for its directory may lie."""
    size, left = path.stat().st_size, WORKBOOK_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as part:
                    for block in watched(part, size, name, left):
                        left -= len(block)
    except _BROKEN as error:
        raise refused(INT004, name, what=f"it is damaged: {error}", format="XLSX") from None
