"""From exact parts to a figure: value, coverage, interval, components. Each division happens once, here, in `values`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from charter.performance.definition import Definition
from charter.performance.rates import Amount, Rates, common_currency, total
from charter.performance.reading import Parts
from charter.values.interval import share_interval
from charter.values.quantile import order_interval, quantile
from charter.values.ratio import divide

Interval = tuple[Decimal, Decimal]
SECONDS_A_DAY = 86_400
_MONEY = frozenset({"numerator", "denominator", "classified", "lowering", "deviation", "covered_value", "value"})
"""Components that are amounts, where a definition names a currency; all others count."""


@dataclass(frozen=True, slots=True)
class Times:
    """One duration's distribution: n, sum and mean, P50 and P90 (nearest rank) with their order-statistic intervals."""

    n: int
    total: int
    mean: Decimal | None
    p50: int | None
    p90: int | None
    p50_interval: tuple[int, int] | None
    p90_interval: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Figure:
    """What the parts say: nothing here depends on targets, owners or sources.

    `population` counts the orders, cases or lines that the value was taken from, those that it could not use included.
    """

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    coverage: Decimal | None
    interval: Interval | None
    currency: str | None = None
    times: Mapping[str, Times] = field(default_factory=dict)
    values: Mapping[str, Decimal] = field(default_factory=dict)
    missing_rates: tuple[str, ...] = ()
    population: int = 0
    may_lower: Decimal = Decimal(0)

    @property
    def unclassified(self) -> Decimal | None:
        """Answers the share of what stands below the line that could not be classified; None where nothing has to be.

        So much of it as `may_lower` the value is below 0 and would be taken off it; the rest may raise it.
        """
        return None if self.coverage is None else 1 - self.coverage


def figure(definition: Definition, parts: Parts, rates: Rates, *, at_home: bool = False) -> Figure:
    """Answers the figure of these parts; an empty denominator gives no value, not 0.

    Money that stands in one currency only stays in it, else it is converted to the group's; with `at_home` always, so that
    figures of several places add up.
    """
    if at_home:
        parts = _converted(parts, rates)
    make = {"ratio": _ratio, "sum": _sum, "duration": _duration, "distinct": _distinct, "dispersion": _dispersion}
    found = make[definition.form](definition, parts, rates)
    return replace(found, population=int(parts.count("lines" if definition.form == "dispersion" else "n")))


def _converted(parts: Parts, rates: Rates) -> Parts:
    """The same parts with each amount of money in the home currency; what has no rate stays as it is, and is found missing."""

    def at_home(one: Amount) -> Amount:
        rate = rates.rate(one.currency, one.day) if one.currency else None
        return one if rate is None else Amount(rates.home, one.day, one.value * rate)

    return replace(
        parts, sums={name: [at_home(one) for one in many] if name in _MONEY else many for name, many in parts.sums.items()}
    )


def times(histogram: Mapping[int, int]) -> Times:
    """Answers the distribution of a histogram: seconds -> n."""
    n = sum(histogram.values())
    whole = sum(seconds * count for seconds, count in histogram.items())
    if not n:
        return Times(0, 0, None, None, None, None, None)
    half, tenth = Decimal("0.5"), Decimal("0.9")
    return Times(
        n,
        whole,
        divide(whole, n),
        quantile(histogram, half),
        quantile(histogram, tenth),
        order_interval(histogram, half),
        order_interval(histogram, tenth),
    )


def _share(above: Decimal | None, below: Decimal | None) -> Decimal | None:
    return None if above is None or below is None else divide(above, below)


def _extras(definition: Definition, parts: Parts) -> dict[str, Decimal]:
    return {name: parts.count(f"value.{name}") for name in definition.values}


def _counts_rows(definition: Definition) -> bool:
    """Whether numerator and denominator count rows, so that a binomial interval holds."""
    both = (definition.numerator or "", definition.denominator or "")
    return definition.currency is None and all(text.strip().lower().startswith("count(") for text in both)


