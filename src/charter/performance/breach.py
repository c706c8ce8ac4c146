"""Which targets were missed in which months: asked only where a target is declared, once for each who declared one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from charter.errors import CharterError
from charter.performance.closing.record import Closed
from charter.performance.closing.store import closed_keys, find_closed
from charter.performance.figure import Figure
from charter.performance.metric import Metric, Target, find_metric
from charter.performance.number import Reader, check_built, cube_plan
from charter.performance.rate_table import rates_for
from charter.performance.roll_up import Under
from charter.performance.rules import Feeds, Status
from charter.performance.scope import refuse_other
from charter.performance.standing import missing_from, standing, unfed, without_a_feed
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Judged:
    """How one target stood in a month; `mature_on` is the day from which the number no longer moves by itself."""

    metric: Metric
    month: Period
    figure: Figure
    target: Target
    status: Status
    mature_on: date


def judged(lake: Lake, model: Model, months: Sequence[Period], feeds: Feeds) -> Iterator[Judged]:
    """Yields how each target stood in each of the months that is mature on the model's day.

    At each scope whose own documents say the target that held on the month's last day: 500 branches under one target of
    the group are one answer, a market that sets its own is one more. A metric that cannot be answered is left out, and does
    not hide the others. Raises PRF019 where the lake was measured by another tree.
    """
    refuse_other(lake, model)
    closed = closed_keys(lake, months)
    for ref in model.all_refs("Metric"):
        for scope in sorted(model.layers_of(ref)):
            chain = model.tree.find_chain(scope, model.as_of)
            if chain is not None and ref.home in chain:
                yield from _months(lake, model, ref.full_name, scope, months, feeds, closed)


def _months(
    lake: Lake, model: Model, name: str, scope: str, months: Sequence[Period], feeds: Feeds, closed: Set[tuple[str, str, str]]
) -> Iterator[Judged]:
    try:
        metric = find_metric(model, name, scope)
        found = [_judged(lake, model, metric, month, feeds, closed) for month in months]
    except CharterError as error:
        if not error.code.startswith("PRF"):
            raise
        return
    yield from (one for one in found if one is not None)


def _judged(
    lake: Lake, model: Model, metric: Metric, month: Period, feeds: Feeds, closed: Set[tuple[str, str, str]]
) -> Judged | None:
    stands = (metric.name, metric.scope, str(month)) in closed
    if stands and (one := find_closed(lake, metric.name, metric.scope, month)) is not None:
        return _as_closed(metric, month, one)
    mature = metric.definition.mature_on(month.end)
    if mature > model.as_of:
        return None
    nothing = Figure(None, None, None, 0, None, None)
    target, _ = standing(model, metric, nothing, metric.scope, month)
    if target is None or target.layer != metric.scope:
        return None
    cube = cube_plan(model)
    check_built(lake, metric, cube)
    rates = rates_for(lake, model.settings.currency, metric.spec.rate_set, month.end - timedelta(days=1))
    reader = Reader(lake, cube, metric.measured, Under(metric.scope), rates)
    whole = without_a_feed(reader.figure((month.start, month.end)), unfed(metric, feeds))
    missing = missing_from(lake, model, metric, feeds, reader.under, month)
    _, status = standing(model, metric, whole, metric.scope, month, missing)
    return Judged(metric, month, whole, target, status, mature)


def _as_closed(metric: Metric, month: Period, one: Closed) -> Judged | None:
    """A closed month stands as it was closed, target and all: what comes later opens no breach of it, and heals none."""
    told = one.number
    if told.target is None or told.target.layer != metric.scope:
        return None
    return Judged(metric, month, told.figure, told.target, told.status, one.measured.definition.mature_on(month.end))
