"""A private copy of rows that DuckDB does not read as they came: text in UTF-8, one line a row, nulls told apart.

The readers of workbooks, JSON and fixed width write it; numbers and days that are typed there stand in it as plain decimals and
ISO dates. Values may hold line ends. What is no row at all is kept beside it, at its place among the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from charter.errors import Finding
from charter.intake.connectors.protocol import OddRow
from charter.intake.value_sql import literal

_NULL = "\\N"
_SAMPLE_ROWS = 1000
_ODD_CHARACTERS = 10_000
_MAX_LINE_BYTES = 64_000_000
# Excel computes and shows 15 digits; what a double holds beyond them is noise.
_DIGITS = ".15g"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a reader wrote: the columns in order, how many rows, those that are none, and what was noticed.

    Attributes:
        samples: the first values of each column, as text, for finding out how they are written.
        noticed: findings about the delivery.
        detected: what was not declared, in words.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    odd: tuple[OddRow, ...]
    samples: dict[str, list[str]]
    noticed: tuple[Finding, ...] = ()
    detected: tuple[str, ...] = ()


class CopyWriter:
    """Writes a copy, row by row."""

    def __init__(self, path: Path, columns: Sequence[str], nulls: Sequence[str], decimal: str = ".") -> None:
        """Args: `nulls`: texts that mean no value; `decimal`: the sign that the other numbers of the delivery are written with."""
        self.path, self.columns = path, tuple(columns)
        self._nulls, self._decimal = frozenset(nulls), decimal
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._rows = 0
        self._odd: list[OddRow] = []
        self._samples: dict[str, list[str]] = {name: [] for name in self.columns}

    def write(self, values: Sequence[Any]) -> None:
        """Writes a row: one value for each column."""
        texts = [text_of(value, self._decimal) for value in values]
        if self._rows < _SAMPLE_ROWS:
            for name, text in zip(self.columns, texts, strict=True):
                if text is not None and text not in self._nulls:
                    self._samples[name].append(text)
        self._file.write(",".join(map(self._field, texts)) + "\n")
        self._rows += 1

    def hold(self, rule: str, text: str) -> None:
        """Keeps what is no row, at its place among the rows."""
        self._odd.append(OddRow(self._rows + len(self._odd) + 1, rule, text[:_ODD_CHARACTERS]))

    def done(self, noticed: Sequence[Finding] = (), detected: Sequence[str] = ()) -> Copied:
        """Closes the file; answers what it holds."""
        self._file.close()
        return Copied(self.path, self.columns, self._rows, tuple(self._odd), self._samples, tuple(noticed), tuple(detected))

    def _field(self, text: str | None) -> str:
        if text is None or text in self._nulls:
            return _NULL
        return '"' + text.replace('"', '""') + '"'

    def __enter__(self) -> CopyWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)


def relation(copy: Copied) -> str:
    """Answers the table function that reads a copy: only what stands without quotes is null."""
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in copy.columns) + "}"
    return (
        f"read_csv({literal(str(copy.path))}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = {literal(_NULL)}, allow_quoted_nulls = false, columns = {columns}, max_line_size = {_MAX_LINE_BYTES})"
    )


def text_of(value: Any, decimal: str = ".") -> str | None:
    """Answers a typed value as the text in which a file would hold it; numbers with this decimal sign, days in ISO 8601."""
    if value is None:
        return None
    return _TEXTS.get(type(value), str)(value) if not isinstance(value, float | Decimal) else _number(value, decimal)


def _number(value: float | Decimal, decimal: str) -> str:
    exact = Decimal(format(value, _DIGITS)) if isinstance(value, float) else value
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return text if decimal == "." else text.replace(".", decimal)


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.timetz() == time(0) else value.isoformat(sep=" ")


def _length(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: lambda value: value,
    bool: lambda value: "true" if value else "false",
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _length,
}
