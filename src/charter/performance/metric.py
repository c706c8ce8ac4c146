"""Metrics as the model holds them: which definitions are in use, and how one metric stands at a scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.errors import CharterError, Origin, nearest_hint
from charter.performance.codes import PRF001, PRF002, PRF003
from charter.performance.definition import Definition
from charter.performance.kinds import Direction, MetricSpec
from charter.performance.plan import Measured
from charter.performance.standards import standards

if TYPE_CHECKING:
    from charter.model.model import Effective, Model


_LESS_IS_BETTER = frozenset({"error-rate", "price-dispersion", "case-pause-share", "pauses-per-case"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric at a scope: its document as it holds there, and the definition that it counts by."""

    name: str
    title: str
    scope: str
    spec: MetricSpec
    definition: Definition
    origin: Origin

    @property
    def measured(self) -> Measured:
        """Answers the definition with its calendar, as the cube knows it."""
        return Measured(self.definition, self.spec.calendar.partition(":")[2] or "standard")

    @property
    def direction(self) -> Direction:
        """Answers which way is better: as the document says; else down for what nobody wants more of."""
        if self.spec.direction is not None:
            return self.spec.direction
        name = (self.spec.standard or "").partition("@")[0]
        return "down" if self.definition.unit in ("seconds", "days") or name in _LESS_IS_BETTER else "up"

    @property
    def minimum_n(self) -> int:
        """Answers the least n for a status."""
        return self.definition.minimum_n if self.spec.minimum_n is None else self.spec.minimum_n


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at, where that stands, and the layer that says it."""

    value: Decimal
    origin: Origin | None
    state: str
    layer: str | None = None


def matures_on(measured: Iterable[Measured], end: date) -> date:
    """Answers from which day on a metric's numbers of a period that ends on `end` (exclusive) are mature: where scopes count
    otherwise, when the last of the definitions is."""
    return max(one.definition.mature_on(end) for one in measured)


def definition_of(spec: MetricSpec) -> Definition | None:
    """Answers the definition that a metric's spec names or holds; None where it has none, or names an unknown one."""
    if spec.definition is not None:
        return spec.definition
    return standards().get(spec.standard or "")


def why_undefined(name: str, standard: str | None) -> tuple[str, str]:
    """Answers why a metric has no definition, and what to write instead."""
    reason = f"there is no standard {standard}" if standard else "it gives neither spec.standard nor spec.definition"
    return reason, nearest_hint(standard or f"{name}@1", standards(), "give spec.standard or spec.definition")


def as_metric(effective: Effective) -> Metric | None:
    """Answers the metric of an effective document, None where it has no definition."""
    definition = definition_of(effective.spec)
    if definition is None:
        return None
    name = effective.ref.full_name
    return Metric(name, effective.title, effective.scope, effective.spec, definition, effective.origin())


def metric_names(model: Model, scope: str = "group") -> tuple[str, ...]:
    """Answers the names of the metrics that are visible at the scope, sorted."""
    return tuple(ref.full_name for ref in model.refs("Metric", scope))


def find_metric(model: Model, name: str, scope: str) -> Metric:
    """Answers the metric at the scope; raises with the nearest name where there is none."""
    names = metric_names(model, scope)
    if name not in names:
        shipped = [key for key in standards() if key.partition("@")[0] == name]
        near = nearest_hint(name, names, "`charter show Metric` lists what is declared")
        if shipped:
            near = f"it ships with Charter: declare it with spec.standard {' or '.join(shipped)} in group/metrics"
        raise PRF001.exception(metric=name, scope=scope, near=near)
    effective = model.effective(f"Metric:{name}", scope)
    if effective is None:
        raise PRF002.exception(metric=name, scope=scope)
    found = as_metric(effective)
    if found is None:
        reason, near = why_undefined(name, effective.spec.standard)
        raise PRF003.exception(effective.origin(), metric=name, reason=reason, near=near)
    return found


def in_use(model: Model) -> dict[str, tuple[Measured, ...]]:
    """Answers every definition in use, by metric: at its home, and at each layer that may count otherwise."""
    found: dict[str, tuple[Measured, ...]] = {}
    for ref in model.all_refs("Metric"):
        distinct: dict[tuple[str, str], Measured] = {}
        for scope in sorted({ref.home, *model.layers_of(ref)}):
            if not model.tree.is_open(scope, model.as_of) or ref.home not in model.tree.chain(scope, model.as_of):
                continue
            effective = model.effective(ref, scope)
            one = as_metric(effective) if effective else None
            if one is not None:
                distinct[one.definition.hash, one.measured.calendar] = one.measured
        if distinct:
            found[ref.full_name] = tuple(measured for _, measured in sorted(distinct.items()))
    return found


def target_of(model: Model, name: str, scope: str, on: date) -> Target | None:
    """Answers the target of a metric at a scope on a day, with its place; None where there is none."""
    try:
        answer = model.workspace.model(on).resolve(f"Metric:{name}", "spec.target", scope)
    except CharterError:  # the metric, or the scope, did not exist that day
        return None
    if answer.value is None:
        return None
    origin, layer = (answer.winner.origin, answer.winner.layer) if answer.winner else (None, None)
    return Target(Decimal(answer.value), origin, str(answer.state), layer)
