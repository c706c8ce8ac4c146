"""Files: text, workbooks, JSON and Parquet, also packed, by globs under the workspace and its input roots."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from charter.errors import Finding, Origin
from charter.intake.connectors.codes import INT002, INT004, INT015, INT016, INT017, INT018, INT019, INT039
from charter.intake.connectors.copied import Copied, relation
from charter.intake.connectors.csv_style import CsvStyle, count_rows, quote_of, read_style, refuse_missing, style_of_copy
from charter.intake.connectors.fixed_width import copy_fixed
from charter.intake.connectors.json_rows import copy_json
from charter.intake.connectors.packed import members, unpacked
from charter.intake.connectors.protocol import Delivery, Reach, Staged, TextLines
from charter.intake.connectors.text_file import as_utf8, sha256_of, with_one_line_end
from charter.intake.connectors.workbook import copy_workbook
from charter.intake.kinds import FileFormat
from charter.intake.plan import EntityPlan
from charter.intake.refusal import DeliveryRefused, refused
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
            for name, path, folder in _matches(pattern, reach):
                for one in _members(_found(plan.entity.id, name, path, folder), plan.entity.format.member):
                    found.setdefault(one.name, one)
        return [found[name] for name in sorted(found, key=_natural)]

    def known_hash(self, delivery: Delivery) -> str | None:
        """Answers the SHA-256 of the file's bytes; empty where it cannot be, or may not be, read."""
        try:
            return "" if _leads_out(delivery) else sha256_of(_path(delivery))
        except OSError:
            return ""

    def stage(self, plan: EntityPlan, delivery: Delivery, reach: Reach) -> Staged:
        """Answers the file as a table function with its style."""
        if _leads_out(delivery):
            raise refused(INT039, delivery.name)
        try:
            return _staged(plan, delivery, reach.scratch)
        except OSError as error:
            told = error.strerror or str(error)
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise INT019.exception(delivery=delivery.name, place=str(reach.scratch.name), reason=told) from error
            raise refused(INT018, delivery.name, reason=told) from error


CONNECTOR = FileConnector()


def _path(delivery: Delivery) -> Path:
    if delivery.path is None:
        raise AssertionError(f"{delivery.name} is no file")
    return delivery.path


def _found(entity: str, name: str, path: Path, folder: Path) -> Delivery:
    try:
        stat = path.stat()
    except OSError:
        return Delivery(entity, name, path, folder=folder)
    return Delivery(entity, name, path, stat.st_size, (stat.st_size, stat.st_mtime_ns, stat.st_ino), folder=folder)


def _members(delivery: Delivery, pattern: str | None) -> Iterator[Delivery]:
    """Yields the files of a ZIP as deliveries of their own; the ZIP itself where it holds none, or cannot be read."""
    path = _path(delivery)
    names = members(path, pattern) if path.suffix.lower() == ".zip" and not _leads_out(delivery) else None
    if not names:
        yield delivery
    for member in names or ():
        yield replace(delivery, name=f"{delivery.name}/{member}", member=member)


def _staged(plan: EntityPlan, delivery: Delivery, scratch: Path) -> Staged:
    """Stages a file by its type; what is packed (and is no text in gzip, which is unpacked as it is read) from a private copy."""
    path, form = _path(delivery), plan.entity.format.type
    if delivery.member is None and path.suffix.lower() == ".zip":
        raise refused(INT004, delivery.name, format="ZIP", what="no file can be read from it")
    if delivery.member is None and (path.suffix != ".gz" or form in ("csv", "tsv", "fixed")):
        return _by_type(plan, delivery, path, scratch)
    digest = sha256_of(path)
    inner = unpacked(path, delivery.name, delivery.member, scratch, f"{digest[:16]}.unpacked")
    try:
        staged = _by_type(plan, delivery, inner, scratch)
    except BaseException:
        inner.unlink(missing_ok=True)
        raise
    return replace(staged, sha256=digest, unchanged=lambda: _unchanged(delivery, digest), copies=(*staged.copies, inner))


def _by_type(plan: EntityPlan, delivery: Delivery, path: Path, scratch: Path) -> Staged:
    form = plan.entity.format.type
    if form == "parquet":
        return _parquet(delivery, path)
    if form in ("csv", "tsv"):
        return _counting(plan, delivery, path, scratch)
    return _copied(plan, delivery, path, scratch)


def _copied(plan: EntityPlan, delivery: Delivery, path: Path, scratch: Path) -> Staged:
    """Stages a private copy of rows in a form that DuckDB does not read as it came."""
    told, contract, name = plan.entity.format, plan.contract, delivery.name
    wanted = [column.physical for column in contract.columns]
    digest = sha256_of(path)
    copy = copied(path, name, told, wanted, scratch, digest)
    try:
        refuse_missing(copy.columns, wanted, name, copy.rows + len(copy.odd))
        detected = list(copy.detected)
        style = style_of_copy(copy.samples, told, contract, name, detected)
    except DeliveryRefused as refusal:
        copy.path.unlink(missing_ok=True)
        refusal.received = refusal.received or copy.rows + len(copy.odd)
        raise
    return Staged(
        relation=relation(copy),
        physical=dict.fromkeys(copy.columns, "VARCHAR"),
        style=style,
        sha256=digest,
        bytes=delivery.bytes,
        findings=(*copy.noticed, *_detected(delivery, detected), *_columns_noticed(plan, delivery, copy.columns)),
        unchanged=lambda: _unchanged(delivery, digest),
        odd=copy.odd,
        copies=(copy.path,),
    )


