"""Ratios: one division, from two exact numbers, at scale 6, half even; so that every door gives the same digits."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

SCALE = Decimal("0.000001")
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def divide(numerator: Decimal | int, denominator: Decimal | int) -> Decimal | None:
    """Answers numerator / denominator at scale 6, half even; None where the denominator is 0: no value, not 0.

    Rounded once: the quotient is taken by whole numbers, so no digit comes from an earlier rounding.
    """
    above, below = Decimal(numerator), Decimal(denominator)
    if below == 0:
        return None
    return _rounded(above, below)


def _rounded(above: Decimal, below: Decimal) -> Decimal:
    top, bottom = above.as_integer_ratio(), below.as_integer_ratio()
    numerator, denominator = top[0] * bottom[1] * 1_000_000, top[1] * bottom[0]
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if rest * 2 > denominator or (rest * 2 == denominator and whole % 2):
        whole += 1
    return Decimal(whole).scaleb(-6, _EXACT)


def canonical(value: Decimal | int | None) -> str | None:
    """Answers the one decimal string by which two answers are compared: plain digits, no exponent, no trailing zeros.

    Whole numbers have no point; None stays None.
    """
    if value is None:
        return None
    number = Decimal(value)
    if number == number.to_integral_value():
        return str(int(number))
    return format(number, "f").rstrip("0")
