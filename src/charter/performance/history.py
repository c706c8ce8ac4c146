"""Numbers over months and scopes under one model, so that two models can be held against each other on the same facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from charter.performance.calendar import calendars
from charter.performance.figure import Figure, figure
from charter.performance.measure import STANDARD, case_calendar
from charter.performance.metric import Metric, find_metric, in_use
from charter.performance.missing import Missing, missing_of
from charter.performance.passport import reconciled_by_month
from charter.performance.plan import Plan, plan
from charter.performance.printing import printer
from charter.performance.rate_table import rates_for
from charter.performance.reading import Parts, Question, read_months
from charter.performance.roll_up import LEVELS, Under
from charter.performance.rules import Feeds, Reconciled, Status
from charter.performance.scope import scope_rows
from charter.performance.standing import silent_about, sources_of, standing, unfed, without_a_feed
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


Where = Mapping[str, frozenset[str] | None]
"""By metric the scopes at which its numbers may differ; None: everywhere."""


def standings(
    lake: Lake, model: Model, cube: Plan, name: str, months: Sequence[Period], feeds: Feeds, only: frozenset[str] | None = None
) -> Standings:
    """Answers how a metric stands at each scope that sees it (of `only`), month by month: equal to asking `number` for each.

    Scopes that count alike are read together: all months of a level by one read.
    """
    home = next((ref.home for ref in model.all_refs("Metric") if ref.full_name == name), None)
    if home is None or not months or not model.tree.is_open(home, model.as_of):
        return {}
    metrics = {scope: find_metric(model, name, scope) for scope in _below(model, home) if only is None or scope in only}
    found: dict[tuple[str, str], Standing] = {}
    lacks = _Lacks(lake, model, feeds, months)
    for alike in alike_metrics(metrics):
        for month, figures in figures_by_month(lake, model, cube, alike, months):
            for scope, metric in alike.items():
                whole = without_a_feed(figures[scope], unfed(metric, feeds))
                target, status = standing(model, metric, whole, scope, month, lacks.of(metric, scope, month))
                aim = target.value if target else None
                found[scope, str(month)] = Standing(whole.value, whole.n, aim, status, metric.definition.unit)
    return found


class _Lacks:
    """What numbers of these months lack, by metric, scope and month; the sources' totals are read once for each level."""

    def __init__(self, lake: Lake, model: Model, feeds: Feeds, months: Sequence[Period]) -> None:
        self._lake, self._model, self._feeds = lake, model, feeds
        self._span = (months[0].start, months[-1].end)
        self._known: dict[tuple[object, ...], Mapping[tuple[str, date], tuple[Reconciled, ...]]] = {}

    def of(self, metric: Metric, scope: str, month: Period) -> Missing:
        """Answers what one number lacks."""
        silent = silent_about(metric, self._feeds, self._model, scope, month)
        sources, money = sources_of(metric, self._feeds), metric.definition.currency is not None
        key = (sources, money, Under(scope).level)
        if key not in self._known:
            self._known[key] = reconciled_by_month(self._lake, sources, *self._span, Under(scope).level, money=money)
        return missing_of(silent, self._known[key].get((scope, month.start), ()), metric.spec.reconciliation_tolerance)


def _below(model: Model, home: str) -> list[str]:
    tree, day = model.tree, model.as_of
    return [scope for scope in tree.scopes() if tree.is_open(scope, day) and home in tree.chain(scope, day)]


def alike_metrics(metrics: Mapping[str, Metric]) -> Iterable[Mapping[str, Metric]]:
    """Answers the metric by scope in groups that count alike: by one definition, calendar and rate set."""
    groups: dict[tuple[str, str, str | None], dict[str, Metric]] = {}
    for scope, metric in metrics.items():
        groups.setdefault((metric.definition.hash, metric.measured.calendar, metric.spec.rate_set), {})[scope] = metric
    return groups.values()


def figures_by_month(
    lake: Lake, model: Model, cube: Plan, metrics: Mapping[str, Metric], months: Sequence[Period]
) -> Iterator[tuple[Period, Mapping[str, Figure]]]:
    """Yields the figures of each month by scope, from one read a level. All metrics count alike (`alike_metrics`)."""
    one = next(iter(metrics.values()))
    home, rate_set, definition = model.settings.currency, one.spec.rate_set, one.definition
    rates = {month: rates_for(lake, home, rate_set, month.end - timedelta(days=1)) for month in months}
    money = definition.currency is not None
    by_day = {month: money and rates[month].by_day for month in months}
    parts = {days: _parts(lake, cube, one, metrics, months, by_day=days) for days in set(by_day.values())}
    for month in months:
        told = parts[by_day[month]].get(month.start, {})
        nothing = figure(definition, Parts(), rates[month])
        yield month, {scope: figure(definition, told[scope], rates[month]) if scope in told else nothing for scope in metrics}


