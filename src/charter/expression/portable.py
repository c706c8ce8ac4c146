"""A lint for the measuring SQL: it must stay inside the subset that DuckDB and a second engine share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from charter.errors import Finding, Origin
from charter.expression.codes import EXP009

if TYPE_CHECKING:
    from sqlglot import exp


def portable_findings(sql: str, origin: Origin | None = None) -> tuple[Finding, ...]:
    """Answers what in a statement would not run on a second engine (Spark): known traps, and what does not transpile."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
        found = [EXP009.finding(origin, what=what, near=near) for tree in trees for what, near in _traps(tree)]
        for tree in trees:
            sqlglot.parse_one(tree.sql("spark"), read="spark")
    except SqlglotError as error:
        return (EXP009.finding(origin, what=str(error).splitlines()[0], near="write plain SQL"),)
    return tuple(found)


_FUNCTIONS = {
    "quantile_cont": "rank rows and take one by nearest rank",
    "quantile_disc": "rank rows and take one by nearest rank",
    "percentile_cont": "rank rows and take one by nearest rank",
    "percentile_disc": "rank rows and take one by nearest rank",
    "approx_quantile": "rank rows and take one by nearest rank",
    "dayofweek": "join a calendar table",
    "day_of_week": "join a calendar table",
    "list": "join a table",
    "unnest": "join a table",
    "list_transform": "join a table",
}


def _traps(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    from sqlglot import exp

    for node in tree.walk():
        if isinstance(node, exp.Join) and str(node.method or "").upper() in ("ASOF", "POSITIONAL"):
            yield f"{node.method} join", "join by equality on a calendar or on a range"
        elif isinstance(node, exp.Qualify):
            yield "QUALIFY", "filter a subquery"
        elif isinstance(node, exp.Lambda):
            yield "a lambda", "write an expression"
        elif isinstance(node, exp.Distinct) and node.args.get("on"):
            yield "DISTINCT ON", "number the rows and filter"
        elif isinstance(node, exp.Star) and isinstance(node.parent, exp.Select):
            yield "SELECT *", "name the columns"
        elif isinstance(node, exp.GroupConcat) and node.find(exp.Distinct) and node.find(exp.Order):
            yield "an ordered distinct string_agg", "make the rows distinct first"
        elif isinstance(node, exp.Func):
            name = str(node.this if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
            if name in _FUNCTIONS:
                yield name, _FUNCTIONS[name]
            if name == "grouping" and len(node.expressions) > 1:
                yield "grouping() with two arguments", "ask one column at a time"
