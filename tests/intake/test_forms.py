"""Whatever form an export comes in, the same rows give the same lines: workbooks, JSON, fixed width, packed files."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from shop import SOURCE, Shop, told

HEADS = ("no", "pos", "day", "item", "qty", "net")
ROWS = (
    ("A1", 1, date(2024, 3, 1), "pump", 2, Decimal("10.10")),
    ("A1", 2, date(2024, 3, 1), 'valve 3/4" "x"\nbrass', 1, Decimal("0.30")),
    ("A2", 1, date(2024, 3, 31), "Rohr ä€", 3, Decimal("1234.56")),
)
LINES = [
    ("erp:A1", "1", date(2024, 3, 1), "pump", Decimal("2.0000"), Decimal("10.1000")),
    ("erp:A1", "2", date(2024, 3, 1), 'valve 3/4" "x"\nbrass', Decimal("1.0000"), Decimal("0.3000")),
    ("erp:A2", "1", date(2024, 3, 31), "Rohr ä€", Decimal("3.0000"), Decimal("1234.5600")),
]


def files(shop: Shop, pattern: str, form: str) -> None:
    text = SOURCE.replace("*.csv", pattern).replace("format: {}", f"format: {{{form}}}")
    shop.write("group/sources/erp.yaml", text)


def workbook(fill: Callable[[Any, dict[str, Any]], None], **options: Any) -> bytes:
    """A workbook with the sheet Orders, filled by the caller, who gets formats for days and times."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet("Orders")
        fill(sheet, {"book": book, "day": book.add_format({"num_format": "dd.mm.yyyy"})})
    return out.getvalue()


def put(sheet: Any, formats: dict[str, Any], top: int = 0, left: int = 0) -> None:
    """Heads and rows as typed cells."""
    sheet.write_row(top, left, HEADS)
    for at, (no, pos, day, item, qty, net) in enumerate(ROWS, top + 1):
        sheet.write_row(at, left, [no, pos])
        sheet.write_datetime(at, left + 2, datetime(day.year, day.month, day.day), formats["day"])
        sheet.write_row(at, left + 3, [item, qty, float(net)])


def objects() -> list[dict[str, Any]]:
    return [
        {"no": no, "pos": pos, "day": day.isoformat(), "item": item, "qty": qty, "net": float(net)}
        for no, pos, day, item, qty, net in ROWS
    ]


def comma() -> str:
    rows = [",".join(HEADS)]
    rows += [
        ",".join([no, str(pos), day.isoformat(), '"' + item.replace('"', '""') + '"', str(qty), str(net)])
        for no, pos, day, item, qty, net in ROWS
    ]
    return "\n".join(rows) + "\n"


