"""Lines of a text file that are no rows: told apart, numbered as rows, and checked against the lines that the file holds.

A quote that opens by accident (an inch sign) makes one record of several lines, which then parts well into columns. So
the lines of the file are counted beside its records: what a record holds beyond its own line is looked at, and lines
that are in no record at all refuse the delivery.
"""

from __future__ import annotations

import bisect
import mmap
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from charter.intake.connectors.codes import INT004, INT005
from charter.intake.connectors.protocol import Staged, TextLines
from charter.intake.refusal import refused
from charter.intake.value_sql import identifier, literal

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_BLANK = re.compile(rb"(?:^|(?<=\n))\r?\n")
_LINE_ENDS = r"(\r?\n)+"
_RULES = {"MISSING COLUMNS": "row:columns", "TOO MANY COLUMNS": "row:columns", "UNQUOTED VALUE": "row:quotes"}
_SWALLOWED = "row:quotes"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class _Record:
    """One record that is no row: its place among the records of the file (from 1), the rules broken, and its text."""

    place: int
    rules: str
    text: str


def take_odd_lines(lake: Lake, delivery: str, staged: Staged, table: str, number: int) -> tuple[str | None, int]:
    """Puts the lines that are no rows into a table (_row, rules, payload), and answers its name and how many they are.

    `table` holds the records that part into columns, in their order; those that swallowed others are taken out of it.
    Raises DeliveryRefused where lines of the file are in no record, or in a foreign encoding.
    """
    text = staged.text
    if text is None:
        return _kept(lake, [(one.place, one.rule, one.text) for one in staged.odd], number)
    columns = list(staged.physical)
    odd = _rejected(lake, delivery, text)
    lines, rows = _lines_of(text.path), int(lake.rows(f"SELECT count(*) FROM {table}")[0][0])
    if lines - text.headed != rows + len(odd):
        _find_long(lake, staged.relation, text, columns)
        _refuse_lost(lake, delivery, text, columns, lines, rows, odd)
        odd = _with_swallowed(lake, table, odd)
    return _kept(lake, _numbered(odd, text.delimiter, len(columns)) if odd else [], number)


def _kept(lake: Lake, held: Sequence[tuple[int, str, str]], number: int) -> tuple[str | None, int]:
    if not held:
        return None, 0
    lake.load("rejected", {"_row": "BIGINT", "rules": "VARCHAR", "line": "VARCHAR"}, held)
    name = identifier(f"rejected {number}")
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT _row, rules, CAST(json_object('line', line) AS VARCHAR) AS payload FROM rejected"
    )
    return name, len(held)


def drop_rejects(lake: Lake, text: TextLines) -> None:
    """Drops the tables in which the reader left what it could not part into columns."""
    for table in (f"{text.rejects}_errors", f"{text.rejects}_scans"):
        lake.execute(f"DROP TABLE IF EXISTS {table}")


def _rejected(lake: Lake, delivery: str, text: TextLines) -> list[_Record]:
    told = " ".join(f"WHEN {literal(kind)} THEN {literal(rule)}" for kind, rule in _RULES.items())
    lines = lake.rows(
        "SELECT line, min(line_byte_position), bool_or(error_type = 'INVALID ENCODING'), "
        f"string_agg(DISTINCT CASE error_type {told} ELSE 'row:unreadable' END, '; '), "
        f"trim(min(csv_line), chr(10) || chr(13)) FROM {text.rejects}_errors GROUP BY line ORDER BY line"
    )
    drop_rejects(lake, text)
    if foreign := next((int(line[0]) for line in lines if line[2]), None):
        raise refused(INT005, delivery, foreign, encoding="utf-8")
    blanks = _blank_lines(text.path) if lines else []
    found: list[_Record] = []
    for line, start, _, rules, odd in lines:
        # The reader counts the header and empty lines as lines, and we count records.
        place = int(line) - text.headed - bisect.bisect_left(blanks, int(start))
        found.append(_Record(max(place, found[-1].place + 1) if found else place, str(rules), str(odd or "")))
    return found


