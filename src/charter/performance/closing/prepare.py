"""What a metric's numbers of a period are at every scope, ready to be closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from charter.performance.closing.record import Counted
from charter.performance.figure import Figure
from charter.performance.metric import Metric, find_metric, matures_on
from charter.performance.number import Asked, Reader, cube_plan, number
from charter.performance.rate_table import rates_for
from charter.performance.rates import Rates
from charter.performance.roll_up import LEVELS, Under
from charter.performance.slo import SloStatus, objectives, slo_status
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.model.ref import Ref
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Prepared:
    """One metric of a period: from which day it is mature, its number at each scope that sees it, and how its objectives stand."""

    metric: str
    title: str
    mature_on: date
    by_scope: Mapping[str, Counted]
    objectives: tuple[SloStatus, ...] = ()


def scopes_of(model: Model, ref: Ref, period: Period) -> dict[str, Model]:
    """Answers the scopes that see a metric, each with the model to ask: that of the model's day where it is open then.

    Of one that ended since, that of the last day of the period on which it was open: what it did then is closed as well.
    """
    found = {}
    for scope in model.tree.scopes():
        day = _last_day(model, scope, period)
        if day is not None and ref.home in (model.tree.find_chain(scope, day) or ()):
            found[scope] = model if day == model.as_of else model.workspace.model(day)
    return found


def _last_day(model: Model, scope: str, period: Period) -> date | None:
    tree = model.tree
    if tree.is_open(scope, model.as_of):
        return model.as_of
    days = [one.end - timedelta(days=1) for one in tree.slices(scope) if one.end is not None]
    within = [min(day, period.end - timedelta(days=1)) for day in days if day >= period.start]
    return next((day for day in sorted(within, reverse=True) if tree.is_open(scope, day)), None)


def prepare(lake: Lake, model: Model, ref: Ref, period: Period, asked: Callable[[str, Model], Asked]) -> Prepared:
    """Answers the metric's number at each scope, as `number` would answer it; `asked` says what else is known there.

    Raises what `number` raises: a metric that cannot be answered everywhere is not closed.
    """
    name, cube = ref.full_name, cube_plan(model)
    models = scopes_of(model, ref, period)
    metrics = {scope: find_metric(one, name, scope) for scope, one in models.items()}
    home = metrics[ref.home]
    figures = dict(_figures(lake, model, metrics, ref.home, period))
    found = {}
    for scope, metric in metrics.items():
        one, about = models[scope], asked(scope, models[scope])
        whole = number(lake, one, name, scope, period, asked=about, beside=False, cube=cube, read=figures.get(scope))
        found[scope] = Counted(whole, metric.measured, _rates(lake, model, metric, period))
    reached = tuple(
        slo_status(lake, model, one, scope, period, asked(scope, model))
        for scope in metrics
        if models[scope] is model
        for one in objectives(model, scope)
        if one.metric == name
    )
    mature = matures_on((metric.measured for metric in metrics.values()), period.end)
    return Prepared(name, home.title, mature, found, reached)


def _rates(lake: Lake, model: Model, metric: Metric, period: Period) -> Rates:
    return rates_for(lake, model.settings.currency, metric.spec.rate_set, period.end - timedelta(days=1))


def _figures(lake: Lake, model: Model, metrics: Mapping[str, Metric], home: str, period: Period) -> Iterator[tuple[str, Figure]]:
    """Reads all scopes that count as the home does by one read a level.

    Over the whole group, whatever the home: a branch that moved brings along what it did elsewhere, as in `number`.
    """
    top = metrics[home]
    alike = {scope for scope, metric in metrics.items() if _counts(metric) == _counts(top)}
    reader = Reader(lake, cube_plan(model), top.measured, Under("group"), _rates(lake, model, top, period))
    for level in LEVELS:
        if any(scope.startswith(f"{level}/") for scope in alike - {home}):
            for row in reader.breakdown((period.start, period.end), level):
                if row.key in alike and row.key != home:
                    yield str(row.key), row.figure


def _counts(metric: Metric) -> tuple[object, ...]:
    return metric.measured, metric.spec.rate_set
