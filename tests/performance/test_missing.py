"""A target is neither met nor missed where what never came could turn it: by rule, and through every question that has a status."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

import pytest
from order_world import filled, world

from charter.model.model import Model
from charter.performance.breach import judged
from charter.performance.history import standings
from charter.performance.measure import rebuild_all
from charter.performance.metric import metric_names
from charter.performance.missing import Missing, bounds, missing_of
from charter.performance.number import Asked, cube_plan, number
from charter.performance.rules import Feeds, Reconciled, SilentStream, status
from charter.values.period import Period
from plain_lake import PlainLake

FEBRUARY, MARCH = Period.parse("2026-02"), Period.parse("2026-03")
SILENT = SilentStream("erp", "calls", date(2026, 2, 9), date(2026, 2, 10), scope="market/de")
TABLES = {("erp", "orders"): frozenset({"fact_order", "fact_order_line"})}
ONE = Decimal(1)


def lacks(theirs: int, unexplained: int, held: int = 0, measure: str = "orders", source: str = "erp") -> Reconciled:
    return Reconciled(source, measure, Decimal(theirs), Decimal(unexplained), Decimal(held))


def told(value: str, missing: Missing, target: str = "0.4", direction: Any = "up", n: int = 100, form: str = "ratio") -> str:
    limits = bounds(form, Decimal(value), missing, counted=n, tolerated=Decimal("0.05"))
    return status(Decimal(value), None, Decimal(target), direction, n, 30, None, limits)


def test_a_stream_that_said_nothing_leaves_no_status_whatever_the_value() -> None:
    silent = Missing((SILENT,))
    assert {told(value, silent, direction=way, form=form) for value in ("0", "0.39", "1") for way in ("up", "down")
            for form in ("ratio", "sum", "duration", "distinct", "dispersion")} == {"unknown"}  # fmt: skip
    assert status(ONE, None, None, "up", 100, 30, None, (None, None)) == "no target"


def test_orders_that_never_came_turn_a_share_only_as_far_as_they_reach() -> None:
    """100 orders counted and m missing: the share lies between v 100 / (100 + m) and (v 100 + m) / (100 + m), by hand."""
    for missing in (1, 5, 20, 100, 574):
        totals = Missing((), (lacks(1000, missing),))
        for hundredths in range(0, 101, 5):
            ends = [Fraction(top, 100 + missing) >= Fraction(2, 5) for top in (hundredths, hundredths + missing)]
            wanted = "unknown" if ends[0] != ends[1] else "met" if ends[0] else "missed"
            assert told(f"{hundredths / 100}", totals) == wanted, (missing, hundredths)


def test_a_sum_can_only_grow() -> None:
    totals = Missing((), (lacks(1000, 300),))
    assert told("0.5", totals, form="sum") == "met"
    assert told("0.3", totals, form="sum") == "unknown"
    assert told("0.5", totals, form="sum", direction="down") == "missed"
    assert told("0.3", totals, form="sum", direction="down") == "unknown"


def test_of_times_and_customers_a_share_is_taken_for_whole_as_coverage_takes_it() -> None:
    little, much = Missing((), (lacks(1000, 40),)), Missing((), (lacks(1000, 400),))
    for form in ("duration", "distinct", "dispersion"):
        assert (told("0.3", little, form=form, n=960), told("0.3", much, form=form, n=600)) == ("missed", "unknown")


def test_where_not_orders_are_counted_the_greatest_lack_of_a_source_bounds_it() -> None:
    totals = Missing((), (lacks(1000, 10, 20), lacks(500, 50, measure="net_amount", source="shop")))
    assert totals.most == Decimal("0.1")
    assert bounds("ratio", Decimal("0.5"), totals, counted=None, tolerated=Decimal(0)) == (Decimal("0.45"), Decimal("0.55"))
    assert bounds("ratio", Decimal("0.5"), Missing((), (lacks(0, 5),)), counted=None, tolerated=Decimal(0)) == (0, ONE)


def test_what_agrees_or_is_too_much_lacks_nothing() -> None:
    tolerance = Decimal("0.005")
    assert missing_of((), (lacks(1000, 5), lacks(1000, -300)), tolerance) == Missing()
    assert missing_of((), (lacks(1000, 6),), tolerance).orders == 6
    assert bounds("ratio", ONE, Missing(), counted=10, tolerated=Decimal(0)) is None


@pytest.fixture(scope="module")
def lake(group: Model) -> PlainLake:
    made = filled(world(3, 400))
    rebuild_all(made, group)
    made.put("reconciliation", [
        {"source": "erp", "entity": "orders", "scope": "market/us", "month": date(2026, 2, 1), "measure": "orders", "theirs": 900, "ours": 100,
         "excluded": 0, "quarantined": 0, "unexplained": 800},
    ])  # fmt: skip
    return made


@pytest.mark.parametrize("silent", [(), (SILENT,)])
def test_a_month_of_all_scopes_stands_as_each_number_asked_by_itself(
    lake: PlainLake, group: Model, silent: tuple[SilentStream, ...]
) -> None:
    feeds, seen = Feeds(TABLES, silent), set()
    for name in metric_names(group):
        found = standings(lake, group, cube_plan(group), name, [FEBRUARY, MARCH], feeds)
        for (scope, month), one in found.items():
            asked = number(lake, group, name, scope, Period.parse(month), asked=Asked(feeds), beside=False)
            assert one.status == asked.status, (name, scope, month)
            assert bool(asked.why_unknown) == (asked.status == "unknown" and asked.value is not None)
            seen.add((scope, month, one.status))
    assert any(kind == "unknown" for _, _, kind in seen)


def test_the_reason_is_told_beside_the_status(lake: PlainLake, group: Model) -> None:
    asked = Asked(Feeds(TABLES, (SILENT,)))
    one = number(lake, group, "digital-order-ratio", "market/de", FEBRUARY, asked=asked, beside=False)
    assert (one.status, one.why_unknown) == ("unknown", ("missing: erp: stream calls not received (2026-02-09)",))
    america = number(lake, group, "digital-order-ratio", "market/us", FEBRUARY, asked=asked, beside=False)
    assert (america.status, america.why_unknown) == ("unknown", ("missing: 88.9 % of orders that erp itself reports",))
    march = number(lake, group, "digital-order-ratio", "market/us", MARCH, asked=asked, beside=False)
    assert march.coverage is not None and march.status == "unknown"
    share = ((1 - march.coverage) * 100).quantize(Decimal("0.1"), ROUND_DOWN)
    assert march.why_unknown == (f"not classified: {share} %",)


def test_a_target_whose_data_never_came_opens_no_breach(lake: PlainLake, group: Model) -> None:
    later = replace_day(group, date(2026, 6, 1))
    whole = {(one.metric.name, one.metric.scope): one.status for one in judged(lake, later, [FEBRUARY], Feeds(TABLES))}
    silent = {(one.metric.name, one.metric.scope): one.status for one in judged(lake, later, [FEBRUARY], Feeds(TABLES, (SILENT,)))}
    assert whole.keys() == silent.keys() and whole
    assert {kind for (_, scope), kind in silent.items() if scope in ("group", "market/de")} <= {"unknown"}


def replace_day(model: Model, day: date) -> Model:
    return model.workspace.model(day)
