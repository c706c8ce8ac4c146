"""Numbers and scorecards as rows for a file: values as they are, and the passport beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from charter.app.number import number, number_as_dict
from charter.app.project import Project, today
from charter.app.scorecard import scorecard
from charter.performance.figure import Figure
from charter.values.ratio import canonical

Made = tuple[str, Mapping[str, str], list[tuple[Any, ...]]]
"""The name of a sheet, its columns with their types, its rows."""
_SCALE = 6
_TEXT, _WHOLE, _DECIMAL, _EXACT = "VARCHAR", "BIGINT", "DECIMAL", "DECIMAL as needed"


def number_sheets(
    project: Project, metric: str, scope: str, period: str | None, by: str | None
) -> tuple[list[Made], Mapping[str, Any]]:
    """Answers the rows of a number (of its breakdown where `by` is given), its passport as rows, and all of it as a mapping."""
    answer = number(project, metric, scope, period, by=by)
    one = answer.number
    figures = [(row.key, row.figure) for row in one.breakdown] if by else [(None, one.figure)]
    heads = {"metric": _TEXT, "title": _TEXT, "scope": _TEXT, "period": _TEXT, **({by: _TEXT} if by else {}), "unit": _TEXT}
    rows = [
        {
            "metric": one.metric, "title": one.title, "scope": one.scope, "period": one.period, **({by: key} if by else {}),
            "unit": one.unit, **_cells(figure),
        }
        for key, figure in figures
    ]  # fmt: skip
    if not by:
        heads |= {"certified": "BOOLEAN", "status": _TEXT, "target": _DECIMAL}
        rows[0] |= {"certified": one.certified, "status": one.status, "target": one.target.value if one.target else None}
    times = sorted({name for _, figure in figures for name in figure.times})
    paper = answer.as_dict()
    return [_made("number", heads | _figure_heads(times), rows), _passport([("", paper)])], paper


def scorecard_sheets(project: Project, scope: str, period: str | None) -> tuple[list[Made], Mapping[str, Any]]:
    """Answers the rows of a scorecard, its trends, objectives and passports as rows, and all of it as a mapping."""
    card = scorecard(project, scope, period, today(project))
    heads = {
        "metric": _TEXT, "title": _TEXT, "scope": _TEXT, "period": _TEXT, "value": _DECIMAL, "unit": _TEXT, "currency": _TEXT,
        "target": _DECIMAL, "status": _TEXT, "n": _WHOLE, "coverage": _DECIMAL, "certified": "BOOLEAN",
        "why_not_certified": _TEXT, "provisional_until": "DATE", "accountable": _TEXT, "definition": _TEXT, "version": _TEXT,
    }  # fmt: skip
    rows = []
    for line, row in zip(card.rows, card.raw, strict=True):
        one = row.number
        told: dict[str, Any] = {
            "metric": row.metric,
            "title": line.title,
            "scope": card.scope,
            "period": card.period,
            "status": line.status,
        }
        if one is None:
            told |= {"why_not_certified": line.why_not, "certified": False}
        else:
            told |= {
                "value": one.figure.value, "unit": one.unit, "currency": one.figure.currency, "n": one.n, "coverage": one.coverage,
                "target": one.target.value if one.target else None, "certified": one.certified,
                "why_not_certified": "; ".join(one.why_not_certified), "provisional_until": one.provisional_until,
                "accountable": one.owner.person if one.owner else None, "definition": one.passport.definition,
                "version": str(one.passport.version),
            }  # fmt: skip
        rows.append(told)
    trend = [{"metric": row.metric, "month": month, "value": value} for row in card.raw for month, value in row.trend]
    reached = [
        {
            "objective": one.objective.title, "metric": one.objective.metric, "target": one.objective.target, "reached": one.value,
            "status": one.status, "budget": one.told,
        }
        for one in card.objectives
    ]  # fmt: skip
    papers = [(row.metric, number_as_dict(row.number)["passport"]) for row in card.raw if row.number]
    return [
        _made("scorecard", heads, rows),
        _made("trend", {"metric": _TEXT, "month": _TEXT, "value": _DECIMAL}, trend),
        _made("objectives", {"objective": _TEXT, "metric": _TEXT, "target": _DECIMAL, "reached": _DECIMAL, "status": _TEXT, "budget": _TEXT}, reached),
        _passport(papers),
    ], card.as_dict()  # fmt: skip


def _cells(figure: Figure) -> dict[str, Any]:
    low, high = figure.interval or (None, None)
    cells: dict[str, Any] = {
        "value": figure.value, "currency": figure.currency, "numerator": figure.numerator, "denominator": figure.denominator,
        "n": figure.n, "coverage": figure.coverage, "interval_low": low, "interval_high": high,
    }  # fmt: skip
    for name, spread in figure.times.items():
        cells |= {
            f"{name}_n": spread.n,
            f"{name}_mean_seconds": spread.mean,
            f"{name}_p50_seconds": spread.p50,
            f"{name}_p90_seconds": spread.p90,
        }
    return cells


def _figure_heads(times: Sequence[str]) -> dict[str, str]:
    heads = {
        "value": _DECIMAL, "currency": _TEXT, "numerator": _EXACT, "denominator": _EXACT, "n": _WHOLE, "coverage": _DECIMAL,
        "interval_low": _DECIMAL, "interval_high": _DECIMAL,
    }  # fmt: skip
    for name in times:
        heads |= {
            f"{name}_n": _WHOLE,
            f"{name}_mean_seconds": _DECIMAL,
            f"{name}_p50_seconds": _WHOLE,
            f"{name}_p90_seconds": _WHOLE,
        }
    return heads


def _made(name: str, heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> Made:
    least = {_DECIMAL: _SCALE, _EXACT: 0}
    types = {
        head: _wide_enough([row.get(head) for row in rows], least[kind]) if kind in least else kind for head, kind in heads.items()
    }
    return name, types, [tuple(row.get(head) for head in heads) for row in rows]


def _wide_enough(values: Sequence[Decimal | None], least: int) -> str:
    """As many decimals as the values have, so that none is rounded; ratios have six."""
    needed = max((-int(value.normalize().as_tuple().exponent) for value in map(_decimal, values) if value is not None), default=0)
    return f"DECIMAL(38,{max(needed, least)})"


def _decimal(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _passport(papers: Sequence[tuple[str, Mapping[str, Any]]]) -> Made:
    rows = [(metric, place, text) for metric, paper in papers for place, text in _leaves(paper, "")]
    return "passport", {"metric": _TEXT, "field": _TEXT, "value": _TEXT}, rows


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _leaves(part, f"{place}[{index}]")
    elif value is not None:
        yield place, canonical(value) if isinstance(value, Decimal) else str(value)
