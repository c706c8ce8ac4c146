"""What a closed number would be today, and by what it differs: an adjustment by reason that sums exactly to the difference.

First the facts change under what held at the close (late rows, mended rows), then on today's facts what the group changed:
the definition with its calendar, the organisation, the rates of exchange. The last three take their mean effect over every
order, as none of them comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from charter.performance.aside import measured_by
from charter.performance.closing.closed_cube import as_closed, closed_rates
from charter.performance.closing.record import Closed, rates_held, rates_of
from charter.performance.number import Number, Reader, cube_plan
from charter.performance.plan import Plan
from charter.performance.rates import Rates
from charter.performance.roll_up import Under
from charter.values.ratio import SCALE
from charter.values.shapley import Given, rounded_to_sum, shapley
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.performance.cube import Advance
    from charter.performance.metric import Metric
    from charter.warehouse.lake import Lake

DATA, DEFINITION, ORGANISATION, RATES = "data", "definition", "organisation", "exchange"
REASONS = (DATA, DEFINITION, ORGANISATION, RATES)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one reason did to a value, in its unit."""

    reason: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A closed value and today's; `total` and the effects are None and empty where one of the two has no value.

    The effects sum to `total` exactly. `since` names deliveries taken in after the close that tell of the period.
    `currency` is that of today's value. `changed` names what differs of that which the number was counted by, whether it moved the value or not.
    """

    closed: Decimal | None
    restated: Decimal | None
    n: int
    total: Decimal | None
    effects: tuple[Effect, ...]
    changed: tuple[str, ...]
    since: tuple[str, ...]
    currency: str | None = None
    missing_rates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restated:
    """The same number as it is today, with the metric and the rates that it is counted by today."""

    number: Number
    metric: Metric
    rates: Rates


def adjustment(
    lake: Lake, model: Model, one: Closed, restated: Restated, then: Callable[[], Model], advance: Advance
) -> Adjustment:
    """Answers by what the closed number differs from today's.

    Args:
        lake: open for reading, measured by `model`.
        model: what binds today.
        one: the number as closed.
        restated: the number as it is today.
        then: answers the model that held at the close; asked only where the facts must be measured by it.
        advance: is told the progress of measuring.
    """
    was, now = one.number.figure, restated.number.figure
    states = _States(lake, model, one, restated, then, advance, lake.table("dim_scope"))
    changed, since = states.changed(), _since(lake, one)
    other_money = one.number.unit == "money" and was.currency != now.currency
    if was.value is None or now.value is None or other_money:
        return Adjustment(was.value, now.value, now.n, None, (), changed, since, now.currency, now.missing_rates)
    total = now.value - was.value
    values = states.values(changed)
    if any(value is None for value in values.values()):
        return Adjustment(was.value, now.value, now.n, total, (), changed, since, now.currency)
    exact = {given: Fraction(value or 0) for given, value in values.items()}
    shares = {DATA: exact[frozenset()] - Fraction(was.value), **shapley(changed, exact.__getitem__)}
    told = rounded_to_sum(shares, total, _step(was.value, now.value))
    effects = tuple(Effect(name, told[name]) for name in REASONS if told.get(name))
    return Adjustment(was.value, now.value, now.n, total, effects, changed, since, now.currency)


def _step(*values: Decimal) -> Decimal:
    """The finest step of the values: a ratio has six digits, converted money more."""
    finest = min(int(value.as_tuple().exponent) for value in values)
    return min(SCALE, Decimal(1).scaleb(finest))


def _since(lake: Lake, one: Closed) -> tuple[str, ...]:
    """Answers the deliveries by which the facts of the period may differ from those at the close."""
    known = {batch.batch: batch for batch in one.number.passport.sources}
    sources = sorted({batch.source for batch in known.values()})
    if not sources:
        return ()
    period, marks = one.closing.period, ", ".join("?" for _ in sources)
    rows = lake.rows(
        f'SELECT b."batch_id", b."source", b."delivery", b."accepted" FROM {lake.table("batch")} AS b WHERE b."state" = \'taken\' '
        f'AND b."source" IN ({marks}) AND b."data_from" < ? AND b."data_to" >= ? ORDER BY b."received_at", b."batch_id"',
        [*sources, period.end, period.start],
    )
    came = [f"{source}: {delivery} came since" for batch, source, delivery, _ in rows if batch not in known]
    again = [
        f"{source}: {delivery} was read again ({known[batch].rows:,} rows then, {count:,} now)"
        for batch, source, delivery, count in rows
        if batch in known and known[batch].rows != count
    ]
    return (*came, *again)


@dataclass(frozen=True, slots=True)
class _States:
    """Reads the number on today's facts with each of definition, organisation and rates as closed or as today."""

    lake: Lake
    model: Model
    one: Closed
    now: Restated
    then: Callable[[], Model]
    advance: Advance
    tree: str

    @property
    def _span(self) -> tuple[date, date]:
        return self.one.closing.period.start, self.one.closing.period.end

    def changed(self) -> tuple[str, ...]:
        """Answers what is other today than at the close."""
        tests = ((DEFINITION, self._counts_otherwise), (ORGANISATION, self._stands_otherwise), (RATES, self._converts_otherwise))
        return tuple(name for name, differs in tests if differs())

    def _counts_otherwise(self) -> bool:
        if self.one.measured != self.now.metric.measured:
            return True
        built = self.lake.rows(
            f'SELECT c."series", c."built_under" FROM {self.lake.table("closed_component")} AS c '
            'WHERE c."close_id" = ? AND c."definition" = ? AND c."calendar" = ? ORDER BY 1, 2',
            [self.one.closing.close_id, self.one.definition, self.one.measured.calendar],
        )
        under = dict(self.lake.rows(f'SELECT s."series", s."built_under" FROM {self.lake.table("cube_state")} AS s'))
        cases = under.get("replay", "") if self.one.measured.definition.fact == "fact_case" else ""
        # A series that is gone may be packed with others today: by which calendar it was built, nobody can see.
        return any(series not in under or f"{under[series]} {cases}".strip() != was for series, was in built)

    def _stands_otherwise(self) -> bool:
        columns = 'c."scope", c."region", c."market", c."branch", c."valid_from", c."valid_to"'
        now = self.lake.rows(f"SELECT {columns} FROM {self.lake.table('dim_scope')} AS c")
        was = self.lake.rows(
            f'SELECT {columns} FROM {self.lake.table("closed_scope")} AS c WHERE c."close_id" = ?', [self.one.closing.close_id]
        )
        return sorted(now, key=repr) != sorted(was, key=repr)

    def _converts_otherwise(self) -> bool:
        definition = self.now.metric.definition
        if definition.currency is None and definition.form != "dispersion":
            return False
        was = closed_rates(self.lake, self.one.closing, self.one.rate_set)
        return was != rates_of(self.now.rates.home, self.now.rates.name, rates_held(self.now.rates, self.one.closing.period))

    def values(self, changed: tuple[str, ...]) -> dict[Given, Decimal | None]:
        """Answers the value for each set of reasons that are as today, the other ones as closed; on today's facts."""
        found: dict[Given, Decimal | None] = {}
        sides = (False, True) if DEFINITION in changed else (True,)
        for counts_as_today in sides:
            with self._measured(counts_as_today) as cube:
                for given in _subsets([name for name in changed if name != DEFINITION]):
                    key = given | {DEFINITION} if counts_as_today and DEFINITION in changed else given
                    found[key] = self._value(cube, counts_as_today, given, changed)
        return found

    @contextmanager
    def _measured(self, counts_as_today: bool) -> Iterator[Plan]:
        if counts_as_today:
            yield cube_plan(self.model)
            return
        one = self.one
        with measured_by(self.lake, self.then(), {one.number.metric: (one.measured,)}, advance=self.advance) as cube:
            yield cube

    def _value(self, cube: Plan, counts_as_today: bool, given: Given, changed: tuple[str, ...]) -> Decimal | None:
        measured = self.now.metric.measured if counts_as_today else self.one.measured
        closed_money = RATES in changed and RATES not in given
        rates = closed_rates(self.lake, self.one.closing, self.one.rate_set) if closed_money else self.now.rates
        with self._standing(ORGANISATION in changed and ORGANISATION not in given):
            return Reader(self.lake, cube, measured, Under(self.one.number.scope), rates).figure(self._span).value

    def _standing(self, as_then: bool) -> AbstractContextManager[None]:
        """The organisation as closed, or as today; whichever the cells were built under."""
        if as_then:
            return as_closed(self.lake, self.one.closing, ("dim_scope",))
        columns = ", ".join(f'c."{column}"' for column in TABLES["dim_scope"].column_names())
        return self.lake.instead({"dim_scope": f"SELECT {columns} FROM {self.tree} AS c"})


def _subsets(names: list[str]) -> list[Given]:
    found: list[Given] = [frozenset()]
    for name in names:
        found += [given | {name} for given in found]
    return found
