"""Files for other tools, read back by other readers than the one that wrote them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from tests.nordfrost.group import write_demo

from charter.app import spreadsheet
from charter.app.export import Wanted, export
from charter.app.number import number
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.app.scorecard import scorecard
from charter.app.sheet import exportable
from charter.cli.main import application
from charter.errors import CharterError
from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.tables import TABLES

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
RISKY = [
    "=1+1", "+49 30 1", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "http://a.example/", "00123", "1e5", "", "'x", 'a "b";\n,c',
    "_x0041_", "\x01",
]  # fmt: skip
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "group"
    write_demo(folder, seed=5, orders=200, months=2)
    project = open_project(folder)
    run(project, at=AT)
    with open_writer(project.store, holder="test") as lake, lake.transaction():
        lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), [[f"b{at:02}", text, at] for at, text in enumerate(RISKY)])
        lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), [["long", "x" * 40000, 10**15], ["longer", "y", 10**15 + 1]])
        lake.execute(f"INSERT INTO {lake.table('case_merge')} SELECT sha256('a' || i), sha256('b' || i) FROM range(2000) AS r(i)")
    return folder


@pytest.fixture
def project(made: Path) -> Project:
    return open_project(made)


def in_lake(project: Project, name: str) -> list[tuple[Any, ...]]:
    """The rows of a table, as the lake has them, sorted by the table's grain."""
    table = TABLES[name]
    with open_reader(project.store) as lake:
        listed = ", ".join(f'"{column}"' for column in table.column_names())
        rows = lake.rows(f"SELECT {listed} FROM {lake.table(name)}")
    places = [table.column_names().index(column) for column in table.grain]
    return sorted(rows, key=lambda row: [(row[at] is not None, row[at]) for at in places])


def cells(place: Path, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """Each row's cells as (kind, text): s text, n number, b boolean, d a number shown as a day or an instant, e empty."""
    with zipfile.ZipFile(place) as book:
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
        sheet_xml = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    forms = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{MAIN}numFmt")}
    xfs = styles.find(f"{MAIN}cellXfs")
    assert xfs is not None
    dated = {str(at) for at, one in enumerate(xfs) if "yyyy" in (forms.get(one.get("numFmtId")) or "")}
    found = []
    for row in sheet_xml.iter(f"{MAIN}row"):
        line: list[tuple[str, str]] = []
        for cell in row:
            at = _column(str(cell.get("r")))
            line += [("e", "")] * (at - len(line))
            assert cell.find(f"{MAIN}f") is None, "a formula"
            if cell.get("t") == "inlineStr":
                line.append(("s", "".join(one.text or "" for one in cell.iter(f"{MAIN}t"))))
            else:
                kind = "b" if cell.get("t") == "b" else "d" if cell.get("s") in dated else "n"
                line.append((kind, cell.findtext(f"{MAIN}v") or ""))
        found.append(line)
    return found


def _column(reference: str) -> int:
    number = 0
    for letter in re.sub(r"\d", "", reference):
        number = number * 26 + ord(letter) - 64
    return number - 1


def plain(text: str) -> str:
    """A text as XLSX keeps it: what XML cannot hold is escaped, and what looks escaped is escaped once more."""
    return re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found.group(1), 16)), text)


def test_csv_has_each_row_byte_for_byte_and_twice_the_same(project: Project, tmp_path: Path) -> None:
    for name in ("fact_order", "batch_exclusion", "cube_value"):
        files = [tmp_path / f"{name}-{time}.csv" for time in (1, 2)]
        for file in files:
            done = export(project, Wanted(name, personal=True), file)
        assert files[0].read_bytes() == files[1].read_bytes()
        heads, *rows = csv.reader(io.StringIO(files[0].read_bytes().decode(), newline=""))
        expected = in_lake(project, name)
        assert (tuple(heads), done.rows) == (TABLES[name].column_names(), len(expected))
        assert rows == [[as_text(value) for value in row] for row in expected]


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else str(value)


def test_csv_tells_an_empty_text_from_none(project: Project, tmp_path: Path) -> None:
    export(project, Wanted("batch_exclusion"), tmp_path / "a.csv")
    assert b'\nb11,"",11\n' in (tmp_path / "a.csv").read_bytes()


def test_csv_for_excel_puts_an_apostrophe_before_what_looks_like_a_formula(project: Project, tmp_path: Path) -> None:
    export(project, Wanted("batch_exclusion"), tmp_path / "a.csv", excel=True)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfbatch_id,")
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_bytes().decode("utf-8-sig"), newline="")))
    found = {row[0]: row[1] for row in rows}
    expected = {f"b{at:02}": f"'{text}" if at < 8 else text for at, text in enumerate(RISKY)}
    assert {key: found[key] for key in expected} == expected


