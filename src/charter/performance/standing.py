"""What a number lacks, and how it stands to its target with what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from charter.performance import passport as papers
from charter.performance.figure import Figure
from charter.performance.metric import Metric, Target, target_of
from charter.performance.missing import Missing, bounds, missing_of
from charter.performance.roll_up import Under
from charter.performance.rules import Feeds, SilentStream, Status, percent_of, status
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake


def unfed(metric: Metric, feeds: Feeds) -> list[str]:
    """Answers the tables that the metric needs and that no source feeds."""
    return [table for table in metric.definition.needs if not feeds.of(table)]


def without_a_feed(whole: Figure, missing: Sequence[str]) -> Figure:
    """A rate of what no source tells of has no value: nothing reported is not nothing happened."""
    return replace(whole, value=None, numerator=None, interval=None) if missing else whole


NOTHING_MISSING = Missing()


def standing(
    model: Model, metric: Metric, whole: Figure, scope: str, period: Period, missing: Missing = NOTHING_MISSING
) -> tuple[Target | None, Status]:
    """Answers the target in force on the period's last day, and how the figure stands to it, of which so much is missing."""
    target = target_of(model, metric.name, scope, period.end - timedelta(days=1))
    aim = target.value if target else None
    form, counts = metric.definition.form, metric.definition.fact == "fact_order" and whole.denominator == whole.population
    open_part = whole.unclassified if form == "ratio" else None
    limits = bounds(
        form, whole.value, missing, counted=whole.population if counts else None, tolerated=1 - metric.spec.coverage_threshold
    )
    told = (whole.value, whole.interval, aim, metric.direction, whole.n, metric.minimum_n)
    return target, status(*told, open_part, limits, whole.may_lower)


def why_unknown(whole: Figure, missing: Missing) -> tuple[str, ...]:
    """Answers what could turn the result, in words; a number without a value says so by itself."""
    if whole.value is None:
        return ()
    if missing != NOTHING_MISSING:
        return tuple(f"missing: {one}" for one in missing.told())
    return (f"not classified: {percent_of(whole.unclassified)}",) if whole.unclassified else ()


def sources_of(metric: Metric, feeds: Feeds) -> tuple[str, ...]:
    """Answers the sources that feed what the metric counts, as far as it names them."""
    return feeds.of(metric.definition.fact, names_of(metric.spec.sources))


def silent_about(metric: Metric, feeds: Feeds, model: Model, scope: str, period: Period) -> tuple[SilentStream, ...]:
    """Answers the streams whose silence the metric's number at a scope for a period lacks."""
    fact = metric.definition.fact
    return feeds.silence(fact, sources_of(metric, feeds), period.start, period.end, lambda other: meets(model, scope, other))


def meets(model: Model, asked: str, scope: str) -> bool:
    """Answers whether a scope is the asked one, or lies above or under it."""
    tree = model.tree
    return scope in tree.chain(asked, model.as_of) or asked in (tree.find_chain(scope, model.as_of) or (asked,))


def missing_from(lake: Lake, model: Model, metric: Metric, feeds: Feeds, under: Under, period: Period) -> Missing:
    """Answers what the metric's number at a scope for a period lacks, as `number` tells it."""
    sources, money = sources_of(metric, feeds), metric.definition.currency is not None
    but = feeds.others(metric.definition.fact, sources)
    totals = papers.reconciled(lake, sources, period.start, period.end, under, money=money, but=but)
    return missing_of(silent_about(metric, feeds, model, under.scope, period), totals, metric.spec.reconciliation_tolerance)


def names_of(refs: Sequence[str]) -> tuple[str, ...]:
    """Answers names from references, with or without their kind."""
    return tuple(ref.partition(":")[2] or ref for ref in refs)
