"""Where a file that is written for people goes: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from charter.app.codes import APP033, APP034
from charter.errors import CharterError


def refuse_place(to: Path, force: bool) -> None:
    """Raises where a file cannot be written there, or is there already and `force` does not say to replace it."""
    if to.is_dir():
        raise APP034.exception(file=to, reason="it is a folder")
    if not to.parent.is_dir():
        raise APP034.exception(file=to, reason=f"there is no folder {to.parent}")
    if to.exists() and not force:
        raise APP033.exception(file=to)


def make_folder(folder: Path) -> None:
    """Makes a folder with those above it, where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise APP034.exception(file=folder, reason=(error.strerror or str(error)).lower()) from error


@contextmanager
def beside(to: Path) -> Iterator[Path]:
    """Yields a place beside, which becomes `to` when the block ends well; what killed processes left there goes."""
    for old in to.parent.glob(f".{to.name}.*.part"):
        if not _lives(old.suffixes[-2].removeprefix(".")):
            old.unlink(missing_ok=True)
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        part.touch()
        yield part
        part.replace(to)
    except OSError as error:
        raise APP034.exception(file=to, reason=(error.strerror or str(error)).lower()) from error
    except CharterError as error:
        if error.code != "WHS004":
            raise
        raise APP034.exception(file=to, reason=error.message.rpartition(": ")[2].lower()) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
