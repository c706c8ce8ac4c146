"""Adventure Works from its file to its numbers, against hand-written SQL on the same file."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import duckdb
import pytest

from charter.app.feeds import Asking
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.performance.number import number
from charter.values.period import Period

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "adventure"
AT = datetime(2014, 3, 1, tzinfo=UTC)
MARKETS = {"United States": "us", "Canada": "ca", "France": "fr", "Germany": "de", "United Kingdom": "gb", "Australia": "au"}


@pytest.fixture(scope="module")
def adventure(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("real") / "adventure"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".charter"))
    text = (folder / "charter.yaml").read_text().replace("default: ../../../shared/data", f"default: {data}")
    (folder / "charter.yaml").write_text(text)
    project = open_project(folder)
    report = run(project, at=AT, only=["sales"])
    assert [(line.received, line.accepted, line.balances) for line in report.accounts] == [(121253, 121253, True)]
    return project


def rounded(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def test_the_digital_order_ratio_by_count_and_value_is_that_of_the_hand_written_query(adventure: Project, data: Path) -> None:
    lines = data / "adventureworks_dw" / "order_lines.parquet"
    rows = duckdb.execute(
        f"""SELECT country, substr(order_date, 1, 7) AS month, count(DISTINCT order_number),
                   count(DISTINCT order_number) FILTER (WHERE channel = 'internet'),
                   sum(CAST(sales_amount AS DECIMAL(18, 4))),
                   sum(CAST(sales_amount AS DECIMAL(18, 4))) FILTER (WHERE channel = 'internet')
            FROM '{lines}' GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    model = adventure.model(AT.date())
    wrong = []
    with adventure.reading() as lake:
        asking = {name: Asking(adventure, lake, model, f"market/{name}", AT, None) for name in MARKETS.values()}
        for country, month, orders, digital, value, digital_value in rows:
            scope, period = f"market/{MARKETS[country]}", Period.parse(month)
            about = asking[MARKETS[country]].about
            count = number(lake, model, "digital-order-ratio", scope, period, asked=about("digital-order-ratio"), beside=False)
            money = number(
                lake, model, "digital-order-ratio-value", scope, period, asked=about("digital-order-ratio-value"), beside=False
            )
            ours = (count.numerator, count.denominator, count.value, money.numerator, money.denominator, money.value)
            theirs = (digital, orders, rounded(digital, orders), digital_value or 0, value, rounded(digital_value or 0, value))
            if ours != theirs:
                wrong.append((country, month, ours, theirs))
    assert len(rows) > 150
    assert wrong == []


def test_orders_and_sales_per_sales_region_are_those_of_the_hand_written_query(adventure: Project, data: Path) -> None:
    lines = data / "adventureworks_dw" / "order_lines.parquet"
    rows = duckdb.execute(
        f"SELECT region, count(DISTINCT order_number), sum(CAST(sales_amount AS DECIMAL(18, 4))) FROM '{lines}' "
        "WHERE order_date LIKE '2013-%' GROUP BY region"
    ).fetchall()
    wanted = {f"branch/{region.lower().replace(' ', '-')}": (orders, sales) for region, orders, sales in rows}
    model, period = adventure.model(AT.date()), Period.parse("2013")
    with adventure.reading() as lake:
        asking = Asking(adventure, lake, model, "group", AT, None)
        counts, sales = (
            number(lake, model, name, "group", period, by="branch", asked=asking.about(name), beside=False)
            for name in ("order-count", "order-value")
        )
    values = {row.key: row.figure.value for row in sales.breakdown}
    assert {row.key: (row.figure.value, values[row.key]) for row in counts.breakdown} == wanted


@pytest.mark.parametrize("month", ["2011-02", "2011-04", "2011-06", "2013-12"])
def test_a_month_in_which_the_reps_orders_are_silent_is_not_certified_as_all_digital(adventure: Project, month: str) -> None:
    model = adventure.model(AT.date())
    with adventure.reading() as lake:
        asked = Asking(adventure, lake, model, "group", AT, None).about("digital-order-ratio")
        found = number(lake, model, "digital-order-ratio", "group", Period.parse(month), asked=asked, beside=False)
    assert not found.certified
    assert any(reason.startswith("sales: stream reseller not received") for reason in found.why_not_certified)


def test_what_the_data_cannot_give_is_unknown(adventure: Project) -> None:
    model = adventure.model(AT.date())
    with adventure.reading() as lake:
        asked = Asking(adventure, lake, model, "group", AT, None).about("average-order-time")
        found = number(lake, model, "average-order-time", "group", Period.parse("2013-06"), asked=asked)
    assert found.value is None and not found.certified
    assert found.figure.values["unknown_dates_only"] > 0