def _find_long(lake: Lake, relation: str, text: TextLines, columns: Sequence[str]) -> None:
    """Finds the records that hold ends of lines, and which of them hold other records (table long_record).

    A field that was opened by accident and closed by the next quote in the same column holds the rest of its own
    record, the records between, and the beginning of the last: as many delimiters per end of line as a record has.
    """
    delimiter, quote = literal(text.delimiter), literal(text.quote)
    fields = [identifier(name) for name in columns]
    ends = {field: f"coalesce(len(regexp_extract_all({field}, {literal(_LINE_ENDS)})), 0)" for field in fields}
    swallows = [
        f"({ends[field]} > 0 AND length({field}) - length(replace({field}, {delimiter}, '')) = {ends[field]} * {len(fields) - 1})"
        for field in fields
    ]
    written = [
        f"CASE WHEN {ends[field]} > 0 THEN {quote} || replace({field}, {quote}, {quote} || {quote}) || {quote} "
        f"ELSE coalesce({field}, '') END"
        for field in fields
    ]
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE long_record AS SELECT place, {' + '.join(ends.values())} AS ends, "
        f"{' OR '.join(swallows) if len(fields) > 1 else 'false'} AS swallows, concat_ws({delimiter}, {', '.join(written)}) AS text "
        f"FROM (SELECT row_number() OVER () AS place, * FROM {relation}) AS placed "
        f"WHERE {' OR '.join(f'contains({field}, chr(10))' for field in fields)}"
    )
    drop_rejects(lake, text)


def _refuse_lost(
    lake: Lake, delivery: str, text: TextLines, columns: Sequence[str], lines: int, rows: int, odd: Sequence[_Record]
) -> None:
    """Refuses a file with lines that are in none of its records."""
    inner = int(lake.rows("SELECT coalesce(sum(ends), 0) FROM long_record")[0][0])
    header = text.headed + (sum(len(re.findall(_LINE_ENDS, name)) for name in columns) if text.headed else 0)
    lost = lines - len(_blank_lines(text.path)) - header - rows - inner - sum(len(_parts(one.text)) for one in odd)
    if lost > 0:
        what = f"{lost:,} of its {lines:,} lines cannot be found in any row: too long, or in quotes that do not close"
        raise refused(INT004, delivery, received=rows + len(odd) + lost, format="text", what=what)


def _with_swallowed(lake: Lake, table: str, odd: Sequence[_Record]) -> list[_Record]:
    """Takes the records that swallowed others out of the table, and answers them among the odd ones, in order."""
    found = [(int(place), str(text)) for place, text in lake.rows("SELECT place, text FROM long_record WHERE swallows")]
    if not found:
        return list(odd)
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE upright AS SELECT * FROM {table} "
        "WHERE rowid + 1 NOT IN (SELECT place FROM long_record WHERE swallows) ORDER BY rowid"
    )
    lake.execute(f"DROP TABLE {table}")
    lake.execute(f"ALTER TABLE upright RENAME TO {table}")
    # How many records that part well stand before each odd one, and itself.
    before = [one.place - at for at, one in enumerate(odd)]
    swallowed = [_Record(place + bisect.bisect_right(before, place), _SWALLOWED, text) for place, text in found]
    return sorted([*odd, *swallowed], key=lambda one: one.place)


def _numbered(odd: Sequence[_Record], delimiter: str, columns: int) -> list[tuple[int, str, str]]:
    """Answers row, rules and text of each line that is held: a record that swallowed others counts as all of them."""
    held: list[tuple[int, str, str]] = []
    for at, one in enumerate(odd):
        parts = _parts(one.text)
        many = columns > 1 and one.text.count(delimiter) >= len(parts) * (columns - 1)
        shift = len(held) - at
        held += [(one.place + shift + nth, one.rules, part) for nth, part in enumerate(parts if many else [one.text])]
    return held


def _parts(text: str) -> list[str]:
    return [part for part in text.replace("\r\n", "\n").split("\n") if part] or [text]


def _lines_of(path: Path) -> int:
    """Answers the lines of a file, empty ones included; the last may lack its end."""
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            count, last = count + block.count(b"\n"), block[-1:]
    return count + (last != b"\n")


def _blank_lines(path: Path) -> list[int]:
    """Answers where empty lines begin. An empty line within quotes counts too: it can only move numbers of odd lines."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [match.start() for match in _BLANK.finditer(content)]
