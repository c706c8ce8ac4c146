"""The small print of numbers: maturity, calendars of any name, and values in several currencies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from order_world import filled, world
from pydantic import ValidationError

from charter.errors import Origin
from charter.model.model import Model
from charter.performance.definition import Definition
from charter.performance.fact import FACTS
from charter.performance.kinds import MetricSpec
from charter.performance.measure import prepare, rebuild_all
from charter.performance.metric import Metric, definition_of
from charter.performance.relation import relation
from charter.performance.rules import status
from charter.performance.worklist import worklist
from charter.values.period import Period
from plain_lake import PlainLake

ANY: dict[str, Any] = {"fact": "fact_order", "day": "ordered_on", "scope": "selling_scope", "numerator": "count(*)"}


@pytest.mark.parametrize(("maturity", "mature"), [
    ("P0D", date(2026, 2, 1)), ("P14D", date(2026, 2, 15)), ("P2W", date(2026, 2, 15)), ("P1M", date(2026, 3, 1)),
    ("P1M3D", date(2026, 3, 4)),
])  # fmt: skip
def test_a_period_is_mature_so_much_later(maturity: str, mature: date) -> None:
    assert Definition(**ANY, maturity=maturity).mature_on(date(2026, 2, 1)) == mature


@pytest.mark.parametrize("maturity", ["14", "14 days", "PT4H", "P", ""])
def test_what_is_no_number_of_days_is_refused(maturity: str) -> None:
    with pytest.raises(ValidationError, match="an ISO 8601 duration of days"):
        Definition(**ANY, maturity=maturity)


@pytest.mark.parametrize("name", ["it's", "a' OR 'x'='x", "'; DROP TABLE facts.fact_order; --"])
def test_a_calendar_of_any_name_is_only_a_name(group: Model, name: str) -> None:
    lake = PlainLake()
    prepare(lake, group)
    lake.put("fact_order", [_order("o1", "EUR", 1)])
    timed = next(column for column, one in FACTS["fact_order"].derived.items() if one.readings)
    rows = relation(
        FACTS["fact_order"], frozenset({timed}), scope="selling_scope", day="ordered_on", calendar=name, table=lake.table,
        business=frozenset(), touched=None,
    )  # fmt: skip
    assert lake.rows(f"SELECT {timed} FROM ({rows}) AS r") == [(None,)]


def _order(root: str, currency: str, net: int, channel: str = "C5") -> dict[str, Any]:
    return {
        "root_key": root, "source": "erp", "document_count": 1, "line_count": 1, "ordered_on": date(2026, 2, 3),
        "selling_scope": "branch/b1", "fulfilling_scope": "branch/b1", "commit_class": channel, "touchpoint": "phone",
        "account_key": "a", "currency": currency, "net_amount": Decimal(net), "confirmed": True, "eligible": True,
    }  # fmt: skip


@pytest.mark.parametrize(("orders", "value", "currency"), [
    ([("EUR", 10, "C5"), ("EUR", 5, "C5"), ("EUR", 1, "C4")], Decimal(16), "EUR"),
    ([("EUR", 10, "C5"), ("SEK", 5, "C5"), ("EUR", 1, "C4")], None, None),
    ([("EUR", 10, "C5"), ("EUR", 5, "C5"), ("EUR", 2, "C5"), ("SEK", 7, "C1")], Decimal(17), "EUR"),
])  # fmt: skip
def test_manual_orders_in_several_currencies_have_no_one_value(
    group: Model, orders: list[tuple[str, int, str]], value: Decimal | None, currency: str | None
) -> None:
    lake = PlainLake()
    prepare(lake, group)
    lake.put("fact_order", [_order(f"o{at}", money, net, channel) for at, (money, net, channel) in enumerate(orders)])
    (item,) = worklist(lake, "group", Period.parse("2026-02"))
    assert (item.manual_value, item.currency) == (value, currency)


@pytest.mark.parametrize(("value", "unclassified", "direction", "told"), [
    # Of what nobody knows all may be digital: 30 % and 5 % reach no 40 %, 30 % and 10 % do.
    ("0.30", None, "up", "missed"), ("0.30", "0.05", "up", "missed"), ("0.30", "0.10", "up", "unknown"), ("0.40", "0.60", "up", "met"),
    ("0", "1", "up", "unknown"),
    # Where less is better, what nobody knows can only make it worse.
    ("0.30", "0.10", "down", "met"), ("0.30", "0.11", "down", "unknown"), ("0.41", "0.50", "down", "missed"),
])  # fmt: skip
def test_a_target_that_what_is_not_classified_alone_could_turn_is_neither_met_nor_missed(
    value: str, unclassified: str | None, direction: Literal["up", "down"], told: str
) -> None:
    open_part = Decimal(unclassified) if unclassified else None
    assert status(Decimal(value), None, Decimal("0.40"), direction, 100, 30, open_part) == told


@pytest.mark.parametrize(("spec", "direction"), [
    ({"standard": "time-to-resolution@1"}, "down"), ({"standard": "average-order-time@1"}, "down"), ({"standard": "error-rate@1"}, "down"),
    ({"standard": "order-to-ship-days@1"}, "down"), ({"standard": "digital-order-ratio@1"}, "up"), ({"standard": "order-value@1"}, "up"),
    ({"standard": "time-to-resolution@1", "direction": "up"}, "up"), ({"definition": ANY}, "up"),
])  # fmt: skip
def test_less_is_better_where_nobody_wants_more_unless_a_document_says_otherwise(spec: dict[str, Any], direction: str) -> None:
    told = MetricSpec.model_validate(spec)
    definition = definition_of(told)
    assert definition is not None
    assert Metric("m", "M", "group", told, definition, Origin("m.yaml")).direction == direction


def test_lines_that_came_without_their_header_are_compared_as_their_order_tells(group: Model) -> None:
    """An ERP exports headers and lines apart: account, day and currency of a line stand on its order only."""
    whole, apart = filled(world(5, 300)), world(5, 300)
    placed = {row["root_key"]: row for row in apart["fact_order"]}
    for row in apart["fact_order_line"]:
        order = placed[row["root_key"]]
        if order["ordered_on"] is not None and order["account_key"] == row["account_key"] and order["confirmed"] is not False:
            row.update(account_key=None, ordered_on=None, currency=None, selling_scope="group")
    halves = filled(apart)
    for lake in (whole, halves):
        rebuild_all(lake, group)
    told = [
        sorted(
            lake.rows('SELECT "scope", "month", "currency", "deviation", "covered_value", "value" FROM facts."cube_spread"'),
            key=str,
        )
        for lake in (whole, halves)
    ]
    assert len(told[0]) > 3
    assert told[0] == told[1]