def _ratio(definition: Definition, parts: Parts, rates: Rates) -> Figure:
    names = ("numerator", "denominator", "classified", "lowering")
    amounts = {name: parts.sums.get(name, []) for name in names}
    currency: str | None = None
    missing: tuple[str, ...] = ()
    if definition.currency is not None:
        every = [amount for many in amounts.values() for amount in many]
        currency = common_currency(every, rates.home)
        converted = {name: total(many, rates, currency) for name, many in amounts.items()}
        missing = tuple(sorted({code for one in converted.values() for code in one.missing}))
        sums: dict[str, Decimal | None] = {name: one.value for name, one in converted.items()}
        currency = currency or rates.home
    else:
        sums = {name: parts.count(name) for name in names}
    above, below, known, lowering = (sums[name] for name in names)
    # Where more was credited than invoiced, nothing is a share of it.
    whole = None if definition.unit == "share" and below is not None and below < 0 else below
    n = int(parts.count("n"))
    interval = None
    if definition.unit == "share" and above is not None and below and _counts_rows(definition):
        n = int(below)
        interval = share_interval(int(above), int(below))
    return Figure(
        _share(above, whole), above, below, n, _share(known, whole) if definition.classified else None, interval,
        currency, values=_extras(definition, parts), missing_rates=missing, may_lower=-(_share(lowering, whole) or Decimal(0)),
    )  # fmt: skip


def _sum(definition: Definition, parts: Parts, rates: Rates) -> Figure:
    n = int(parts.count("n"))
    extras = _extras(definition, parts)
    if definition.currency is None:
        value = parts.count("numerator") if n else None
        return Figure(value, value, None, n, None, None, values=extras)
    amounts = parts.sums.get("numerator", [])
    currency = common_currency(amounts, rates.home)
    converted = total(amounts, rates, currency)
    value = converted.value if n else None
    return Figure(value, value, None, n, None, None, converted.currency, values=extras, missing_rates=converted.missing)


def _duration(definition: Definition, parts: Parts, rates: Rates) -> Figure:
    del rates
    spread = {name: times(parts.histograms.get(name, {})) for name in definition.durations}
    head = spread[definition.headline or ""]
    scale = SECONDS_A_DAY if definition.unit == "days" else 1
    coverage = None
    if definition.denominator and definition.classified:
        coverage = divide(parts.count("classified"), parts.count("denominator"))
    above, below = Decimal(head.total), Decimal(head.n)
    value = divide(above, below * scale)
    return Figure(
        value, divide(above, scale) if scale > 1 else above, below, head.n, coverage, None, times=spread,
        values=_extras(definition, parts),
    )  # fmt: skip


def _distinct(definition: Definition, parts: Parts, rates: Rates) -> Figure:
    del rates
    above, below = parts.members.get("numerator", 0), parts.members.get("denominator", 0)
    coverage = None
    if definition.denominator and definition.classified:
        coverage = divide(parts.count("classified"), parts.count("denominator"))
    interval = share_interval(above, below) if below else None
    return Figure(
        divide(above, below),
        Decimal(above),
        Decimal(below),
        below,
        coverage,
        interval,
        values=_extras(definition, parts),
    )


def _dispersion(definition: Definition, parts: Parts, rates: Rates) -> Figure:
    del definition
    names = ("deviation", "covered_value", "value")
    every: list[Amount] = [amount for name in names for amount in parts.sums.get(name, [])]
    currency = common_currency(every, rates.home)
    converted = {name: total(parts.sums.get(name, []), rates, currency) for name in names}
    missing = tuple(sorted({code for one in converted.values() for code in one.missing}))
    above, below, whole = (converted[name].value for name in names)
    return Figure(
        _share(above, below), above, below, int(parts.count("lines")), _share(below, whole), None,
        currency or rates.home, values={"keys": parts.count("keys"), "lines": parts.count("lines")},
        missing_rates=missing,
    )  # fmt: skip
