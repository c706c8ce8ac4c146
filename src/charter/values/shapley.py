"""Splitting a change among its causes: each gets its mean effect over every order in which they could have come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial, floor
from typing import TypeVar

from charter.values.ratio import SCALE

Given = frozenset[str]
Part = TypeVar("Part")


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


def rounded_to_sum(parts: Mapping[Part, Fraction], total: Decimal, scale: Decimal = SCALE) -> dict[Part, Decimal]:
    """Answers the parts rounded to the scale so that they sum to `total` exactly (largest remainder).

    `total` is a multiple of the scale, and the parts sum to it up to its own rounding: so each is less than two steps away.
    What is left goes where most was cut off; what is too much is taken where least was. Ties go in the order given.
    """
    steps = {name: Fraction(value) / Fraction(scale) for name, value in parts.items()}
    found = {name: floor(step) for name, step in steps.items()}
    left = int(Fraction(total) / Fraction(scale)) - sum(found.values())
    order = sorted(steps, key=lambda name: found[name] - steps[name], reverse=left < 0)
    for place in range(abs(left)):
        found[order[place % len(order)]] += 1 if left > 0 else -1
    return {name: found[name] * scale for name in parts}
