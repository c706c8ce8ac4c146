"""How a CSV file is written: delimiter, header, decimal sign and date formats, declared or detected from a sample.

What fits in two ways (is 01/02/2024 in January?) is not guessed: the delivery is refused until it is declared.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from charter.errors import nearest_hint
from charter.intake.connectors.codes import INT002, INT006, INT007, INT009, INT010
from charter.intake.connectors.text_file import BOMS, blocks
from charter.intake.contract import Contract, ContractColumn
from charter.intake.kinds import FileFormat
from charter.intake.refusal import refused
from charter.intake.value_sql import DATE_FORMATS, ISO_DATES, ISO_TIMESTAMPS, NumberStyle, TextStyle, strptime_format

_TYPED = (*ISO_DATES, *ISO_TIMESTAMPS)
_TYPED_BY = {
    "date": (*ISO_DATES, "%Y-%m-%d %H:%M:%S"),
    "timestamp": (*ISO_TIMESTAMPS, *ISO_DATES),
    "time": ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M"),
}
_SAMPLE_BYTES = 1 << 19
_SAMPLE_ROWS = 1000
_DELIMITERS = (",", ";", "\t", "|")
_ZONE = re.compile(r"\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})\s*$")
_DATE = re.compile(r"\s*\d")


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """One file's dialect: its columns in file order, what separates them, and how values are written."""

    columns: tuple[str, ...]
    delimiter: str
    quote: str
    header: bool
    nulls: tuple[str, ...]
    values: TextStyle
    detected: tuple[str, ...]
    skipped: int = 0


def read_style(path: Path, name: str, told: FileFormat, contract: Contract) -> CsvStyle:
    """Answers the dialect of the UTF-8 file; refuses it if the contract's columns are not in it."""
    text = _sample(path)
    if not text.strip():
        raise refused(INT002, name)
    expected = [column.physical for column in contract.columns]
    quote = quote_of(told)
    delimiter = told.delimiter or ("\t" if told.type == "tsv" else _delimiter(text, quote, expected))
    rows = _rows(text, delimiter, quote)
    if told.header:
        columns = _header(rows.pop(0), expected, name)
    else:
        if rows and len(rows[0]) != len(expected):
            raise refused(INT009, name, found=len(rows[0]), expected=len(expected))
        columns = expected
    nulls = tuple(told.nulls)
    samples = {
        column.name: _values(rows, columns.index(column.physical), nulls)
        for column in contract.columns
        if column.physical in columns
    }
    detected = [] if told.delimiter or told.type == "tsv" else [f"delimiter {delimiter!r}"]
    values = _text_style(samples, told, contract, name, detected)
    return CsvStyle(tuple(columns), delimiter, quote, told.header, nulls, values, tuple(detected), _empty_lines(text))


def _empty_lines(text: str) -> int:
    """Answers how many empty lines stand before the first that is not."""
    return text[: len(text) - len(text.lstrip("\r\n"))].count("\n")


def count_rows(path: Path, name: str, told: FileFormat) -> int:
    """Answers how many rows a text file that was refused holds, as well as can be told: its header and empty lines are none."""
    packed = path.suffix == ".gz"
    head = next(blocks(path, name, packed), b"")
    # For counting, any encoding does that has ASCII's quotes and ends of lines.
    wide = next((encoding for bom, encoding in BOMS if head.startswith(bom) and encoding == "utf-16"), None)
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        text = io.TextIOWrapper(cast(BinaryIO, file), encoding=wide or "latin-1", errors="replace", newline="")
        delimiter = told.delimiter or ("\t" if told.type == "tsv" else max(_DELIMITERS, key=head[:4096].decode("latin-1").count))
        rows = _parted(text, delimiter, quote_of(told))
        try:
            count = sum(1 for row in rows if row)
        except csv.Error:
            return 0
    return max(count - int(told.header), 0)


def quote_of(told: FileFormat) -> str:
    """Answers what quotes a field; empty where the file knows no quoting, so that an inch sign is only that."""
    return '"' if told.quote is None else told.quote


