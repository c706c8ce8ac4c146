"""The statements that fill the cube: one GROUP BY per series, over the fact or over a relation kept for a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from charter.performance.fact import FACTS, TableName
from charter.performance.plan import Series
from charter.performance.relation import quoted, relation

CUBE_TABLE = {"value": "cube_value", "duration": "cube_duration", "member": "cube_member"}
_CELL = ('"series"', '"scope"', '"day"', '"dimension_1"', '"dimension_2"', '"dimension_3"', '"dimension_4"')


@dataclass(frozen=True, slots=True)
class Cells:
    """A temp table (scope, day) of touched cells of one fact, and its first and last day."""

    table: str
    first: object
    last: object


def source(series: Sequence[Series], table: TableName, touched: str | None) -> str:
    """Answers the relation that serves all these series (one fact, attribution and calendar)."""
    first = series[0]
    return relation(
        FACTS[first.fact],
        frozenset().union(*(one.columns for one in series)),
        scope=first.scope,
        day=first.day,
        calendar=first.calendar,
        table=table,
        business=frozenset().union(*(one.business for one in series)),
        touched=touched,
    )


def insert(series: Sequence[Series], rows: str, table: TableName) -> str:
    """Answers the INSERT of the cells of series of one kind from `rows` (a table, or a query in brackets).

    By series and day, so that a month is read from few row groups; by scope too costs a third more and prunes nothing.
    Parameters: the key of each series, in turn.
    """
    names = _columns(series)
    cells = " UNION ALL ".join(_cells(one, names, rows) for one in series)
    listed = ", ".join((*_CELL, *names))
    return f"INSERT INTO {table(CUBE_TABLE[series[0].kind])} ({listed}) {cells} ORDER BY 1, 3"


def _columns(series: Sequence[Series]) -> list[str]:
    """What the kind counts; value series of different length share the longest one's columns."""
    return max((_counted(one)[0] for one in series), key=len)


def _cells(one: Series, names: Sequence[str], rows: str) -> str:
    columns, outputs, last, more = _counted(one)
    cell = [
        '? AS "series"',
        f"COALESCE(r.{quoted(one.scope)}, 'group') AS \"scope\"",
        f'r.{quoted(one.day)} AS "day"',
        *(f'r.{quoted(name)} AS "dimension_{i}"' for i, name in enumerate(one.dimensions, start=1)),
        *(f'CAST(NULL AS VARCHAR) AS "dimension_{i}"' for i in range(len(one.dimensions) + 1, 5)),
    ]
    missing = ["CAST(NULL AS DECIMAL(38,4))"] * (len(names) - len(columns))
    groups = [
        f"COALESCE(r.{quoted(one.scope)}, 'group')",
        *(f"r.{quoted(c)}" for c in (one.day, *one.dimensions)),
        *last,
    ]
    where = " AND ".join([f"r.{quoted(one.day)} IS NOT NULL", *([f"({one.where})"] if one.where else []), *more])
    return f"SELECT {', '.join((*cell, *outputs, *missing))} FROM {rows} AS r WHERE {where} GROUP BY {', '.join(groups)}"


def _counted(one: Series) -> tuple[list[str], list[str], list[str], list[str]]:
    """Columns, outputs, further groups and conditions of what a series counts."""
    if one.kind == "value":
        columns = [f'"value_{i}"' for i in range(1, len(one.expressions) + 1)]
        return columns, [f"CAST({sql} AS DECIMAL(38,4))" for sql in one.expressions], [], []
    sql = one.expressions[0]
    if one.kind == "duration":
        return (
            ['"seconds"', '"n"'],
            [f"CAST({sql} AS BIGINT)", "COUNT(*)"],
            [f"CAST({sql} AS BIGINT)"],
            [f"({sql}) >= 0"],
        )
    return ['"member"'], [f"CAST({sql} AS VARCHAR)"], [f"CAST({sql} AS VARCHAR)"], [f"({sql}) IS NOT NULL"]


def remove(series: Sequence[Series], table: TableName, touched: str | None) -> str:
    """Answers the DELETE of the cells of series of one kind; parameters: their keys (then, with `touched`, its first and last day)."""
    target = table(CUBE_TABLE[series[0].kind])
    statement = f'DELETE FROM {target} WHERE "series" IN ({", ".join("?" for _ in series)})'
    if not touched:
        return statement
    return (
        f'{statement} AND "day" BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM {touched} AS t '
        f'WHERE t."scope" = {target}."scope" AND t."day" = {target}."day")'
    )


def sharing(series: Iterable[Series]) -> list[list[Series]]:
    """Answers the series grouped by the relation that they can share: fact, attribution, calendar where it matters."""
    groups: dict[tuple[str, ...], list[Series]] = {}
    for one in series:
        key = (one.fact, one.scope, one.day, one.calendar if one.timed else "", str(one.timed))
        groups.setdefault(key, []).append(one)
    return [sorted(group, key=lambda one: one.key) for _, group in sorted(groups.items())]
