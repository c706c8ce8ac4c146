"""Printing a checked tree as SQL, each column quoted and, where asked, renamed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from charter.expression.expression import Expression


def to_sql(expression: Expression, *, dialect: str = "duckdb", rename: Mapping[str, str] | None = None) -> str:
    """Answers the expression as SQL of the dialect; `rename` maps a column to the SQL identifier that stands for it."""
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
        return node

    return expression.tree.transform(renamed).sql(dialect=dialect, comments=False)