def _parted(lines: Iterable[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    if not quote:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote)


def _sample(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    if len(head) == _SAMPLE_BYTES:
        head = head[: head.rfind(b"\n") + 1]
    return head.decode("utf-8-sig", errors="replace")


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = _parted(io.StringIO(text, newline=""), delimiter, quote)
    rows = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return rows or [[]]
    return rows or [[]]


def _delimiter(text: str, quote: str, expected: Sequence[str]) -> str:
    def fitness(delimiter: str) -> tuple[int, int]:
        rows = _rows(text, delimiter, quote)
        header = {cell.strip() for cell in rows[0]}
        return (len(header.intersection(expected)), len(rows[0]))

    return max(_DELIMITERS, key=fitness)


def _header(cells: list[str], expected: Sequence[str], name: str) -> list[str]:
    columns = [cell.strip() for cell in cells]
    doubled = sorted({cell for cell in columns if columns.count(cell) > 1 and cell in expected})
    if doubled:
        raise refused(INT007, name, columns=", ".join(doubled))
    refuse_missing(columns, expected, name)
    # Unnamed or doubled columns that no contract asks for still need a name of their own.
    return [cell if cell and columns.count(cell) == 1 else f"column {at}" for at, cell in enumerate(columns, 1)]


def refuse_missing(columns: Sequence[str], expected: Iterable[str], name: str, received: int = 0) -> None:
    """Refuses a delivery that lacks columns of its contract, saying what the missing ones may be called now."""
    asked = list(expected)
    missing = [column for column in asked if column not in columns]
    if missing:
        spare = [column for column in columns if column not in asked]
        hints = [f"{column}: {nearest_hint(column, spare, '')}" for column in missing if nearest_hint(column, spare, "")]
        near = "; ".join(hints) or "have it delivered again, or name the new column in the contract's `physicalName`"
        told = ", ".join(missing)
        raise refused(INT006, name, received=received, columns=told, near=near, found=", ".join(columns) or "none")


def _values(rows: Sequence[Sequence[str]], at: int, nulls: Sequence[str]) -> list[str]:
    return [row[at] for row in rows if len(row) > at and row[at] not in nulls]


def style_of_copy(
    samples: Mapping[str, list[str]], told: FileFormat, contract: Contract, name: str, detected: list[str]
) -> TextStyle:
    """Answers how the values of a copy are written: what was typed in ISO 8601 and with the declared decimal sign.

    Texts beside it are read by what is declared, else days by what fits those that are not ISO.
    """
    by_name = {column.name: samples.get(column.physical, []) for column in contract.columns}
    texts = {name: [value for value in values if not _fits(value, _TYPED)] for name, values in by_name.items()}
    style = _text_style(texts, told.model_copy(update={"decimal": told.decimal or "."}), contract, name, detected)
    formats = {
        column.name: tuple(dict.fromkeys((*_TYPED_BY[column.logical], *style.formats.get(column.name, ()))))
        for column in contract.columns
        if column.logical in _TYPED_BY and column.name not in style.zoned
    }
    return TextStyle(style.numbers, {**style.formats, **formats}, style.zoned)


def _text_style(samples: dict[str, list[str]], told: FileFormat, contract: Contract, name: str, detected: list[str]) -> TextStyle:
    numbers = _numbers(samples, told, contract, name, detected)
    formats: dict[str, tuple[str, ...]] = {}
    zoned = {column.name for column in contract.columns if column.zoned}
    for column in contract.columns:
        values = samples.get(column.name, [])
        if column.logical == "date":
            formats[column.name] = _declared(column, told.dates) or _date_formats(column, values, name, detected)
        elif column.logical == "timestamp":
            declared = _declared(column, told.timestamps)
            if not declared and values and all(_ZONE.search(value) for value in values[:50]):
                zoned.add(column.name)
            formats[column.name] = declared or (() if column.name in zoned else _stamps(column, values, name, detected))
        elif column.logical == "time":
            formats[column.name] = column.formats
    return TextStyle(numbers, formats, frozenset(zoned))


def _declared(column: ContractColumn, told: str | None) -> tuple[str, ...]:
    if column.formats:
        return column.formats
    return (strptime_format(told),) if told else ()


def _numbers(samples: dict[str, list[str]], told: FileFormat, contract: Contract, name: str, detected: list[str]) -> NumberStyle:
    if told.decimal:
        return NumberStyle(told.decimal, told.thousands or "")
    values = [value.strip() for column in contract.columns if column.logical == "number" for value in samples.get(column.name, [])]
    commas = [value for value in values if "," in value]
    points = [value for value in values if "." in value]
    if not commas:
        return NumberStyle(".", told.thousands or "")
    both = [value for value in commas if "." in value]
    last_is_comma = sum(1 for value in both if value.rfind(",") > value.rfind("."))
    clear_commas = sum(1 for value in commas if not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", value))
    if both:
        style = NumberStyle(",", ".") if last_is_comma * 2 > len(both) else NumberStyle(".", ",")
    elif clear_commas and not points:
        style = NumberStyle(",", told.thousands or "")
    elif clear_commas * 10 < len(values) and points:
        return NumberStyle(".", told.thousands or "")
    else:
        raise refused(INT010, name, column="a number", value=commas[0], ways="as a decimal comma or as thousands")
    detected.append(f"decimal {style.decimal!r}" + (f", thousands {style.thousands!r}" if style.thousands else ""))
    return style


def _date_formats(column: ContractColumn, values: list[str], name: str, detected: list[str]) -> tuple[str, ...]:
    return _best(column, values, DATE_FORMATS, name, detected)


def _stamps(column: ContractColumn, values: list[str], name: str, detected: list[str]) -> tuple[str, ...]:
    counts = sum(1 for value in values if _fits(value, ISO_TIMESTAMPS))
    if not values or counts * 2 >= len(values):
        return ISO_TIMESTAMPS
    day_first = tuple(f"{date} {time}" for date in DATE_FORMATS[1:] for time in ("%H:%M:%S", "%H:%M"))
    return _best(column, values, day_first, name, detected)


def _best(column: ContractColumn, values: list[str], candidates: Sequence[str], name: str, detected: list[str]) -> tuple[str, ...]:
    if not values:
        return (candidates[0],)
    counts = {candidate: sum(1 for value in values if _fits(value, (candidate,))) for candidate in candidates}
    most = max(counts.values())
    if most == 0:
        return (candidates[0],)
    best = [candidate for candidate, count in counts.items() if count == most]
    if len(best) > 1:
        clash = next(value for value in values if _fits(value, (best[0],)))
        raise refused(INT010, name, column=column.physical, value=clash, ways=" or ".join(best))
    if best[0] != candidates[0] or candidates[0] not in DATE_FORMATS:
        detected.append(f"{column.physical} {best[0]}")
    return (best[0],)


def _fits(value: str, formats: Sequence[str]) -> bool:
    if not _DATE.match(value):
        return False
    for entry in formats:
        # Most formats differ from most values in their signs already; that is found thirty times faster than by strptime.
        if not _shape(entry).fullmatch(value.strip()):
            continue
        try:
            # The day is only looked at for its form here; its time zone is the source's affair.
            if 1900 <= datetime.strptime(value.strip(), entry).year < 2200:  # noqa: DTZ007
                return True
        except ValueError:
            continue
    return False


@cache
def _shape(entry: str) -> re.Pattern[str]:
    """Answers what every value of a format looks like: digits where it has numbers, anything where it has names or zones."""
    parts = re.split(r"(%[A-Za-z%]|\s+)", entry)
    return re.compile("".join(_SHAPES.get(part, r"\s+" if part.isspace() else re.escape(part)) for part in parts), re.IGNORECASE)


_SHAPES = {f"%{letter}": r"\s*\d{1,6}" for letter in "YymdHMSfjIU"} | {f"%{letter}": ".*" for letter in "bBaApzZcxXGuVw%"}
