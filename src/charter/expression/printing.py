"""Printing a checked tree as SQL, each column quoted and, where asked, renamed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from charter.expression.expression import Expression

if TYPE_CHECKING:
    from sqlglot import exp


def to_sql(expression: Expression, *, dialect: str = "duckdb", rename: Mapping[str, str] | None = None) -> str:
    """Answers the expression as SQL of the dialect; `rename` maps a column to the SQL identifier that stands for it.

    A division by 0 gives no value in every dialect: DuckDB would give infinity.
    """
    return _print(expression, dialect, tuple(sorted((rename or {}).items())))


@lru_cache(maxsize=4096)
def _print(expression: Expression, dialect: str, rename: tuple[tuple[str, str], ...]) -> str:
    from sqlglot import exp

    names = {name.lower(): sql for name, sql in rename}

    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            name = ".".join(part.name for part in node.parts)
            given = names.get(name.lower())
            if given is not None:
                return exp.maybe_parse(given, dialect="duckdb")
            return exp.column(*[exp.to_identifier(part.name, quoted=True) for part in reversed(node.parts)])
        if isinstance(node, exp.Div) and not _not_zero(node.expression):
            node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
        return node

    return expression.tree.transform(renamed).sql(dialect=dialect, comments=False)


def _not_zero(divisor: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(divisor, exp.Nullif) or (isinstance(divisor, exp.Literal) and divisor.name.strip("0.") != "")
