"""Files: CSV, TSV and Parquet, by globs under the workspace and its input roots."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from charter.errors import Finding, Origin
from charter.intake.codes import INT004, INT015, INT016, INT017, INT018, INT019
from charter.intake.connectors.csv_style import read_style
from charter.intake.connectors.protocol import Delivery, Reach, Staged
from charter.intake.connectors.text_file import as_utf8, sha256_of
from charter.intake.plan import EntityPlan
from charter.intake.refusal import refused
from charter.intake.value_sql import TextStyle, literal

_REHASHED_BYTES = 64 << 20
_MAGIC = b"PAR1"


class FileConnector:
    """Reads files in place; copies only what is compressed or not UTF-8."""

    name = "files"

    def deliveries(self, plan: EntityPlan, reach: Reach) -> Sequence[Delivery]:
        """Answers the files that match the entity's globs, by name, numbers in names counted as numbers."""
        found: dict[str, Delivery] = {}
        for pattern in plan.entity.files:
            for name, path in _matches(pattern, reach):
                stat = path.stat()
                found.setdefault(
                    name,
                    Delivery(plan.entity.id, name, path, stat.st_size, (stat.st_size, stat.st_mtime_ns, stat.st_ino)),
                )
        return [found[name] for name in sorted(found, key=_natural)]

    def known_hash(self, delivery: Delivery) -> str | None:
        """Answers the SHA-256 of the file's bytes."""
        try:
            return sha256_of(_path(delivery))
        except OSError as error:
            raise INT018.exception(delivery=delivery.name, reason=error.strerror or str(error)) from error

    def stage(self, plan: EntityPlan, delivery: Delivery, reach: Reach) -> Staged:
        """Answers the file as a table function with its style."""
        try:
            if plan.entity.format.type == "parquet":
                return _parquet(plan, delivery)
            return _csv(plan, delivery, reach.scratch)
        except OSError as error:
            code = INT019 if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else INT018
            told = error.strerror or str(error)
            raise code.exception(delivery=delivery.name, place=str(reach.scratch.name), reason=told) from error


CONNECTOR = FileConnector()


def _path(delivery: Delivery) -> Path:
    if delivery.path is None:
        raise AssertionError(f"{delivery.name} is no file")
    return delivery.path


def _matches(pattern: str, reach: Reach) -> list[tuple[str, Path]]:
    root, colon, rest = pattern.rpartition(":")
    parts = PurePosixPath(rest).parts
    wild = next((at for at, part in enumerate(parts) if any(sign in part for sign in "*?[")), len(parts))
    fixed = root + colon + "/".join(parts[:wild])
    if wild == len(parts):
        path = reach.resolve(pattern)
        return [(pattern, path)] if path.is_file() else []
    folder = reach.resolve(fixed or ".") if parts[:wild] or not colon else reach.resolve(root + colon + ".")
    if not folder.is_dir():
        return []
    inside = [path for path in folder.glob("/".join(parts[wild:])) if path.is_file()]
    prefix = fixed + ("/" if parts[:wild] else "")
    # A link that leads out of the folder would read what nobody declared.
    return [
        (prefix + path.relative_to(folder).as_posix(), path) for path in inside if path.resolve().is_relative_to(folder.resolve())
    ]


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", name) if part)


def _unchanged(delivery: Delivery, sha256: str) -> bool:
    path = _path(delivery)
    try:
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns, stat.st_ino) != delivery.stamp:
            return False
        # Two writes within one tick of the file system's clock leave one time: small files are looked at again.
        return stat.st_size > _REHASHED_BYTES or sha256_of(path) == sha256
    except OSError:
        return False


def _csv(plan: EntityPlan, delivery: Delivery, scratch: Path) -> Staged:
    path, told = _path(delivery), plan.entity.format
    text = as_utf8(path, delivery.name, told.encoding, scratch)
    copies = (text.path,) if text.path != path else ()
    style = read_style(text.path, delivery.name, told, plan.contract)
    rejects = "reject"
    options = {
        "auto_detect": "false",
        "header": str(style.header).lower(),
        "delim": literal(style.delimiter),
        "quote": literal(style.quote),
        "escape": literal(style.quote),
        "nullstr": "[" + ", ".join(literal(entry) for entry in style.nulls) + "]",
        "strict_mode": "true",
        "store_rejects": "true",
        "rejects_table": literal(f"{rejects}_errors"),
        "rejects_scan": literal(f"{rejects}_scans"),
        "columns": "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in style.columns) + "}",
    }
    listed = ", ".join(f"{name} = {value}" for name, value in options.items())
    detected = ([f"encoding {text.encoding}"] if text.detected and text.encoding != "utf-8" else []) + list(style.detected)
    return Staged(
        relation=f"read_csv({literal(str(text.path))}, {listed})",
        physical=dict.fromkeys(style.columns, "VARCHAR"),
        style=style.values,
        sha256=text.sha256,
        bytes=delivery.bytes,
        findings=(*_detected(delivery, detected), *_columns_noticed(plan, delivery, style.columns)),
        rejects=rejects,
        unchanged=lambda: _unchanged(delivery, text.sha256),
        headed=1 if style.header else 0,
        text=text.path,
        copies=copies,
    )


def _detected(delivery: Delivery, detected: Sequence[str]) -> list[Finding]:
    told = ", ".join(detected)
    return [INT017.finding(Origin(delivery.name), delivery=delivery.name, detected=told)] if detected else []


def _columns_noticed(plan: EntityPlan, delivery: Delivery, columns: Sequence[str]) -> list[Finding]:
    """Answers what is odd about the columns, though all are there: some are new, or stand elsewhere."""
    expected = [column.physical for column in plan.contract.columns]
    extra = [column for column in columns if column not in expected]
    found = [column for column in columns if column in expected]
    moved = [column for column, other in zip(found, expected, strict=True) if column != other]
    origin = Origin(delivery.name)
    noticed = [INT015.finding(origin, delivery=delivery.name, columns=", ".join(extra))] if extra else []
    if moved:
        noticed.append(INT016.finding(origin, delivery=delivery.name, columns=", ".join(moved)))
    return noticed


def _parquet(plan: EntityPlan, delivery: Delivery) -> Staged:
    path = _path(delivery)
    _refuse_broken(path, delivery.name)
    sha256 = sha256_of(path)
    return Staged(
        relation=f"read_parquet({literal(str(path))})",
        physical={},
        style=TextStyle(),
        sha256=sha256,
        bytes=delivery.bytes,
        unchanged=lambda: _unchanged(delivery, sha256),
    )


def _refuse_broken(path: Path, name: str) -> None:
    """Refuses a file without Parquet's marks at both ends, before anything tries to make sense of it."""
    with path.open("rb") as file:
        head = file.read(4)
        size = file.seek(0, 2)
        file.seek(max(size - 8, 0))
        tail = file.read(8)
    if size < 12 or head != _MAGIC:
        raise refused(INT004, name, format="Parquet", what="it does not begin as Parquet does")
    footer = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or footer + 12 > size:
        raise refused(INT004, name, format="Parquet", what="it is truncated: its footer is not there")
