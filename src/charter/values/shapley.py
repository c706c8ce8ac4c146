"""Splitting a change among its causes: each gets its mean effect over every order in which they could have come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial

SCALE = Decimal("0.000001")
Given = frozenset[str]


def shapley(causes: Sequence[str], value: Callable[[Given], Fraction]) -> dict[str, Fraction]:
    """Answers the share of each cause in value(all) - value(none), exactly; they sum to it.

    `value(given)` is the value with the causes in `given` as they are after, and the others as they were before. It is asked
    once for each subset. No order of the causes is preferred (Shapley, A Value for n-Person Games, 1953).
    """
    known: dict[Given, Fraction] = {}

    def at(given: Given) -> Fraction:
        if given not in known:
            known[given] = value(given)
        return known[given]

    n = len(causes)
    found = {}
    for cause in causes:
        others = [one for one in causes if one != cause]
        total = Fraction(0)
        for size in range(n):
            weight = Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
            for chosen in combinations(others, size):
                given = frozenset(chosen)
                total += weight * (at(given | {cause}) - at(given))
        found[cause] = total
    return found


def rounded_to_sum(parts: Mapping[str, Fraction], total: Decimal, scale: Decimal = SCALE) -> dict[str, Decimal]:
    """Answers the parts rounded to the scale so that they sum to `total` exactly, each less than one step away (largest remainder).

    `total` is a multiple of the scale, and the parts sum to it up to its own rounding; what that left goes where the
    remainders are largest. Without parts there is nothing to give it to.
    """
    steps = {name: Fraction(value) / Fraction(scale) for name, value in parts.items()}
    floors = {name: int(Decimal(step.numerator // step.denominator).to_integral_value(ROUND_FLOOR)) for name, step in steps.items()}
    left = int(Fraction(total) / Fraction(scale)) - sum(floors.values())
    order = sorted(steps, key=lambda name: (floors[name] - steps[name], name))
    for place in range(abs(left)):
        floors[order[place % len(order)]] += 1 if left > 0 else -1
    return {name: floors[name] * scale for name in parts}
