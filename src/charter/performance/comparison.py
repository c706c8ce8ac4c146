"""Two periods of one number held against each other on today's facts: read by parts, and the change split by cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from charter.errors import nearest_hint
from charter.performance.change import WHOLE, Key, Portion, Portions, Split, split_count, split_ratio, split_sum
from charter.performance.codes import PRF014
from charter.performance.figure import SECONDS_A_DAY, Figure
from charter.performance.metric import Metric
from charter.performance.number import Reader, cube_plan
from charter.performance.rate_table import rates_for
from charter.performance.reading import Span, known_breakdowns
from charter.performance.roll_up import TIMES, Under
from charter.values.period import Period
from charter.values.ratio import SCALE
from charter.values.shapley import rounded_to_sum

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

_BELOW = {"group": "market", "region": "market", "market": "branch"}


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part of a number in both periods (key None: not known), and what it did to the whole, by cause."""

    key: str | None
    before: Decimal | None
    after: Decimal | None
    share_before: Fraction | None
    share_after: Fraction | None
    effects: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """Answers what the part did to the whole."""
        return sum(self.effects.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Compared:
    """The change of a number on today's facts and model; the effects sum exactly to after - before.

    `by` is what it was split by (None: it cannot be); the parts come with the largest effect first.
    """

    before: Figure
    after: Figure
    by: str | None
    effects: Mapping[str, Decimal]
    parts: tuple[PartChange, ...]


def compare(lake: Lake, model: Model, metric: Metric, scope: str, before: Period, after: Period, by: str | None) -> Compared:
    """Answers how the number moved between two periods; split by `by`, else by the scopes below, else by channel."""
    money = metric.definition.currency is not None or metric.definition.form == "dispersion"
    readers = []
    for period in (before, after):
        rates = rates_for(lake, model.settings.currency, metric.spec.rate_set, period.end - timedelta(days=1))
        readers.append(Reader(lake, cube_plan(model), metric.measured, Under(scope), rates))
    spans = [(one.start, one.end) for one in (before, after)]
    was, now = readers[0].figure(spans[0]), readers[1].figure(spans[1])
    chosen = _chosen(metric, scope, by)
    if chosen is None or was.value is None or now.value is None or _other_money(metric, was, now):
        return Compared(was, now, None, _whole(metric, was, now), ())
    home = money and model.settings.currency in (was.currency, now.currency)
    later = [_by_key(readers[1], span, chosen, home) for span in spans]
    others = readers[0].rates.name != readers[1].rates.name if money else False
    earlier = [_by_key(readers[0], span, chosen, home) for span in spans] if others else None
    split = _split(metric, later, earlier)
    if split is None or not _adds_up(split, was, now):
        return Compared(was, now, None, _whole(metric, was, now), ())
    return _compared(metric, was, now, chosen, split, earlier[0] if earlier else later[0], later[1])


def _chosen(metric: Metric, scope: str, by: str | None) -> str | None:
    """Answers by what it is split: days are none of it, for no day lies in both periods."""
    known = tuple(one for one in known_breakdowns(metric.measured) if one not in TIMES)
    if by is not None and by not in known:
        raise PRF014.exception(metric=metric.name, by=by, near=nearest_hint(by, known, f"use one of {', '.join(known)}"))
    wanted = by or _BELOW.get(scope.partition("/")[0], "channel")
    return wanted if wanted in known else None


def _other_money(metric: Metric, was: Figure, now: Figure) -> bool:
    return metric.definition.unit == "money" and was.currency != now.currency


def _whole(metric: Metric, was: Figure, now: Figure) -> dict[str, Decimal]:
    if was.value is None or now.value is None or _other_money(metric, was, now):
        return {}
    return {WHOLE: now.value - was.value}


def _by_key(reader: Reader, span: Span, by: str, at_home: bool) -> dict[Key, Figure]:
    return {row.key: row.figure for row in reader.breakdown(span, by, at_home=at_home)}


def _split(metric: Metric, later: list[dict[Key, Figure]], earlier: list[dict[Key, Figure]] | None) -> Split | None:
    """None where parts do not add up: an account that is seen at two branches counts once in their market."""
    form = metric.definition.form
    sides = [_portions(metric, side) for side in later]
    old = [_portions(metric, side) for side in earlier] if earlier else [None, None]
    if form == "distinct" or any(side is None for side in sides) or (earlier and any(side is None for side in old)):
        return None
    before, after = sides[0] or {}, sides[1] or {}
    at_before = (old[0] or {}, old[1] or {}) if earlier else None
    if form == "sum":
        counted = metric.definition.currency is None
        return split_count(before, after) if counted else split_sum(before, after, at_before)
    return split_ratio(before, after, at_before)


def _portions(metric: Metric, side: Mapping[Key, Figure]) -> Portions | None:
    found = {key: _portion(metric, one) for key, one in side.items()}
    return None if any(one is None for one in found.values()) else {key: one for key, one in found.items() if one is not None}


def _portion(metric: Metric, one: Figure) -> Portion | None:
    if metric.definition.form == "duration":
        head = one.times[metric.definition.headline or ""]
        scale = SECONDS_A_DAY if metric.definition.unit == "days" else 1
        return Portion(Fraction(head.total, scale), Fraction(head.n))
    if one.numerator is None:
        return None if one.n else Portion(Fraction(0), Fraction(0))
    below = one.denominator if metric.definition.form != "sum" else Decimal(one.n)
    return None if below is None else Portion(Fraction(one.numerator), Fraction(below))


def _adds_up(split: Split, was: Figure, now: Figure) -> bool:
    if was.value is None or now.value is None:
        return False
    return abs(sum(split.effects.values(), Fraction(0)) - (Fraction(now.value) - Fraction(was.value))) <= Fraction(SCALE)


def _compared(
    metric: Metric, was: Figure, now: Figure, by: str, split: Split, before: Mapping[Key, Figure], after: Mapping[Key, Figure]
) -> Compared:
    total = (now.value or Decimal(0)) - (was.value or Decimal(0))
    step = min(SCALE, Decimal(1).scaleb(int(total.as_tuple().exponent)))
    effects = rounded_to_sum(split.effects, total, step)
    # Each cause is rounded over the parts to its own sum, so that rows and columns of the table both add up.
    told: dict[Key, dict[str, Decimal]] = {key: {} for key in split.parts}
    for cause, value in effects.items():
        for key, share in rounded_to_sum({key: one[cause] for key, one in split.parts.items()}, value, step).items():
            told[key][cause] = share
    shares = [_shares(metric, side) for side in (before, after)]
    parts = [
        PartChange(key, _value(before, key), _value(after, key), shares[0].get(key), shares[1].get(key), told[key])
        for key in split.parts
    ]
    return Compared(was, now, by, effects, tuple(sorted(parts, key=lambda one: (-abs(one.total), str(one.key)))))


def _value(side: Mapping[Key, Figure], key: Key) -> Decimal | None:
    return side[key].value if key in side else None


def _shares(metric: Metric, side: Mapping[Key, Figure]) -> dict[Key, Fraction]:
    below = {key: portion.below for key, one in side.items() if (portion := _portion(metric, one)) is not None}
    whole = sum(below.values(), Fraction(0))
    return {key: one / whole for key, one in below.items()} if whole else {}
