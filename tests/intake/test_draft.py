"""A first draft for exports that nobody described: what is guessed, what is left to look at, and that it runs as it is."""

from __future__ import annotations

import json
import random
import string
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.app.check import check
from charter.app.draft import draft, slug
from charter.app.init import init
from charter.app.project import open_project
from charter.app.run import run
from charter.app.tryout import tryout
from charter.errors import CharterError, Severity
from charter.intake.draft.form import delimiter_of, fields_of, is_header
from charter.intake.draft.meaning import channel_of, scope_of, state_of
from charter.intake.draft.profile import names_of, number_style

HEADS = {
    "de": ("Bestellnr.", "Pos", "Bestelldatum", "Artikel-Nr.", "Menge", "Nettobetrag", "Kundennummer", "Kanal", "Währung"),
    "fr": ("No commande", "Ligne", "Date commande", "Code article", "Quantité", "Montant HT", "Code client", "Canal", "Devise"),
    "en": ("order_no", "line", "order_date", "sku", "qty", "net_amount", "customer_id", "channel", "currency"),
    "it": (
        "Numero ordine",
        "Riga",
        "Data ordine",
        "Codice articolo",
        "Quantità",
        "Importo netto",
        "Codice cliente",
        "Canale",
        "Valuta",
    ),
}
ROLES = ("document", "line", "ordered_on", "item", "quantity", "net_amount", "account", "channel", "currency")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "group", name="group", currency="EUR", time_zone="Etc/UTC")
    (tmp_path / "group/exports").mkdir()
    return tmp_path / "group"


def rows(chance: random.Random, orders: int = 120) -> list[tuple[str, int, date, str, int, Decimal, str, str, str]]:
    found = []
    for number in range(orders):
        day = date(2024, 1, 3) + timedelta(days=chance.randrange(300))
        for line in range(1, chance.randint(1, 4) + 1):
            amount = Decimal(chance.randint(100, 900_000)) / 100
            item = f"A{chance.randint(100, 160)}"
            found.append(
                (
                    f"B{number:05d}",
                    line,
                    day,
                    item,
                    chance.randint(1, 9),
                    amount,
                    f"K{chance.randint(1, 60):04d}",
                    chance.choice(("Webshop", "Telefon", "EDI")),
                    "EUR",
                )
            )
    return found


def text(heads: Sequence[str], table: Sequence[Sequence[object]], delimiter: str, days: str, decimal: str) -> str:
    def cell(value: object) -> str:
        if isinstance(value, date):
            return value.strftime(days)
        return f"{value}".replace(".", decimal) if isinstance(value, Decimal) else str(value)

    return "\n".join(delimiter.join(line) for line in (heads, *([cell(value) for value in row] for row in table))) + "\n"


