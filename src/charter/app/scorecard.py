"""All metrics of a scope, with target, status and trend, as every face tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from charter.app.feeds import Asking
from charter.app.number import number_as_dict, period_for, share_or_plain, told
from charter.app.project import Project, now
from charter.performance.scorecard import CardRow
from charter.performance.scorecard import scorecard as read_scorecard


@dataclass(frozen=True)
class Line:
    """One metric of a scorecard, ready to be told."""

    title: str
    value_text: str
    target_text: str
    status: str
    n: int | None
    trend: tuple[Decimal | None, ...]
    certified: bool
    why_not: str | None
    owner: str | None


@dataclass(frozen=True)
class Scorecard:
    """A scorecard, ready to be told."""

    title: str
    scope: str
    period: str
    rows: tuple[Line, ...]
    raw: tuple[CardRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Answers the scorecard as a plain mapping."""
        return {
            "scope": self.scope,
            "period": self.period,
            "rows": [
                {
                    "metric": row.metric,
                    "number": number_as_dict(row.number) if row.number else None,
                    "problem": str(row.problem.message) if row.problem else None,
                    "trend": [[month, None if value is None else format(value, "f")] for month, value in row.trend],
                }
                for row in self.raw
            ],
        }


def scorecard(project: Project, scope: str, period: str | None, as_of: date) -> Scorecard:
    """Answers the scorecard of a scope for a period; else for the last whole month that the data tells of."""
    model = project.model(as_of)
    with project.reading() as lake:
        span = period_for(lake, period)
        asking = Asking(project, lake, model, scope, now(), None)
        rows = read_scorecard(lake, model, scope, span, asking.about)
    return Scorecard(model.tree.title(scope, as_of), scope, str(span), tuple(_line(row) for row in rows), rows)


def _line(row: CardRow) -> Line:
    one = row.number
    if one is None:
        why = row.problem.message if row.problem else "no answer"
        return Line(row.metric, "–", "", "unknown", None, (), False, why, None)
    target = share_or_plain(one.target.value, one.unit) if one.target else ""
    first = one.why_not_certified[0] if one.why_not_certified else None
    more = f" (+{len(one.why_not_certified) - 1})" if len(one.why_not_certified) > 1 else ""
    values = tuple(value for _, value in row.trend)
    return Line(
        one.title, told(one.figure, one.unit), target, one.status.replace(" ", "_"), one.n, values, one.certified,
        f"{first}{more}" if first else None, one.owner.person if one.owner else None,
    )  # fmt: skip
