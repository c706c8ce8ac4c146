"""Numbers, amounts and counts in words, as every face tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from charter.performance.figure import Figure
from charter.performance.number import Number
from charter.performance.rules import Held
from charter.performance.slo import Age
from charter.values.duration import in_words


def plain(value: Decimal | int | None) -> str:
    """Answers a number for people: grouped, without needless zeros."""
    if value is None:
        return "–"
    number = Decimal(value)
    whole = number == number.to_integral_value()
    return f"{int(number):,}" if whole else f"{number:,.4f}".rstrip("0")


def percent(value: Decimal) -> str:
    """Answers a share as a percentage with one decimal."""
    return f"{(value * 100).quantize(Decimal('0.1'))} %"


def share_or_plain(value: Decimal, unit: str) -> str:
    """Answers a value by its unit."""
    if unit == "share":
        return percent(value)
    if unit == "days":
        return f"{value:,.2f} days"
    if unit == "money":
        return f"{value:,.2f}"
    return in_words(value) if unit == "seconds" else plain(value)


def told(figure: Figure, unit: str) -> str:
    """Answers a figure's value by its unit; a missing one is a dash, never 0."""
    if figure.value is None:
        return "–"
    text = share_or_plain(figure.value, unit)
    return f"{figure.currency} {text}" if unit == "money" and figure.currency else text


def open_in_words(ages: Sequence[Age]) -> str:
    """Answers how many are open, and how many of them are how old."""
    total: Counter[str] = Counter()
    for age in ages:
        total.update(age.ages)
    parts = [f"{name}: {count:,}" for name, count in total.items() if count]
    return f"{total.total():,} ({', '.join(parts)})" if parts else "none"


def held_in_words(one: Held) -> str:
    """Answers what a source holds of the period, and what that is worth, as far as it can be read."""
    amount = f", {one.currency or ''} {one.net_amount:,.2f}".replace(",  ", ", ") if one.net_amount is not None else ""
    maybe = ["of days that cannot be read; maybe of this period"] * (not one.dated)
    maybe += ["of a scope that cannot be read; maybe of this one"] * (not one.placed)
    sure = f" ({', '.join(maybe)})" if maybe else ""
    return f"{one.source} {one.entity}: {counted(one.documents, 'document')}, {counted(one.rows, 'row')}{amount}{sure}"


def counted(count: int, name: str, many: str = "") -> str:
    """Answers a count with its noun; `many` is its plural where that is not the usual one."""
    return f"{count:,} {name if count == 1 else many or name + ('es' if name.endswith('ch') else 's')}"


REASONS = {
    "data": "late and mended data",
    "definition": "definition and calendar",
    "organisation": "organisation",
    "exchange": "exchange rates",
}
"""What each reason of an adjustment is called."""


def reason_in_words(reason: str) -> str:
    """Answers what a reason of an adjustment is, for people."""
    return REASONS[reason]


def same_money(one: Number, other: Number) -> bool:
    """Answers whether two values can be held against each other: amounts only in one currency."""
    return one.unit != "money" or one.figure.currency == other.figure.currency


def difference(value: Decimal, unit: str, currency: str | None = None) -> str:
    """Answers a difference of two values with its sign; of two shares in percentage points."""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    size = abs(value)
    if unit == "share":
        return f"{sign}{(size * 100).quantize(Decimal('0.01'))} points"
    amount = share_or_plain(size, unit)
    return f"{sign}{f'{currency} {amount}' if unit == 'money' and currency else amount}"
