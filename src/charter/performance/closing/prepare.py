"""What a metric's numbers of a period are at every scope, ready to be closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from charter.performance.closing.record import Counted
from charter.performance.figure import Figure
from charter.performance.metric import Metric, find_metric
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


def scopes_of(model: Model, ref: Ref) -> list[str]:
    """Answers the scopes that see a metric on the model's day: those at or below its home, sorted by the tree."""
    tree, day = model.tree, model.as_of
    return [scope for scope in tree.scopes() if tree.is_open(scope, day) and ref.home in tree.chain(scope, day)]


def prepare(lake: Lake, model: Model, ref: Ref, period: Period, asked: Callable[[str], Asked]) -> Prepared:
    """Answers the metric's number at each scope, as `number` would answer it; `asked` says what else is known there.

    Raises what `number` raises: a metric that cannot be answered everywhere is not closed.
    """
    name = ref.full_name
    metrics = {scope: find_metric(model, name, scope) for scope in scopes_of(model, ref)}
    home = metrics[ref.home]
    figures = dict(_figures(lake, model, metrics, ref.home, period))
    found = {}
    for scope, metric in metrics.items():
        whole = number(lake, model, name, scope, period, asked=asked(scope), beside=False, read=figures.get(scope))
        found[scope] = Counted(whole, metric.measured, _rates(lake, model, metric, period))
    reached = tuple(
        slo_status(lake, model, one, scope, period, asked(scope))
        for scope in metrics
        for one in objectives(model, scope)
        if one.metric == name
    )
    return Prepared(name, home.title, home.definition.mature_on(period.end), found, reached)


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
