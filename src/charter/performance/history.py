"""Numbers over months and scopes under one model, so that two models can be held against each other on the same facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from charter.performance.calendar import calendars
from charter.performance.figure import Figure, figure
from charter.performance.measure import STANDARD, case_calendar
from charter.performance.metric import Metric, find_metric, in_use
from charter.performance.number import standing, unfed, without_a_feed
from charter.performance.plan import Plan, plan
from charter.performance.printing import printer
from charter.performance.rate_table import rates_for
from charter.performance.reading import Parts, Question, read_months
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

    Scopes that count alike are read together: all months of a level by one read.
    """
    home = next((ref.home for ref in model.all_refs("Metric") if ref.full_name == name), None)
    if home is None or not months or not model.tree.is_open(home, model.as_of):
        return {}
    metrics = {scope: find_metric(model, name, scope) for scope in _below(model, home)}
    found: dict[tuple[str, str], Standing] = {}
    for alike in _alike(metrics):
        for month, figures in _figures(lake, model, cube, alike, months):
            for scope, metric in alike.items():
                whole = without_a_feed(figures[scope], unfed(metric, feeds))
                target, status = standing(model, metric, whole, scope, month)
                aim = target.value if target else None
                found[scope, str(month)] = Standing(whole.value, whole.n, aim, status, metric.definition.unit)
    return found


def _below(model: Model, home: str) -> list[str]:
    tree, day = model.tree, model.as_of
    return [scope for scope in tree.scopes() if tree.is_open(scope, day) and home in tree.chain(scope, day)]


def _alike(metrics: Mapping[str, Metric]) -> Iterable[Mapping[str, Metric]]:
    """Answers the metric by scope in groups that count alike: by one definition, calendar and rate set."""
    groups: dict[tuple[str, str, str | None], dict[str, Metric]] = {}
    for scope, metric in metrics.items():
        groups.setdefault((metric.definition.hash, metric.measured.calendar, metric.spec.rate_set), {})[scope] = metric
    return groups.values()


def _figures(
    lake: Lake, model: Model, cube: Plan, metrics: Mapping[str, Metric], months: Sequence[Period]
) -> Iterator[tuple[Period, Mapping[str, Figure]]]:
    """Yields the figures of each month by scope. All metrics count alike."""
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
    for level in sorted({scope.partition("/")[0] for scope in scopes}):
        by = level if level in LEVELS else None
        question = Question(metric.measured, span, Under("group"), by, by_day=by_day)
        for month, told in read_months(lake, cube, question).items():
            found.setdefault(month, {}).update({key or "group": one for key, one in told.items() if key is not None})
    return found


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
