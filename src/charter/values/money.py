"""Money: an exact amount with its currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from charter.values.codes import VAL002

# ISO 4217 minor units that are not 2.
_MINOR = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0,
    "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217). Sums need one currency."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise VAL002.exception(a=self.currency, b=other.currency)

    def rounded(self) -> Money:
        """Answers the amount in whole minor units of its currency, half even."""
        return Money(self.amount.quantize(Decimal(1).scaleb(-minor_digits(self.currency)), ROUND_HALF_EVEN), self.currency)

    def allocate(self, shares: Sequence[int]) -> list[Money]:
        """Answers parts in proportion to the shares, in whole minor units, that sum exactly to the rounded amount.

        What remains after rounding down goes to the largest remainders, the first among equals.
        """
        unit = Decimal(1).scaleb(-minor_digits(self.currency))
        units, whole = int(self.rounded().amount / unit), sum(shares)
        parts = [divmod(units * share, whole) for share in shares]
        order = sorted(range(len(shares)), key=lambda i: (-parts[i][1], i))
        extra = set(order[: units - sum(part for part, _ in parts)])
        return [Money((part + (i in extra)) * unit, self.currency) for i, (part, _) in enumerate(parts)]


def minor_digits(currency: str) -> int:
    """Answers how many decimals the currency's amounts have (ISO 4217)."""
    return _MINOR.get(currency, 2)
