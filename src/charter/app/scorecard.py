"""All metrics of a scope, with target, status and trend, as every face tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from charter.app.feeds import Asking
from charter.app.number import number_as_dict, period_for
from charter.app.project import Project, bound, now
from charter.app.wording import counted, difference, percent, same_money, share_or_plain, told
from charter.model.model import Model
from charter.performance.closing.store import closed_objectives
from charter.performance.number import Number
from charter.performance.scorecard import CardRow
from charter.performance.scorecard import scorecard as read_scorecard
from charter.performance.slo import SloStatus, objectives, slo_status
from charter.values.period import Period
from charter.values.ratio import canonical
from charter.warehouse.lake import Lake


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
    closed: bool = False


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
                    "otherwise": list(row.otherwise),
                    "closed": _closing_as_dict(row),
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

    def states(self) -> list[str]:
        """Answers in lines what is closed, what is provisional until when, and closed numbers that are others today."""
        closings = sorted({row.closing for row in self.raw if row.closing}, key=lambda one: one.closed_at)
        lines = []
        for act in closings:
            mine = sum(1 for row in self.raw if row.closing == act)
            all_of = "all" if mine == len(self.raw) else f"{mine:,} of {counted(len(self.raw), 'number')}"
            lines.append(f"closed on {act.closed_at.date()} by {act.closed_by}, revision {act.revision}: {all_of}")
        waiting: dict[date, list[str]] = {}
        for row in self.raw:
            if row.closing is None and row.number and row.number.provisional_until:
                waiting.setdefault(row.number.provisional_until, []).append(row.number.title)
        lines += [f"provisional until {day}: {', '.join(titles)}" for day, titles in sorted(waiting.items())]
        lines += [
            f"months of {row.number.title} counted by another definition: {', '.join(row.otherwise)}"
            for row in self.raw
            if row.otherwise and row.number
        ]
        return lines

    def restated(self) -> list[tuple[str, str, str]]:
        """Answers title, today's value and the difference of each closed number that is another one today."""
        return [
            (row.number.title, told(row.today.figure, row.number.unit), _moved(row.number, row.today))
            for row in self.raw
            if row.closing and row.number and row.today and row.number.value != row.today.value
        ]

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
    with project.reading() as lake:
        return scorecard_on(project, lake, project.model(as_of), scope, period)


def scorecard_on(project: Project, lake: Lake, model: Model, scope: str, period: str | None) -> Scorecard:
    """Answers the same on a lake that is open, by what binds."""
    span = period_for(lake, period)
    asking = Asking(project, lake, model, scope, now(), None)
    rows = read_scorecard(lake, model, scope, span, asking.about)
    reached = _objectives(lake, model, scope, span, asking, rows)
    return Scorecard(title_of(model, scope), scope, str(span), tuple(_line(row) for row in rows), rows, reached)


def title_of(model: Model, scope: str) -> str:
    """Answers a scope's name for people; its id where it is not open any more."""
    return model.tree.title(scope, model.as_of) if scope in model.tree and model.tree.is_open(scope, model.as_of) else scope


def _objectives(
    lake: Lake, model: Model, scope: str, span: Period, asking: Asking, rows: Sequence[CardRow]
) -> tuple[SloStatus, ...]:
    """How the objectives stand: as they were closed where their metric is; else today, as far as the metric has an answer."""
    closed = closed_objectives(lake, scope, span)
    unanswered = {row.metric for row in rows if row.number is None or row.closing}
    is_there = scope in model.tree and model.tree.is_open(scope, model.as_of)
    open_ones = [
        one for one in (objectives(model, scope) if is_there else ()) if one.metric not in unanswered and one.slo not in closed
    ]
    found = {one.slo: slo_status(lake, model, one, scope, span, asking.about(one.metric)) for one in open_ones}
    return tuple(one for _, one in sorted({**found, **closed}.items()))


def _objective_as_dict(one: SloStatus) -> dict[str, Any]:
    spent = one.budget
    return {
        "slo": one.objective.slo, "metric": one.objective.metric, "target": canonical(one.objective.target),
        "value": canonical(one.value), "good": one.good, "total": one.total, "status": one.status,
        "interval": [canonical(bound) for bound in one.interval] if one.interval else None,
        "budget": {"allowed": spent.allowed, "bad": spent.bad, "left": spent.left} if spent else None,
    }  # fmt: skip


def _moved(was: Number, now: Number) -> str:
    if was.value is None or now.value is None or not same_money(was, now):
        return ""
    return difference(now.value - was.value, was.unit, was.figure.currency)


def _closing_as_dict(row: CardRow) -> dict[str, Any] | None:
    act = row.closing
    if act is None:
        return None
    today = {"value": canonical(row.today.value), "n": row.today.n} if row.today else None
    return {
        "at": act.closed_at.isoformat(),
        "by": act.closed_by,
        "revision": act.revision,
        "close": act.close_id,
        "restated": today,
    }


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
        f"{first}{more}" if first else None, one.owner.person if one.owner else None, row.closing is not None,
    )  # fmt: skip
