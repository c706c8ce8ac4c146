"""What form an unknown export has: text, workbook, JSON, fixed width or Parquet, and how it is written."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from charter.intake.connectors.codes import INT002
from charter.intake.connectors.copied import relation as copied_relation
from charter.intake.connectors.csv_style import CsvStyle
from charter.intake.connectors.files import copied, text_relation
from charter.intake.connectors.packed import members, unpacked
from charter.intake.connectors.text_file import TextFile, as_utf8, sha256_of, with_one_line_end
from charter.intake.kinds import FileFormat
from charter.intake.refusal import refused
from charter.intake.value_sql import TextStyle, literal

DELIMITERS = (";", "\t", "|", ",")
NO_VALUES = ("?", "NULL", "null", "Null", "N/A", "n/a", "#N/A", "NaN", "nan", "None", "(null)", "\\N")
"""Texts that exports write where there is no value."""
REJECTS = "draft"
_SAMPLE_BYTES = 1 << 20
_LARGE_BYTES = 64 << 20
_SAMPLE_ROWS = 5000
_PARTS_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Form:
    """An export where SQL can read it: its columns in order (all text, but in Parquet), and how the Source declares it.

    Attributes:
        declared: what `format` of the entity says.
        typed: its days and numbers are typed, and stand in the relation as ISO 8601 and plain decimals.
        samples: the first rows as texts; None: no value.
    """

    relation: str
    columns: tuple[str, ...]
    physical: Mapping[str, str]
    declared: Mapping[str, Any]
    typed: bool
    samples: Sequence[Sequence[str | None]]
    noticed: tuple[str, ...] = ()
    rejects: str | None = None
    sampled: bool = False
    others: int = 0
    copies: tuple[Path, ...] = field(default=(), repr=False)


@contextmanager
def formed(path: Path, name: str, scratch: Path, *, thorough: bool = True) -> Iterator[Form]:
    """Yields the form of a file; private copies are gone afterwards. Raises DeliveryRefused for what cannot be read.

    Unless `thorough`, the encoding and the line ends of a large file are those of its beginning (`sampled`): to read it twice
    over only to look takes as long as all the rest. Lines that then cannot be read say that it must be looked at after all.
    """
    copies: list[Path] = []
    try:
        yield _form(path, name, scratch, copies, thorough)
    finally:
        for copy in copies:
            copy.unlink(missing_ok=True)


def _form(path: Path, name: str, scratch: Path, copies: list[Path], thorough: bool) -> Form:
    packed = (members(path, None) or []) if path.suffix.lower() == ".zip" and not _is_workbook(path) else []
    found = _form_of(path, next(iter(packed), None), name, scratch, copies, thorough)
    return replace(found, others=max(len(packed) - 1, 0))


def _form_of(path: Path, member: str | None, name: str, scratch: Path, copies: list[Path], thorough: bool) -> Form:
    inner = path
    if member is not None or path.suffix == ".gz":
        inner = unpacked(path, name, member, scratch, f"{sha256_of(path)[:16]}.draft")
        copies.append(inner)
    with inner.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return Form(f"read_parquet({literal(str(inner))})", (), {}, {"type": "parquet"}, True, ())
    if head.startswith(b"PK") and _is_workbook(inner):
        return _typed({"type": "xlsx"}, inner, name, scratch, copies)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and (found := _json(inner)):
        return _typed(found, inner, name, scratch, copies)
    return _text(inner, name, scratch, copies, thorough)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _json(path: Path) -> dict[str, Any] | None:
    """Lines of JSON are known by two lines that are objects each; anything else that begins like JSON is a document."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        lines = [line for line in (file.readline(_SAMPLE_BYTES) for _ in range(2)) if line.strip()]
    try:
        objects = [json.loads(line) for line in lines]
    except ValueError:
        objects = []
    first = objects[0] if objects else None
    if first is not None and all(isinstance(one, dict) for one in objects) and (len(objects) > 1 or not _inner_list(first)):
        return {"type": "jsonl", **_explode(first)}
    return {"type": "json"}