@pytest.mark.parametrize("seed", range(6))
def test_an_export_in_any_language_delimiter_encoding_and_order_of_columns_is_understood_and_runs(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    language = chance.choice(list(HEADS))
    delimiter, encoding = chance.choice(";\t|"), chance.choice(("utf-8", "cp1252", "utf-16"))
    days, decimal = chance.choice(("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%Y%m%d")), chance.choice(",.")
    order = list(range(len(ROLES)))
    chance.shuffle(order)
    table = [[row[at] for at in order] for row in rows(chance)]
    place = folder / "exports/Bestellungen_2024-10.csv"
    place.write_bytes(text([HEADS[language][at] for at in order], table, delimiter, days, decimal).encode(encoding))
    made = draft(open_project(folder), [place])
    guessed = {
        one.physical: made.meaning.guesses[one.name].role for one in made.profile.columns if one.name in made.meaning.guesses
    }
    assert guessed == {HEADS[language][at]: ROLES[at] for at in order}
    assert made.written == ("group/sources/bestellungen.yaml", "group/contracts/bestellungen.odcs.yaml")
    project = open_project(folder)
    assert [one.message for one in check(project, date(2024, 11, 1)) if one.severity is Severity.ERROR] == []
    tried = tryout(project, made.name)
    (line,) = run(project).accounts
    assert (line.received, line.accepted, line.quarantined) == (len(table), len(table), 0)
    assert [(one.received, one.accepted, one.quarantined) for one in tried.accounts] == [
        (line.received, line.accepted, line.quarantined)
    ]
    with project.reading() as lake:
        (total, orders, digital) = lake.rows(
            f"SELECT sum(net_amount), count(DISTINCT root_key), count(DISTINCT root_key) FILTER (commit_class IN ('C0', 'C1')) FROM {lake.table('fact_order_line')}"
        )[0]
    amount, number, way = order.index(5), order.index(0), order.index(7)
    assert total == sum(row[amount] for row in table)
    assert orders == len({row[number] for row in table})
    assert digital == len({row[number] for row in table if row[way] != "Telefon"})


def test_days_that_fit_in_two_ways_are_said(folder: Path) -> None:
    place = folder / "exports/a.csv"
    place.write_text("order_no;order_date;amount\n" + "".join(f"A{at};0{at % 9 + 1}/0{at % 7 + 1}/2024;1.00\n" for at in range(60)))
    made = draft(open_project(folder), [place])
    assert made.checks[0] == "the days in order_date are read as %d/%m/%Y; %m/%d/%Y fits them as well"


def test_days_are_settled_by_rows_far_beyond_the_first(folder: Path) -> None:
    place = folder / "exports/a.csv"
    early = "".join(f"A{at};0{at % 9 + 1}/0{at % 7 + 1}/2024;1.00\n" for at in range(7000))
    place.write_text("order_no;order_date;amount\n" + early + "B1;03/25/2024;1.00\n")
    made = draft(open_project(folder), [place])
    (column,) = [one for one in made.profile.columns if one.name == "order_date"]
    assert (column.format, column.rivals, column.misfits) == ("%m/%d/%Y", (), 0)


def test_codes_with_leading_zeros_stay_texts_also_where_the_first_rows_have_none(folder: Path) -> None:
    place = folder / "exports/a.csv"
    place.write_text(
        "order_no;customer_no;amount\n" + "".join(f"A{at};{at + 1000};1.00\n" for at in range(6000)) + "B1;00123;1.00\n"
    )
    made = draft(open_project(folder), [place])
    assert {one.name: one.logical for one in made.profile.columns} == {
        "order_no": "string",
        "customer_no": "string",
        "amount": "number",
    }


def test_a_document_is_not_written_over_and_a_file_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    place = folder / "exports/a.csv"
    place.write_text("order_no;order_date\nA1;2024-01-01\n")
    draft(open_project(folder), [place])
    with pytest.raises(CharterError, match=r"APP023 group/sources/a\.yaml is there already"):
        draft(open_project(folder), [place])
    draft(open_project(folder), [place], force=True)
    outside = tmp_path / "outside.csv"
    outside.write_text("order_no\nA1\n")
    with pytest.raises(CharterError, match="APP022"):
        draft(open_project(folder), [outside])


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"order_no;day\n", "it has no rows"), (bytes(range(256)) * 40, "binary data"), (b"PK\x03\x04 broken", "")],
)
def test_what_cannot_be_drafted_is_said(folder: Path, content: bytes, told: str) -> None:
    place = folder / "exports/a.csv"
    place.write_bytes(content)
    with pytest.raises(CharterError, match=f"APP024 .*{told}"):
        draft(open_project(folder), [place])


def test_json_with_lines_within_orders_is_drafted_with_a_row_for_each_line(folder: Path) -> None:
    orders = [
        {"order": {"number": f"B{at}", "date": "2024-03-01"}, "lines": [{"sku": "A1", "qty": 2, "net_amount": 1.5}, {"sku": "A2", "qty": 1, "net_amount": 2}]}
        for at in range(30)
    ]  # fmt: skip
    place = folder / "exports/orders.json"
    place.write_text(json.dumps({"orders": orders}))
    made = draft(open_project(folder), [place])
    assert made.declared == {"type": "json", "explode": "lines", "rows": "orders"}
    assert [one.physical for one in made.profile.columns] == [
        "order.number",
        "order.date",
        "lines.sku",
        "lines.qty",
        "lines.net_amount",
    ]
    assert made.profile.rows == 60
    assert [line.accepted for line in run(open_project(folder)).accounts] == [60]


def test_a_file_of_fixed_width_is_cut_where_its_columns_are_blank(folder: Path) -> None:
    lines = ["ORDERNO  DATE       QTY  NET"] + [
        f"B{at:05d}   2024-03-{at % 28 + 1:02d} {at % 9 + 1:4d} {at * 7 % 900 + 1:6d}" for at in range(80)
    ]
    place = folder / "exports/dump.txt"
    place.write_text("\n".join(lines))
    made = draft(open_project(folder), [place])
    assert [field["name"] for field in made.declared["fields"]] == ["ORDERNO", "DATE", "QTY", "NET"]
    assert [line.accepted for line in run(open_project(folder)).accounts] == [80]
    assert any("where columns begin is guessed" in one for one in made.checks)


def test_numbers_of_which_few_have_decimals_and_documents_of_which_few_have_letters_hold_no_row(folder: Path) -> None:
    """A discount of mostly 0, and credit notes that begin with a C: one in a hundred, far behind the sample as well."""
    lines = ["Bestellnr;Pos;Bestelldatum;Nettobetrag;Rabatt"]
    for at in range(6000):
        number, discount = (f"C{at:05d}", "1,36") if at % 100 == 99 else (f"{at + 100000}", "0")
        lines.append(f"{number};1;{at % 28 + 1:02d}.03.2024;{at % 90 + 1},50;{discount}")
    place = folder / "exports/bestellungen.csv"
    place.write_text("\n".join(lines) + "\n")
    made = draft(open_project(folder), [place])
    types = {one.physical: (one.logical, one.misfits) for one in made.profile.columns}
    assert (types["Rabatt"], types["Bestellnr"]) == (("number", 0), ("string", 0))
    (account,) = run(open_project(folder)).accounts
    assert (account.received, account.quarantined) == (6000, 0)


