"""Findings over metrics, calendars and objectives: what a run or a question would stumble over, told before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from charter.errors import Finding
from charter.model.ref import Ref, parse_ref
from charter.performance.check_calendar import calendar_findings
from charter.performance.check_definition import definition_findings, parts_of
from charter.performance.check_objective import objective_findings
from charter.performance.codes import PRF003, PRF004, PRF005, PRF010, PRF018
from charter.performance.fact import FACTS
from charter.performance.kinds import MetricSpec
from charter.performance.metric import definition_of, why_undefined
from charter.performance.standards import standard_names, standards

if TYPE_CHECKING:
    from charter.model.check import CheckContext
    from charter.model.model import Effective, Model

_WORD = re.compile(r"\w+")
_TIMED_CASES = frozenset({"business_seconds", "customer_wait_business_seconds"})


def metrics(context: CheckContext) -> Iterator[Finding]:
    """Answers what is wrong with the metrics, wherever a layer writes to one."""
    for effective in _written(context.model, "Metric"):
        yield from _metric(context.model, effective)


def calendars(context: CheckContext) -> Iterator[Finding]:
    """Answers which calendars cannot be read, and where."""
    for effective in _written(context.model, "Calendar"):
        yield from calendar_findings(context.model, effective)


def objectives(context: CheckContext) -> Iterator[Finding]:
    """Answers which objectives cannot be read, or contradict the target of their metric."""
    for effective in _written(context.model, "SLO"):
        yield from objective_findings(context.model, effective)


def _written(model: Model, kind: str) -> Iterator[Effective]:
    """The documents of a kind as they hold at each layer that says something about them, where they can be read."""
    for ref in model.all_refs(kind):
        for layer in sorted(model.layers_of(ref)):
            chain = model.tree.find_chain(layer, model.as_of)
            effective = model.effective(ref, layer) if chain and ref.home in chain else None
            if effective is not None:
                yield effective


def _metric(model: Model, effective: Effective) -> Iterator[Finding]:
    spec: MetricSpec = effective.spec
    name = effective.ref.full_name
    shipped = name in standard_names()
    own_standard = (spec.standard or "").partition("@")[0]
    if spec.standard is not None and spec.definition is not None:
        yield PRF004.finding(effective.origin("spec.definition"), layer=effective.scope, metric=name)
    elif shipped and (spec.definition is not None or (own_standard != name and spec.standard in standards())):
        path = "spec.standard" if spec.definition is None else "spec.definition"
        yield PRF005.finding(effective.origin(path), layer=effective.scope, metric=name)
    if spec.definition is not None:
        yield from definition_findings(effective, spec.definition)
    elif spec.standard not in standards():
        yield _undefined(effective, name, spec.standard)
    yield from _calendar(model, effective)
    definition = definition_of(spec)
    if definition is not None and definition.unit == "share" and spec.target is not None and not 0 <= spec.target <= 1:
        near = f"{spec.target / 100:f}"
        yield PRF018.finding(effective.origin("spec.target"), layer=effective.scope, metric=name, value=spec.target, near=near)


def _undefined(effective: Effective, name: str, standard: str | None) -> Finding:
    origin = effective.origin("spec.standard") if standard else effective.document.origin
    reason, near = why_undefined(name, standard)
    return PRF003.finding(origin, layer=effective.scope, metric=name, reason=reason, near=near)


def _calendar(model: Model, effective: Effective) -> Iterator[Finding]:
    """A calendar that is written and missing is a wrong reference, which the kernel tells; here: one that is left out."""
    spec: MetricSpec = effective.spec
    definition = definition_of(spec)
    ref = parse_ref(spec.calendar)
    if definition is None or definition.fact not in FACTS or _known(model, ref) or ("spec", "calendar") in effective.winners:
        return
    texts = (definition.scope, *definition.all_dimensions.values(), *(part.text for part in parts_of(definition)))
    if _asks_for_time(definition.fact, texts):
        origin = effective.document.origin
        yield PRF010.finding(origin, layer=effective.scope, metric=effective.ref.full_name, calendar=spec.calendar)


@lru_cache(maxsize=4096)
def _asks_for_time(fact: str, texts: tuple[str, ...]) -> bool:
    timed = {"business", *(name for name, one in FACTS[fact].derived.items() if one.readings)}
    timed |= _TIMED_CASES if fact == "fact_case" else set()
    return any(timed & set(_WORD.findall(text)) for text in texts)


def _known(model: Model, ref: Ref | None) -> bool:
    return ref is not None and bool(model.layers_of(ref))


CHECKS = (metrics, calendars, objectives)
