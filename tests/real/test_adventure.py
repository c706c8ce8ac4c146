"""Adventure Works from its file to its numbers, against hand-written SQL on the same file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from charter.app.project import Project
from charter.app.run import RunReport, run

AT = datetime(2014, 3, 1, tzinfo=UTC)
LINES = "adventureworks_dw/order_lines.parquet"
MARKETS = {"United States": "us", "Canada": "ca", "France": "fr", "Germany": "de", "United Kingdom": "gb", "Australia": "au"}


@pytest.fixture(scope="module")
def taken(lay_out: Callable[[str], Project]) -> tuple[Project, RunReport]:
    project = lay_out("adventure")
    return project, run(project, at=AT, only=["sales"])


@pytest.fixture(scope="module")
def adventure(taken: tuple[Project, RunReport]) -> Project:
    return taken[0]


def rounded(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def test_every_row_of_the_file_is_accounted_for(taken: tuple[Project, RunReport], data: Path) -> None:
    rows = duckdb.execute(f"SELECT count(*) FROM '{data / LINES}'").fetchone()[0]
    assert [(line.received, line.accepted, line.balances) for line in taken[1].accounts] == [(rows, rows, True)]


def test_the_digital_order_ratio_by_count_and_value_is_that_of_the_hand_written_query(
    adventure: Project, data: Path, asking: Any
) -> None:
    rows = duckdb.execute(
        f"""SELECT country, substr(order_date, 1, 7) AS month, count(DISTINCT order_number),
                   count(DISTINCT order_number) FILTER (WHERE channel = 'internet'),
                   sum(CAST(sales_amount AS DECIMAL(18, 4))),
                   sum(CAST(sales_amount AS DECIMAL(18, 4))) FILTER (WHERE channel = 'internet')
            FROM '{data / LINES}' GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    wanted: dict[tuple[str, str, str], Any] = {}
    for country, month, orders, digital, value, digital_value in rows:
        at = (f"market/{MARKETS[country]}", month)
        wanted["digital-order-ratio", *at] = (digital, orders, rounded(digital, orders))
        wanted["digital-order-ratio-value", *at] = (digital_value or 0, value, rounded(digital_value or 0, value))
    ours: dict[tuple[str, str, str], Any] = {}
    with asking(adventure, AT) as ask:
        for metric, month in sorted({(metric, month) for metric, _, month in wanted}):
            for row in ask(metric, "group", month, by="market").breakdown:
                ours[metric, str(row.key), month] = (row.figure.numerator, row.figure.denominator, row.figure.value)
        # Asked at the market itself, the answer is that of its row.
        for at in sorted(wanted)[::20]:
            found = ask(*at)
            assert (found.numerator, found.denominator, found.value) == ours[at]
    assert len(rows) > 150
    assert ours == wanted


def test_orders_and_sales_per_sales_region_are_those_of_the_hand_written_query(adventure: Project, data: Path, asking: Any) -> None:
    rows = duckdb.execute(
        f"SELECT region, count(DISTINCT order_number), sum(CAST(sales_amount AS DECIMAL(18, 4))) FROM '{data / LINES}' "
        "WHERE order_date LIKE '2013-%' GROUP BY region"
    ).fetchall()
    wanted = {f"branch/{region.lower().replace(' ', '-')}": (orders, sales) for region, orders, sales in rows}
    with asking(adventure, AT) as ask:
        counts, sales = (ask(name, "group", "2013", by="branch") for name in ("order-count", "order-value"))
    values = {row.key: row.figure.value for row in sales.breakdown}
    assert {row.key: (row.figure.value, values[row.key]) for row in counts.breakdown} == wanted


@pytest.mark.parametrize("month", ["2011-02", "2011-04", "2011-06", "2013-12"])
def test_a_month_in_which_the_reps_orders_are_silent_is_not_certified_as_all_digital(
    adventure: Project, month: str, asking: Any
) -> None:
    with asking(adventure, AT) as ask:
        found = ask("digital-order-ratio", "group", month)
    assert not found.certified
    assert any(reason.startswith("sales: stream reseller not received") for reason in found.why_not_certified)


def test_what_the_data_cannot_give_is_unknown(adventure: Project, asking: Any) -> None:
    with asking(adventure, AT) as ask:
        found = ask("average-order-time", "group", "2013-06")
    assert found.value is None and not found.certified
    assert found.figure.values["unknown_dates_only"] > 0
