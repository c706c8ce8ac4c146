"""Parsing and checking: a text becomes a tree of which every node is on the allow-list, or is refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.errors import CharterError, Code, Finding, Origin, Severity, nearest_hint
from charter.expression import codes
from charter.expression.arguments import MAX_GROWTH, arguments, growth, is_time_zone, only_star, parts, wrong_arguments
from charter.expression.functions import ALIASES, FUNCTIONS

if TYPE_CHECKING:
    from sqlglot import exp

MAX_LENGTH = 4_000
MAX_NODES = 800
MAX_DEPTH = 20
MAX_LEVELS = 160
MAX_TEXT = 500
_BRACKETS = re.compile(r"[()\[\]{}]|'(?:[^']|'')*'")
_STATEMENT = re.compile(
    r"\s*(select|with|from|copy|attach|detach|set|reset|pragma|install|load|call|create|insert|update|delete|drop|alter|export|import|use|"
    r"describe|summarize|show|explain|values|pivot|begin|commit|checkpoint|vacuum|"
    r"rename|analyze|grant|revoke|execute|prepare|optimize|fetch|kill|truncate|merge|comment|if(?!\s*\())\b",
    re.IGNORECASE,
)
_TYPES = {
    "VARCHAR", "TEXT", "BIGINT", "INT", "SMALLINT", "TINYINT", "DECIMAL", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ",
}  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, its tree, the columns that it reads, and whether it aggregates."""

    text: str
    tree: exp.Expr
    columns: frozenset[str]
    aggregates: bool


def parse(
    text: str,
    *,
    columns: Collection[str],
    aggregates: bool = False,
    origin: Origin | None = None,
    parameters: Collection[str] = (),
) -> Expression:
    """Answers the expression that a text writes over the columns (bare, or `lookup.column`); raises what is wrong with it.

    Raises:
        ContentError: it is no expression, or names what does not exist.
        RefusedError: it asks for more than an expression may have.
    """
    return _Parser(text, columns, aggregates, origin, parameters).parse()


def check(
    text: str,
    *,
    columns: Collection[str],
    aggregates: bool = False,
    origin: Origin | None = None,
    parameters: Collection[str] = (),
) -> tuple[Expression | None, tuple[Finding, ...]]:
    """Answers the expression, or None and what is wrong with it, as a finding."""
    try:
        return parse(text, columns=columns, aggregates=aggregates, origin=origin, parameters=parameters), ()
    except CharterError as error:
        return None, (Finding(error.code, Severity.ERROR, error.message, origin, error.hint),)


