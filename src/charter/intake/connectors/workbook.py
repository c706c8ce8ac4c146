"""Workbooks (XLSX): typed cells, the row that names the columns, merged cells, formulas by the values stored with them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from charter.errors import Finding, Origin, nearest_hint
from charter.intake.connectors.codes import INT002, INT004, INT044, INT045, INT046, INT047, INT048, INT049
from charter.intake.connectors.copied import Copied, CopyWriter, text_of
from charter.intake.connectors.packed import refuse_bomb
from charter.intake.kinds import FileFormat
from charter.intake.refusal import refused

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_HEADER_ROWS = 50
_LOOKED_AT = 20
_NAMED = 3
_CELL_END = b"</c>"
_FORMULA = re.compile(rb"<f[ >/]")
_REFERENCE = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"')
_ERROR = re.compile(rb'<c\b[^>]*?\bt="e"')
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Row = list[Any]


@dataclass(slots=True)
class _Marks:
    """What the file says of a sheet's cells beside their values: by (row, column), counted from 0."""

    formulas: int = 0
    without_value: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def copy_workbook(path: Path, name: str, told: FileFormat, wanted: Sequence[str], target: Path) -> Copied:
    """Answers a private copy of the sheet that holds the wanted columns (without any: of the only sheet that is shown).

    Raises DeliveryRefused: it is no workbook, unpacks to too much, or it cannot be said which sheet is meant.
    """
    if path.stat().st_size == 0:
        raise refused(INT002, name)
    refuse_bomb(path, name)
    sheet, head = _sheet(_opened(path, name), told, wanted, name)
    marks = _marks(path, sheet.name)
    rows, origin = _cells(sheet, marks)
    header = next(islice(rows, head, None), None)
    if header is None:
        raise refused(INT002, name)
    columns = _columns(header)
    with CopyWriter(target, columns, told.nulls, told.decimal or ".") as writer:
        for row in rows:
            if any(cell is not None for cell in row):
                writer.write([*row[: len(columns)], *[None] * (len(columns) - len(row))])
        return writer.done(tuple(_noticed(name, sheet, marks, head + origin)), [f"sheet {sheet.name}"] if not told.sheet else [])


def _opened(path: Path, name: str) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError:
        raise refused(INT004, name, what="it is protected by a password", format="XLSX") from None
    except (CalamineError, OSError) as error:
        raise refused(INT004, name, what=f"it is damaged: {error}", format="XLSX") from None


def _sheet(book: CalamineWorkbook, told: FileFormat, wanted: Sequence[str], name: str) -> tuple[CalamineSheet, int]:
    """Answers the sheet, and which of its rows names the columns."""
    if told.sheet is not None:
        if told.sheet not in book.sheet_names:
            near = nearest_hint(told.sheet, book.sheet_names, "name one of them under `format.sheet`")
            raise refused(INT047, name, what="sheet", name=told.sheet, known=", ".join(book.sheet_names), near=near)
        sheet = book.get_sheet_by_name(told.sheet)
        return sheet, _head(sheet, wanted)[0]
    sheets = [book.get_sheet_by_name(one) for one in _shown(book)]
    heads = [(sheet, *_head(sheet, wanted)) for sheet in sheets if sheet.height]
    if not heads:
        raise refused(INT002, name)
    most = max(fits for _, _, fits in heads)
    best = [(sheet, at) for sheet, at, fits in heads if fits == most]
    if len(best) > 1:
        names = ", ".join(sheet.name for sheet, _ in best)
        raise refused(INT046, name, found=f"{len(best)} sheets", names=names, setting=f"sheet: {best[0][0].name}")
    return best[0]


def _shown(book: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        one.name for one in book.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet and one.visible is SheetVisibleEnum.Visible
    ]


def _head(sheet: CalamineSheet, wanted: Sequence[str]) -> tuple[int, int]:
    """Answers which row of the filled area names the columns, and how many of the wanted ones it names.

    Without any wanted: the first row of texts that is as wide as the rows below it.
    """
    rows = sheet.to_python(skip_empty_area=True, nrows=_HEADER_ROWS + _LOOKED_AT)
    if wanted:
        names = set(wanted)
        fits = [len({_name(cell) for cell in row} & names) for row in rows[:_HEADER_ROWS]]
        return (fits.index(max(fits)), max(fits)) if fits else (0, 0)
    widths = [sum(cell != "" for cell in row) for row in rows]
    for at, row in enumerate(rows[:_HEADER_ROWS]):
        below = max(widths[at + 1 : at + 1 + _LOOKED_AT], default=widths[at])
        if widths[at] and widths[at] * 10 >= below * 8 and all(isinstance(cell, str) for cell in row):
            return at, 0
    return 0, 0


