"""Service levels: OpenSLO v1 objectives on Charter's metrics, their status by exact interval, and the budget in cases."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from charter.errors import ContentError, Origin
from charter.performance.codes import PRF012
from charter.performance.figure import figure
from charter.performance.metric import Metric, find_metric
from charter.performance.missing import bounds
from charter.performance.number import Asked, cube_plan
from charter.performance.rates import Rates
from charter.performance.reading import Parts, Question, read
from charter.performance.roll_up import Under
from charter.performance.rules import Budget, Status, budget, status
from charter.performance.standing import missing_from
from charter.values.interval import share_interval
from charter.values.period import Period
from charter.values.ratio import divide

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lte": operator.le,
    "lt": operator.lt,
    "gte": operator.ge,
    "gt": operator.gt,
}
_AGES = (("under 1 day", 1), ("1 to 3 days", 3), ("3 to 7 days", 7), ("7 to 14 days", 14), ("14 to 30 days", 30))
_OLDEST = "30 days and more"
Place = Callable[[tuple[str | int, ...]], Origin | None]
"""Answers where a part of a document stands, by its path."""


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective: the share of `metric` that must be `op` `threshold` (seconds), or the share that the metric is."""

    slo: str
    title: str
    metric: str
    target: Decimal
    op: str
    threshold: int | None
    where: tuple[tuple[str, str], ...]
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class SloStatus:
    """How an objective stands in a period: exact interval, status, and the budget in orders or cases."""

    objective: Objective
    scope: str
    period: str
    value: Decimal | None
    good: int
    total: int
    interval: tuple[Decimal, Decimal] | None
    status: Status
    budget: Budget | None

    @property
    def told(self) -> str:
        """Answers the budget in words."""
        if self.budget is None:
            return "no data"
        left, thing = self.budget.left, "case" if self.objective.threshold is not None else "order"
        if left < 0:
            return f"{-left} {thing}{'s' if left != -1 else ''} over the budget"
        return f"{left} late {thing}{'s' if left != 1 else ''} left" if thing == "case" else f"{left} orders left"


def read_objective(name: str, raw: Mapping[str, Any], place: Place | None = None) -> Objective:
    """Answers the objective of an OpenSLO document; raises PRF012 at the `place` of what stands against it."""
    document = _Document(name, raw.get("spec", raw), place or (lambda _: None))
    found = document.objective()
    source, kind, at = document.source()
    if not source.get("metric"):
        raise document.wrong(at, "its metricSource names no metric", "write `spec: {metric: <name>}` there")
    op = str(found.get("op", "lte" if kind == "thresholdMetric" and "value" in found else "gte"))
    if op not in _OPERATORS:
        raise document.wrong((*_FIRST, "op"), f"op is {op}", "use lte, lt, gte or gt")
    return Objective(
        name,
        str((raw.get("metadata") or {}).get("displayName") or name),
        str(source["metric"]),
        document.target(found),
        op,
        None if found.get("value") is None else int(document.number(found, "value")),
        tuple(sorted((str(key), str(value)) for key, value in (source.get("where") or {}).items())),
        document.place(("metadata", "name")),
    )


_FIRST: tuple[str | int, ...] = ("spec", "objectives", 0)


@dataclass(frozen=True, slots=True)
class _Document:
    """An OpenSLO document while it is read: its spec, and where each part of it stands."""

    name: str
    spec: Mapping[str, Any]
    place: Place

    def wrong(self, path: tuple[str | int, ...], reason: str, hint: str) -> Exception:
        return PRF012.exception(self.place(path), slo=self.name, reason=reason, hint=hint)

    def objective(self) -> Mapping[str, Any]:
        given = self.spec.get("objectives") or [{}]
        if len(given) > 1:
            raise self.wrong(("spec", "objectives", 1), "it has several objectives", "write one document for each objective")
        found: Mapping[str, Any] = given[0]
        return found

    def source(self) -> tuple[Mapping[str, Any], str, tuple[str | int, ...]]:
        """The metricSource's spec, which metric form holds it, and where it stands."""
        at: tuple[str | int, ...] = ("spec", "indicator", "spec")
        inner = (self.spec.get("indicator") or {}).get("spec") or {}
        for kind in ("thresholdMetric", "ratioMetric"):
            holder, here = inner.get(kind) or {}, (*at, kind)
            part = next((name for name in ("total", "raw", "good") if kind == "ratioMetric" and holder.get(name)), None)
            if part:
                holder, here = holder[part], (*here, part)
            source, here = holder.get("metricSource") or {}, (*here, "metricSource")
            if source:
                if source.get("type") != "charter":
                    raise self.wrong((*here, "type"), f"metricSource is of type {source.get('type')}", "use type charter")
                return source.get("spec") or {}, kind, (*here, "spec")
        hint = "write spec.indicator.spec.thresholdMetric.metricSource; indicatorRef is not followed"
        raise self.wrong(at, "it has no indicator with a metricSource", hint)

    def target(self, found: Mapping[str, Any]) -> Decimal:
        if "target" in found:
            value = self.number(found, "target")
        elif "targetPercent" in found:
            value = self.number(found, "targetPercent") / 100
        else:
            raise self.wrong(_FIRST, "its objective has no target", "write `target: 0.95`")
        if not 0 < value <= 1:
            path = (*_FIRST, "target" if "target" in found else "targetPercent")
            raise self.wrong(path, f"the target is {value}", "a target lies above 0 and is at most 1")
        return value

    def number(self, found: Mapping[str, Any], field: str) -> Decimal:
        try:
            value = Decimal(str(found[field]))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise self.wrong((*_FIRST, field), f"{field} is {found[field]}", "write a number")
        return value


