"""Expressions of definitions as SQL over a fact's relation, through the one allow-list."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from charter.expression import parse, to_sql
from charter.performance.codes import PRF017
from charter.performance.fact import Fact
from charter.performance.plan import Printed

if TYPE_CHECKING:
    from sqlglot import exp


def printer(text: str, fact: Fact, aggregates: bool) -> Printed:
    """Answers the expression as SQL over the fact's columns; raises what is wrong with it.

    Components must add up (sums and counts, added, subtracted, or times a written number), since the cube adds cells.
    """
    return _printed(text, fact.offers(), aggregates)


@lru_cache(maxsize=4096)
def _printed(text: str, columns: tuple[str, ...], aggregates: bool) -> Printed:
    expression = parse(text, columns=columns, aggregates=aggregates)
    if aggregates and not adds_up(expression.tree):
        raise PRF017.exception(component=text)
    return Printed(to_sql(expression), expression.columns)


def adds_up(tree: exp.Expr) -> bool:
    """Answers whether the value of a union is the sum of its parts' values."""
    from sqlglot import exp

    if isinstance(tree, exp.Paren | exp.Neg | exp.Filter):
        return adds_up(tree.this)
    if isinstance(tree, exp.Sum | exp.Count):
        return True
    if isinstance(tree, exp.Add | exp.Sub):
        return adds_up(tree.left) and adds_up(tree.right)
    if isinstance(tree, exp.Mul):
        number, other = (tree.left, tree.right) if isinstance(tree.left, exp.Literal) else (tree.right, tree.left)
        return isinstance(number, exp.Literal) and adds_up(other)
    return False
