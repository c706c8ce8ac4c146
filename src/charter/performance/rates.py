"""Exchange: what an amount is worth in the home currency, in one rate set for the whole answer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Rates:
    """One rate set: home currency per one unit, by currency and day. A plan set answers each day with its last rate."""

    home: str
    name: str = DAILY
    by_currency: Mapping[str, Sequence[tuple[date, Decimal]]] = field(default_factory=dict)

    @property
    def by_day(self) -> bool:
        """Answers whether amounts must be told by day, since the rate changes from day to day."""
        return self.name == DAILY

    def rate(self, currency: str, day: date | None) -> Decimal | None:
        """Answers the rate in force on `day` (the last known on or before it), None if there is none."""
        if currency == self.home:
            return Decimal(1)
        known = self.by_currency.get(currency, ())
        if not known:
            return None
        if day is None:
            return known[-1][1]
        place = bisect_right([on for on, _ in known], day)
        return known[place - 1][1] if place else None


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in one currency on one day (None: any day)."""

    currency: str | None
    day: date | None
    value: Decimal


@dataclass(frozen=True, slots=True)
class Converted:
    """A sum in one currency, and the currencies for which no rate was known; then there is no value."""

    value: Decimal | None
    currency: str | None
    missing: tuple[str, ...] = ()


def common_currency(amounts: Iterable[Amount], home: str) -> str | None:
    """Answers the one currency of all amounts: nothing needs converting; the home currency for none; None for several."""
    seen = {amount.currency for amount in amounts if amount.value != 0 or amount.currency is not None}
    if not seen:
        return home
    return next(iter(seen)) if len(seen) == 1 else None


def total(amounts: Sequence[Amount], rates: Rates, currency: str | None) -> Converted:
    """Answers the sum: as it is where all stand in `currency`, else in the home currency by the rate set."""
    if currency is not None:
        return Converted(sum((amount.value for amount in amounts), Decimal(0)), currency)
    result, missing = Decimal(0), set()
    for amount in amounts:
        rate = rates.rate(amount.currency, amount.day) if amount.currency else None
        if rate is None:
            missing.add(amount.currency or "without a currency")
        else:
            result += amount.value * rate
    return Converted(None if missing else result, rates.home, tuple(sorted(missing)))
