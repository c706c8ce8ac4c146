"""Which rate set an answer uses, read from fx_rate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.performance.rates import DAILY, Rates

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


def rates_for(lake: Lake, home: str, named: str | None, last: date) -> Rates:
    """Answers the rates for a period until `last`: the named set, else this year's plan rates, else those of the day.

    Comparisons take the same rates for all periods, so that a number moves by business and not by exchange.
    """
    table = lake.table("fx_rate")
    if named is None:
        plan = f"plan-{last.year}"
        known = lake.rows(f'SELECT COUNT(*) FROM {table} AS r WHERE r."rate_set" = ?', [plan])[0][0]
        named = plan if known else DAILY
    by_currency: dict[str, list[tuple[date, Decimal]]] = {}
    rows = lake.rows(f'SELECT r."currency", r."rate_on", r."rate" FROM {table} AS r WHERE r."rate_set" = ? ORDER BY 1, 2', [named])
    for currency, on, rate in rows:
        by_currency.setdefault(currency, []).append((on, rate))
    if named != DAILY:  # a plan set has one rate for the whole answer: the last one in force in the period
        by_currency = {code: [(date.min, _last(known, last))] for code, known in by_currency.items()}
    return Rates(home, named, by_currency)


def _last(known: list[tuple[date, Decimal]], day: date) -> Decimal:
    before = [rate for on, rate in known if on <= day]
    return before[-1] if before else known[0][1]
