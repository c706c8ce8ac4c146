"""Numbers over months and scopes under one model, so that two models can be held against each other on the same facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from charter.performance.calendar import calendars
from charter.performance.figure import Figure
from charter.performance.measure import STANDARD, case_calendar
from charter.performance.metric import Metric, find_metric, in_use
from charter.performance.number import Reader, standing, unfed, without_a_feed
from charter.performance.plan import Measured, Plan, plan
from charter.performance.printing import printer
from charter.performance.rate_table import rates_for
from charter.performance.roll_up import LEVELS, Under
from charter.performance.rules import Feeds, Status
from charter.performance.scope import scope_rows
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Standing:
    """How a number stands at a scope for a month: its value (None: there is none) in its unit, n, target and status."""

    value: Decimal | None
    n: int
    target: Decimal | None
    status: Status
    unit: str


Standings = Mapping[tuple[str, str], Standing]
"""By scope and month."""


def standings(lake: Lake, model: Model, cube: Plan, name: str, months: Sequence[Period], feeds: Feeds) -> Standings:
    """Answers how a metric stands at each scope that sees it, month by month: equal to asking `number` for each.

    One read a month and level serves all scopes that count alike; a scope with a definition of its own is read by itself.
    """
    home = next((ref.home for ref in model.all_refs("Metric") if ref.full_name == name), None)
    if home is None or not model.tree.is_open(home, model.as_of):
        return {}
    metrics = {scope: find_metric(model, name, scope) for scope in _below(model, home)}
    found: dict[tuple[str, str], Standing] = {}
    for month in months:
        for scope, whole in _figures(lake, model, cube, metrics, home, month).items():
            metric = metrics[scope]
            whole = without_a_feed(whole, unfed(metric, feeds))
            target, status = standing(model, metric, whole, scope, month)
            found[scope, str(month)] = Standing(
                whole.value, whole.n, target.value if target else None, status, metric.definition.unit
            )
    return found


def _below(model: Model, home: str) -> list[str]:
    tree, day = model.tree, model.as_of
    return [scope for scope in tree.scopes() if tree.is_open(scope, day) and home in tree.chain(scope, day)]


def _figures(lake: Lake, model: Model, cube: Plan, metrics: Mapping[str, Metric], home: str, month: Period) -> dict[str, Figure]:
    span = (month.start, month.end)

    def reader(scope: str) -> Reader:
        metric = metrics[scope]
        rates = rates_for(lake, model.settings.currency, metric.spec.rate_set, month.end - timedelta(days=1))
        return Reader(lake, cube, metric.measured, Under(scope), rates)

    top = reader(home)
    alike = {scope for scope, metric in metrics.items() if _counts(metric) == _counts(metrics[home])}
    found = {home: top.figure(span)}
    for level in LEVELS:
        if any(scope.startswith(f"{level}/") for scope in alike - {home}):
            rows = top.breakdown(span, level)
            found |= {row.key: row.figure for row in rows if row.key in alike and row.key != home}
    nothing = None
    for scope in metrics:
        if scope in found:
            continue
        if scope in alike:
            # Where nothing was counted, all scopes that count alike have the same empty figure.
            nothing = nothing or reader(scope).figure(span)
            found[scope] = nothing
        else:
            found[scope] = reader(scope).figure(span)
    return found


def _counts(metric: Metric) -> tuple[Measured, str | None]:
    return metric.measured, metric.spec.rate_set


class Footing:
    """What the numbers of a model rest on beside the facts: to see at once which metrics another model leaves as they are."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.metrics = in_use(model)

    @cached_property
    def calendars(self) -> str:
        """Answers the content of all calendars in use."""
        return calendars(self.model, {one.calendar for many in self.metrics.values() for one in many} | {STANDARD}).hash

    @cached_property
    def scopes(self) -> tuple[object, ...]:
        """Answers the organisation over time, with what dates cases, and the home currency."""
        return (sorted(scope_rows(self.model, {}), key=repr), self.model.settings.currency)

    def of(self, name: str) -> tuple[object, ...]:
        """Answers what one metric's values rest on, its own document apart; the calendars only where it is timed by them."""
        used = self.metrics.get(name, ())
        cases = case_calendar(self.model) if any(one.definition.fact == "fact_case" for one in used) else ""
        timed = cases or any(series.timed for series in plan(used, printer).series.values())
        return (used, self.calendars if timed else "", cases)


def touched(before: Model, after: Model, changed: Collection[str]) -> tuple[str, ...]:
    """Answers the metrics whose numbers may differ between two models; `changed` names those whose documents answer otherwise.

    A changed organisation, currency or calendar touches every metric: which of them really differ, only the facts tell.
    """
    old, new = Footing(before), Footing(after)
    names = sorted({*old.metrics, *new.metrics})
    if old.scopes != new.scopes:
        return tuple(names)
    return tuple(name for name in names if name in changed or old.of(name) != new.of(name))


def differing(before: Standings, after: Standings) -> dict[tuple[str, str], tuple[Standing | None, Standing | None]]:
    """Answers where and when the two differ, with both sides; a side without the scope is None."""
    keys = sorted({*before, *after})
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}
