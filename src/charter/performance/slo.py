"""Service levels: OpenSLO v1 objectives on Charter's metrics, their status by exact interval, and the budget in cases."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from charter.errors import Origin
from charter.performance.codes import PRF012
from charter.performance.figure import figure
from charter.performance.metric import Metric, find_metric, in_use
from charter.performance.number import Asked
from charter.performance.plan import plan
from charter.performance.printing import printer
from charter.performance.rates import Rates
from charter.performance.reading import Parts, Question, read
from charter.performance.roll_up import Under
from charter.performance.rules import Budget, Status, budget, status
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


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective: the share of `metric` that must be `op` `threshold` (seconds), or the share that the metric is."""

    slo: str
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


def read_objective(name: str, raw: Mapping[str, Any], origin: Origin | None = None) -> Objective:
    """Answers the objective of an OpenSLO document; raises PRF012 with what stands against it."""
    spec = raw.get("spec", raw)
    found = (spec.get("objectives") or [{}])[0]
    if len(spec.get("objectives") or ()) > 1:
        raise _unreadable(name, origin, "it has several objectives", "write one document for each objective")
    source, kind = _source(spec, name, origin)
    metric = source.get("metric")
    if not metric:
        raise _unreadable(name, origin, "its metricSource names no metric", "write `spec: {metric: <name>}` there")
    op = str(found.get("op", "lte" if kind == "thresholdMetric" and "value" in found else "gte"))
    if op not in _OPERATORS:
        raise _unreadable(name, origin, f"op is {op}", "use lte, lt, gte or gt")
    return Objective(
        name,
        str(metric),
        _target(found, name, origin),
        op,
        None if found.get("value") is None else int(_decimal(found["value"], "value", name, origin)),
        tuple(sorted((str(key), str(value)) for key, value in (source.get("where") or {}).items())),
        origin,
    )


def _source(spec: Mapping[str, Any], name: str, origin: Origin | None) -> tuple[Mapping[str, Any], str]:
    """The metricSource's spec, and which metric form holds it."""
    inner = (spec.get("indicator") or {}).get("spec") or {}
    for kind in ("thresholdMetric", "ratioMetric"):
        holder = inner.get(kind)
        if kind == "ratioMetric" and holder:
            holder = holder.get("total") or holder.get("raw") or holder.get("good")
        source = (holder or {}).get("metricSource") or {}
        if source:
            if source.get("type") != "charter":
                raise _unreadable(name, origin, f"metricSource is of type {source.get('type')}", "use type charter")
            return source.get("spec") or {}, kind
    hint = "write spec.indicator.spec.thresholdMetric.metricSource; indicatorRef is not followed"
    raise _unreadable(name, origin, "it has no indicator with a metricSource", hint)


def _target(found: Mapping[str, Any], name: str, origin: Origin | None) -> Decimal:
    if "target" in found:
        value = _decimal(found["target"], "target", name, origin)
    elif "targetPercent" in found:
        value = _decimal(found["targetPercent"], "targetPercent", name, origin) / 100
    else:
        raise _unreadable(name, origin, "its objective has no target", "write `target: 0.95`")
    if not 0 < value <= 1:
        raise _unreadable(name, origin, f"the target is {value}", "a target lies above 0 and is at most 1")
    return value


def _decimal(value: Any, field: str, name: str, origin: Origin | None) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise _unreadable(name, origin, f"{field} is {value}", "write a number") from error


def _unreadable(name: str, origin: Origin | None, reason: str, hint: str) -> Exception:
    return PRF012.exception(origin, slo=name, reason=reason, hint=hint)


def objectives(model: Model, scope: str = "group") -> list[Objective]:
    """Answers the objectives that are visible at the scope; those that cannot be read are findings of `check`."""
    found = []
    for ref in model.refs("SLO", scope):
        effective = model.effective(ref, scope)
        if effective is not None:
            found.append(read_objective(ref.full_name, effective.raw, effective.origin()))
    return found


def slo_status(lake: Lake, model: Model, objective: Objective, scope: str, period: Period, asked: Asked) -> SloStatus:
    """Answers how the objective stands at the scope in the period."""
    metric = find_metric(model, objective.metric, scope)
    good, total = _counted(lake, model, metric, objective, scope, period, asked)
    interval = share_interval(good, total) if total else None
    value = divide(good, total)
    told = status(value, interval, objective.target, "up", total, metric.minimum_n)
    left = budget(total, good, objective.target) if total else None
    return SloStatus(objective, scope, str(period), value, good, total, interval, told, left)


def _counted(
    lake: Lake, model: Model, metric: Metric, objective: Objective, scope: str, period: Period, asked: Asked
) -> tuple[int, int]:
    """Good ones and all: from the histogram where there is a threshold, else the metric's own share."""
    cube = plan(tuple(one for many in in_use(model).values() for one in many), printer)
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
