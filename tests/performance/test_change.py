"""What changed and why: hand-computed splits, and that causes and parts always sum to the change."""

from __future__ import annotations

from fractions import Fraction as F

from hypothesis import assume, given
from hypothesis import strategies as st

from charter.performance.change import EXCHANGE, MIX, RATE, VOLUME, Portion, split_count, split_ratio, split_sum


def side(**parts: tuple[int, int]) -> dict[str | None, Portion]:
    return {key: Portion(F(above), F(below)) for key, (above, below) in parts.items()}


def test_a_ratio_that_moves_because_a_good_part_grew_is_mix_alone() -> None:
    # de 80 % digital, se 20 %; half and half, then three quarters de: 50 % to 65 %.
    split = split_ratio(side(de=(40, 50), se=(10, 50)), side(de=(60, 75), se=(5, 25)))
    assert split.effects == {MIX: F(15, 100), RATE: 0}
    # Against the mean of both (57.5 %): a quarter more of 22.5 points above it, a quarter less of 37.5 points below it.
    assert split.parts["de"][MIX] == F(1, 4) * (F(80, 100) - F(575, 1000))
    assert split.parts["se"][MIX] == -F(1, 4) * (F(20, 100) - F(575, 1000))


def test_a_ratio_that_moves_within_its_parts_is_rate_alone() -> None:
    split = split_ratio(side(de=(40, 50), se=(10, 50)), side(de=(45, 50), se=(10, 50)))
    assert split.effects == {MIX: 0, RATE: F(5, 100)}
    assert split.parts == {"de": {MIX: 0, RATE: F(5, 100)}, "se": {MIX: 0, RATE: 0}}


def test_a_part_that_is_new_moves_a_ratio_by_mix_and_by_no_rate_of_its_own() -> None:
    split = split_ratio(side(de=(40, 50)), side(de=(40, 50), at=(0, 50)))
    assert split.effects == {MIX: F(40, 100) - F(80, 100), RATE: 0}


def test_a_sum_is_volume_mix_and_rate() -> None:
    # 10 orders of 5 (de) and 10 of 1 (se) are 60; then 30 and 10: 160. Volume doubles; de is three quarters of it.
    split = split_sum(side(de=(50, 10), se=(10, 10)), side(de=(150, 30), se=(10, 10)))
    # Before: mean 3, after: mean 4. Twenty more at the mean of both means; one more each for the mean of 20 and 40.
    assert split.effects == {VOLUME: 20 * F(7, 2), MIX: 30 * F(1), RATE: 0}


def test_a_sum_at_other_rates_of_exchange_is_exchange_alone() -> None:
    before, after = side(se=(100, 10)), side(se=(120, 10))
    split = split_sum(after, after, (before, before))
    assert split.effects == {VOLUME: 0, MIX: 0, RATE: 0, EXCHANGE: 20}


def test_a_count_is_what_each_part_adds() -> None:
    split = split_count(side(de=(7, 7), se=(3, 3)), side(de=(5, 5), at=(4, 4)))
    assert split.effects == {VOLUME: -1}
    assert split.parts == {"at": {VOLUME: 4}, "de": {VOLUME: -2}, "se": {VOLUME: -3}}


portions = st.builds(lambda above, below: Portion(F(above), F(below)), st.integers(-50, 90), st.integers(0, 90))
sides = st.dictionaries(st.sampled_from(["de", "se", "gb", None]), portions, max_size=4)


def _ratio(one: dict[str | None, Portion]) -> F:
    return sum((part.above for part in one.values()), F(0)) / sum(part.below for part in one.values())


@given(sides, sides)
def test_causes_and_parts_of_a_ratio_sum_to_its_change_whatever_came_and_went(
    before: dict[str | None, Portion], after: dict[str | None, Portion]
) -> None:
    # What stands above a line of nothing belongs to no part's rate.
    assume(all(part.below for one in (before, after) for part in one.values()) and before and after)
    split = split_ratio(before, after)
    assert sum(split.effects.values()) == _ratio(after) - _ratio(before)
    for cause, value in split.effects.items():
        assert sum(part[cause] for part in split.parts.values()) == value


@given(sides, sides, st.integers(1, 5), st.integers(1, 5))
def test_causes_and_parts_of_a_sum_sum_to_its_change_at_two_rate_sets(
    before: dict[str | None, Portion], after: dict[str | None, Portion], old: int, new: int
) -> None:
    assume(all(part.below for one in (before, after) for part in one.values()) and before and after)

    def at(one: dict[str | None, Portion], rate: int) -> dict[str | None, Portion]:
        return {key: Portion(part.above * rate, part.below) for key, part in one.items()}

    split = split_sum(at(before, new), at(after, new), (at(before, old), at(after, old)))
    change = sum(part.above for part in after.values()) * new - sum(part.above for part in before.values()) * old
    assert sum(split.effects.values()) == change
    for cause, value in split.effects.items():
        assert sum(part[cause] for part in split.parts.values()) == value
