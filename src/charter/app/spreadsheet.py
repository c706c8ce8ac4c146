"""XLSX: typed cells for numbers and days, and text that stays text."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

ROWS = 1_048_575
"""Rows of a sheet below its head: what Excel holds."""
TEXT = 32_767
"""Characters of a cell."""
DIGITS = 15
"""Significant digits that a number keeps in Excel; what has more is written as text."""
AHEAD = 1000
"""Rows by which columns get their widths."""
_WIDEST, _FIRST = 60, date(1900, 3, 1)
"""Before that day Excel counts one that was not."""


@dataclass(frozen=True)
class Shown:
    """A number with the format in which Excel shows it."""

    value: int | Decimal
    form: str


@dataclass(frozen=True)
class Page:
    """A sheet as it is written: its name (31 characters at most), heads, and rows of plain values."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write_xlsx(place: Path, pages: Iterable[Page], advance: Callable[[int], None] = lambda _: None) -> int:
    """Writes the pages, one sheet each or as many as its rows need; answers how many texts were too long and were cut.

    Row by row: only one row is in memory at a time. Nothing that a text holds is read as a formula, a link or a number.
    """
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix=".charter-", dir=place.parent) as scratch:
        options = {
            "constant_memory": True, "tmpdir": scratch, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd",
        }  # fmt: skip
        book = xlsxwriter.Workbook(str(place), options)
        writer = _Writer(book, advance)
        for page in pages:
            writer.add(page)
        book.close()
    return writer.cut


class _Writer:
    def __init__(self, book: Any, advance: Callable[[int], None]) -> None:
        self.cut, self._book, self._advance, self._done = 0, book, advance, 0
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._forms: dict[str, Any] = {}

    def add(self, page: Page) -> None:
        rows, part = iter(page.rows), 1
        first = _ahead(rows, min(AHEAD, ROWS))
        while part == 1 or first:
            self._sheet(page, f"{page.name[:26]} {part}" if part > 1 else page.name[:31], first, rows)
            first, part = _ahead(rows, min(AHEAD, ROWS)), part + 1

    def _sheet(self, page: Page, name: str, first: Sequence[Sequence[Any]], rest: Iterator[Sequence[Any]]) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, head in enumerate(page.heads):
            # Before the rows, as constant memory wants it: so by the first of them.
            sheet.set_column(column, column, _width(head, (row[column] for row in first)))
            sheet.write_string(0, column, head, self._head)
        count = 0
        for row in _limited(first, rest, ROWS):
            count += 1
            for column, value in enumerate(row):
                self._cell(sheet, count, column, value)
            self._done += 1
            if self._done % 1000 == 0:
                self._advance(self._done)
        sheet.autofilter(0, 0, count, max(len(page.heads) - 1, 0))

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, Shown):
            form = self._forms.get(value.form) or self._forms.setdefault(
                value.form, self._book.add_format({"num_format": value.form})
            )
            sheet.write_number(row, column, value.value, form)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | Decimal) and _is_short(value):
            sheet.write_number(row, column, value)
        elif isinstance(value, datetime):
            self._at(sheet, row, column, value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value, self._instant)
        elif isinstance(value, date):
            self._at(sheet, row, column, value, self._day)
        else:
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            self.cut += len(text) > TEXT
            sheet.write_string(row, column, text[:TEXT])

    def _at(self, sheet: Any, row: int, column: int, value: date, form: Any) -> None:
        day = value.date() if isinstance(value, datetime) else value
        if day < _FIRST:
            sheet.write_string(row, column, value.isoformat())
        else:
            sheet.write_datetime(row, column, value, form)


def _ahead(rows: Iterator[Sequence[Any]], count: int) -> list[Sequence[Any]]:
    return [row for _, row in zip(range(count), rows, strict=False)]


def _limited(first: Sequence[Sequence[Any]], rest: Iterator[Sequence[Any]], limit: int) -> Iterator[Sequence[Any]]:
    yield from first
    for _, row in zip(range(limit - len(first)), rest, strict=False):
        yield row


def _is_short(value: int | Decimal) -> bool:
    """Whether all of its digits are kept by a number of 64 bits, which is what Excel has."""
    number = Decimal(value)
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= DIGITS


def _width(head: str, values: Iterable[Any]) -> int:
    longest = max(
        (len(str(value.value) if isinstance(value, Shown) else str(value)) for value in values if value is not None), default=0
    )
    return min(max(len(head) + 3, longest + 1), _WIDEST)
