"""All metrics of a scope at a glance: value, target, status, and twelve months of trend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.errors import CharterError
from charter.performance.closing.record import Closed, Closing
from charter.performance.closing.store import ClosedValue, closed_numbers, closed_values
from charter.performance.figure import figure
from charter.performance.metric import find_metric, metric_names
from charter.performance.number import Asked, Number, cube_plan, number
from charter.performance.rate_table import rates_for
from charter.performance.reading import Question, read
from charter.performance.roll_up import Under
from charter.performance.scope import refuse_other
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

MONTHS = 12


@dataclass(frozen=True, slots=True)
class CardRow:
    """One metric of a scorecard: its number (or why there is none), and its last months, the oldest first.

    Where the period is closed, the number is the one that was closed (`closing` says when), and `today` is what it would be
    now; None where today's model or lake cannot say. Months of the trend that are closed stand as they were closed;
    `otherwise` names those that were counted by another definition than the period itself.
    """

    metric: str
    number: Number | None
    problem: CharterError | None
    trend: tuple[tuple[str, Decimal | None], ...]
    closing: Closing | None = None
    today: Number | None = None
    otherwise: tuple[str, ...] = ()


def scorecard(lake: Lake, model: Model, scope: str, period: Period, asked: Callable[[str], Asked]) -> tuple[CardRow, ...]:
    """Answers a row for each metric that is visible at the scope, or of which the period was closed there.

    `asked` gives what is known of each by name. Raises PRF019 where the lake was measured by another organisation tree and
    nothing is closed; else only what is not closed has no answer.
    """
    closed = closed_numbers(lake, scope, period)
    problem: CharterError | None = None
    try:
        refuse_other(lake, model)
    except CharterError as error:
        if not closed:
            raise
        problem = error
    names = sorted({*_seen(model, scope, closed), *closed})
    rows = [_row(lake, model, name, scope, period, asked, problem) for name in names]
    known = closed_values(lake, scope, _months_until(period, MONTHS))
    return tuple(_with_closed(row, closed.get(row.metric), known) for row in rows)


def _seen(model: Model, scope: str, closed: Mapping[str, Closed]) -> tuple[str, ...]:
    """The metrics that the scope sees; of one that ended since, what was closed is all there is."""
    try:
        return metric_names(model, scope)
    except CharterError:
        if not closed:
            raise
        return ()


def _row(
    lake: Lake, model: Model, name: str, scope: str, period: Period, asked: Callable[[str], Asked], problem: CharterError | None
) -> CardRow:
    try:
        if problem is not None:
            raise problem
        found = number(lake, model, name, scope, period, asked=asked(name), beside=False)
        return CardRow(name, found, None, trend(lake, model, name, scope, period, asked(name)))
    except CharterError as error:  # one metric that cannot be answered does not hide the others
        return CardRow(name, None, error, tuple((month, None) for month in _months_until(period, MONTHS)))


def _with_closed(row: CardRow, one: Closed | None, known: Mapping[tuple[str, str], ClosedValue]) -> CardRow:
    by_month = {month: known.get((row.metric, month)) for month, _ in row.trend}
    trend = tuple((month, closed.value if (closed := by_month[month]) else value) for month, value in row.trend)
    today = row.number.passport.definition if row.number else None
    own = one.definition if one else today
    counted = {month: closed.definition if closed else today for month, closed in by_month.items()}
    otherwise = tuple(month for month, value in trend if value is not None and counted[month] != own)
    if one is None:
        return replace(row, trend=trend if row.number else (), otherwise=otherwise if row.number else ())
    return CardRow(row.metric, one.number, None, trend, one.closing, row.number, otherwise)


def trend(
    lake: Lake, model: Model, name: str, scope: str, period: Period, asked: Asked, months: int = MONTHS
) -> tuple[tuple[str, Decimal | None], ...]:
    """Answers the months that end with the period's last one, by one read: (month, value); None: nothing was counted."""
    metric = find_metric(model, name, scope)
    cube = cube_plan(model)
    last = period.end - timedelta(days=1)
    names = _months_until(period, months)
    first = period.end.fromisoformat(f"{names[0]}-01")
    rates = rates_for(lake, model.settings.currency, metric.spec.rate_set, last)
    money = metric.definition.currency is not None and rates.by_day
    question = Question(metric.measured, (first, period.end), Under(scope, asked.org_as_of), by="month", by_day=money)
    found = read(lake, cube, question)
    return tuple((name, figure(metric.definition, found[name], rates).value if name in found else None) for name in names)


def _months_until(period: Period, count: int) -> list[str]:
    """The names of the months that end with the period's last one, as 2013-06."""
    day = period.end - timedelta(days=1)
    last = day.year * 12 + day.month - 1
    return [f"{place // 12:04d}-{place % 12 + 1:02d}" for place in range(last - count + 1, last + 1)]