def test_a_zip_of_several_files_is_drafted_from_one_and_says_so(folder: Path) -> None:
    place = folder / "exports/orders.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for month in (1, 2, 3):
            rows_of = "".join(f"B{month}{at:04d},1,2024-0{month}-{at % 28 + 1:02d},{at + 1}.50\n" for at in range(40))
            archive.writestr(f"orders_0{month}.csv", f"order_no,line,order_date,net_amount\n{rows_of}")
    made = draft(open_project(folder), [place])
    assert made.profile.rows == 40
    assert any("and 2 more were not" in one for one in made.checks)
    assert sum(line.accepted for line in run(open_project(folder)).accounts) == 120


def test_the_trial_takes_nothing_in_and_says_what_would_be_held(folder: Path) -> None:
    place = folder / "exports/a.csv"
    place.write_text(
        "order_no;order_date;net_amount\n" + "".join(f"A{at};2024-01-{at % 28 + 1:02d};{at}.50\n" for at in range(100))
    )
    made = draft(open_project(folder), [place])
    place.write_text(place.read_text() + "A200;tomorrow;1.00\nA201;2024-01-01\n")
    tried = tryout(open_project(folder), made.name)
    assert [(one.rule, one.rows) for one in tried.held] == [("order_date:type", 1), ("row:columns", 1)]
    assert tried.held[0].payload == {"order_no": "A200", "order_date": "tomorrow", "net_amount": "1.00"}
    assert {one.column: one.filled for one in tried.columns}["order.net_amount"] == 100
    assert not (folder / ".charter/lake/catalog.sqlite").exists()


@given(st.lists(st.text(string.printable + "äöüßéñ€", max_size=12), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_each_column_gets_a_name_of_its_own_that_expressions_can_use(physical: list[str]) -> None:
    names = names_of(physical)
    assert len(set(names)) == len(names) == len(physical)
    assert all(name.isidentifier() and name == name.lower() for name in names)


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [
        (["1,50", "2,25"], ",", ""), (["1.50", "2.25"], ".", ""), (["1.234,56", "7,10"], ",", "."), (["1,234.56", "7.10"], ".", ","),
        (["1 234,56"], ",", " "), (["1'234.50"], ".", "'"), (["12", "7"], ".", ""),
    ],
)  # fmt: skip
def test_how_numbers_are_written_is_told_by_their_last_sign(values: list[str], decimal: str, thousands: str) -> None:
    found = number_style(values)
    assert (found.decimal, found.thousands) == (decimal, thousands)


def test_words_of_states_channels_and_places() -> None:
    assert [state_of(one)[0] for one in ("Awaiting User Info", "Gelöst", "Neu", "Wartet auf Kunde", "Geschlossen", "-100")] == [
        "waiting_customer", "resolved", "open", "waiting_customer", "closed", None,
    ]  # fmt: skip
    assert [channel_of(one)[0] for one in ("Webshop", "EDI", "Telefon", "Fax", "Tresen", "XK7")] == [
        "C1",
        "C0",
        "C5",
        "C5",
        "C5",
        "CX",
    ]
    scopes = {"market/gb": "Great Britain", "market/de": "Deutschland", "branch/koeln": "Köln"}
    assert [scope_of(one, scopes) for one in ("United Kingdom", "DE", "Germany", "Köln", "Atlantis")] == [
        "market/gb", "market/de", "market/de", "branch/koeln", None,
    ]  # fmt: skip


def test_form_of_text() -> None:
    assert delimiter_of("a;b;c\n1,5;2;3\n") == ";"
    assert delimiter_of("just words\nand more\n") is None
    assert fields_of("no table\n") is None
    assert is_header([["order", "day"], ["A1", "2024-01-01"]])
    assert not is_header([["A1", "2024-01-01"], ["A2", "2024-01-02"]])
    assert slug("Aufträge_2024-10.csv.gz") == "auftraege"
    assert slug("2024.csv") == "export"


def test_a_large_file_in_another_encoding_far_behind_its_beginning_is_looked_at_after_all(folder: Path) -> None:
    place = folder / "exports/a.csv"
    line = "A{at};2024-01-01;Pumpe {text}\n"
    with place.open("wb") as file:
        file.write(b"order_no;order_date;description\n")
        file.write("".join(line.format(at=at, text="x" * 600) for at in range(110_000)).encode())
        file.write(line.format(at="Z", text="größer").encode("cp1252"))
    made = draft(open_project(folder), [place])
    assert (made.declared.get("encoding"), made.profile.rows, made.profile.odd) == ("latin-1", 110_001, 0)