class _Parser:
    def __init__(
        self, text: str, columns: Collection[str], aggregates: bool, origin: Origin | None, parameters: Collection[str]
    ) -> None:
        self.text = text
        self.known = {name.lower(): name for name in columns}
        self.aggregates = aggregates
        self.origin = origin
        self.parameters = set(parameters)
        self.used: set[str] = set()
        self.found_aggregate = False

    def fail(self, code: Code, hint: str | None = None, **fields: object) -> CharterError:
        return code.exception(self.origin, hint=hint, **fields)

    def told(self) -> str:
        return self.text if len(self.text) <= 60 else self.text[:57] + "..."

    def parse(self) -> Expression:
        tree = self.tree()
        count = sum(1 for _ in tree.walk())
        if count > MAX_NODES:
            raise self.fail(codes.EXP005, what="long", n=f"{count} parts", allowed=MAX_NODES)
        self.visit(tree, inside=False)
        if growth(tree) > MAX_GROWTH:
            raise self.fail(codes.EXP005, what="greedy", n=f"texts grow {int(growth(tree))}-fold", allowed=MAX_GROWTH)
        return Expression(self.text, tree, frozenset(self.used), self.found_aggregate)

    def tree(self) -> exp.Expr:
        import sqlglot
        from sqlglot.errors import SqlglotError

        if not self.text.strip():
            raise self.fail(codes.EXP001, text="an empty text", reason="there is nothing in it")
        if len(self.text) > MAX_LENGTH:
            raise self.fail(codes.EXP005, what="long", n=f"{len(self.text)} characters", allowed=MAX_LENGTH)
        self.refuse_deep()
        statement = _STATEMENT.match(self.text)
        if statement and statement.group(1).lower() not in self.known:
            near = "an expression is a value, not a statement"
            raise self.fail(codes.EXP004, what=f"a statement ({statement.group(1).upper()})", near=near)
        try:
            trees = sqlglot.parse(self.text, read="duckdb")
        except RecursionError as error:
            raise self.fail(codes.EXP005, what="deep", n="hundreds of levels", allowed=MAX_DEPTH) from error
        except (SqlglotError, ValueError, IndexError, AttributeError, TypeError, KeyError) as error:
            reason = str(error).splitlines()[0].split(". Line")[0] if str(error) else "it cannot be read"
            raise self.fail(codes.EXP001, text=self.told(), reason=_plain(reason)) from error
        if len(trees) != 1 or trees[0] is None or ";" in _BRACKETS.sub("", self.text):
            raise self.fail(codes.EXP001, text=self.told(), reason="it is more than one")
        return trees[0]

    def refuse_deep(self) -> None:
        depth = deepest = 0
        for mark in _BRACKETS.findall(self.text):
            depth += mark in "([{" if len(mark) == 1 else 0
            depth -= mark in ")]}" if len(mark) == 1 else 0
            deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            raise self.fail(codes.EXP005, what="deep", n=deepest, allowed=MAX_DEPTH)

    def visit(self, node: exp.Expr, inside: bool, depth: int = 0) -> None:
        """Refuses every node that is not known to be harmless."""
        from sqlglot import exp

        if depth > MAX_LEVELS:
            raise self.fail(codes.EXP005, what="deep", n=depth, allowed=MAX_LEVELS)
        if isinstance(node, exp.Column | exp.Dot):
            self.column(node)
        elif isinstance(node, exp.Literal):
            if node.is_string and len(node.this) > MAX_TEXT:
                raise self.fail(codes.EXP005, what="long", n=f"a text of {len(node.this)} characters", allowed=MAX_TEXT)
            if not node.is_string and not node.this.replace(".", "", 1).isdecimal():
                raise self.fail(codes.EXP004, what=f"the number {node.this}", near="write its digits; amounts are exact")
            if not node.is_string and len(node.this) > 40:
                raise self.fail(codes.EXP005, what="long", n=f"a number of {len(node.this)} digits", allowed=40)
        elif isinstance(node, exp.Placeholder | exp.Parameter):
            self.parameter(node)
        elif isinstance(node, exp.Filter):
            self.aggregate_filter(node, inside, depth)
        elif isinstance(node, exp.Cast | exp.TryCast):
            self.cast(node)
            self.visit(node.this, inside, depth + 1)
        elif isinstance(node, exp.AtTimeZone):
            self.zone(node)
            self.visit(node.this, inside, depth + 1)
        elif isinstance(node, exp.RegexpLike) and "start" not in node.meta:
            raise self.fail(codes.EXP004, what="the operator ~", near="write regexp_matches(text, 'pattern')")
        elif isinstance(node, exp.In) and not node.expressions and not node.args.get("query"):
            raise self.fail(codes.EXP004, what="IN without a list", near="write the values in brackets: in ('a', 'b')")
        elif isinstance(node, exp.Func) and not isinstance(node, exp.Case | exp.If | exp.And | exp.Or | exp.Xor):
            self.function(node, inside, depth)
        elif type(node) in _allowed_nodes():
            self.children(node, inside, depth)
        else:
            raise self.fail(codes.EXP004, what=_words(node), near=_hint(node))

    def children(self, node: exp.Expr, inside: bool, depth: int) -> None:
        for child in parts(node):
            self.visit(child, inside, depth + 1)

    def column(self, node: exp.Expr) -> None:
        from sqlglot import exp

        parts = [part.name for part in node.find_all(exp.Identifier)] if isinstance(node, exp.Column) else []
        name = ".".join(part.name for part in node.parts) if isinstance(node, exp.Column) else node.sql()
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            raise self.fail(codes.EXP004, what="a star", near="name the column")
        if not parts or name.lower() not in self.known or len(node.parts) > 2:  # type: ignore[attr-defined]
            near = nearest_hint(name, self.known.values(), f"there are {', '.join(sorted(self.known.values())[:8])} ...")
            raise self.fail(codes.EXP002, column=name, near=near)
        self.used.add(self.known[name.lower()])

    def parameter(self, node: exp.Expr) -> None:
        name = node.name
        if name not in self.parameters:
            raise self.fail(codes.EXP004, what=f"the parameter {name or '?'}", near="write the value out")

    def zone(self, node: exp.Expr) -> None:
        from sqlglot import exp

        zone = node.args["zone"]
        if not isinstance(zone, exp.Literal) or not is_time_zone(zone.name):
            wanted = "a time zone written out, such as 'Europe/Berlin'"
            raise self.fail(codes.EXP006, function="AT TIME ZONE", wanted=wanted, given=zone.sql("duckdb"))

    def cast(self, node: exp.Expr) -> None:
        from sqlglot import exp

        target = node.args["to"]
        if any(part is not node.this and part is not target for part in parts(node)):
            raise self.fail(codes.EXP004, what="a cast with more than a type", near="write cast(x as date), and case for the rest")
        name = target.this.name if isinstance(target, exp.DataType) and isinstance(target.this, exp.DataType.Type) else str(target)
        if name not in _TYPES or target.args.get("nested") or not all(map(_is_size, target.expressions)):
            raise self.fail(codes.EXP008, type=target.sql("duckdb"))

    def aggregate_filter(self, node: exp.Expr, inside: bool, depth: int) -> None:
        from sqlglot import exp

        if not isinstance(node.this, exp.AggFunc):
            raise self.fail(codes.EXP004, what="FILTER without an aggregate", near="write count(*) filter (where ...)")
        self.visit(node.this, inside, depth + 1)
        where = node.expression
        self.visit(where.this if isinstance(where, exp.Where) else where, True, depth + 1)

    def function(self, node: exp.Expr, inside: bool, depth: int) -> None:
        from sqlglot import exp

        name = _function_name(node)
        entry = FUNCTIONS.get(name)
        if entry is None:
            told = self.written_name(node)
            if not told:
                raise self.fail(codes.EXP004, what=_words(node), near=_hint(node))
            near = nearest_hint(told, FUNCTIONS, "docs/reference/functions.md lists what there is")
            raise self.fail(codes.EXP003, function=told, near=near)
        if entry.aggregate:
            self.aggregate(node, name, inside)
        given = arguments(node)
        if any(isinstance(part, exp.Star) for part in given):
            if not only_star(node, given):
                raise self.fail(codes.EXP004, what="a star", near="name the column")
            return
        wrong = wrong_arguments(node, entry, given)
        if wrong:
            raise self.fail(codes.EXP006, function=entry.name, wanted=wrong[0], given=wrong[1])
        for part in given:
            if not (isinstance(part, exp.Var) and entry.literal):
                self.visit(part, inside or entry.aggregate, depth + 1)

    def aggregate(self, node: exp.Expr, name: str, inside: bool) -> None:
        from sqlglot import exp

        if not self.aggregates or inside:
            raise self.fail(codes.EXP007, function=name)
        if isinstance(node.this, exp.Distinct):
            raise self.fail(codes.EXP004, what=f"{name}(distinct ...)", near="declare it under `distinct`")
        self.found_aggregate = True

    def written_name(self, node: exp.Expr) -> str:
        """The name as it was written; sqlglot has its own for many functions."""
        start, end = node.meta.get("start"), node.meta.get("end")
        word = self.text[start : end + 1].lower() if isinstance(start, int) and isinstance(end, int) else ""
        return word if word.isidentifier() else ""


