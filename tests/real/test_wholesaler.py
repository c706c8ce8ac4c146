"""The wholesaler from its export to its numbers, against hand-written SQL on the same file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from charter.app.project import Project, open_project
from charter.app.run import RunReport, run

AT = datetime(2011, 1, 10, tzinfo=UTC)
LINES = "online_retail_2009_2010/lines_2009_2010.parquet"
# What the example says of each row, written by hand once more: what is broken is held, then the first reason counts.
FATE = """
    CASE WHEN unit_price <> round(unit_price, 2) OR stock_code <> trim(stock_code) THEN 'held'
         WHEN invoice LIKE 'A%' THEN 'bad-debt'
         WHEN invoice LIKE 'C%' THEN 'credit-note'
         WHEN stock_code IN ('POST', 'DOT', 'C2', 'C3') THEN 'postage'
         WHEN stock_code IN ('BANK CHARGES', 'AMAZONFEE') THEN 'fee'
         WHEN stock_code IN ('M', 'm', 'ADJUST', 'ADJUST2') THEN 'manual'
         WHEN stock_code = 'D' THEN 'discount'
         WHEN stock_code = 'S' THEN 'sample'
         WHEN stock_code LIKE 'TEST%' THEN 'test'
         WHEN stock_code ILIKE 'gift%' THEN 'voucher'
         WHEN quantity < 0 THEN 'stock-correction'
         WHEN unit_price = 0 THEN 'no-price'
         WHEN unit_price < 0 THEN 'negative-price'
         ELSE 'sold' END"""
CODES = {
    "United Kingdom": "gb", "Channel Islands": "channel-islands", "EIRE": "ie", "Germany": "de", "France": "fr", "Netherlands": "nl",
    "Spain": "es", "Switzerland": "ch", "Portugal": "pt", "Belgium": "be", "Sweden": "se", "Italy": "it", "Cyprus": "cy",
    "Austria": "at", "Greece": "gr", "Denmark": "dk", "Norway": "no", "Finland": "fi", "Poland": "pl", "Malta": "mt",
    "Lithuania": "lt", "Iceland": "is", "Australia": "au", "United Arab Emirates": "ae", "USA": "us", "Japan": "jp",
    "Singapore": "sg", "RSA": "za", "Bahrain": "bh", "Canada": "ca", "Hong Kong": "hk", "Thailand": "th", "Israel": "il",
    "Korea": "kr", "Brazil": "br", "West Indies": "west-indies", "Bermuda": "bm", "Nigeria": "ng", "Lebanon": "lb",
}  # fmt: skip


@pytest.fixture(scope="module")
def taken(lay_out: Callable[[str], Project]) -> tuple[Project, RunReport]:
    project = lay_out("wholesaler")
    source = project.root / "group" / "sources" / "sales.yaml"
    glob = '"shared:online_retail_2009_2010/lines_2009_2010.parquet"'
    assert glob in source.read_text()
    source.write_text(source.read_text().replace(glob, f'{glob}, "../../again/*.parquet"'))
    project = open_project(project.root)
    return project, run(project, at=AT)


@pytest.fixture(scope="module")
def wholesaler(taken: tuple[Project, RunReport]) -> Project:
    return taken[0]


@pytest.fixture(scope="module")
def sold(data: Path) -> duckdb.DuckDBPyConnection:
    """The rows with their fate, prices and amounts as exact decimals."""
    found = duckdb.connect()
    found.execute(
        f"""CREATE TABLE line AS SELECT *, {FATE} AS fate, strftime(invoice_date, '%Y-%m') AS month,
                   CAST(unit_price AS DECIMAL(18, 4)) AS price, quantity * CAST(unit_price AS DECIMAL(18, 4)) AS net
            FROM '{data / LINES}'"""
    )
    return found


def rounded(numerator: Decimal, denominator: Decimal) -> Decimal:
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def test_the_account_is_that_of_the_hand_written_counts_for_each_reason(
    taken: tuple[Project, RunReport], sold: duckdb.DuckDBPyConnection
) -> None:
    counts = dict(sold.execute("SELECT fate, count(*) FROM line GROUP BY fate").fetchall())
    (line,) = taken[1].accounts
    assert (line.accepted, line.quarantined) == (counts.pop("sold"), counts.pop("held"))
    assert dict(line.excluded_by_reason) == counts
    assert (line.received, line.balances) == (525461, True)


def test_what_is_held_says_which_rule_it_broke(wholesaler: Project, sold: duckdb.DuckDBPyConnection) -> None:
    with wholesaler.reading() as lake:
        rows = lake.rows(f"SELECT rules, count(*) FROM {lake.table('quarantine_row')} GROUP BY rules")
    pence, blank = sold.execute(
        "SELECT count(*) FILTER (unit_price <> round(unit_price, 2)), count(*) FILTER (stock_code <> trim(stock_code)) FROM line"
    ).fetchone()
    assert dict(rows) == {"unit_price:multipleOf": pence, "stock_code:pattern": blank}


def test_what_is_missing_in_the_export_is_counted_and_not_held(wholesaler: Project, sold: duckdb.DuckDBPyConnection) -> None:
    nobody, nameless = sold.execute(
        "SELECT count(*) FILTER (customer_id IS NULL), count(*) FILTER (description IN ('nan', '?') OR description IS NULL) FROM line"
    ).fetchone()
    with wholesaler.reading() as lake:
        told = dict(lake.rows(f"SELECT rule, failed FROM {lake.table('contract_result')} WHERE severity = 'warn' AND failed > 0"))
    assert told == {"customer_id:nullValues": nobody, "description:missingValues": nameless, "rows:creditsThatCharge": 1}


SPREAD = """
    WITH sale AS (
        SELECT country, month, upper(stock_code) AS article, customer_id, price, quantity, net
        FROM line WHERE fate = 'sold' AND customer_id IS NOT NULL
    ),
    article AS (
        SELECT country, month, article, list_sort(list(price))[CAST(ceil(count(*) / 2) AS INTEGER)] AS middle,
               count(DISTINCT customer_id) AS customers, sum(net) AS net
        FROM sale GROUP BY ALL
    ),
    apart AS (
        SELECT country, month, sum(abs(sale.net - sale.quantity * middle)) AS deviation
        FROM sale JOIN article USING (country, month, article) WHERE customers >= 3 GROUP BY ALL
    )
    SELECT country, month, coalesce(any_value(deviation), 0), coalesce(sum(net) FILTER (customers >= 3), 0), sum(net)
    FROM article LEFT JOIN apart USING (country, month) GROUP BY country, month ORDER BY ALL"""


def test_price_dispersion_of_each_market_and_month_is_that_of_the_hand_written_query(
    wholesaler: Project, sold: duckdb.DuckDBPyConnection, asking: Any
) -> None:
    rows = sold.execute(SPREAD).fetchall()
    wrong, compared = [], 0
    whole: dict[str, list[Decimal]] = {}
    with asking(wholesaler, AT) as ask:
        months = sorted({month for _, month, *_ in rows})
        told = {
            (row.key, month): row.figure
            for month in months
            for row in ask("price-dispersion", "group", month, by="market").breakdown
        }
        for at, (country, month, deviation, covered, net) in enumerate(rows):
            sums = whole.setdefault(month, [Decimal(0)] * 3)
            whole[month] = [mine + more for mine, more in zip(sums, (deviation, covered, net), strict=True)]
            if country not in CODES:
                continue
            market = f"market/{CODES[country]}"
            # Asked at the market itself, the answer is that of its row.
            found = told[market, month] if at % 20 else ask("price-dispersion", market, month).figure
            ours = (found.numerator, found.denominator, found.value, found.coverage)
            theirs = (deviation, covered, rounded(deviation, covered) if covered else None, rounded(covered, net))
            compared += bool(covered)
            if ours != theirs:
                wrong.append((country, month, ours, theirs))
        for month, (deviation, covered, net) in whole.items():
            found = ask("price-dispersion", "group", month)
            ours = (found.numerator, found.denominator, found.value, found.coverage)
            if ours != (deviation, covered, rounded(deviation, covered), rounded(covered, net)):
                wrong.append(("group", month, ours, (deviation, covered, net)))
    assert len(whole) == 13
    assert compared > 40
    assert wrong == []


def test_orders_and_sales_of_each_market_are_those_of_the_hand_written_query(
    wholesaler: Project, sold: duckdb.DuckDBPyConnection, asking: Any
) -> None:
    rows = sold.execute(
        "SELECT country, count(DISTINCT invoice), count(*), sum(net) FROM line WHERE fate = 'sold' AND month LIKE '2010%' GROUP BY country"
    ).fetchall()
    wanted = {f"market/{CODES[country]}" if country in CODES else None: tuple(counts) for country, *counts in rows}
    with asking(wholesaler, AT) as ask:
        tables = [ask(name, "group", "2010", by="market") for name in ("order-count", "order-line-count", "order-value")]
    ours: dict[str | None, tuple[Decimal | None, ...]] = {}
    for table in tables:
        for row in table.breakdown:
            ours[row.key] = (*ours.get(row.key, ()), row.figure.value)
    assert ours == wanted


def test_what_the_export_cannot_give_is_not_certified_and_says_why(wholesaler: Project, asking: Any) -> None:
    with asking(wholesaler, AT) as ask:
        digital, slow = ask("digital-order-ratio", "group", "2010-10"), ask("average-order-time", "group", "2010-10")
        order_count = ask("order-count", "group", "2010-10")
    assert (digital.coverage, digital.certified) == (0, False)
    assert "coverage 0.0 % is below 95.0 %" in digital.why_not_certified
    assert (slow.value, slow.certified) == (None, False)
    assert slow.figure.values["unknown_no_received"] == order_count.value


@pytest.mark.parametrize(("month", "silent"), [("2009-12", True), ("2010-01", True), ("2010-06", False), ("2010-12", True)])
def test_a_week_without_invoices_uncertifies_the_months_that_it_touches(
    wholesaler: Project, month: str, silent: bool, asking: Any
) -> None:
    with asking(wholesaler, AT) as ask:
        found = ask("order-value", "group", month)
    assert any(reason.startswith("sales: stream invoices not received") for reason in found.why_not_certified) is silent


def test_a_second_run_and_an_overlapping_file_change_nothing(
    wholesaler: Project, sold: duckdb.DuckDBPyConnection, asking: Any
) -> None:
    def state() -> list[Any]:
        with asking(wholesaler, AT) as ask:
            asked = [ask(name, "group", month) for name in ("order-value", "price-dispersion") for month in ("2010-11", "2010-12")]
        with wholesaler.reading() as lake:
            tables = ("order_record", "fact_order_line", "fact_order", "quarantine_row")
            return [*(one.figure for one in asked), *(lake.rows(f"SELECT count(*) FROM {lake.table(name)}") for name in tables)]

    before = state()
    again = run(wholesaler, at=AT)
    assert (again.accounts, state()) == ((), before)
    folder = wholesaler.root / "again"
    folder.mkdir()
    original = "invoice, stock_code, description, quantity, invoice_date, unit_price, customer_id, country"
    sold.execute(f"COPY (SELECT {original} FROM line WHERE month = '2010-12') TO '{folder}/december.parquet' (FORMAT parquet)")
    rows, kept, held = sold.execute(
        "SELECT count(*), count(*) FILTER (fate = 'sold'), count(*) FILTER (fate = 'held') FROM line WHERE month = '2010-12'"
    ).fetchone()
    (line,) = run(wholesaler, at=AT).accounts
    assert (line.received, line.accepted, line.unchanged, line.superseded, line.balances) == (rows, 0, kept, 0, True)
    assert (line.quarantined, line.excluded) == (held, rows - kept - held)
    assert state() == before
