"""The order metrics, read from the cube, against plain Python over the same generated orders: every digit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import naive_orders as naive
import pytest
from order_world import filled, world
from small_group import SCOPES

from charter.model.model import Model
from charter.performance.figure import Figure
from charter.performance.measure import rebuild_all
from charter.performance.number import Asked, number
from charter.performance.rules import Feeds
from charter.values.period import Period
from plain_lake import PlainLake

FEEDS = Feeds({("erp", "orders"): frozenset({"fact_order", "fact_order_line", "fact_invoice_line", "fact_defect", "fact_case"})})
ROWS = world(seed=7, count=700)
ORDERS, LINES, DEFECTS = ROWS["fact_order"], ROWS["fact_order_line"], ROWS["fact_defect"]
INVOICED = ROWS["fact_invoice_line"]
PERIODS = {
    "2026-01": (date(2026, 1, 1), date(2026, 2, 1)),
    "2026-03": (date(2026, 3, 1), date(2026, 4, 1)),
    "2026": (date(2026, 1, 1), date(2027, 1, 1)),
}


def _not_counter(row: naive.Row) -> bool:
    return row["touchpoint"] != "counter" and row["order_type"] != "counter"


PLAIN = {
    "digital-order-ratio": lambda at: naive.ratio(ORDERS, at, naive.DIGITAL),
    "self-service-ratio": lambda at: naive.ratio(ORDERS, at, {"C1"}),
    "edi-share": lambda at: naive.ratio(ORDERS, at, {"C0"}),
    "digital-order-ratio-without-counter": lambda at: {**naive.ratio(ORDERS, at, naive.DIGITAL, only=_not_counter)},
    "digital-order-ratio-net": lambda at: naive.ratio(ORDERS, at, naive.DIGITAL, only=lambda row: row["cancelled_at"] is None),
    "digital-order-ratio-lines": lambda at: naive.weighted(naive.intake(ORDERS, at), "line_count"),
    "digital-order-ratio-value": lambda at: naive.weighted(naive.intake(ORDERS, at), "net_amount"),
    "digital-turnover-share": lambda at: naive.weighted(
        [row for row in naive.intake(ORDERS, at, "shipped_on") if row["cancelled_at"] is None], "net_amount"
    ),
    "invoiced-share": lambda at: naive.invoiced_share(INVOICED, at),
    "invoiced-turnover": lambda at: {
        "value": sum(row["net_amount"] for row in naive.invoiced(INVOICED, at)),
        "n": len(naive.invoiced(INVOICED, at)),
    },
    "touchless-ratio": lambda at: naive.touchless(ORDERS, at),
    "digital-customer-share": lambda at: naive.customers(ORDERS, at),
    "order-count": lambda at: {"value": len(naive.intake(ORDERS, at)) or None, "n": len(naive.intake(ORDERS, at))},
    "order-value": lambda at: {"value": sum(row["net_amount"] for row in naive.intake(ORDERS, at))},
    "error-rate": lambda at: naive.errors(ORDERS, DEFECTS, at),
    "average-order-time": lambda at: naive.average_order_time(ORDERS, at),
    "average-order-time-calendar": lambda at: naive.average_order_time(ORDERS, at, business=False),
    "order-time-from-entry": lambda at: naive.time_from_entry(ORDERS, at),
    "order-to-ship-days": lambda at: naive.order_to_ship(ORDERS, at),
}


@pytest.fixture(scope="module")
def lake(group: Model) -> PlainLake:
    lake = filled(ROWS)
    rebuild_all(lake, group)
    return lake


def figure(lake: PlainLake, group: Model, metric: str, scope: str, period: str) -> Figure:
    return number(lake, group, metric, scope, Period.parse(period), asked=Asked(FEEDS), beside=False).figure


def same(found: Figure, wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, by name: (found, wanted)."""
    seen: dict[str, Any] = {}
    for name in wanted:
        if name == "times":
            seen[name] = {
                key: {part: getattr(found.times[key], part) for part in ("n", "total", "mean", "p50", "p90")}
                for key in wanted[name]
            }
        else:
            seen[name] = getattr(found, name)
    return {name: (seen[name], wanted[name]) for name in wanted if seen[name] != wanted[name]}


@pytest.mark.parametrize("metric", PLAIN)
def test_a_metric_is_what_plain_python_counts_everywhere(lake: PlainLake, group: Model, metric: str) -> None:
    different = {}
    for scope in SCOPES:
        for period, (first, last) in PERIODS.items():
            wanted = PLAIN[metric]((scope, first, last))
            found = same(figure(lake, group, metric, scope, period), wanted)
            if found:
                different[scope, period] = found
    assert different == {}


