"""Tables that documents point at: what exists in hundreds, as CSV, each row with its place."""

from __future__ import annotations

import csv
import io
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charter.errors import Finding, Origin, nearest_hint
from charter.model.codes import MOD001, MOD041, MOD042, MOD048, MOD049
from charter.model.dated import is_dated
from charter.model.document import Document
from charter.model.path import parse_path
from charter.model.yaml_reader import UnreadableError, decode

MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One row of a table: its fields by column, and the line that it stands on."""

    fields: Mapping[str, str]
    origin: Origin

    def get(self, column: str) -> str:
        """Answers a field, stripped; empty if the table has no such column."""
        return self.fields.get(column, "").strip()


@dataclass(frozen=True)
class Table:
    """A table in the workspace: its columns and rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(content: bytes, file: str) -> Table:
    """Answers the table that a CSV file holds; comma, semicolon or tab, told from the first line."""
    try:
        text = decode(content)
    except UnreadableError as error:
        raise MOD001.exception(Origin(file, error.line, error.column), file=file, reason=error.reason) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        heads = tuple(head.strip() for head in next(reader, []))
        rows = tuple(_rows(reader, heads, file))
    except csv.Error as error:
        raise MOD001.exception(Origin(file, reader.line_num), file=file, reason=str(error)) from error
    return Table(file, heads, rows)


def _rows(reader: Iterator[list[str]], heads: tuple[str, ...], file: str) -> Iterator[Row]:
    before = getattr(reader, "line_num", 1)
    for fields in reader:
        line, before = before + 1, getattr(reader, "line_num", before + 1)
        if not any(field.strip() for field in fields):
            continue
        origin = Origin(file, line)
        if len(fields) > len(heads):
            reason = f"row {line} has {len(fields)} fields; the head has {len(heads)}"
            raise MOD001.exception(origin, file=file, reason=reason)
        yield Row(dict(zip(heads, fields, strict=False)), origin)


def heads_wrong(table: Table, kind: str, required: Iterable[str], known: Iterable[str]) -> Iterator[Finding]:
    """Yields what is wrong with a table's first line: columns that are missing, and such that the kind does not read."""
    allowed = tuple(known)
    missing = [name for name in required if name not in table.columns]
    spare = [name for name in allowed if name not in table.columns]
    origin = Origin(table.file)
    if missing:
        near = f"{kind} has the columns {', '.join(allowed)}"
        yield MOD048.finding(origin, file=table.file, columns=", ".join(missing), near=near)
    for at, column in enumerate(table.columns, 1):
        if column and column not in allowed:
            hint = nearest_hint(column, spare, f"{kind} reads {', '.join(allowed)}")
            yield MOD049.finding(Origin(table.file, 1, at), column=column, kind=kind, near=hint)


def safe_path(root: Path, folder: Path, inputs: Mapping[str, Path], text: str, origin: Origin, field: str) -> Path:
    """Answers the file that a document names: in the workspace, or under a declared input root (`shared:a/b.csv`).

    Relative to the document's folder; a name that leads outside (through `..`, a link or an absolute path) is refused.
    """
    if not text.isprintable():
        raise MOD041.exception(origin, path=field, file=ascii(text))
    name, colon, rest = text.partition(":")
    if colon and name in inputs:
        home, place = inputs[name], inputs[name] / rest
    elif colon and not name.startswith((".", "/")):
        near = nearest_hint(name, inputs, "input roots are declared in charter.yaml spec.inputs")
        raise MOD041.exception(origin, hint=near, path=field, file=text)
    else:
        home, place = root, folder / text
    resolved = Path(os.path.realpath(place))
    if not resolved.is_relative_to(os.path.realpath(home)) or text.startswith("/"):
        raise MOD041.exception(origin, path=field, file=text)
    return resolved


def table_name(file: str, text: str, inputs: Iterable[str]) -> str:
    """Answers the name under which a table that a document names is kept: its path in the workspace, or `root:path`."""
    name, colon, rest = text.partition(":")
    if colon and name in set(inputs):
        return f"{name}:{posixpath.normpath(rest)}"
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), text))


def read_bytes(path: Path, text: str, origin: Origin) -> bytes:
    """Answers the bytes of a table; raises if it is not there (with the nearest name), too big, or cannot be read."""
    if not os.path.isfile(path):  # noqa: PTH113  a Path raises where the name is too long
        names = os.listdir(path.parent) if os.path.isdir(path.parent) else []  # noqa: PTH112, PTH208
        near = nearest_hint(path.name, names, "write the path of a file that is there")
        raise MOD042.exception(origin, file=text, near=near)
    try:
        if path.stat().st_size <= MAX_BYTES:
            return path.read_bytes()
    except OSError as error:
        raise MOD001.exception(origin, file=text, reason=error.strerror or str(error)) from error
    reason = f"it has {path.stat().st_size:,} bytes; {MAX_BYTES:,} are allowed"
    raise MOD001.exception(origin, file=text, reason=reason)


def table_places(document: Document) -> Iterator[tuple[str | int, ...]]:
    """Yields the raw path of each text in a document that names a table, those of dated entries too."""
    for pattern in document.kind.tables:
        path = parse_path(pattern)
        value: Any = {"spec": document.spec}
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str):
            yield path
        elif is_dated(value):
            for at, entry in enumerate(value):
                if isinstance(entry["value"], str):
                    yield (*path, at, "value")