def zipped(inner: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inner.items():
            archive.writestr(name, content)
    return out.getvalue()


FORMS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "a workbook": ("*.xlsx", "type: xlsx", lambda: workbook(put)),
    "a workbook that counts days from 1904": ("*.xlsx", "type: xlsx", lambda: workbook(put, date_1904=True)),
    "a sheet that begins at C5": ("*.xlsx", "type: xlsx", lambda: workbook(lambda s, f: put(s, f, 4, 2))),
    "JSON": ("*.json", "type: json", lambda: json.dumps(objects()).encode()),
    "JSON with a byte order mark": ("*.json", "type: json", lambda: b"\xef\xbb\xbf" + json.dumps(objects()).encode()),
    "JSON within JSON": ("*.json", "type: json", lambda: json.dumps({"meta": {"n": 3}, "data": {"orders": objects()}}).encode()),
    "JSON Lines": ("*.jsonl", "type: jsonl", lambda: "\n".join(map(json.dumps, objects())).encode()),
    "JSON Lines in gzip": ("*.gz", "type: jsonl", lambda: gzip.compress("\n".join(map(json.dumps, objects())).encode())),
    "a workbook in a ZIP": ("*.zip", "type: xlsx", lambda: zipped({"a.xlsx": workbook(put)})),
    "CSV in a ZIP": ("*.zip", "", lambda: zipped({"in/a.csv": comma().encode(), "__MACOSX/in/._a.csv": b"junk"})),
    "CSV in UTF-16 in a ZIP": ("*.zip", "", lambda: zipped({"a.csv": comma().encode("utf-16")})),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_lines(shop: Shop, form: str) -> None:
    pattern, told_format, make = FORMS[form]
    files(shop, pattern, told_format)
    shop.deliver(f"a{pattern[1:]}", make())
    report = shop.run()
    assert shop.lines() == LINES
    assert [line.received for line in report.accounts] == [3]
    again = shop.run()
    assert again.accounts == ()
    assert [path.name for path in shop.project.store.temp.iterdir() if path.is_file()] == []


def test_a_file_of_fixed_width_is_cut_into_its_fields_and_a_line_that_is_too_long_is_held(shop: Shop) -> None:
    fields = "fields: [{name: no, start: 1, width: 4}, {name: pos, start: 5, width: 2}, {name: day, start: 7, width: 8}, "
    fields += "{name: item, start: 15, width: 6}, {name: qty, start: 21, width: 3}, {name: net, start: 24, width: 8}]"
    files(shop, "*.txt", f'type: fixed, skip: 1, encoding: latin-1, decimal: ",", dates: "%Y%m%d", {fields}')
    lines = ["NUM P DAY", "A1   120240301Röhre   2   10,10", "A1   220240301        1", "A2   120240331pump    3 1234,56 moved"]
    shop.deliver("a.txt", "\r\n".join(lines).encode("cp1252"))
    shop.run()
    assert shop.lines() == [
        ("erp:A1", "1", date(2024, 3, 1), "Röhre", Decimal("2.0000"), Decimal("10.1000")),
        ("erp:A1", "2", date(2024, 3, 1), None, Decimal("1.0000"), None),
    ]
    assert shop.held() == [(3, "row:width", {"line": lines[3]})]


def test_the_row_that_names_the_columns_is_found_below_a_title(shop: Shop) -> None:
    def fill(sheet: Any, formats: dict[str, Any]) -> None:
        sheet.merge_range("A1:F1", "Orders of March 2024")
        put(sheet, formats, 3)
        sheet.write_row(9, 0, ["Sum", None, None, None, None, 1244.96])

    files(shop, "*.xlsx", "type: xlsx")
    shop.deliver("a.xlsx", workbook(fill))
    report = shop.run()
    assert shop.lines() == LINES
    # The line with the sum is no order line: it lacks what one must have.
    assert [(row, rules) for row, rules, _ in shop.held()] == [(4, "day:required; pos:required")]
    assert ("INT049", "exports/a.xlsx: the columns are named in row 4 of Orders; 3 rows above it are no rows") in told_of(report)


def told_of(report: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in report.findings]


def test_formulas_are_read_by_the_values_stored_with_them_and_errors_are_held(shop: Shop) -> None:
    def fill(sheet: Any, formats: dict[str, Any]) -> None:
        put(sheet, formats)
        sheet.write_formula("F2", "=5.05*2", None, 10.1)
        sheet.write_formula("F3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("D4", '=""', None, "")

    files(shop, "*.xlsx", "type: xlsx")
    shop.deliver("a.xlsx", workbook(fill))
    report = shop.run()
    assert shop.lines() == [LINES[0], (*LINES[2][:3], None, *LINES[2][4:])]
    assert [(row, rules, payload["net"]) for row, rules, payload in shop.held()] == [(2, "net:type", "#DIV/0!")]
    assert [message.removeprefix("exports/a.xlsx") for _, message in told_of(report)] == [
        ": 3 cells of the sheet Orders hold formulas; the values stored with them are read; 1 have none, and are empty",
        ": 1 cells of the sheet Orders hold an error, such as #DIV/0! in F3",
        " was read as sheet Orders",
    ]


def test_cells_merged_downwards_stand_for_each_row(shop: Shop) -> None:
    def fill(sheet: Any, formats: dict[str, Any]) -> None:
        put(sheet, formats)
        sheet.merge_range("A2:A3", "A1")

    files(shop, "*.xlsx", "type: xlsx")
    shop.deliver("a.xlsx", workbook(fill))
    report = shop.run()
    assert shop.lines() == LINES
    assert "INT045" in {code for code, _ in told_of(report)}


def test_texts_in_typed_columns_are_read_by_what_is_declared_and_typed_cells_as_they_are(shop: Shop) -> None:
    def fill(sheet: Any, formats: dict[str, Any]) -> None:
        put(sheet, formats)
        sheet.write_string("F4", "1.234,56")
        sheet.write_string("C4", "31.03.2024")
        sheet.write_number("F2", 10.125)

    files(shop, "*.xlsx", 'type: xlsx, decimal: ",", thousands: "."')
    shop.deliver("a.xlsx", workbook(fill))
    shop.run()
    assert [line[5] for line in shop.lines()] == [Decimal("10.1250"), Decimal("0.3000"), Decimal("1234.5600")]
    assert shop.lines()[2][2] == date(2024, 3, 31)


def test_numbers_written_as_text_with_a_comma_are_held_where_nothing_is_declared(shop: Shop) -> None:
    def fill(sheet: Any, formats: dict[str, Any]) -> None:
        put(sheet, formats)
        sheet.write_string("F4", "1.234,56")

    files(shop, "*.xlsx", "type: xlsx")
    shop.deliver("a.xlsx", workbook(fill))
    shop.run()
    assert [(row, rules) for row, rules, _ in shop.held()] == [(3, "net:type")]


def test_two_sheets_that_fit_alike_are_not_guessed_between_and_hidden_ones_are_none(shop: Shop) -> None:
    def fill(sheet: Any, formats: dict[str, Any]) -> None:
        put(sheet, formats)
        put(formats["book"].add_worksheet("2023"), formats)
        hidden = formats["book"].add_worksheet("old")
        put(hidden, formats)
        hidden.hide()

    files(shop, "*.xlsx", "type: xlsx")
    shop.deliver("a.xlsx", workbook(fill))
    report = shop.run()
    assert told_of(report) == [("INT046", "exports/a.xlsx has 2 sheets that can be meant: Orders, 2023")]
    files(shop, "*.xlsx", 'type: xlsx, sheet: "2023"')
    shop.run()
    assert shop.lines() == LINES
    files(shop, "*.xlsx", "type: xlsx, sheet: Order")
    shop.deliver("b.xlsx", workbook(put))
    assert told_of(shop.run()) == [("INT047", "exports/b.xlsx has no sheet Order; it has: Orders")]


def test_nested_fields_are_named_by_their_path_and_a_list_gives_a_row_for_each_entry(shop: Shop) -> None:
    orders = [
        {
            "head": {"no": "A1", "day": "2024-03-01"},
            "lines": [{"pos": 1, "sku": {"id": "pump"}, "qty": 2, "net": 10.10}, {"pos": 2}],
        },
        {"head": {"no": "A2", "day": "2024-03-02"}, "lines": []},
    ]
    names = {"no": "head.no", "pos": "lines.pos", "day": "head.day", "item": "lines.sku.id", "qty": "lines.qty", "net": "lines.net"}
    contract = (shop.folder / "group/contracts/orders.odcs.yaml").read_text()
    for name, physical in names.items():
        contract = contract.replace(f"{{name: {name},", f"{{name: {name}, physicalName: {physical},")
    shop.write("group/contracts/orders.odcs.yaml", contract)
    files(shop, "*.json", "type: json, rows: found, explode: lines")
    shop.deliver("a.json", json.dumps({"found": orders, "other": [{"x": 1}]}))
    shop.run()
    assert shop.lines() == [
        ("erp:A1", "1", date(2024, 3, 1), "pump", Decimal("2.0000"), Decimal("10.1000")),
        ("erp:A1", "2", date(2024, 3, 1), None, None, None),
    ]
    # An order without lines is not lost: its row lacks what a line must have.
    assert [(row, rules) for row, rules, _ in shop.held()] == [(3, "pos:required")]


def test_two_lists_are_not_guessed_between(shop: Shop) -> None:
    files(shop, "*.json", "type: json")
    shop.deliver("a.json", json.dumps({"orders": objects(), "returns": objects()}))
    assert told_of(shop.run()) == [("INT046", "exports/a.json has 2 lists that can be meant: orders, returns")]
    files(shop, "*.json", "type: json, rows: order")
    assert told_of(shop.run()) == [("INT047", "exports/a.json has no list order; it has: orders, returns")]


def test_of_json_lines_what_is_no_object_is_held_at_its_place(shop: Shop) -> None:
    files(shop, "*.jsonl", "type: jsonl")
    good = [json.dumps(one) for one in objects()]
    shop.deliver("a.jsonl", "\n".join([good[0], "[1, 2]", good[1], "", good[2], good[0][:20]]))
    report = shop.run()
    assert shop.lines() == LINES
    assert shop.held() == [(2, "row:json", {"line": "[1, 2]"}), (5, "row:json", {"line": good[0][:20]})]
    assert [line.received for line in report.accounts] == [5]


def test_numbers_of_json_keep_their_digits(shop: Shop) -> None:
    files(shop, "*.jsonl", "type: jsonl")
    shop.deliver(
        "a.jsonl",
        '{"no": 900719925474099312345, "pos": 1, "day": "2024-03-01", "item": true, "qty": 1, "net": 12345678901234.5678}',
    )
    shop.run()
    line = ("erp:900719925474099312345", "1", date(2024, 3, 1), "true", Decimal("1.0000"), Decimal("12345678901234.5678"))
    assert shop.lines() == [line]


@pytest.mark.parametrize(
    ("pattern", "form", "content", "code", "what"),
    [
        ("*.json", "type: json", b'[{"no": "A1"}, {"no"', "INT004", "cannot be read as JSON: it is broken"),
        ("*.json", "type: json", b"", "INT002", "is empty"),
        ("*.xlsx", "type: xlsx", b"PK\x03\x04 broken", "INT004", "cannot be read as XLSX: it is damaged"),
        ("*.xlsx", "type: xlsx", b"no,pos\n1,2\n", "INT004", "cannot be read as XLSX: it is damaged"),
        ("*.zip", "", b"PK\x03\x04 broken", "INT004", "cannot be read as ZIP"),
        ("*.zip", 'member: "*.txt"', None, "INT004", "no file can be read from it"),
        ("*.gz", "type: jsonl", b"\x1f\x8b broken", "INT004", "its compression is broken"),
    ],
)
def test_what_cannot_be_read_is_refused_and_said(
    shop: Shop, pattern: str, form: str, content: bytes | None, code: str, what: str
) -> None:
    files(shop, pattern, form)
    shop.deliver(f"a{pattern[1:]}", zipped({"a.csv": b"x"}) if content is None else content)
    report = shop.run()
    assert report.refused
    ((found, message),) = told_of(report)
    assert (found, what in message) == (code, True), message
    assert shop.lines() == []


def test_a_bomb_is_refused_before_it_fills_the_disk(shop: Shop) -> None:
    zeros = b"no,pos,day,item,qty,net\n" + b"0" * (200 << 20)
    for name, content in (("a.zip", zipped({"a.csv": zeros})), ("b.csv.gz", gzip.compress(zeros))):
        files(shop, f"{name[0]}*", "")
        shop.deliver(name, content)
        ((code, message),) = told_of(shop.run())
        assert (code, "unpacks to more than is read: over 100 times its" in message) == ("INT043", True)
    files(shop, "c.xlsx", "type: xlsx")
    shop.deliver("c.xlsx", zipped({"xl/workbook.xml": zeros}))
    assert [code for code, _ in told_of(shop.run())] == ["INT043"]


def test_each_file_of_a_zip_is_a_delivery_of_its_own(shop: Shop) -> None:
    files(shop, "*.zip", 'member: "*.csv"')
    first, second = comma().encode(), comma().replace("A1", "B1").replace("A2", "B2").encode()
    shop.deliver("a.zip", zipped({"one.csv": first, "two.csv": second, "notes.txt": b"hello"}))
    report = shop.run()
    assert sorted(line.delivery for line in report.accounts) == ["exports/a.zip/one.csv", "exports/a.zip/two.csv"]
    assert len(shop.lines()) == 6
    assert told(report)


def test_what_programs_leave_beside_a_file_is_no_delivery(shop: Shop) -> None:
    files(shop, "*.xlsx", "type: xlsx")
    shop.deliver("a.xlsx", workbook(put))
    shop.deliver("~$a.xlsx", b"\x05user")
    shop.deliver(".b.xlsx", b"half")
    report = shop.run()
    assert [line.delivery for line in report.accounts] == ["exports/a.xlsx"]
    assert not report.refused


def test_a_form_that_does_not_fit_its_settings_is_a_finding(shop: Shop) -> None:
    for form, words in (
        ("type: fixed", "a file of type fixed names its fields"),
        ("sheet: x", "sheet belongs to files of type xlsx"),
        ("type: xlsx, rows: x", "rows belongs to files of type json"),
    ):
        files(shop, "*.x", form)
        assert any(words in line for line in shop.check()), form


def test_a_folder_that_fills_up_gives_each_file_once(shop: Shop, tmp_path: Path) -> None:
    del tmp_path
    files(shop, "**/*.json", "type: json")
    for at, one in enumerate(objects()):
        shop.deliver(f"2024/{at}.json", json.dumps([one]))
        assert len(shop.run().accounts) == 1
    assert shop.lines() == LINES
