"""What changed from one period to another and why: mix, rate, volume and exchange, which sum exactly to the change.

A ratio is the mean of its parts' rates, weighted by their shares: `mix` is what other shares did, `rate` what other rates
within the parts did. A sum of money is a count of orders at a mean value: `volume` is what their number did. `exchange` is
what another rate set did. Each is its mean effect over every order in which the causes could have come in (Shapley), so that
no cause is preferred and nothing is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from charter.values.shapley import Given, shapley

VOLUME, MIX, RATE, EXCHANGE, WHOLE = "volume", "mix", "rate", "exchange", "unsplit"
Key = str | None


@dataclass(frozen=True, slots=True)
class Portion:
    """One part of a number in one period: what stands above and below its line. A sum has the count of rows below."""

    above: Fraction
    below: Fraction


Portions = Mapping[Key, Portion]


@dataclass(frozen=True, slots=True)
class Split:
    """The effects by cause, and of each part by cause; both sum to the change of the whole."""

    effects: Mapping[str, Fraction]
    parts: Mapping[Key, Mapping[str, Fraction]]


def split_ratio(before: Portions, after: Portions, at_rates_before: tuple[Portions, Portions] | None = None) -> Split:
    """Answers what mix and rate did to sum(above) / sum(below); `before` and `after` are at the later period's rates.

    Where the two periods have different rate sets, `at_rates_before` gives both at those of the earlier one.
    """
    return _split(before, after, at_rates_before, (MIX, RATE))


def split_sum(before: Portions, after: Portions, at_rates_before: tuple[Portions, Portions] | None = None) -> Split:
    """Answers what volume, mix and rate (value per row) did to sum(above)."""
    return _split(before, after, at_rates_before, (VOLUME, MIX, RATE))


def split_count(before: Portions, after: Portions) -> Split:
    """Answers what each part adds to the change of a count."""
    none = Portion(Fraction(0), Fraction(0))
    parts = {key: {VOLUME: after.get(key, none).above - before.get(key, none).above} for key in _keys(before, after)}
    return Split({VOLUME: sum((one[VOLUME] for one in parts.values()), Fraction(0))}, parts)


def _keys(*sides: Portions) -> list[Key]:
    return sorted({key for side in sides for key in side}, key=lambda key: (key is None, str(key)))


def _split(before: Portions, after: Portions, earlier: tuple[Portions, Portions] | None, causes: tuple[str, ...]) -> Split:
    """Each part's term is number x share x (rate - c); c, the mean rate, only says where a part's mix counts from: it cancels out."""
    sides = {(False, True): before, (True, True): after}
    if earlier is not None:
        sides |= {(False, False): earlier[0], (True, False): earlier[1]}
        causes = (*causes, EXCHANGE)
    middle = (_mean(before) + _mean(after)) / 2
    parts: dict[Key, dict[str, Fraction]] = {}
    for key in _keys(*sides.values()):
        counted = shapley(causes, _term(sides, key, causes, Fraction(0)))
        centred = shapley(causes, _term(sides, key, causes, middle))
        parts[key] = {cause: centred[cause] if cause == MIX else counted[cause] for cause in causes}
    return Split({cause: sum((one[cause] for one in parts.values()), Fraction(0)) for cause in causes}, parts)


def _mean(side: Portions) -> Fraction:
    below = sum((one.below for one in side.values()), Fraction(0))
    return sum((one.above for one in side.values()), Fraction(0)) / below if below else Fraction(0)


def _term(
    sides: Mapping[tuple[bool, bool], Portions], key: Key, causes: tuple[str, ...], centre: Fraction
) -> Callable[[Given], Fraction]:
    def value(given: Given) -> Fraction:
        rates = EXCHANGE not in causes or EXCHANGE in given
        count = _count(sides[VOLUME in given, rates]) if VOLUME in causes else Fraction(1)
        return count * _share(sides[MIX in given, rates], key) * (_rate(sides, key, RATE in given, rates) - centre)

    return value


def _count(side: Portions) -> Fraction:
    return sum((one.below for one in side.values()), Fraction(0))


def _share(side: Portions, key: Key) -> Fraction:
    whole = _count(side)
    return side[key].below / whole if key in side and whole else Fraction(0)


def _rate(sides: Mapping[tuple[bool, bool], Portions], key: Key, is_after: bool, rates: bool) -> Fraction:
    """The part's own rate; of one that is there in one period only the rate that it has then: all that it does is mix."""
    for at in (is_after, not is_after):
        one = sides[at, rates].get(key)
        if one is not None and one.below:
            return one.above / one.below
    return Fraction(0)