@pytest.mark.parametrize("market", ["group", "market/de", "market/us"])
@pytest.mark.parametrize("period", ["2026-01", "2026-03"])
def test_dispersion_is_what_plain_python_counts(lake: PlainLake, group: Model, market: str, period: str) -> None:
    wanted = naive.dispersion(LINES, market, *PERIODS[period])
    assert wanted["values"]["keys"] > 0
    assert same(figure(lake, group, "price-dispersion", market, period), wanted) == {}


def test_the_worlds_orders_show_every_reason_for_which_a_time_is_unknown() -> None:
    found = naive.average_order_time(ORDERS, ("group", *PERIODS["2026"]))
    assert all(count > 0 for count in found["values"].values())
    assert all(times["n"] > 50 for times in found["times"].values())


def test_the_parts_of_order_time_sum_to_the_whole() -> None:
    held = [naive.order_time(row, True)[0] for row in ORDERS]
    split = [one for one in held if "entry" in one]
    assert split and all(one["entry"] + one["customer_wait"] + one["processing"] == one["total"] for one in split)


def test_by_channel_the_rows_are_what_plain_python_counts_and_the_unknown_comes_last(lake: PlainLake, group: Model) -> None:
    first, last = PERIODS["2026"]
    found = number(lake, group, "digital-order-ratio", "group", Period.parse("2026"), by="channel", asked=Asked(FEEDS)).breakdown
    names = ["counter", "edi", "mail", "phone", "shop", None]
    assert [row.key for row in found] == names
    for row in found:
        wanted = naive.ratio(ORDERS, ("group", first, last), naive.DIGITAL, only=lambda one, key=row.key: one["touchpoint"] == key)
        assert same(row.figure, wanted) == {}


def test_by_market_what_no_market_is_known_of_is_in_the_unknown_row_and_nothing_is_lost(lake: PlainLake, group: Model) -> None:
    first, last = PERIODS["2026"]
    answer = number(lake, group, "digital-order-ratio", "group", Period.parse("2026"), by="market", asked=Asked(FEEDS))
    rows = {row.key: row.figure for row in answer.breakdown}
    for market in ("market/de", "market/us"):
        assert same(rows[market], naive.ratio(ORDERS, (market, first, last), naive.DIGITAL)) == {}
    placed = {market: naive.ratio(ORDERS, (market, first, last), naive.DIGITAL)["n"] for market in ("market/de", "market/us")}
    assert rows[None].n == len(naive.intake(ORDERS, ("group", first, last))) - sum(placed.values()) > 0


def test_money_of_several_currencies_is_converted_at_the_rate_of_each_day(group: Model) -> None:
    rows = world(seed=3, count=150, currencies=("EUR", "USD"))
    lake = filled(rows)
    rates = [(date(2025, 12, 1), Decimal("0.9")), (date(2026, 2, 10), Decimal("0.85")), (date(2026, 3, 20), Decimal("0.8"))]
    lake.put(
        "fx_rate",
        [
            {**_rate(place), "rate_set": "daily", "currency": "USD", "rate_on": on, "rate": rate}
            for place, (on, rate) in enumerate(rates)
        ],
    )
    rebuild_all(lake, group)

    def home(row: naive.Row) -> Decimal:
        known = [rate for on, rate in rates if on <= row["ordered_on"]]
        return row["net_amount"] * (known[-1] if row["currency"] == "USD" else 1)

    asked = ("group", date(2026, 1, 1), date(2027, 1, 1))
    converted = [{**row, "net_amount": home(row)} for row in naive.intake(rows["fact_order"], asked)]
    found = figure(lake, group, "order-value", "group", "2026")
    assert (found.value, found.currency) == (sum(row["net_amount"] for row in converted), "EUR")
    assert same(figure(lake, group, "digital-order-ratio-value", "group", "2026"), naive.weighted(converted, "net_amount")) == {}


def test_money_without_a_rate_has_no_value_and_says_which(group: Model) -> None:
    lake = filled(world(seed=3, count=60, currencies=("EUR", "USD")))
    rebuild_all(lake, group)
    answer = number(lake, group, "order-value", "group", Period.parse("2026"), asked=Asked(FEEDS), beside=False)
    assert (answer.value, answer.certified) == (None, False)
    assert "no rate for USD" in answer.why_not_certified


def _rate(place: int) -> naive.Row:
    return {"source": "bank", "entity": "e", "row_key": f"r{place}", "content_hash": "h", "batch_id": "b"}
