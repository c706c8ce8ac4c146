"""What is wrong with OpenSLO objectives: what cannot be read, what nobody counts, and what contradicts a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from charter.errors import CharterError, Finding, nearest_hint
from charter.performance.codes import PRF001, PRF011, PRF012
from charter.performance.metric import Metric, as_metric, metric_names, target_of
from charter.performance.slo import Objective, read_objective

if TYPE_CHECKING:
    from charter.model.model import Effective, Model


def objective_findings(model: Model, effective: Effective) -> Iterator[Finding]:
    """Answers what is wrong with one objective as it holds at the document's scope."""
    name, scope = effective.ref.full_name, effective.scope
    try:
        objective = read_objective(name, effective.raw, effective.document.origin_of)
    except CharterError as error:
        yield Finding(error.code, PRF012.severity, error.message, error.origin, error.hint, scope)
        return
    names = metric_names(model, scope)
    if objective.metric not in names:
        near = nearest_hint(objective.metric, names, "`charter show Metric` lists what is declared")
        yield PRF001.finding(objective.origin, layer=scope, metric=objective.metric, scope=scope, near=near)
        return
    held = model.effective(f"Metric:{objective.metric}", scope)
    metric = as_metric(held) if held else None
    if metric is not None:
        yield from _uncountable(effective, objective, metric)
        yield from _contradictions(model, effective, objective)


def _uncountable(effective: Effective, objective: Objective, metric: Metric) -> Iterator[Finding]:
    """What the cube of the metric cannot answer."""
    definition = metric.definition
    wrong: list[tuple[str, str]] = []
    if objective.threshold is not None and not definition.durations:
        wrong.append((f"{metric.name} has no times that a threshold could cut", "leave out `value` and `op` of the objective"))
    if objective.threshold is None and definition.unit != "share":
        hint = "give the objective `op` and `value` in seconds" if definition.durations else "name a metric that is a share"
        wrong.append((f"{metric.name} is no share", hint))
    for name, _ in objective.where:
        if name not in definition.dimensions:
            near = nearest_hint(name, definition.dimensions, f"{metric.name} has {', '.join(definition.dimensions) or 'none'}")
            wrong.append((f"{name} is no dimension of {metric.name}", near))
    for reason, hint in wrong:
        yield PRF012.finding(objective.origin, layer=effective.scope, slo=objective.slo, reason=reason, hint=hint)


def _contradictions(model: Model, effective: Effective, objective: Objective) -> Iterator[Finding]:
    """A target of the same share that differs: here, and at each layer below that sets its own."""
    if objective.threshold is not None or objective.where:
        return
    below = sorted(model.layers_of(model.find_ref(f"Metric:{objective.metric}")))
    for scope in dict.fromkeys((effective.scope, *below)):
        chain = model.tree.find_chain(scope, model.as_of)
        if chain is None or effective.scope not in chain:
            continue
        target = target_of(model, objective.metric, scope, model.as_of)
        if target is not None and target.value != objective.target:
            yield PRF011.finding(
                objective.origin, layer=effective.scope, related=(target.origin,) if target.origin else (),
                slo=objective.slo, objective=objective.target, metric=objective.metric, target=target.value,
            )  # fmt: skip
