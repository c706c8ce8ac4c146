"""Tables, numbers and scorecards as files for Power BI and Excel: Parquet, CSV, XLSX."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from charter.app.codes import APP031, APP032, APP036
from charter.app.export_numbers import number_sheets, scorecard_sheets
from charter.app.placing import beside, refuse_place
from charter.app.project import Advance, Project, silent
from charter.app.sheet import Choice, Sheet, rows_sheet, table_sheet
from charter.app.spreadsheet import Page, write_xlsx
from charter.warehouse.lake import Lake, quoted_path
from charter.warehouse.opening import open_reader
from charter.warehouse.tables import TABLES

FORMS = ("parquet", "csv", "xlsx")
NUMBER, SCORECARD = "number", "scorecard"
RISKY = r"^[=+\-@\t\r\n＝＋－＠]"
"""How a text begins that a spreadsheet may take for a formula (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: `what` is a table, `number` (then `metric` says which) or `scorecard`."""

    what: str
    metric: str | None = None
    begin: date | None = None
    end: date | None = None
    scope: str = "group"
    period: str | None = None
    by: str | None = None
    personal: bool = False


@dataclass(frozen=True)
class Exported:
    """What was written: where, in which form, how many rows, which columns were left out as personal."""

    file: str
    form: str
    rows: int
    bytes: int
    left_out: tuple[str, ...]
    cut: int
    passport: str | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Answers the report as a plain mapping."""
        return asdict(self)


@dataclass(frozen=True)
class _Content:
    """The sheets, the first of which is what was asked for; and the passport of numbers."""

    sheets: tuple[Sheet, ...]
    passport: Mapping[str, Any] | None = None


def export(
    project: Project,
    wanted: Wanted,
    to: Path,
    *,
    form: str | None = None,
    force: bool = False,
    excel: bool = False,
    advance: Advance = silent,
) -> Exported:
    """Writes what is wanted into a file; answers what was written. The file is there when it is whole, or not at all.

    The rows of a table stand in the order of its grain, so that the same lake gives the same file. CSV is UTF-8, with days and
    instants in ISO 8601 and texts byte for byte; with `excel` it begins with a byte order mark, and a text that a
    spreadsheet would take for a formula begins with an apostrophe.

    Raises:
        UsageError: no such table or form, options that do not fit.
        RefusedError: the file is there already, or the table tells of persons.
        UnavailableError: the folder or the disk does not let us.
    """
    begin = time.monotonic()
    kind = _form(to, form)
    _refuse_misfits(wanted, kind, excel)
    passport = to.with_name(f"{to.stem}.passport.json") if wanted.what in (NUMBER, SCORECARD) and kind != "xlsx" else None
    for place in (to, passport) if passport else (to,):
        refuse_place(place, force)
    with open_reader(project.store, reaches=(to.resolve().parent,)) as lake, beside(to) as part:
        found = _content(project, lake, wanted)
        rows, cut = _written(lake, found, kind, part, excel, advance)
        size = part.stat().st_size
        if passport is not None:
            with beside(passport) as paper:
                paper.write_text(json.dumps(found.passport, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    left_out = found.sheets[0].left_out
    return Exported(
        str(to), kind, rows, size, left_out, cut, str(passport) if passport else None, round(time.monotonic() - begin, 3)
    )


def _form(to: Path, form: str | None) -> str:
    found = (form or to.suffix.removeprefix(".")).lower()
    if found not in FORMS:
        raise APP032.exception(file=to.name, form=found or "it has no ending")
    return found


def _refuse_misfits(wanted: Wanted, form: str, excel: bool) -> None:
    is_table = wanted.what not in (NUMBER, SCORECARD)
    bad = {
        "--from": bool(wanted.begin) and not is_table,
        "--until": bool(wanted.end) and not is_table,
        "--period": bool(wanted.period) and is_table,
        "--by": bool(wanted.by) and wanted.what != NUMBER,
        f"the name {wanted.metric}": bool(wanted.metric) and wanted.what != NUMBER,
    }
    for option, is_bad in bad.items():
        if is_bad:
            raise APP036.exception(option=option, what=wanted.what, reason="")
    if excel and form != "csv":
        raise APP036.exception(option="--excel", what=form, reason=": it is about CSV")
    if wanted.what == NUMBER and not wanted.metric:
        raise APP031.exception(what="number without a metric", near="such as `charter export number digital-order-ratio`")


def _content(project: Project, lake: Lake, wanted: Wanted) -> _Content:
    if wanted.what == NUMBER:
        made, passport = number_sheets(project, wanted.metric or "", wanted.scope, wanted.period, wanted.by)
    elif wanted.what == SCORECARD:
        made, passport = scorecard_sheets(project, wanted.scope, wanted.period)
    else:
        sheet = table_sheet(lake, wanted.what, Choice(wanted.begin, wanted.end, wanted.scope, wanted.personal))
        return _Content((sheet, _about(lake, sheet)))
    return _Content(tuple(rows_sheet(lake, name, columns, rows) for name, columns, rows in made), passport)


def _about(lake: Lake, sheet: Sheet) -> Sheet:
    """What each column means, with its unit: a table is an API, in a spreadsheet too."""
    table = TABLES[sheet.name]
    rows = [("", "", table.meaning), ("", "", f"one row for each {', '.join(table.grain)}; instants are UTC")]
    rows += [(one.name, one.type, one.meaning) for one in table.columns if one.name in sheet.columns]
    rows += [(name, "", "left out: it can tell of a person (--with-personal-data)") for name in sheet.left_out]
    return rows_sheet(lake, "about", {"column": "VARCHAR", "type": "VARCHAR", "meaning": "VARCHAR"}, rows)


def _written(lake: Lake, found: _Content, form: str, part: Path, excel: bool, advance: Advance) -> tuple[int, int]:
    if form == "xlsx":
        return _xlsx(lake, found.sheets, part, advance)
    first = found.sheets[0]
    if form == "csv":
        query, options = _as_text(first, excel), "FORMAT csv, HEADER true, USE_TMP_FILE false"
    else:
        query, options = first.query, "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"
    with _watched(part, lambda size: advance(f"writing {first.name}", size, None, "bytes")):
        rows = lake.rows(f"COPY ({query}) TO '{quoted_path(part.resolve())}' ({options})", dict(first.parameters) or None)
    return int(rows[0][0]), 0


def _xlsx(lake: Lake, sheets: Sequence[Sheet], part: Path, advance: Advance) -> tuple[int, int]:
    counts: list[int] = []

    def counted(sheet: Sheet) -> Iterator[Sequence[Any]]:
        counts.append(0)
        for row in lake.stream(sheet.query, dict(sheet.parameters) or None):
            counts[-1] += 1
            yield row

    pages = (Page(one.name, tuple(one.columns), counted(one)) for one in sheets)
    cut = write_xlsx(part, pages, lambda done: advance("writing cells", done, None, "rows"))
    return counts[0], cut


def _as_text(sheet: Sheet, excel: bool) -> str:
    """The query with each column as CSV has it: instants as ISO 8601 has them, and for Excel no text that is a formula."""
    cells = []
    for place, (name, sql_type) in enumerate(sheet.columns.items()):
        column = '"' + name.replace('"', '""') + '"'
        head = f'"\ufeff{column[1:]}' if excel and place == 0 else column
        cells.append(f"{_cell(column, sql_type, excel)} AS {head}")
    return f"SELECT {', '.join(cells)} FROM ({sheet.query}) AS rows"


def _cell(column: str, sql_type: str, excel: bool) -> str:
    if sql_type == "TIMESTAMPTZ":
        form = "%Y-%m-%d %H:%M:%S" if excel else "%Y-%m-%dT%H:%M:%S.%fZ"
        return f"replace(strftime({column} AT TIME ZONE 'UTC', '{form}'), '.000000Z', 'Z')"
    if excel and sql_type == "VARCHAR":
        return f"CASE WHEN regexp_matches({column}, '{RISKY}') THEN '''' || {column} ELSE {column} END"
    return column


@contextmanager
def _watched(part: Path, tell: Callable[[int], None]) -> Iterator[None]:
    """Tells the size of the file as it grows: DuckDB writes it in one call."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.3):
            with suppress(OSError):
                tell(part.stat().st_size)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