def test_xlsx_keeps_texts_as_texts_and_numbers_as_numbers(project: Project, tmp_path: Path) -> None:
    done = export(project, Wanted("batch_exclusion"), tmp_path / "a.xlsx")
    heads, *rows = cells(tmp_path / "a.xlsx")
    found = {row[0][1]: row[1:] for row in rows}
    assert heads == [("s", "batch_id"), ("s", "reason"), ("s", "rows")]
    for at, text in enumerate(RISKY):
        kind, told = found[f"b{at:02}"][0]
        # XML reads a carriage return as a line feed unless it is escaped, which xlsxwriter does.
        assert (kind, plain(told).replace("\r", "\n")) == (("s", text.replace("\r", "\n")) if text else (kind, "")), text
        assert found[f"b{at:02}"][1] == ("n", str(at))
    assert found["long"] == [("s", "x" * 32767), ("n", "1000000000000000")]
    assert found["longer"] == [("s", "y"), ("s", "1000000000000001")]
    assert done.cut == 1
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert 'state="frozen"' in sheet and "<autoFilter" in sheet and "<hyperlink" not in sheet
        assert "customWidth" in sheet


def test_xlsx_has_the_same_rows_as_the_lake_and_twice_the_same_cells(project: Project, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        export(project, Wanted("fact_order"), tmp_path / name)
    assert [cells(tmp_path / "a.xlsx", at) for at in (1, 2)] == [cells(tmp_path / "b.xlsx", at) for at in (1, 2)]
    _, *rows = cells(tmp_path / "a.xlsx")
    expected = in_lake(project, "fact_order")
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        padded = row + [("e", "")] * (len(wanted) - len(row))
        assert [read_back(*cell) for cell in padded] == [(float(one) if isinstance(one, Decimal) else one) for one in wanted]
    about = cells(tmp_path / "a.xlsx", 2)
    assert [("s", "net_amount"), ("s", "DECIMAL(18,4)"), ("s", "net amount before tax, in `currency`")] in about


def read_back(kind: str, text: str) -> Any:
    if kind in "se":
        return text if kind == "s" else None
    if kind == "b":
        return text == "1"
    if kind == "d":
        at = datetime(1899, 12, 30) + timedelta(seconds=round(float(text) * 86400))
        return at.replace(tzinfo=UTC) if "." in text else at.date()
    return float(text)


def test_decimals_that_a_cell_cannot_hold_are_texts_and_days_before_1900_as_well(tmp_path: Path) -> None:
    values = [
        Decimal("12345678901.2345"),
        Decimal("123456789012.3456"),
        Decimal("0.10"),
        Decimal("1E+20"),
        date(1899, 1, 2),
        True,
        None,
    ]
    spreadsheet.write_xlsx(tmp_path / "a.xlsx", [spreadsheet.Page("p", [f"c{at}" for at in range(7)], [values])])
    assert cells(tmp_path / "a.xlsx")[1] == [
        ("n", "12345678901.2345"), ("s", "123456789012.3456"), ("n", "0.10"), ("n", "1E+20"), ("s", "1899-01-02"), ("b", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "sheets"), [(0, [0]), (5, [5]), (6, [5, 1]), (11, [5, 5, 1])])
def test_rows_beyond_what_a_sheet_holds_go_to_further_sheets(
    count: int, sheets: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "ROWS", 5)
    monkeypatch.setattr(spreadsheet, "AHEAD", 3)
    spreadsheet.write_xlsx(tmp_path / "a.xlsx", [spreadsheet.Page("p", ["n"], ([at] for at in range(count)))])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert len([name for name in book.namelist() if "worksheets/sheet" in name]) == len(sheets)
    found = [cells(tmp_path / "a.xlsx", at + 1) for at in range(len(sheets))]
    assert [len(rows) - 1 for rows in found] == sheets
    assert [int(row[0][1]) for rows in found for row in rows[1:]] == list(range(count))


def test_parquet_has_the_tables_types_and_twice_the_same_bytes(project: Project, tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        export(project, Wanted("fact_order_line"), tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    table = pq.read_table(tmp_path / "a.parquet")
    assert [tuple(row.values()) for row in table.to_pylist()] == in_lake(project, "fact_order_line")
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["net_amount"], types["ordered_on"], types["is_origin"]) == ("decimal128(18, 4)", "date32[day]", "bool")


def test_rows_are_chosen_by_day_and_by_what_hung_below_a_scope_on_that_day(project: Project, tmp_path: Path) -> None:
    first, last = date(2024, 1, 10), date(2024, 2, 3)
    wanted = Wanted("fact_order", begin=first, end=last, scope="market/se", personal=True)
    export(project, wanted, tmp_path / "a.parquet")
    names = TABLES["fact_order"].column_names()
    slices = [dict(zip(TABLES["dim_scope"].column_names(), row, strict=True)) for row in in_lake(project, "dim_scope")]
    expected = []
    for row in in_lake(project, "fact_order"):
        one = dict(zip(names, row, strict=True))
        day = one["ordered_on"]
        below = any(
            scope["scope"] == one["selling_scope"]
            and "market/se" in (scope["scope"], scope["market"])
            and (scope["valid_from"] is None or scope["valid_from"] <= day)
            and (scope["valid_to"] is None or day < scope["valid_to"])
            for scope in slices
        )
        if below and first <= day < last:
            expected.append(one)
    assert pq.read_table(tmp_path / "a.parquet").to_pylist() == expected
    assert 5 < len(expected) < len(in_lake(project, "fact_order"))


def test_what_tells_of_persons_is_left_out_unless_it_is_asked_for(project: Project, tmp_path: Path) -> None:
    done = export(project, Wanted("quarantine_row"), tmp_path / "a.parquet")
    assert done.left_out == ("payload", "settled_by")
    assert set(pq.read_schema(tmp_path / "a.parquet").names) == set(TABLES["quarantine_row"].column_names()) - {
        "payload",
        "settled_by",
    }
    assert export(project, Wanted("quarantine_row", personal=True), tmp_path / "b.parquet").left_out == ()
    assert "payload" in pq.read_schema(tmp_path / "b.parquet").names
    marked = {(one.table, column) for one in exportable() for column in one.personal}
    assert marked >= {("quarantine_row", "payload"), ("case_event", "actor")}
    if "dim_person" in TABLES:
        with pytest.raises(CharterError, match="APP035"):
            export(project, Wanted("dim_person"), tmp_path / "c.csv")


def test_every_fact_is_chosen_by_the_day_and_the_scope_of_its_numbers() -> None:
    chosen = {
        one.table: (one.day, one.scope) for one in exportable() if one.table.startswith("fact_") and one.table != "fact_defect"
    }
    assert chosen == {
        "fact_order": ("ordered_on", "selling_scope"),
        "fact_order_line": ("ordered_on", "selling_scope"),
        "fact_invoice_line": ("invoiced_on", "selling_scope"),
        "fact_case": ("resolved_on", "serving_scope"),
    }


def test_a_number_stands_as_it_is_told_with_its_passport_beside(project: Project, tmp_path: Path) -> None:
    told = number(project, "digital-order-ratio", "market/se", "2024-01", by="branch")
    wanted = Wanted("number", "digital-order-ratio", scope="market/se", period="2024-01", by="branch")
    done = export(project, wanted, tmp_path / "a.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    expected = [(row.key or "", str(row.figure.value), str(row.figure.n)) for row in told.number.breakdown]
    assert [(row["branch"], row["value"], row["n"]) for row in rows] == expected
    assert done.passport == str(tmp_path / "a.passport.json")
    paper, expected_paper = (
        json.loads((tmp_path / "a.passport.json").read_text()),
        json.loads(json.dumps(told.as_dict(), default=str)),
    )
    assert {**paper, "as_of": ""} == {**expected_paper, "as_of": ""}
    export(project, wanted, tmp_path / "a.xlsx")
    fields = {row[1][1]: row[2][1] for row in cells(tmp_path / "a.xlsx", 2)[1:]}
    assert fields["passport.definition"] == told.number.passport.definition
    assert not (tmp_path / "a.xlsx.passport.json").exists()
    export(project, Wanted("number", "average-order-time", period="2024-01"), tmp_path / "t.parquet")
    (row,) = pq.read_table(tmp_path / "t.parquet").to_pylist()
    figure = number(project, "average-order-time", "group", "2024-01").number.figure
    assert (row["value"], row["total_p90_seconds"]) == (figure.value, figure.times["total"].p90)


def test_a_scorecard_has_a_row_for_each_metric_its_trend_and_passports(project: Project, tmp_path: Path) -> None:
    card = scorecard(project, "market/se", "2024-01", date(2026, 1, 15))
    export(project, Wanted("scorecard", scope="market/se", period="2024-01"), tmp_path / "a.xlsx")
    heads, *rows = ([cell[1] for cell in row] for row in cells(tmp_path / "a.xlsx"))
    assert [row[0] for row in rows] == [one.metric for one in card.raw]
    value, status = heads.index("value"), heads.index("status")
    for row, one in zip(rows, card.raw, strict=True):
        assert one.number is None or one.number.figure.value is None or Decimal(row[value]) == one.number.figure.value
        assert row[status] == next(line.status for line in card.rows if line.title in row)
    trend = cells(tmp_path / "a.xlsx", 2)
    assert len(trend) == 1 + sum(len(one.trend) for one in card.raw)


def refused(project: Project, code: str, wanted: Wanted, to: Path, **options: Any) -> str:
    with pytest.raises(CharterError) as told:
        export(project, wanted, to, **options)
    assert told.value.code == code, told.value
    assert not [path for path in to.parent.glob(".*") if path.suffix == ".part"]
    return str(told.value)


def test_what_cannot_be_is_told_with_what_can(project: Project, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    table, to = Wanted("fact_order"), tmp_path / "a.csv"
    assert "did you mean fact_order" in refused(project, "APP031", Wanted("fact_ordr"), to)
    assert "did you mean" in refused(project, "APP037", Wanted("fact_order", scope="market/sse"), to)
    refused(project, "APP031", Wanted("number"), to)
    refused(project, "APP032", table, tmp_path / "a.xls")
    refused(project, "APP032", table, to, form="json")
    refused(project, "APP033", table, there)
    assert there.read_text() == "mine"
    assert "it is a folder" in refused(project, "APP034", table, tmp_path, form="csv")
    assert "there is no folder" in refused(project, "APP034", table, tmp_path / "no" / "a.csv")
    refused(project, "APP036", Wanted("cube_component", begin=date(2024, 1, 1)), to)
    refused(project, "APP036", Wanted("cube_component", scope="market/se"), to)
    refused(project, "APP036", Wanted("fact_order", period="2024-01"), to)
    refused(project, "APP036", Wanted("scorecard", by="branch"), to)
    refused(project, "APP036", Wanted("scorecard", "digital-order-ratio"), to)
    refused(project, "APP036", table, tmp_path / "a.parquet", excel=True)
    with pytest.raises(CharterError, match="PRF"):
        export(project, Wanted("number", "no-such-metric"), to)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.csv"]
    export(project, table, there, force=True)
    assert there.read_text().startswith("root_key,")


def test_a_folder_in_which_nothing_can_be_written_is_told(project: Project) -> None:
    for name in ("orders.csv", "orders.xlsx", "orders.parquet"):
        with pytest.raises(CharterError, match=f"APP034 /proc/{name} cannot be written"):
            export(project, Wanted("fact_order"), Path("/proc") / name)


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_full_disk_leaves_what_was_there(made: Path, form: str, tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from charter.app.export import Wanted, export
from charter.app.project import open_project
resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000))
export(open_project(Path(sys.argv[1])), Wanted("case_merge"), Path(sys.argv[2]), force=True)
"""
    to = tmp_path / f"a.{form}"
    to.write_text("mine")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", script, str(made), str(to)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "APP034" in done.stderr, done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {to.name: "mine"}


def test_what_a_killed_export_left_goes_with_the_next(project: Project, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    left, other = tmp_path / f".a.csv.{process.pid}.part", tmp_path / f".a.csv.{os.getppid()}.part"
    for path in (left, other):
        path.write_text("half")
    export(project, Wanted("fx_rate"), tmp_path / "a.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([other.name, "a.csv"])


def test_there_must_be_a_lake(tmp_path: Path) -> None:
    write_demo(tmp_path / "new", seed=5, orders=60, months=2)
    refused(open_project(tmp_path / "new"), "WHS002", Wanted("fact_order"), tmp_path / "a.csv")


def test_the_command_lists_and_writes(made: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "group"))

    def call(*words: str) -> str:
        application()(["export", *words, "-w", str(folder)], standalone_mode=False)
        return capfd.readouterr().out

    assert {line.split("\t")[0] for line in call().splitlines()} >= set(TABLES)
    assert {one["table"] for one in json.loads(call("--json"))} == set(TABLES)
    with pytest.raises(CharterError, match="APP032"):
        call("fact_order")
    told = call("quarantine_row", "--to", str(tmp_path / "q.csv"))
    assert "left out, for they can tell of a person: payload, settled_by (--with-personal-data)" in told
    done = json.loads(call("number", "order-count", "--period", "2024-01", "--to", str(tmp_path / "n.csv"), "--json"))
    assert (done["rows"], done["passport"]) == (1, str(tmp_path / "n.passport.json"))
    assert call("fx_rate", "--from", "2024-01-01", "--to", str(tmp_path / "f"), "--format", "csv", "-q") == ""
