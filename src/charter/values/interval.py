"""Exact intervals for shares of counts, and the status that they allow to state."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from charter.values.ratio import SCALE

LEVEL = Decimal("0.95")


@lru_cache(maxsize=65536)
def share_interval(k: int, n: int, level: Decimal = LEVEL) -> tuple[Decimal, Decimal] | None:
    """Answers the Clopper-Pearson interval of k in n, at scale 6, half even; None for n = 0 or k outside 0..n."""
    if n <= 0 or not 0 <= k <= n:
        return None
    from scipy.special import betaincinv

    tail = float((1 - level) / 2)
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return _scaled(low), _scaled(high)


def _scaled(bound: float) -> Decimal:
    return Decimal(repr(bound)).quantize(SCALE, ROUND_HALF_EVEN)
