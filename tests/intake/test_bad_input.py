"""Bad input through the real use case: what is refused or held is told with its place, nothing is lost, the rest is taken."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop import SOURCE, Shop, noticed, told

from charter.app.run import RunReport
from charter.errors import CharterError, ContentError, RefusedError, UnavailableError
from charter.warehouse.opening import open_writer

HEAD = "no,pos,day,item,qty,net\n"
GOOD = HEAD + "g1,1,2024-06-03,A,1,10.00\ng1,2,2024-06-03,B,2,20.50\n"
GOOD_LINES = [
    ("erp:g1", "1", date(2024, 6, 3), "A", Decimal(1), Decimal("10.00")),
    ("erp:g1", "2", date(2024, 6, 3), "B", Decimal(2), Decimal("20.50")),
]
AGAIN = "ask the sender for the file again; an export without rows still has its header"
ENCODE = "declare `format.encoding`, or have the file written in one encoding"
DECLARE = "declare it in the entity's `format`, so that the next file cannot be read in another way"


@dataclass(frozen=True)
class Bad:
    """One delivery: its bytes, its account, what is told of it (without its name), held rows, and rows that were taken."""

    content: bytes
    account: tuple[int, ...]
    refused: str | None
    told: tuple[str, ...]
    held: tuple[tuple[int, str, dict[str, Any]], ...] = ()
    taken: tuple[tuple[str, str, str], ...] = ()


def _text(text: str, encoding: str = "utf-8") -> bytes:
    return text.encode(encoding)


def _detected(what: str = "delimiter ','") -> str:
    return f"1:1: note INT017 @ was read as {what}\n  hint: {DECLARE}"


UMLAUT = HEAD + "@,1,2024-06-03,Kühler,1,10\n"
BAD: dict[str, Bad] = {
    "empty": Bad(b"", (0, 0, 0, 0, 0, 0), f"INT002 @ is empty ({AGAIN})", (f"1:1: error INT002 @ is empty\n  hint: {AGAIN}",)),
    "blank": Bad(b"\r\n\n\n", (0, 0, 0, 0, 0, 0), f"INT002 @ is empty ({AGAIN})", (f"1:1: error INT002 @ is empty\n  hint: {AGAIN}",)),
    "header": Bad(
        _text(HEAD), (0, 0, 0, 0, 0, 0), None,
        (_detected(), "1:1: warning INT003 @ has a header and no rows\n  hint: nothing to do if nothing happened; a rowCount rule in "
         "the contract refuses such a file"),
    ),
    "moved": Bad(
        b"no,pos,day,item,net,qty\nmoved,1,2024-06-03,A,10.00,3\n", (1, 1, 0, 0, 0, 0), None,
        (_detected(), "1:1: warning INT016 @ has its columns in another order than its contract: net, qty moved\n  hint: columns with a "
         "header are read by name, so nothing is lost; tell whoever reads by place"),
        taken=(("A", "3", "10.00"),),
    ),
    "missing": Bad(
        b"no,pos,day,item,qty\nx,1,2024-06-03,A,1\nx,2,2024-06-03,\"A\nB\",1\n\n", (2, 0, 0, 0, 0, 2),
        "INT006 @ lacks the columns net that its contract asks for; it has: no, pos, day, item, qty "
        "(have it delivered again, or name the new column in the contract's `physicalName`)",
        ("1:1: error INT006 @ lacks the columns net that its contract asks for; it has: no, pos, day, item, qty\n"
         "  hint: have it delivered again, or name the new column in the contract's `physicalName`",),
    ),
    "renamed": Bad(
        b"no,pos,day,item,quty,nett\nx,1,2024-06-03,A,1,1\n", (1, 0, 0, 0, 0, 1),
        "INT006 @ lacks the columns qty, net that its contract asks for; it has: no, pos, day, item, quty, nett "
        "(qty: did you mean quty?; net: did you mean nett?)",
        ("1:1: error INT006 @ lacks the columns qty, net that its contract asks for; it has: no, pos, day, item, quty, nett\n"
         "  hint: qty: did you mean quty?; net: did you mean nett?",),
    ),
    "doubled": Bad(
        b"no,pos,day,item,qty,net,net\nx,1,2024-06-03,A,1,10,20\n", (1, 0, 0, 0, 0, 1),
        "INT007 @ has the columns net more than once (name each column once)",
        ("1:1: error INT007 @ has the columns net more than once\n  hint: name each column once",),
    ),
    "added": Bad(
        b"no,pos,day,item,qty,net,color\nadded,1,2024-06-03,A,1,10,red\n", (1, 1, 0, 0, 0, 0), None,
        (_detected(), "1:1: note INT015 @ has columns that its contract does not name: color\n  hint: nothing is read from them; add them "
         "to the contract to use them"),
        taken=(("A", "1", "10"),),
    ),
    "mixed": Bad(
        _text(UMLAUT) + _text("@,2,2024-06-03,Lüfter,1,10\n", "latin-1"), (2, 0, 0, 0, 0, 2),
        f"INT005 @ is not utf-8 throughout: line 3 is in another encoding ({ENCODE})",
        (f"3:1: error INT005 @ is not utf-8 throughout: line 3 is in another encoding\n  hint: {ENCODE}",),
    ),
    "latin": Bad(
        _text(UMLAUT.replace("@", "latin") + "latin,2,2024-06-03,10 €,1,10\n", "cp1252"), (2, 2, 0, 0, 0, 0), None,
        (_detected("encoding cp1252, delimiter ','"),), taken=(("10 €", "1", "10"), ("Kühler", "1", "10")),
    ),
    "bom": Bad(
        b"\xef\xbb\xbf" + _text(UMLAUT.replace("@", "bom")), (1, 1, 0, 0, 0, 0), None, (_detected(),), taken=(("Kühler", "1", "10"),)
    ),
    "utf16": Bad(
        _text(UMLAUT.replace("@", "utf16"), "utf-16"), (1, 1, 0, 0, 0, 0), None,
        (_detected("encoding utf-16, delimiter ','"),), taken=(("Kühler", "1", "10"),),
    ),
    "utf16be": Bad(
        b"\xfe\xff" + _text(UMLAUT.replace("@", "utf16be"), "utf-16-be"), (1, 1, 0, 0, 0, 0), None,
        (_detected("encoding utf-16, delimiter ','"),), taken=(("Kühler", "1", "10"),),
    ),
    "ragged": Bad(
        _text(HEAD + "ragged,1,2024-06-03,A,1,10\nragged,2,2024-06-03,A,1\nragged,3,2024-06-03,A,1,10,11,12\n\n"
              "ragged,4,2024-06-03,B,1,10\nragged,5,someday,C,1,10\nragged,6\nragged,7,2024-06-03,D,x,10\n"),
        (7, 2, 0, 0, 0, 5), None, (_detected(),),
        held=(
            (2, "row:columns", {"line": "ragged,2,2024-06-03,A,1"}),
            (3, "row:columns", {"line": "ragged,3,2024-06-03,A,1,10,11,12"}),
            (5, "day:type", {"no": "ragged", "pos": "5", "day": "someday", "item": "C", "qty": "1", "net": "10"}),
            (6, "row:columns", {"line": "ragged,6"}),
            (7, "qty:type", {"no": "ragged", "pos": "7", "day": "2024-06-03", "item": "D", "qty": "x", "net": "10"}),
        ),
        taken=(("A", "1", "10"), ("B", "1", "10")),
    ),
    "unterminated": Bad(
        _text(HEAD + 'unterminated,1,2024-06-03,A,1,10\nunterminated,2,2024-06-03,"B,1,10\nunterminated,3,2024-06-03,C,1,10\n'),
        (3, 1, 0, 0, 0, 2), None, (_detected(),),
        held=(
            (2, "row:quotes", {"line": 'unterminated,2,2024-06-03,"B,1,10'}),
            (3, "row:quotes", {"line": "unterminated,3,2024-06-03,C,1,10"}),
        ),
        taken=(("A", "1", "10"),),
    ),
    "inches": Bad(
        _text(HEAD + 'inches,1,2024-06-03,A,1,10\ninches,2,2024-06-03,"K pipe,1,10\ninches,3,x,B,1,10\n'
              'inches,4,2024-06-03,pipe 3/4",1,10\ninches,5,2024-06-03,D,1,10\ninches,6\n\ninches,7,2024-06-03,"L,1,10\n'
              'inches,8,2024-06-03,M",1,10\ninches,9,x,E,1,10\n'),
        (9, 2, 0, 0, 0, 7), None, (_detected(),),
        held=(
            (2, "row:quotes", {"line": 'inches,2,2024-06-03,"K pipe,1,10'}),
            (3, "row:quotes", {"line": "inches,3,x,B,1,10"}),
            (4, "row:quotes", {"line": 'inches,4,2024-06-03,pipe 3/4",1,10'}),
            (6, "row:columns", {"line": "inches,6"}),
            (7, "row:quotes", {"line": 'inches,7,2024-06-03,"L,1,10'}),
            (8, "row:quotes", {"line": 'inches,8,2024-06-03,M",1,10'}),
            (9, "day:type", {"no": "inches", "pos": "9", "day": "x", "item": "E", "qty": "1", "net": "10"}),
        ),
        taken=(("A", "1", "10"), ("D", "1", "10")),
    ),
    "comments": Bad(
        _text(HEAD + 'comments,1,2024-06-03,"A, large,\n\nand ""B"", small",1,10\ncomments,2,x,C,1,10\n'), (2, 1, 0, 0, 0, 1), None,
        (_detected(),),
        held=((2, "day:type", {"no": "comments", "pos": "2", "day": "x", "item": "C", "qty": "1", "net": "10"}),),
        taken=(('A, large,\n\nand "B", small', "1", "10"),),
    ),
    "vast": Bad(
        _text(HEAD + f"vast,1,2024-06-03,{'K' * (33 << 20)},1,10\nvast,2,2024-06-03,A,1,10\n"), (2, 0, 0, 0, 0, 2),
        "INT004 @ cannot be read as text: 1 of its 3 lines cannot be found in any row: too long, or in quotes that do not close "
        "(deliver it again, or mend `format` of the entity)",
        ("1:1: error INT004 @ cannot be read as text: 1 of its 3 lines cannot be found in any row: too long, or in quotes that do "
         "not close\n  hint: deliver it again, or mend `format` of the entity",),
    ),
    "stray": Bad(
        _text(HEAD + 'stray,1,2024-06-03,"A"x,1,10\nstray,2,2024-06-03,5" pipe,1,10\nstray,3,2024-06-03,"5"" pipe",1,10\n'),
        (3, 2, 0, 0, 0, 1), None, (_detected(),),
        held=((1, "row:quotes", {"line": 'stray,1,2024-06-03,"A"x,1,10'}),),
        taken=(('5" pipe', "1", "10"), ('5" pipe', "1", "10")),
    ),
    "ends": Bad(
        _text(HEAD.replace("\n", "\r\n") + 'ends,1,2024-06-03,A,1,10\nends,2,2024-06-03,"B\r\nC\nD",1,10\r\nends,3\nends,4,x,E,1,10\r\n'),
        (4, 2, 0, 0, 0, 2), None, (_detected(),),
        held=(
            (3, "row:columns", {"line": "ends,3"}),
            (4, "day:type", {"no": "ends", "pos": "4", "day": "x", "item": "E", "qty": "1", "net": "10"}),
        ),
        taken=(("A", "1", "10"), ("B\r\nC\nD", "1", "10")),
    ),
    "lost": Bad(
        _text(HEAD + '@,1,2024-06-03,5" A,1,10\r\n@,2,2024-06-03,B,1,10\n'), (0, 0, 0, 0, 0, 0),
        "INT004 @ cannot be read as text: its lines cannot be told apart, because of mixed line ends or of quotes that do not close "
        "(deliver it again, or mend `format` of the entity)",
        ("1:1: error INT004 @ cannot be read as text: its lines cannot be told apart, because of mixed line ends or of quotes that do "
         "not close\n  hint: deliver it again, or mend `format` of the entity",),
    ),
    "nul": Bad(
        _text(HEAD + "@,1,2024-06-03,A\0B,1,10\n"), (0, 0, 0, 0, 0, 0),
        "INT004 @ cannot be read as text: it holds binary data (deliver it again, or mend `format` of the entity)",
        ("1:1: error INT004 @ cannot be read as text: it holds binary data\n  hint: deliver it again, or mend `format` of the entity",),
    ),
    "leading": Bad(
        _text("\r\n\n" + HEAD + "leading,1,2024-06-03,A,1,10\nleading,x,2024-06-03,A,1,10\nleading\n"), (3, 1, 0, 0, 0, 2), None,
        (_detected(),),
        held=(
            (2, "pos:type", {"no": "leading", "pos": "x", "day": "2024-06-03", "item": "A", "qty": "1", "net": "10"}),
            (3, "row:columns", {"line": "leading"}),
        ),
        taken=(("A", "1", "10"),),
    ),
    "dates": Bad(
        _text(HEAD + "@,1,01/02/2024,A,1,10\n@,2,03/04/2024,A,1,10\n"), (2, 0, 0, 0, 0, 2),
        "INT010 @: day holds 01/02/2024, which can be read %d/%m/%Y or %m/%d/%Y "
        "(declare it in the entity's `format` (dates, timestamps, decimal, thousands))",
        ("1:1: error INT010 @: day holds 01/02/2024, which can be read %d/%m/%Y or %m/%d/%Y\n"
         "  hint: declare it in the entity's `format` (dates, timestamps, decimal, thousands)",),
    ),
    "amounts": Bad(
        _text(HEAD.replace(",", ";") + "@;1;2024-06-03;A;1;1,000\n"), (1, 0, 0, 0, 0, 1),
        "INT010 @: a number holds 1,000, which can be read as a decimal comma or as thousands "
        "(declare it in the entity's `format` (dates, timestamps, decimal, thousands))",
        ("1:1: error INT010 @: a number holds 1,000, which can be read as a decimal comma or as thousands\n"
         "  hint: declare it in the entity's `format` (dates, timestamps, decimal, thousands)",),
    ),
    "brokengz": Bad(
        gzip.compress(_text(GOOD))[:-12], (0, 0, 0, 0, 0, 0),
        "INT004 @ cannot be read as gzip: its compression is broken: Compressed file ended before the end-of-stream marker was reached "
        "(deliver it again, or mend `format` of the entity)",
        ("1:1: error INT004 @ cannot be read as gzip: its compression is broken: Compressed file ended before the end-of-stream marker was reached\n"
         "  hint: deliver it again, or mend `format` of the entity",),
    ),
}  # fmt: skip


def _named(name: str) -> str:
    return f"{name}.csv.gz" if name.endswith("gz") else f"{name}.csv"


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, RunReport]:
    """All bad files and two good ones (by name the first and the last), in one run."""
    shop = Shop(tmp_path_factory.mktemp("bad") / "shop", source=SOURCE.replace("*.csv", "*.csv*"))
    shop.deliver("0.csv", GOOD)
    shop.deliver("zz.csv", GOOD.replace("g1", "g2"))
    for name, bad in BAD.items():
        shop.deliver(_named(name), bad.content)
    return shop, shop.run()


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_held_and_counted(delivered: tuple[Shop, RunReport], name: str) -> None:
    shop, report = delivered
    bad, delivery = BAD[name], f"exports/{_named(name)}"
    said = [line for line in noticed(report) if line.startswith(f"{delivery}:")]
    assert said == [f"{delivery}:{line.replace('@', delivery)}" for line in bad.told]
    refused = bad.refused.replace("@", delivery) if bad.refused else None
    assert told(report)[_named(name)] == (*bad.account, refused)
    held = [row[1:] for row in shop.held("delivery, row_number, rules, payload") if row[0] == delivery]
    assert held == list(bad.held)
    taken = [(item, qty, net) for document, _, _, item, qty, net in shop.lines() if document == f"erp:{name}"]
    assert sorted(taken) == sorted((item, Decimal(qty), Decimal(net)) for item, qty, net in bad.taken)


def test_the_good_deliveries_beside_bad_ones_are_taken_and_a_second_run_takes_nothing_again(
    delivered: tuple[Shop, RunReport],
) -> None:
    shop, report = delivered
    assert {name: told(report)[name] for name in ("0.csv", "zz.csv")} == {
        "0.csv": (2, 2, 0, 0, 0, 0, None), "zz.csv": (2, 2, 0, 0, 0, 0, None),
    }  # fmt: skip
    before = shop.lines()
    assert [line for line in before if line[0] == "erp:g1"] == GOOD_LINES
    assert told(shop.run()) == {}
    assert shop.lines() == before
    assert not list((shop.folder / ".charter" / "lake" / "temp").glob("*.csv"))


def test_a_declared_encoding_is_believed_and_lines_in_another_are_refused(shop: Shop) -> None:
    shop.format("encoding: latin-1, delimiter: ','")
    shop.deliver("a.csv", _text(UMLAUT.replace("@", "a"), "latin-1"))
    shop.deliver("b.csv", _text(UMLAUT.replace("@", "b"), "latin-1") + _text("b,2,2024-06-03,Lüfter,1,1\n"))
    report = shop.run()
    assert told(report) == {
        "a.csv": (1, 1, 0, 0, 0, 0, None),
        "b.csv": (2, 0, 0, 0, 0, 2, "INT005 exports/b.csv is not cp1252 throughout: line 3 is in another encoding "
                                    f"({ENCODE})"),
    }  # fmt: skip
    assert [line[3] for line in shop.lines()] == ["Kühler"]


# --- values -----------------------------------------------------------------------------------------------------------

POINT = {
    "1.00": "1", "-1.5": "-1.5", "+2.5": "2.5", ".5": "0.5", "00012.50": "12.5", "   7 ": "7", "\t3": "3", "1,234.56": "1234.56",
    "-99999999999999.9999": "-99999999999999.9999", "99999999999999.9999": "99999999999999.9999", "0.00005": "0.0001", "-0": "0",
    "1,000,000.5": "1000000.5", "": None,
}  # fmt: skip
NO_NUMBER = (
    "1.234,56", "1e999", "1e3", "1e-5", "NaN", "nan", "Infinity", "-inf", "--5", "+-5", "- 5", "7-", "٣", "１２", "12,3,4", ",5", "5.", "1.",
    "100000000000000", "-100000000000000", "99999999999999.99995", "0x10", "0b1", "1_000", " ", "   ", "n/a", "null", "NULL", "None", "-",
    "(5)", "1 000", "1\u00a0000", "1'000", "€5", "5 EUR", "5%", "1.2.3", "true", "1/2", "½", "−5", "#REF!", "=1+1", "1,23.4", "1;2",
)  # fmt: skip
COMMA = {
    "1.234,56": "1234.56",
    "1234,5": "1234.5",
    "-0,05": "-0.05",
    ",5": "0.5",
    "1.000": "1000",
    "7": "7",
    "1.234.567,8": "1234567.8",
}
NO_COMMA_NUMBER = ("1.5", "1,234.56", "12.34,5", "1,2,3", "1.0000", "1e3", "5,", "0.123,4,5", "1 234,5")
DAYS = {
    "2024-06-30": date(2024, 6, 30), "2024-02-29": date(2024, 2, 29), " 2024-06-01 ": date(2024, 6, 1), "1900-01-01": date(1900, 1, 1),
    "2199-12-31": date(2199, 12, 31), "2024-6-1": date(2024, 6, 1),
}  # fmt: skip
NO_DAY = (
    "31.06.2024", "2024-13-01", "00.00.0000", "0000-00-00", "2024-02-30", "2023-02-29", "2024-06-31", "2024-00-10", "2024-01-00",
    "24-06-01", "2024/06/01", "20240601", "2024-06-01T00:00:00", "2024-06-01 12:00", "1899-12-31", "2200-01-01", "9999-12-31", "today",
    "now", "infinity", "-infinity", "epoch", "2024-06-01x", "01.06.2024", "06/01/2024", "June 1", "45000", "٢٠٢٤-٠٦-٠١", "2024-06", " ",
    "n/a", "2024-06-01Z", "12024-06-01", "+2024-06-01", "-2024-06-01", "0", "2024-W23-1", "2024-153",
)  # fmt: skip
WHOLE = {"1": "1", "+2": "2", "-3": "-3", " 4 ": "4", "007": "7", "": None, "1,000": "1000"}
NO_WHOLE = (
    "1.0",
    "1e3",
    "9223372036854775808",
    "-9223372036854775809",
    "1_0",
    "0x1",
    "٣",
    "--1",
    "1,00",
    "one",
    "½",
    "1 0",
    "NaN",
    ".5",
)


class Values:
    """One file with a row for each text, in the column that is asked about; all other columns are good."""

    def __init__(self, folder: Path, form: str, columns: dict[str, tuple[str, ...]]) -> None:
        self.shop = Shop(folder / "shop")
        self.shop.format(form)
        out = io.StringIO()
        writer = csv.writer(out, delimiter="|", lineterminator="\n")
        writer.writerow(HEAD.strip().split(","))
        self.place: dict[tuple[str, str], int] = {}
        for column, texts in columns.items():
            for text in texts:
                number = len(self.place) + 1
                self.place[column, text] = number
                row = {"no": f"n{number}", "pos": "1", "day": "2024-06-03", "item": "A", "qty": "1", "net": "1", column: text}
                writer.writerow(row.values())
        self.shop.deliver("values.csv", out.getvalue())
        self.shop.run()
        self.held = {number: (rules, payload) for number, rules, payload in self.shop.held()}
        self.taken = {line[0]: line for line in self.shop.lines()}
        assert len(self.held) + len(self.taken) == len(self.place)

    def value(self, column: str, text: str) -> Any:
        """The value that was taken in for the text."""
        return self.taken[f"erp:n{self.place[column, text]}"][{"day": 2, "qty": 4, "net": 5}[column]]

    def rules(self, column: str, text: str) -> tuple[str, str | None]:
        """The rules that the text broke, and the field as it was received."""
        rules, payload = self.held[self.place[column, text]]
        return rules, payload[column]


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    columns = {"net": (*POINT, *NO_NUMBER), "day": (*DAYS, *NO_DAY, ""), "qty": (*WHOLE, *NO_WHOLE)}
    return Values(tmp_path_factory.mktemp("point"), "delimiter: '|', decimal: '.', thousands: ','", columns)


@pytest.fixture(scope="module")
def commas(tmp_path_factory: pytest.TempPathFactory) -> Values:
    form = "delimiter: '|', decimal: ',', thousands: '.'"
    return Values(tmp_path_factory.mktemp("comma"), form, {"net": (*COMMA, *NO_COMMA_NUMBER)})


@pytest.mark.parametrize("text", POINT)
def test_a_number_with_a_point_has_its_value(values: Values, text: str) -> None:
    expected = POINT[text]
    assert values.value("net", text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize("text", NO_NUMBER)
def test_what_is_no_number_is_held_as_received(values: Values, text: str) -> None:
    assert values.rules("net", text) == ("net:type", text)


@pytest.mark.parametrize("text", COMMA)
def test_a_number_with_a_comma_has_its_value(commas: Values, text: str) -> None:
    assert commas.value("net", text) == Decimal(COMMA[text])


@pytest.mark.parametrize("text", NO_COMMA_NUMBER)
def test_what_is_no_number_with_a_comma_is_held_as_received(commas: Values, text: str) -> None:
    assert commas.rules("net", text) == ("net:type", text)


@pytest.mark.parametrize("text", DAYS)
def test_a_day_has_its_value(values: Values, text: str) -> None:
    assert values.value("day", text) == DAYS[text]


@pytest.mark.parametrize("text", NO_DAY)
def test_what_is_no_day_is_held_as_received(values: Values, text: str) -> None:
    assert values.rules("day", text) == ("day:type", text)


def test_a_day_that_must_be_there_is_held_where_it_is_not(values: Values) -> None:
    assert values.rules("day", "") == ("day:required", None)


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_number_has_its_value(values: Values, text: str) -> None:
    expected = WHOLE[text]
    assert values.value("qty", text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize("text", NO_WHOLE)
def test_what_is_no_whole_number_is_held_as_received(values: Values, text: str) -> None:
    assert values.rules("qty", text) == ("qty:type", text)


# --- Parquet ----------------------------------------------------------------------------------------------------------


def test_damaged_and_foreign_parquet_is_refused_and_the_whole_file_beside_it_taken(shop: Shop) -> None:
    shop.write("group/sources/erp.yaml", SOURCE.replace("*.csv", "*.parquet").replace("format: {}", "format: {type: parquet}"))
    table = pa.table({"no": ["g1", "g1"], "pos": [1, 2], "day": [date(2024, 6, 3)] * 2, "item": ["A", "B"], "qty": [1, 2],
                      "net": [Decimal("10.00"), Decimal("20.50")]})  # fmt: skip
    pq.write_table(table, shop.folder / "exports" / "good.parquet", compression="none")
    whole = (shop.folder / "exports" / "good.parquet").read_bytes()
    shop.deliver("cut.parquet", whole[: len(whole) // 2])
    shop.deliver("empty.parquet", b"")
    shop.deliver("foreign.parquet", GOOD)
    shop.deliver("footer.parquet", whole[:-60] + b"\xff" * 40 + whole[-20:])
    shop.deliver("pages.parquet", whole[:4] + b"\xff" * 60 + whole[64:])
    pq.write_table(table.rename_columns(["no", "pos", "day", "item", "qty", "nett"]), shop.folder / "exports" / "renamed.parquet")
    report = shop.run()
    tail = " (deliver it again, or mend `format` of the entity)"
    place = "exports/"
    assert told(report) == {
        "good.parquet": (2, 2, 0, 0, 0, 0, None),
        "cut.parquet": (0, 0, 0, 0, 0, 0, f"INT004 {place}cut.parquet cannot be read as Parquet: it is truncated: its footer is not there{tail}"),
        "empty.parquet": (0, 0, 0, 0, 0, 0, f"INT002 {place}empty.parquet is empty ({AGAIN})"),
        "foreign.parquet": (0, 0, 0, 0, 0, 0, f"INT004 {place}foreign.parquet cannot be read as Parquet: it does not begin as Parquet does{tail}"),
        "footer.parquet": (0, 0, 0, 0, 0, 0, f"INT004 {place}footer.parquet cannot be read as Parquet: it is damaged: its footer cannot be read{tail}"),
        "pages.parquet": (0, 0, 0, 0, 0, 0, f"INT004 {place}pages.parquet cannot be read as Parquet: it is damaged: its pages cannot be read{tail}"),
        "renamed.parquet": (2, 0, 0, 0, 0, 2, f"INT006 {place}renamed.parquet lacks the columns net that its contract asks for; it has: no, "
                                              "pos, day, item, qty, nett (net: did you mean nett?)"),
    }  # fmt: skip
    assert shop.lines() == GOOD_LINES


# --- the world --------------------------------------------------------------------------------------------------------


def _at(phase: str, count: int, act: Callable[[], object]) -> Callable[[str], None]:
    seen: list[str] = []

    def on_phase(name: str) -> None:
        seen.append(name)
        if name == phase and seen.count(phase) == count:
            act()

    return on_phase


def test_a_file_that_changes_while_it_is_read_is_refused_and_read_by_the_next_run(shop: Shop) -> None:
    shop.deliver("a.csv", GOOD)
    path = shop.deliver("b.csv", GOOD.replace("g1", "old"))
    report = shop.run(on_phase=_at("contract", 2, lambda: path.write_text(GOOD.replace("g1", "new"))))
    assert told(report) == {
        "a.csv": (2, 2, 0, 0, 0, 0, None),
        "b.csv": (2, 0, 0, 0, 0, 2, "INT008 exports/b.csv changed while it was read (run again once the sender has finished; let "
                                    "senders write beside it and rename)"),
    }  # fmt: skip
    assert {line[0] for line in shop.lines()} == {"erp:g1"}
    assert told(shop.run()) == {"b.csv": (2, 2, 0, 0, 0, 0, None)}
    assert {line[0] for line in shop.lines()} == {"erp:g1", "erp:new"}


def test_a_file_that_goes_and_a_link_that_leads_out_are_refused_and_the_rest_is_taken(shop: Shop) -> None:
    shop.deliver("a.csv", GOOD)
    path = shop.deliver("b.csv", GOOD.replace("g1", "gone"))
    secret = shop.folder.parent / "secret.csv"
    secret.write_text(GOOD.replace("g1", "secret"))
    (shop.folder / "exports" / "link.csv").symlink_to(secret)
    report = shop.run(on_phase=_at("copy", 2, path.unlink))
    assert told(report) == {
        "a.csv": (2, 2, 0, 0, 0, 0, None),
        "b.csv": (0, 0, 0, 0, 0, 0, "INT018 exports/b.csv cannot be opened: No such file or directory (check the path and the rights)"),
        "link.csv": (0, 0, 0, 0, 0, 0, "INT039 exports/link.csv is a link that leads out of its folder, and was not read (deliver the "
                                       "file itself, or declare the folder that it lies in as an input root in charter.yaml)"),
    }  # fmt: skip
    assert shop.lines() == GOOD_LINES
    shop.deliver("b.csv", GOOD.replace("g1", "back"))
    assert told(shop.run()) == {"b.csv": (2, 2, 0, 0, 0, 0, None)}


def test_a_held_lock_is_told_with_its_holder(shop: Shop) -> None:
    shop.deliver("a.csv", GOOD)
    with (
        open_writer(shop.project.store, holder="the nightly run", since="2024-08-01") as lake,
        pytest.raises(UnavailableError) as caught,
    ):
        del lake
        shop.run(wait_seconds=0)
    assert str(caught.value) == (
        f"error WHS001 another run holds the lake: the nightly run, process {os.getpid()}, since 2024-08-01\n"
        "  hint: wait for it to end, or give --wait more seconds"
    )


def test_a_database_that_is_damaged_or_goes_in_mid_read_takes_nothing_in_and_nothing_is_lost(shop: Shop) -> None:
    path = shop.folder / "shop.sqlite"
    rows = [(f"n{number:05}", 1, "2024-06-03", "A" * 60, 1, "1.50") for number in range(15_000)]
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE lines (no TEXT, pos INTEGER, day TEXT, item TEXT, qty INTEGER, net TEXT, PRIMARY KEY (no, pos))"
        )
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    source = SOURCE.replace("{type: files}", "{type: sql, file: ../../shop.sqlite}")
    shop.write("group/sources/erp.yaml", source.replace('files: ["../../exports/*.csv"]', "table: lines"))
    whole = path.read_bytes()
    half = len(whole) // 2
    for content in (whole[:half] + b"\xff" * 40_960 + whole[half + 40_960 :], whole[:half]):
        path.write_bytes(content)
        with pytest.raises(UnavailableError) as caught:
            shop.run()
        assert str(caught.value) == (
            "error INT013 erp: the database went away: database disk image is malformed\n"
            "  hint: nothing was taken in; run again when it answers"
        )
    path.unlink()
    with pytest.raises(UnavailableError) as gone:
        shop.run()
    assert gone.value.message == "erp: the database went away: there is no file shop.sqlite"
    assert not path.exists()
    assert shop.rows("SELECT count(*) FROM {batch}") == [(0,)]
    path.write_bytes(whole)
    assert told(shop.run()) == {"lines": (15_000, 15_000, 0, 0, 0, 0, None)}
    assert shop.rows("SELECT count(*), sum(net_amount) FROM {fact_order_line}") == [(15_000, Decimal(22_500))]


_FULL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from charter.app.project import open_project
from charter.app.run import run
from charter.errors import CharterError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    run(open_project(Path(sys.argv[1])), at=datetime(2024, 8, 1, 6, tzinfo=UTC))
except CharterError as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_is_told_and_the_next_run_ends_as_if_nothing_had_been(shop: Shop) -> None:
    numbers = range(6_000)
    # Texts that do not compress, so that the lake's own file does not fit; then an encoding that needs a copy, which does not.
    item = {number: "ü" + hashlib.sha256(str(number).encode()).hexdigest() for number in numbers}
    rows = "".join(f"n{number},1,2024-06-03,{item[number]},1,{number}.25\n" for number in numbers)
    said = []
    # The limit would hit the file of a coverage measurement as well.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    for encoding in ("utf-8", "latin-1"):
        shop.deliver("a.csv", _text(HEAD + rows, encoding))
        command = [sys.executable, "-c", _FULL, str(shop.folder), "190000"]
        done = subprocess.run(command, env=unmeasured, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        said.append(done.stdout)
    assert said[0].startswith("UnavailableError error WHS004 the lake cannot be written: ")
    assert "File too large" in said[0]
    assert said[0].endswith("hint: make room on the disk (or mend its rights) and run again; nothing was half written\n")
    assert said[1] == (
        "UnavailableError error INT019 no room in temp to copy exports/a.csv: File too large\n"
        "  hint: free some space; nothing was taken in\n"
    )
    assert not list((shop.folder / ".charter" / "lake" / "temp").glob("*.csv"))
    assert told(shop.run()) == {"a.csv": (6_000, 6_000, 0, 0, 0, 0, None)}
    assert shop.lines() == sorted(
        (f"erp:n{number}", "1", date(2024, 6, 3), item[number], Decimal(1), Decimal(f"{number}.25")) for number in numbers
    )
    assert shop.rows("SELECT count(*) FROM {batch}") == [(1,)]


# --- what documents may not do ----------------------------------------------------------------------------------------


def _refused(shop: Shop) -> CharterError:
    with pytest.raises((ContentError, RefusedError)) as caught:
        shop.run()
    assert not (shop.folder / ".charter" / "lake" / "catalog.sqlite").exists()
    return caught.value


@pytest.mark.parametrize(
    "path", ["../../../../../../../../etc/passwd", "/etc/passwd", "../../exports/*/../../../*.csv", "nowhere:*.csv"]
)
def test_a_file_reference_that_leads_out_of_the_workspace_is_refused(shop: Shop, path: str) -> None:
    shop.write("group/sources/erp.yaml", SOURCE.replace("../../exports/*.csv", path))
    hint = "keep the file in the workspace, or declare a root in charter.yaml spec.inputs"
    if path.startswith("nowhere"):
        hint = "input roots are declared in charter.yaml spec.inputs"
    line = f"group/sources/erp.yaml:9:14: error MOD041 spec.entities[lines].files leads outside the workspace: {path}"
    assert shop.check() == [f"{line}\n  hint: {hint}\n  layer: group"]
    error = _refused(shop)
    assert (error.code, str(error.origin)) == ("APP004", "group/sources/erp.yaml:9:14")
    assert (
        error.hint == f"the first: MOD041 spec.entities[lines].files leads outside the workspace: {path}; `charter check` lists all"
    )


def test_a_file_that_is_a_link_out_of_the_workspace_is_refused(shop: Shop) -> None:
    secret = shop.folder.parent / "secret.csv"
    secret.write_text(GOOD)
    (shop.folder / "exports" / "in.csv").symlink_to(secret)
    shop.write("group/sources/erp.yaml", SOURCE.replace("exports/*.csv", "exports/in.csv"))
    assert (_refused(shop).hint or "").startswith("the first: MOD041 spec.entities[lines].files leads outside the workspace")


def test_a_secret_in_a_source_is_found_and_the_run_refused_without_telling_it(shop: Shop) -> None:
    source = SOURCE.replace("{type: files}", '{type: sql, url: "postgresql://reader:geheim@db/shop"}')
    shop.write("group/sources/erp.yaml", source.replace('files: ["../../exports/*.csv"]', "table: lines"))
    assert shop.check() == [
        "group/sources/erp.yaml:6:32: error MOD040 spec.connection.url holds a secret in plain text\n"
        "  hint: name an environment variable: {env: NAME}\n  layer: group"
    ]
    assert "geheim" not in str(_refused(shop))