def copied(path: Path, name: str, told: FileFormat, wanted: Sequence[str], scratch: Path, digest: str) -> Copied:
    """Answers a private copy of the rows of a workbook, of JSON, or of fixed width; `wanted`: the columns that are asked for."""
    target = scratch / f"{digest[:16]}.copy.csv"
    if told.type == "xlsx":
        return copy_workbook(path, name, told, wanted, target)
    if told.type == "fixed":
        text = as_utf8(path, name, told.encoding, scratch)
        try:
            return copy_fixed(text.path, name, told, target)
        finally:
            if text.path != path:
                text.path.unlink(missing_ok=True)
    return copy_json(path, name, told, wanted, target)


def _leads_out(delivery: Delivery) -> bool:
    """A link that leads out of the folder that was searched would read what nobody declared."""
    path, folder = _path(delivery), delivery.folder
    return folder is not None and not path.resolve().is_relative_to(folder.resolve())


def searched(pattern: str) -> tuple[str, str]:
    """Answers a glob's fixed beginning (with its input root) and the rest from its first wild part on; `..` is never wild."""
    root, colon, rest = pattern.rpartition(":")
    parts = PurePosixPath(rest).parts
    wild = next((at for at, part in enumerate(parts) if any(sign in part for sign in "*?[")), len(parts))
    if ".." in parts[wild:]:
        return pattern, ""
    return root + colon + ("/".join(parts[:wild]) or "."), "/".join(parts[wild:])


def _matches(pattern: str, reach: Reach) -> list[tuple[str, Path, Path]]:
    """Answers name, path and the folder that the file must lie in, for each file that a glob matches."""
    fixed, wild = searched(pattern)
    place = reach.resolve(fixed)
    if not wild:
        return [(_named(pattern, place, reach), place, place.parent)] if place.is_file() else []
    if not place.is_dir():
        return []
    prefix = fixed.removesuffix(".") if fixed.endswith(":.") else fixed + "/"
    found = [path for path in place.glob(wild) if _is_file(path) and not _is_passing(path)]
    return [(_named(prefix + path.relative_to(place).as_posix(), path, reach), path, place) for path in found]


def _named(declared: str, path: Path, reach: Reach) -> str:
    """The name of a delivery is its path in the workspace; below an input root it is as declared (`erp:daily/a.csv`)."""
    root = reach.root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else declared


def _is_passing(path: Path) -> bool:
    """What programs leave beside a file while they work on it: hidden files, and the locks of office programs."""
    return path.name.startswith((".", "~$"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A file that we may not look at is there all the same: reading it says why it cannot be.
        return True


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", name) if part)


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


def _counting(plan: EntityPlan, delivery: Delivery, path: Path, scratch: Path) -> Staged:
    """Stages a text file; where it is refused before it was read, its rows are counted all the same."""
    try:
        return _csv(plan, delivery, path, scratch)
    except DeliveryRefused as refusal:
        if refusal.finding.code != INT004.code:
            refusal.received = refusal.received or count_rows(path, delivery.name, plan.entity.format)
        raise


def _csv(plan: EntityPlan, delivery: Delivery, path: Path, scratch: Path) -> Staged:
    told = plan.entity.format
    copies: list[Path] = []
    try:
        written = as_utf8(path, delivery.name, told.encoding, scratch)
        copies += [written.path] if written.path != path else []
        text = with_one_line_end(written, quote_of(told), scratch)
        copies += [text.path] if text.path not in (path, *copies) else []
        style = read_style(text.path, delivery.name, told, plan.contract)
    except BaseException:
        for copy in copies:
            copy.unlink(missing_ok=True)
        raise
    rejects = "reject"
    detected = ([f"encoding {text.encoding}"] if text.detected and text.encoding != "utf-8" else []) + list(style.detected)
    return Staged(
        relation=text_relation(text.path, style, rejects),
        physical=dict.fromkeys(style.columns, "VARCHAR"),
        style=style.values,
        sha256=text.sha256,
        bytes=delivery.bytes,
        findings=(*_detected(delivery, detected), *_columns_noticed(plan, delivery, style.columns)),
        unchanged=lambda: _unchanged(delivery, text.sha256),
        text=TextLines(text.path, rejects, style.delimiter, style.quote, int(style.header)),
        copies=tuple(copies),
    )


def text_relation(path: Path, style: CsvStyle, rejects: str) -> str:
    """Answers the table function that reads a UTF-8 file of that style; lines that are no rows go to tables named by `rejects`."""
    options = {
        "auto_detect": "false",
        "header": str(style.header).lower(),
        "skip": str(style.skipped),
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
    return f"read_csv({literal(str(path))}, {', '.join(f'{name} = {value}' for name, value in options.items())})"


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


def _parquet(delivery: Delivery, path: Path) -> Staged:
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
    if size == 0:
        raise refused(INT002, name)
    if size < 12 or head != _MAGIC:
        raise refused(INT004, name, format="Parquet", what="it does not begin as Parquet does")
    footer = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or footer + 12 > size:
        raise refused(INT004, name, format="Parquet", what="it is truncated: its footer is not there")
