"""All metrics of a scope at a glance: value, target, status, and twelve months of trend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.errors import CharterError
from charter.performance.figure import figure
from charter.performance.metric import find_metric, metric_names
from charter.performance.number import Asked, Number, cube_plan, number
from charter.performance.rate_table import rates_for
from charter.performance.reading import Question, read
from charter.performance.roll_up import Under
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

MONTHS = 12


@dataclass(frozen=True, slots=True)
class CardRow:
    """One metric of a scorecard: its number (or why there is none), and its last months, the oldest first."""

    metric: str
    number: Number | None
    problem: CharterError | None
    trend: tuple[tuple[str, Decimal | None], ...]


def scorecard(lake: Lake, model: Model, scope: str, period: Period, asked: Callable[[str], Asked]) -> tuple[CardRow, ...]:
    """Answers a row for each metric that is visible at the scope; `asked` gives what is known of each by name."""
    return tuple(_row(lake, model, name, scope, period, asked(name)) for name in metric_names(model, scope))


def _row(lake: Lake, model: Model, name: str, scope: str, period: Period, asked: Asked) -> CardRow:
    try:
        found = number(lake, model, name, scope, period, asked=asked, beside=False)
        return CardRow(name, found, None, trend(lake, model, name, scope, period, asked))
    except CharterError as error:  # one metric that cannot be answered does not hide the others
        return CardRow(name, None, error, ())


def trend(
    lake: Lake, model: Model, name: str, scope: str, period: Period, asked: Asked, months: int = MONTHS
) -> tuple[tuple[str, Decimal | None], ...]:
    """Answers the months that end with the period's last one, by one read: (month, value); None: nothing was counted."""
    metric = find_metric(model, name, scope)
    cube = cube_plan(model)
    last = period.end - timedelta(days=1)
    names = _months_until(last.year, last.month, months)
    first = period.end.fromisoformat(f"{names[0]}-01")
    rates = rates_for(lake, model.settings.currency, metric.spec.rate_set, last)
    money = metric.definition.currency is not None and rates.by_day
    question = Question(metric.measured, (first, period.end), Under(scope, asked.org_as_of), by="month", by_day=money)
    found = read(lake, cube, question)
    return tuple((name, figure(metric.definition, found[name], rates).value if name in found else None) for name in names)


def _months_until(year: int, month: int, count: int) -> list[str]:
    """The names of the months that end with this one, as 2013-06."""
    last = year * 12 + month - 1
    return [f"{place // 12:04d}-{place % 12 + 1:02d}" for place in range(last - count + 1, last + 1)]