def objectives(model: Model, scope: str = "group") -> list[Objective]:
    """Answers the objectives that are visible at the scope; those that cannot be read are findings of `check`."""
    found = []
    for ref in model.refs("SLO", scope):
        effective = model.effective(ref, scope)
        if effective is not None:
            with suppress(ContentError):
                found.append(read_objective(ref.full_name, effective.raw, effective.document.origin_of))
    return found


def slo_status(lake: Lake, model: Model, objective: Objective, scope: str, period: Period, asked: Asked) -> SloStatus:
    """Answers how the objective stands at the scope in the period."""
    metric = find_metric(model, objective.metric, scope)
    good, total = _counted(lake, model, metric, objective, scope, period, asked)
    interval = share_interval(good, total) if total else None
    value = divide(good, total)
    # An objective counts good ones among all: what is missing may be all good, or all bad.
    missing = missing_from(lake, model, metric, asked.feeds, Under(scope, asked.org_as_of), period)
    limits = bounds(
        "ratio", value, missing, counted=total if metric.definition.fact == "fact_order" else None, tolerated=Decimal(0)
    )
    told = status(value, interval, objective.target, "up", total, metric.minimum_n, bounds=limits)
    left = budget(total, good, objective.target) if total else None
    return SloStatus(objective, scope, str(period), value, good, total, interval, told, left)


def _counted(
    lake: Lake, model: Model, metric: Metric, objective: Objective, scope: str, period: Period, asked: Asked
) -> tuple[int, int]:
    """Good ones and all: from the histogram where there is a threshold, else the metric's own share."""
    cube = cube_plan(model)
    under = Under(scope, asked.org_as_of)
    question = Question(metric.measured, (period.start, period.end), under, where=objective.where)
    parts = read(lake, cube, question).get("", Parts())
    if objective.threshold is not None:
        holds = _OPERATORS[objective.op]
        histogram = parts.histograms.get(metric.definition.headline or "", {})
        good = sum(n for seconds, n in histogram.items() if holds(seconds, objective.threshold))
        return good, sum(histogram.values())
    whole = figure(metric.definition, parts, Rates(model.settings.currency))
    return int(whole.numerator or 0), int(whole.denominator or 0)


@dataclass(frozen=True, slots=True)
class Age:
    """How many open cases of a type and priority are how old."""

    case_type: str | None
    priority: str | None
    ages: Mapping[str, int]


def open_ages(lake: Lake, scope: str, at: datetime) -> list[Age]:
    """Answers the age table of what is still open at an instant: a mean over closed cases alone hides the worst.

    A case counts from its opening; ages are calendar days of 24 hours. The scope's tree is that of the instant's day.
    """
    under = Under(scope, at.date())
    join, join_values = under.join(lake, "opened_on")
    where, where_values = under.where()
    rows = lake.rows(
        'SELECT c."case_type", c."priority", c."opened_at" FROM ('
        'SELECT f."case_type", f."priority", f."opened_at", COALESCE(f."serving_scope", \'group\') AS scope '
        f'FROM {lake.table("fact_case")} AS f WHERE f."resolved_at" IS NULL AND f."state" <> \'cancelled\' '
        f'AND f."opened_at" <= ?) AS c {join} WHERE {where} ORDER BY 1, 2, 3',
        [at, *join_values, *where_values],
    )
    table: dict[tuple[str | None, str | None], dict[str, int]] = {}
    for case_type, priority, opened in rows:
        ages = table.setdefault((case_type, priority), dict.fromkeys((*(name for name, _ in _AGES), _OLDEST), 0))
        days = (at - opened).total_seconds() / 86_400
        ages[next((name for name, limit in _AGES if days < limit), _OLDEST)] += 1
    return [Age(case_type, priority, ages) for (case_type, priority), ages in table.items()]
