"""What the arguments of a listed function may be: how many, which of them are written out, and how large."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from charter.expression.functions import FunctionEntry

if TYPE_CHECKING:
    from sqlglot import exp

MAX_PATTERN = 200
_DIRECTIVE = re.compile(r"%-?[aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%]")
MAX_GROWTH = 1000
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
# sqlglot orders arguments in its own way; these are its names for those that must be written out.
_WRITTEN = {
    "regexp_matches": "expression", "regexp_extract": "expression", "strptime": "format", "date_trunc": "unit", "date_diff": "unit",
    "replace": "replacement",
}  # fmt: skip


def parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yields the nodes directly below a node, whatever argument they stand in."""
    from sqlglot import exp

    for value in node.args.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr):
                yield part


def arguments(node: exp.Expr) -> list[exp.Expr]:
    """Answers the arguments of a call, without what sqlglot wraps around a unit."""
    found = list(parts(node))
    if type(node).__name__ == "Anonymous":
        found = list(node.expressions)
    return [part.this if type(part).__name__ == "TimeUnit" else part for part in found]


def wrong_arguments(node: exp.Expr, entry: FunctionEntry, given: list[exp.Expr]) -> tuple[str, str] | None:
    """Answers what the function takes and what it was given instead, or None where all is well."""
    if not entry.least <= len(given) <= entry.most:
        wanted = f"{entry.least}" if entry.least == entry.most else f"{entry.least} to {entry.most}"
        return f"{wanted} arguments", str(len(given))
    for part in written_out(node, entry):
        text = _wrong_text(entry.name, part)
        if text:
            return text, _told(part)
    if entry.greatest is not None and any(not _small(part, entry.greatest) for part in given[1:2]):
        return f"a number written out, of at most {entry.greatest}", node.sql("duckdb")
    return None


def written_out(node: exp.Expr, entry: FunctionEntry) -> list[exp.Expr | None]:
    """Answers the arguments that must be written out as text; None for one that is left out."""
    if not entry.literal:
        return []
    if type(node).__name__ == "Anonymous":
        return [node.expressions[place] if place < len(node.expressions) else None for place in entry.literal]
    found: exp.Expr | None = node.args.get(_WRITTEN[entry.name])
    return [found.this if found is not None and type(found).__name__ == "TimeUnit" else found]


def growth(tree: exp.Expr) -> float:
    """Answers by how much nested replacements may lengthen a text: 100 characters for one, ten deep, fill any memory."""
    from sqlglot import exp

    factors = [
        len(node.args["replacement"].name) / max(1, len(node.expression.name))
        for node in tree.find_all(exp.Replace)
        if isinstance(node.args.get("replacement"), exp.Literal)
    ]
    return prod(factor for factor in factors if factor > 1)


def _wrong_text(name: str, part: exp.Expr | None) -> str | None:
    from sqlglot import exp

    if name in ("date_trunc", "date_diff"):
        unit = part.name.lower() if isinstance(part, exp.Literal | exp.Var) else ""
        return None if unit in UNITS else f"a unit ({', '.join(UNITS)})"
    if not isinstance(part, exp.Literal) or not part.is_string or len(part.name) > MAX_PATTERN:
        return f"a text written out, of at most {MAX_PATTERN} characters"
    if name == "timezone" and not is_time_zone(part.name):
        return "a time zone, such as Europe/Berlin"
    if name.startswith("regexp") and not _is_pattern(part.name):
        return "a regular expression, whose brackets are closed"
    if name.endswith("strptime") and "%" in _DIRECTIVE.sub("", part.name):
        return "a format of directives such as %Y-%m-%d"
    return None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def is_time_zone(name: str) -> bool:
    """Answers whether there is a time zone of this name (IANA)."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _small(part: exp.Expr, greatest: int) -> bool:
    from sqlglot import exp

    return isinstance(part, exp.Literal) and not part.is_string and part.name.isdecimal() and int(part.name[:9]) <= greatest


def _told(part: exp.Expr | None) -> str:
    told = "nothing" if part is None else part.sql("duckdb")
    return told if len(told) <= 40 else "another"


def only_star(node: exp.Expr, given: Iterable[exp.Expr]) -> bool:
    """Answers whether a call is count(*) and no more: a star elsewhere, or one that replaces, reads what is not declared."""
    from sqlglot import exp

    found = list(given)
    return isinstance(node, exp.Count) and len(found) == 1 and not any(found[0].args.values())
