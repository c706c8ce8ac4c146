"""All metrics of a scope, with target, status and trend, as every face tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from charter.app.feeds import Asking
from charter.app.number import number_as_dict, period_for
from charter.app.project import Project, bound, now
from charter.app.wording import percent, share_or_plain, told
from charter.performance.scope import refuse_other
from charter.performance.scorecard import CardRow
from charter.performance.scorecard import scorecard as read_scorecard
from charter.performance.slo import SloStatus, objectives, slo_status
from charter.values.ratio import canonical


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
    objectives: tuple[SloStatus, ...]

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
            "objectives": [_objective_as_dict(one) for one in self.objectives],
        }

    def why_not_certified(self) -> tuple[tuple[str, str], ...]:
        """Answers each reason why numbers are not certified, with the titles of those numbers."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.why_not:
                found.setdefault(row.why_not, []).append(row.title)
        return tuple((reason, "all" if len(titles) == len(self.rows) else ", ".join(titles)) for reason, titles in found.items())

    def objective_table(self) -> list[tuple[str, ...]]:
        """Answers a line for each objective: title, share, interval, target, status, budget."""
        return [
            (
                one.objective.title,
                percent(one.value) if one.value is not None else "–",
                " to ".join(percent(bound) for bound in one.interval) if one.interval else "",
                percent(one.objective.target),
                one.status.replace(" ", "_"),
                one.told,
            )
            for one in self.objectives
        ]


def scorecard(project: Project, scope: str, period: str | None, as_of: date) -> Scorecard:
    """Answers the scorecard of a scope for a period; else for the last whole month that the data tells of."""
    project = bound(project)
    model = project.model(as_of)
    with project.reading() as lake:
        refuse_other(lake, model)
        span = period_for(lake, period)
        asking = Asking(project, lake, model, scope, now(), None)
        rows = read_scorecard(lake, model, scope, span, asking.about)
        reached = tuple(slo_status(lake, model, one, scope, span, asking.about(one.metric)) for one in objectives(model, scope))
    return Scorecard(model.tree.title(scope, as_of), scope, str(span), tuple(_line(row) for row in rows), rows, reached)


def _objective_as_dict(one: SloStatus) -> dict[str, Any]:
    spent = one.budget
    return {
        "slo": one.objective.slo, "metric": one.objective.metric, "target": canonical(one.objective.target),
        "value": canonical(one.value), "good": one.good, "total": one.total, "status": one.status,
        "interval": [canonical(bound) for bound in one.interval] if one.interval else None,
        "budget": {"allowed": spent.allowed, "bad": spent.bad, "left": spent.left} if spent else None,
    }  # fmt: skip


def _line(row: CardRow) -> Line:
    one = row.number
    if one is None:
        why = row.problem.message if row.problem else "no answer"
        return Line(row.metric, "–", "", "unknown", None, (), False, why, None)
    target = share_or_plain(one.target.value, one.unit) if one.target else ""
    # Whose it is stands beside: `has not accepted` is enough.
    first = one.why_not_certified[0].removeprefix(f"{one.owner.person} " if one.owner else "") if one.why_not_certified else None
    more = f" (+{len(one.why_not_certified) - 1})" if len(one.why_not_certified) > 1 else ""
    values = tuple(value for _, value in row.trend)
    return Line(
        one.title, told(one.figure, one.unit), target, one.status.replace(" ", "_"), one.n, values, one.certified,
        f"{first}{more}" if first else None, one.owner.person if one.owner else None,
    )  # fmt: skip