def _name(cell: Any) -> str:
    return " ".join((text_of(cell) or "").split())


def _columns(header: Row) -> list[str]:
    """Unnamed and doubled columns get a name of their own; empty ones at the end are none."""
    names = [_name(cell) for cell in header]
    while names and not names[-1]:
        names.pop()
    return [one if one and names.count(one) == 1 else f"column {at}" for at, one in enumerate(names, 1)]


def _cells(sheet: CalamineSheet, marks: _Marks) -> tuple[Iterator[Row], int]:
    """Answers the rows of the filled area, merged cells filled downwards and errors as their texts, and its first row."""
    first, left = sheet.start or (0, 0)
    fills = _fills(sheet, first, left)

    def rows() -> Iterator[Row]:
        held: dict[int, tuple[int, Any]] = {}
        for at, row in enumerate(sheet.to_python(skip_empty_area=True)):
            cells: Row = [None if cell == "" else cell for cell in row]
            for column, (until, value) in list(held.items()):
                if at <= until:
                    cells[column] = value
                else:
                    del held[column]
            for column, until in fills.get(at, ()):
                held[column] = (until, cells[column])
            yield cells

    return _with_errors(rows(), marks, first, left), first


def _fills(sheet: CalamineSheet, first: int, left: int) -> Mapping[int, list[tuple[int, int]]]:
    """Answers, by row, the columns whose cell goes on until a later row."""
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, begin), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            found.setdefault(top - first, []).append((begin - left, bottom - first))
    return found


def _with_errors(rows: Iterator[Row], marks: _Marks, first: int, left: int) -> Iterator[Row]:
    for at, row in enumerate(rows, first):
        for column in range(len(row)):
            if (at, column + left) in marks.errors:
                row[column] = marks.errors[at, column + left]
        yield row


def _noticed(name: str, sheet: CalamineSheet, marks: _Marks, head: int) -> Iterator[Finding]:
    origin = Origin(name)
    if head:
        yield INT049.finding(origin, delivery=name, row=head + 1, sheet=sheet.name, above=head)
    if marks.formulas:
        missing = f"; {marks.without_value:,} have none, and are empty" if marks.without_value else ""
        yield INT044.finding(origin, delivery=name, count=f"{marks.formulas:,}", sheet=sheet.name, missing=missing)
    if merged := [pair for pair in sheet.merged_cell_ranges or () if pair[1][0] > pair[0][0] and pair[1][0] > head]:
        told = [f"{_cell(*begin)}:{_cell(*end)}" for begin, end in merged]
        more = f" and {len(told) - _NAMED:,} more" if len(told) > _NAMED else ""
        yield INT045.finding(origin, delivery=name, sheet=sheet.name, ranges=", ".join(told[:_NAMED]) + more)
    if marks.errors:
        place, value = next(iter(marks.errors.items()))
        yield INT048.finding(
            origin, delivery=name, count=f"{len(marks.errors):,}", sheet=sheet.name, value=value, cell=_cell(*place)
        )


def _cell(row: int, column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _marks(path: Path, sheet: str) -> _Marks:
    """Answers what a sheet's part of the file says of formulas and errors: the reader gives values alone, and no errors."""
    marks = _Marks()
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        if part is None:
            return marks
        rest = b""
        with archive.open(part) as file:
            while block := file.read(1 << 20):
                whole, end, rest = (rest + block).rpartition(_CELL_END)
                if end:
                    _look(whole, marks)
    return marks


def _look(text: bytes, marks: _Marks) -> None:
    if not _FORMULA.search(text) and not _ERROR.search(text):
        return
    for cell in text.split(_CELL_END):
        formula, value = _FORMULA.search(cell), _VALUE.search(cell)
        marks.formulas += formula is not None
        marks.without_value += formula is not None and (value is None or not value.group(1))
        if _ERROR.search(cell) and (place := _REFERENCE.search(cell)):
            told = value.group(1).decode("utf-8", "replace") if value else "an error"
            marks.errors[int(place.group(2)) - 1, _column(place.group(1))] = told


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Answers the part of the package that holds a sheet, by the workbook's own list."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    ids = {one.get("name"): one.get(_RELATION) for one in book.iter(f"{_MAIN}sheet")}
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    target = targets.get(ids.get(sheet))
    if target is None:
        return None
    place = target.removeprefix("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return place if place in archive.namelist() else None
