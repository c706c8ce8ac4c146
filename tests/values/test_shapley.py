"""A change is split among its causes without preference, and nothing is left over."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from charter.values.shapley import rounded_to_sum, shapley

fractions = st.fractions(min_value=-50, max_value=50, max_denominator=12)


def _by_every_order(causes: Sequence[str], value: dict[frozenset[str], Fraction]) -> dict[str, Fraction]:
    """The second oracle: the mean of each cause's step over all orders, written out."""
    orders = list(permutations(causes))
    found = dict.fromkeys(causes, Fraction(0))
    for order in orders:
        so_far: frozenset[str] = frozenset()
        for cause in order:
            found[cause] += (value[so_far | {cause}] - value[so_far]) / len(orders)
            so_far |= {cause}
    return found


@given(st.lists(fractions, min_size=16, max_size=16), st.integers(0, 4))
def test_each_cause_gets_the_mean_of_its_steps_over_every_order(values: list[Fraction], count: int) -> None:
    causes = list("abcd")[:count]
    table = {frozenset(c for at, c in enumerate(causes) if mask >> at & 1): values[mask] for mask in range(2**count)}
    found = shapley(causes, table.__getitem__)
    assert found == _by_every_order(causes, table)
    assert sum(found.values()) == table[frozenset(causes)] - table[frozenset()]


def test_a_product_of_two_is_split_at_the_middle() -> None:
    # 10 pieces at 4 become 12 at 5: 40 to 60; two more pieces at the mean price 4.5, one more each for the mean of 11 pieces.
    def worth(given: frozenset[str]) -> Fraction:
        return Fraction(12 if "pieces" in given else 10) * (5 if "price" in given else 4)

    assert shapley(["pieces", "price"], worth) == {"pieces": 9, "price": 11}


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), fractions, min_size=1, max_size=9), st.sampled_from(["0.000001", "0.01", "1"])
)
def test_parts_are_rounded_so_that_they_sum_to_the_rounded_total_and_none_is_a_step_away(
    parts: dict[str, Fraction], step: str
) -> None:
    scale = Decimal(step)
    whole = sum(parts.values(), Fraction(0)) / Fraction(scale)
    total = Decimal(round(whole)) * scale
    found = rounded_to_sum(parts, total, scale)
    assert sum(found.values()) == total
    assert all(abs(Fraction(found[name]) - value) <= 2 * Fraction(scale) for name, value in parts.items())
    assert all(value % scale == 0 for value in found.values())


def test_what_rounding_leaves_goes_where_most_was_cut_off() -> None:
    thirds = {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}
    assert rounded_to_sum(thirds, Decimal(1), Decimal("0.01")) == {"a": Decimal("0.34"), "b": Decimal("0.33"), "c": Decimal("0.33")}
    assert rounded_to_sum({"a": Fraction(-5, 3), "b": Fraction(2, 3)}, Decimal(-1), Decimal(1)) == {
        "a": Decimal(-2),
        "b": Decimal(1),
    }
