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
    sets: dict[str, dict[str, list[tuple[date, Decimal]]]] = {}
    asked = [named] if named else [f"plan-{last.year}", DAILY]
    rows = lake.rows(
        f'SELECT r."rate_set", r."currency", r."rate_on", r."rate" FROM {lake.table("fx_rate")} AS r '
        f'WHERE r."rate_set" IN ({", ".join("?" for _ in asked)}) ORDER BY 1, 2, 3',
        asked,
    )
    for rate_set, currency, on, rate in rows:
        sets.setdefault(rate_set, {}).setdefault(currency, []).append((on, rate))
    named = next((name for name in asked if name in sets), asked[-1])
    by_currency = sets.get(named, {})
    if named != DAILY:  # a plan set has one rate for the whole answer: the last one in force in the period
        by_currency = {code: [(date.min, _last(known, last))] for code, known in by_currency.items()}
    return Rates(home, named, by_currency)


def _last(known: list[tuple[date, Decimal]], day: date) -> Decimal:
    before = [rate for on, rate in known if on <= day]
    return before[-1] if before else known[0][1]
