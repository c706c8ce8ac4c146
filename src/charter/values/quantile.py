"""Nearest-rank quantiles of whole seconds, from a histogram of value -> how often."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil


def quantile(histogram: Mapping[int, int], share: Decimal | Fraction) -> int | None:
    """Answers the smallest value that at least `share` of all values do not exceed (nearest rank); None if there is none."""
    n = sum(histogram.values())
    return None if n == 0 else at_rank(histogram, max(1, ceil(Fraction(share) * n)))


def at_rank(histogram: Mapping[int, int], rank: int) -> int:
    """Answers the value at a rank, counted from 1 in ascending order."""
    passed = 0
    for value in sorted(histogram):
        passed += histogram[value]
        if passed >= rank:
            return value
    raise ValueError(f"rank {rank} of {passed}")


def order_interval(
    histogram: Mapping[int, int], share: Decimal | Fraction, level: Decimal = Decimal("0.95")
) -> tuple[int, int] | None:
    """Answers the order-statistic interval of a quantile: two observed values; None where n is too small for the level.

    The ranks are the narrowest, by equal tails of the binomial distribution, that cover the quantile with at least
    `level` (Conover, Practical Nonparametric Statistics).
    """
    n = sum(histogram.values())
    ranks = _ranks(n, Fraction(share), Fraction(level))
    return None if ranks is None else (at_rank(histogram, ranks[0]), at_rank(histogram, ranks[1]))


@lru_cache(maxsize=4096)
def _ranks(n: int, share: Fraction, level: Fraction) -> tuple[int, int] | None:
    if n == 0:
        return None
    tail, p = float((1 - level) / 2), float(share)
    low, high = _successes(tail, n, p), _successes(1 - tail, n, p) + 1
    if _at_most(low - 1, n, p) > tail:
        low -= 1
    return (low, high) if low >= 1 and high <= n else None


def _at_most(k: int, n: int, p: float) -> float:
    """The chance of k successes or fewer in n. Of scipy's special functions: its `stats` takes a second to import."""
    from scipy.special import bdtr

    return float(bdtr(k, n, p)) if k >= 0 else 0.0


def _successes(chance: float, n: int, p: float) -> int:
    """The smallest number of successes that is not exceeded with at least this chance."""
    from scipy.special import bdtrik

    k = max(0, ceil(float(bdtrik(chance, n, p))))
    while k > 0 and _at_most(k - 1, n, p) >= chance:
        k -= 1
    while _at_most(k, n, p) < chance:
        k += 1
    return k
