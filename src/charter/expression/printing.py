"""Printing a checked tree as SQL, each column quoted and, where asked, renamed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from charter.expression.expression import Expression

if TYPE_CHECKING:
    from sqlglot import exp


def to_sql(
    expression: Expression, *, dialect: str = "duckdb", rename: Mapping[str, str] | None = None, lenient: bool = False
) -> str:
    """Answers the expression as SQL of the dialect; `rename` maps a column to the SQL identifier that stands for it.

    A division by 0 gives no value in every dialect: DuckDB would give infinity. `lenient`: neither does a cast of what the type
    cannot hold stop the statement; `misfits` tells which rows those are.
    """
    return _print(expression, dialect, tuple(sorted((rename or {}).items())), lenient)


def misfits(expression: Expression, rename: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Answers SQL conditions, each true for the rows in which a cast of the expression meets what its type cannot hold.

    Casts within a CASE are left out: whether they are reached is for the CASE to say, and where they fail it has no value.
    """
    from sqlglot import exp

    found = []
    for node in expression.tree.find_all(exp.Cast):
        if isinstance(node, exp.TryCast) or node.to.is_type(*exp.DataType.TEXT_TYPES) or node.find_ancestor(exp.Case, exp.If):
            continue
        lost = exp.and_(
            exp.not_(exp.Is(this=exp.paren(node.this.copy()), expression=exp.Null())),
            exp.Is(this=node.copy(), expression=exp.Null()),
        )
        told = _print_tree(lost, "duckdb", tuple(sorted((rename or {}).items())), True)
        found.append(f"coalesce({told}, false)")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def _print(expression: Expression, dialect: str, rename: tuple[tuple[str, str], ...], lenient: bool) -> str:
    return _print_tree(expression.tree, dialect, rename, lenient)


def _print_tree(tree: exp.Expr, dialect: str, rename: tuple[tuple[str, str], ...], lenient: bool) -> str:
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

    printed = tree.transform(renamed)
    # Not in the transform, which does not go below what it puts in place.
    for node in [one for one in printed.find_all(exp.Cast) if type(one) is exp.Cast] if lenient else ():
        kept = exp.TryCast(**node.args)
        printed = kept if node is printed else printed
        node.replace(kept)
    return printed.sql(dialect=dialect, comments=False)


def _not_zero(divisor: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(divisor, exp.Nullif) or (isinstance(divisor, exp.Literal) and divisor.name.strip("0.") != "")