def _is_size(node: exp.Expr) -> bool:
    from sqlglot import exp

    size = node.this if isinstance(node, exp.DataTypeParam) else None
    return isinstance(size, exp.Literal) and size.name.isdecimal() and int(size.name) <= 38 and not node.args.get("expression")


def _plain(reason: str) -> str:
    missing = re.match(r"Required keyword: '\w+' missing for <class '[\w.]*\.(\w+)'>", reason)
    return f"something is missing at {missing.group(1).lower()}" if missing else re.sub(r"\x1b\[[0-9;]*m", "", reason)


_SQLGLOT_NAMES = {
    "str_position": "contains", "substring": "substring", "timestamp_trunc": "date_trunc", "date_trunc": "date_trunc",
    "str_to_time": "strptime", "date_diff": "date_diff", "datediff": "date_diff", "timestamp_diff": "date_diff", "day": "day",
    "day_of_month": "day", "regexp_like": "regexp_matches", "starts_with": "starts_with", "pad": "lpad", "safe_concat": "concat",
}  # fmt: skip


def _function_name(node: exp.Expr) -> str:
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
    else:
        name = node.sql_name().lower()  # type: ignore[attr-defined]
        if name == "pad" and not node.args.get("is_left", True):
            return "rpad"
        if isinstance(node, exp.Trim):
            name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    name = _SQLGLOT_NAMES.get(name, name)
    return ALIASES.get(name, name)


def _allowed_nodes() -> frozenset[type]:
    from sqlglot import exp

    return frozenset(
        {
            exp.Paren, exp.Null, exp.Boolean, exp.Case, exp.If, exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
            exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe,
            exp.NullSafeEQ, exp.NullSafeNEQ,
        }
    )  # fmt: skip


def _words(node: exp.Expr) -> str:
    from sqlglot import exp

    if isinstance(node, exp.Subquery | exp.Query | exp.Exists):
        return "a subquery"
    if isinstance(node, exp.Window):
        return "a window"
    if isinstance(node, exp.Lambda):
        return "a lambda"
    if isinstance(node, exp.Star):
        return "a star"
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _hint(_: exp.Expr) -> str:
    return "columns, literals, CASE, CAST, operators and listed functions are allowed"