def _parts(
    lake: Lake, cube: Plan, metric: Metric, scopes: Collection[str], months: Sequence[Period], *, by_day: bool
) -> Mapping[date, Mapping[str, Parts]]:
    """Answers the parts by month and scope, by one read a level.

    Read over the whole group, whatever the metric's home: a branch that moved brings along what it did elsewhere, as in `number`.
    """
    span = (months[0].start, months[-1].end)
    found: dict[date, dict[str, Parts]] = {}
    for level in sorted({Under(scope).level for scope in scopes}):
        mine = frozenset(scope for scope in scopes if Under(scope).level == level)
        by = level if level in LEVELS else None
        question = Question(metric.measured, span, Under("group"), by, by_day=by_day, among=mine)
        for month, told in read_months(lake, cube, question).items():
            found.setdefault(month, {}).update({key or "group": one for key, one in told.items() if key is not None})
    return found


class Footing:
    """What the numbers of a model rest on beside the facts: to see at once what another model leaves as it is."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.metrics = in_use(model)

    @cached_property
    def timelines(self) -> frozenset[tuple[str, str, str]]:
        """Answers the content of all calendars in use, by calendar and scope."""
        held = calendars(self.model, {one.calendar for many in self.metrics.values() for one in many} | {STANDARD})
        return frozenset((name, scope, content) for (name, scope), content in held.ids.items())

    @cached_property
    def places(self) -> frozenset[tuple[Any, ...]]:
        """Answers the organisation over time, as dim_scope holds it."""
        return frozenset(scope_rows(self.model, {}))

    def of(self, name: str) -> tuple[object, ...]:
        """Answers what a metric counts by at all its scopes, and what times its cases."""
        used = self.metrics.get(name, ())
        cases = case_calendar(self.model) if self.counts_cases(name) else ""
        return (used, cases, self.model.settings.currency)

    def counts_cases(self, name: str) -> bool:
        """Answers whether the metric counts cases, which are dated and timed where they are replayed."""
        return any(one.definition.fact == "fact_case" for one in self.metrics.get(name, ()))

    def is_timed(self, name: str) -> bool:
        """Answers whether a business calendar takes part in the metric."""
        return self.counts_cases(name) or any(series.timed for series in plan(self.metrics.get(name, ()), printer).series.values())

    def above(self, scopes: Iterable[str]) -> set[str]:
        """Answers these scopes with all that they ever hung under."""
        found, todo = set(), [scope for scope in scopes if scope in self.model.tree]
        while todo:
            if (scope := todo.pop()) not in found:
                found.add(scope)
                todo += [one.parent for one in self.model.tree.slices(scope) if one.parent and one.parent in self.model.tree]
        return found


def touched(before: Model, after: Model, changed: Mapping[str, Collection[str]]) -> Where:
    """Answers the metrics whose numbers may differ between two models, and where.

    `changed` names the metrics whose documents answer otherwise, and at which scopes. A scope that moved touches itself and what it
    hung and hangs under; the group holds it either way, but for cases, which are dated anew. Where hours changed, the group is too.
    Which numbers really differ, only the facts tell.
    """
    old, new = Footing(before), Footing(after)
    moved = {row[0] for row in old.places ^ new.places}
    timed = {scope for _, scope, _ in old.timelines ^ new.timelines}
    near, retimed = ({*old.above(scopes), *new.above(scopes), *scopes} for scopes in (moved, timed))
    found: dict[str, frozenset[str] | None] = {}
    for name in sorted({*old.metrics, *new.metrics}):
        if old.of(name) != new.of(name):
            found[name] = None
            continue
        counted = near if new.counts_cases(name) else near - {"group"}
        counted = counted | retimed if new.is_timed(name) else counted
        if scopes := frozenset({*changed.get(name, ()), *counted}):
            found[name] = scopes
    return found


def differing(before: Standings, after: Standings) -> dict[tuple[str, str], tuple[Standing | None, Standing | None]]:
    """Answers where and when the two differ, with both sides; a side without the scope is None."""
    keys = sorted({*before, *after})
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}