def _inner_list(record: Mapping[str, Any]) -> str | None:
    """Answers the one list of objects in a record, where there is just one."""
    found = [key for key, value in record.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    return found[0] if len(found) == 1 else None


def _explode(record: Mapping[str, Any]) -> dict[str, str]:
    inner = _inner_list(record)
    return {"explode": inner} if inner else {}


def _typed(declared: dict[str, Any], path: Path, name: str, scratch: Path, copies: list[Path]) -> Form:
    copy = copied(path, name, FileFormat.model_validate(declared), (), scratch, sha256_of(path))
    copies.append(copy.path)
    if declared["type"] == "json" and "explode" not in declared and (inner := _nested(copy.samples)):
        copy.path.unlink()
        return _typed({**declared, "explode": inner}, path, name, scratch, copies)
    for told in copy.detected:
        key, _, value = told.partition(" ")
        declared[key] = value
    with copy.path.open(encoding="utf-8", newline="") as file:
        rows = [row for _, row in zip(range(_SAMPLE_ROWS), csv.reader(file), strict=False)]
    samples = [[None if cell == "\\N" else cell for cell in row] for row in rows]
    noticed = [finding.message for finding in copy.noticed]
    noticed += [f"{len(copy.odd):,} lines are no rows; they would be held"] * bool(copy.odd)
    physical = dict.fromkeys(copy.columns, "VARCHAR")
    return Form(copied_relation(copy), copy.columns, physical, declared, True, samples, tuple(noticed))


def _nested(samples: Mapping[str, Sequence[str]]) -> str | None:
    """Answers the one column whose values are lists of objects."""
    found = [
        name for name, values in samples.items() if values and all(value.startswith("[{") for value in values if value != "[]")
    ]
    return found[0] if len(found) == 1 else None


def _text(path: Path, name: str, scratch: Path, copies: list[Path], thorough: bool) -> Form:
    sampled = not thorough and _is_plain(path)
    written = TextFile(path, "utf-8", "", True) if sampled else as_utf8(path, name, None, scratch)
    copies += [written.path] if written.path != path else []
    plain = written if sampled else with_one_line_end(written, '"', scratch)
    copies += [plain.path] if plain.path not in (path, *copies) else []
    with plain.path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    text = head.decode("utf-8-sig", errors="replace")
    text = text if len(head) < _SAMPLE_BYTES else text[: text.rfind("\n") + 1]
    if not text.strip():
        raise refused(INT002, name)
    delimiter = delimiter_of(text)
    declared: dict[str, Any] = {"type": "csv"} | ({"encoding": _called(written.encoding)} if written.encoding != "utf-8" else {})
    if delimiter is None:
        if spans := fields_of(text):
            return _typed({**declared, "type": "fixed", **spans}, path, name, scratch, copies)
        delimiter = ","
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row][: _SAMPLE_ROWS + 1]
    header = is_header(rows)
    width = statistics.mode(len(row) for row in rows)
    columns = _named(rows[0]) if header else [f"column_{at}" for at in range(1, width + 1)]
    rows = [row for row in rows[int(header) :] if len(row) == len(columns)]
    nulls = ("", *(token for token in NO_VALUES if any(token in row for row in rows)))
    declared |= (
        {"delimiter": delimiter} | ({} if header else {"header": False}) | ({"nulls": list(nulls)} if len(nulls) > 1 else {})
    )
    blank = text[: len(text) - len(text.lstrip("\r\n"))].count("\n")
    style = CsvStyle(tuple(columns), delimiter, '"', header, nulls, TextStyle(), (), blank)
    samples = [[None if cell in nulls else cell for cell in row] for row in rows]
    relation = text_relation(plain.path, style, REJECTS)
    return Form(relation, tuple(columns), dict.fromkeys(columns, "VARCHAR"), declared, False, samples, (), REJECTS, sampled)


def _is_plain(path: Path) -> bool:
    """Whether a large file begins as UTF-8 (without a mark) with lines that end in one way."""
    if path.stat().st_size < _LARGE_BYTES:
        return False
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    head = head[: head.rfind(b"\n") + 1]
    returns, pairs = head.count(b"\r"), head.count(b"\r\n")
    try:
        head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not head.startswith(b"\xef\xbb\xbf") and b"\0" not in head and (not returns or returns == pairs == head.count(b"\n"))


def _called(encoding: str) -> str:
    return "latin-1" if encoding == "cp1252" else "utf-16" if encoding.startswith("utf-16") else encoding


def _named(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    return [one if one and names.count(one) == 1 else f"column {at}" for at, one in enumerate(names, 1)]


def delimiter_of(text: str) -> str | None:
    """Answers the sign that parts most lines into the same number of fields, the more fields the better; None: there is none."""
    best: tuple[float, int] = (0, 1)
    found = None
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _parted(text, delimiter) if row][:_SAMPLE_ROWS]
        if not widths:
            continue
        width = statistics.mode(widths)
        share = widths.count(width) / len(widths)
        if width > 1 and share >= _PARTS_ALIKE and (width, share) > (best[1], best[0]):
            best, found = (share, width), delimiter
    return found


def _parted(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Answers whether the first row names columns: all texts that differ, none of them a number or a day, unlike the rows below."""
    if not rows or len(rows) == 1:
        return True
    first = [cell.strip() for cell in rows[0]]
    named = [cell for cell in first if cell]
    if len(named) * 2 < len(first) or len(set(named)) < len(named):
        return False
    return not any(re.fullmatch(r"[+-]?[\d.,:/ -]+", cell) for cell in named)


def fields_of(text: str) -> dict[str, Any] | None:
    """Answers the fields of a file of fixed width: they begin where a blank column ends in all lines. None: it has none.

    A first line that has its words where the fields begin names them.
    """
    lines = [line for line in text.splitlines() if line.strip()][:_SAMPLE_ROWS]
    if len(lines) < 2:
        return None
    width = max(map(len, lines))
    body = [line.ljust(width) for line in lines[1:]]
    blank = [all(line[at] == " " for line in body) for at in range(width)]
    starts = [at for at in range(width) if not blank[at] and (at == 0 or blank[at - 1])]
    if len(starts) < 2:
        return None
    words = [(found.start(), found.group()) for found in re.finditer(r"\S+", lines[0])]
    named = (
        len(words) == len(starts)
        and len({word for _, word in words}) == len(words)
        and not any(re.search(r"\d{3,}", word) for _, word in words)
    )
    if named:
        # Numbers stand at the end of their field: its name tells how far to the left it goes.
        starts = [
            min(begin, at) if all(blank[min(begin, at) : begin]) else begin for begin, (at, _) in zip(starts, words, strict=True)
        ]
    names = [word for _, word in words] if named else [f"column_{at}" for at in range(1, len(starts) + 1)]
    ends = [*starts[1:], width]
    told = [{"name": one, "start": begin + 1, "width": end - begin} for one, begin, end in zip(names, starts, ends, strict=True)]
    return {"fields": told} | ({"skip": 1} if named else {})
