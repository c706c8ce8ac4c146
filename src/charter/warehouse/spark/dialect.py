"""The house's SQL in Spark's words, where Spark gives the same digits; what it would count otherwise is told, and stays DuckDB's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from charter.warehouse.tables import TABLES

Name = tuple[Literal["lake", "temp"], str]
"""A table of the registry in the lake, or a temporary one."""
Kind = Literal["query", "insert", "create", "other"]


class NotPortable(Exception):
    """Spark might count this otherwise; the text says what."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as read: what it does, which table it writes, which ones its query reads. Parameters are named p1, p2, ..."""

    kind: Kind
    writes: Name | None = None
    columns: tuple[str, ...] = ()
    query: exp.Expr | None = None
    reads: frozenset[Name] = field(default_factory=frozenset)


_FUNCTIONS = (
    exp.Abs, exp.And, exp.Or, exp.Xor, exp.Case, exp.If, exp.Cast, exp.Coalesce, exp.Nullif, exp.Count, exp.Sum, exp.Min, exp.Max, exp.Exists,
    exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc, exp.TimeToUnix, exp.Floor, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead,
    exp.RowNumber, exp.Greatest, exp.Least, exp.GroupConcat, exp.Substring, exp.Length, exp.Left, exp.Right, exp.StartsWith,
    exp.Contains, exp.Concat, exp.Year, exp.Month, exp.Day,
)  # fmt: skip
_UNITS = ("MONTH", "YEAR", "QUARTER", "DAY")
_INTEGERS = (exp.DType.BIGINT, exp.DType.INT)
_CASTS = (*_INTEGERS, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.DATE, exp.DType.DECIMAL, exp.DType.BOOLEAN)
_TEXTS = ("VARCHAR", "DATE", "BIGINT", "BOOLEAN")
_OTHERWISE = frozenset(
    column.name for table in TABLES.values() for column in table.columns if column.type not in _TEXTS
)  # instants and amounts are written otherwise by the two
_WHOLE = frozenset(column.name for table in TABLES.values() for column in table.columns if column.type == "BIGINT") - _OTHERWISE


@lru_cache(maxsize=1024)
def read(sql: str) -> Statement:
    """Answers what a statement of the house does; one that sqlglot cannot read is of kind "other" and writes nothing known."""
    try:
        trees = sqlglot.parse(_named(sql), read="duckdb")
    except SqlglotError:
        return Statement("other")
    tree = trees[0] if len(trees) == 1 else None
    if isinstance(tree, exp.Query):
        return Statement("query", query=tree, reads=_reads(tree))
    if isinstance(tree, exp.Insert | exp.Create) and isinstance(tree.expression, exp.Query):
        return _writing(tree, tree.expression)
    if isinstance(tree, exp.Create | exp.Insert | exp.Delete | exp.Update | exp.Drop | exp.Alter):
        found = tree.find(exp.Table)
        return Statement("other", _name(found) if found else None)
    return Statement("other")


def _writing(tree: exp.Insert | exp.Create, query: exp.Query) -> Statement:
    target, columns = tree.this, ()
    if isinstance(target, exp.Schema):
        columns, target = tuple(one.name for one in target.expressions), target.this
    name = _name(target)
    if isinstance(tree, exp.Insert):
        return Statement("insert", name, columns, query, _reads(query))
    if tree.kind != "TABLE" or name[0] != "temp":
        return Statement("other", name)
    return Statement("create", name, columns, query, _reads(query))


def _named(sql: str) -> str:
    """Each `?` becomes `$p1`, `$p2`, ... in the order of the text, which another dialect may not keep."""
    if "?" not in sql:
        return sql
    parts, last, count = [], 0, 0
    for token in sqlglot.tokenize(sql, read="duckdb"):
        if token.token_type == sqlglot.TokenType.PLACEHOLDER and token.text == "?":
            count += 1
            parts += [sql[last : token.start], f"$p{count}"]
            last = token.end + 1
    return "".join((*parts, sql[last:]))


def arguments(parameters: Mapping[str, Any] | Sequence[Any] | None) -> dict[str, Any]:
    """Answers the parameters of a statement by the names that `read` gives them."""
    if isinstance(parameters, Mapping):
        return dict(parameters)
    return {f"p{place}": value for place, value in enumerate(parameters or (), start=1)}


def _name(table: exp.Expr) -> Name:
    parts = [part.name for part in table.parts] if isinstance(table, exp.Table) else [table.name]
    return ("lake", parts[-1]) if len(parts) > 1 and parts[0] != "temp" else ("temp", parts[-1])


def _reads(tree: exp.Expr) -> frozenset[Name]:
    return frozenset(_name(table) for table in _tables(tree))


def _tables(tree: exp.Expr) -> list[exp.Table]:
    """The tables that stand in a query, without the names that it gives itself."""
    own = {one.alias for one in tree.find_all(exp.CTE)}
    return [one for one in tree.find_all(exp.Table) if one.args.get("db") or one.name not in own]


def to_spark(query: exp.Expr, views: Mapping[Name, str]) -> str:
    """Answers the query in Spark's words, over these views; raises NotPortable where the two would count otherwise."""
    tree = query.copy()
    for node in list(tree.walk()):
        _look(node)
    for node in list(tree.find_all(exp.Cast)):
        _round(node)
    for node in list(tree.find_all(exp.TimeToUnix)):
        node.replace(_seconds(node))
    for table in _tables(tree):
        alias = table.alias or table.name
        table.replace(exp.alias_(exp.to_table(views[_name(table)], quoted=True), alias, table=True, quoted=True))
    for placeholder in list(tree.find_all(exp.Placeholder)):
        if not placeholder.name:
            raise NotPortable("a parameter without a name")
    try:
        return tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        raise NotPortable(str(error).splitlines()[0]) from error


def _look(node: exp.Expr) -> None:
    """Raises NotPortable for what the two engines do not count alike, or are not known to."""
    match node:
        case exp.Div():
            if not (isinstance(node.parent, exp.Floor) and _is_whole(node.expression)):
                raise NotPortable("a division: DuckDB divides as floating point")
        case exp.IntDiv() | exp.Mod():
            raise NotPortable("a remainder")
        case exp.Like() | exp.ILike():
            if isinstance(node, exp.ILike) or not node.expression.is_string or "\\" in node.expression.name:
                raise NotPortable("a pattern: Spark reads a backslash in it")
        case exp.Cast():
            _look_at_cast(node)
        case exp.TimeToUnix():
            if not isinstance(node.parent, exp.Floor):
                raise NotPortable("the seconds of an instant, unless they are cut")
        case exp.DateDiff():
            if str(node.args.get("unit") or "DAY").upper().strip("'") not in ("DAY", "VAR(THIS=DAY)"):
                raise NotPortable("a difference of dates other than in days")
        case exp.TimestampTrunc() | exp.DateTrunc():
            if node.args["unit"].name.upper() not in _UNITS:
                raise NotPortable(f"date_trunc by {node.args['unit'].name}")
        case exp.Substring():
            if not _is_whole(node.args["start"]) or int(node.args["start"].name) < 1:
                raise NotPortable("a substring from the end")
        case exp.AtTimeZone():
            pass  # the house uses it on instants only; expressions may not
        case exp.Func():
            if not isinstance(node, _FUNCTIONS):
                raise NotPortable(f"the function {node.sql_name().lower()}")
        case _:
            pass


def _look_at_cast(node: exp.Cast) -> None:
    if type(node) is not exp.Cast or not any(node.to.is_type(kind) for kind in _CASTS):
        raise NotPortable(f"a cast to {node.to.sql('duckdb')}")
    if node.to.is_type(exp.DType.TEXT, exp.DType.VARCHAR):
        if any(column.name in _OTHERWISE for column in node.this.find_all(exp.Column)) or node.this.find(exp.Div):
            raise NotPortable("an amount or an instant as text")
        if any(one.is_number and "." in one.name for one in node.this.find_all(exp.Literal)):
            raise NotPortable("an amount as text")


def _round(node: exp.Cast) -> None:
    """A cast to a whole number rounds in DuckDB and cuts in Spark: by way of DECIMAL(38,0) Spark rounds as well."""
    inner = node.this.unnest()
    whole = isinstance(inner, exp.Floor | exp.Count | exp.DateDiff) or (isinstance(inner, exp.Column) and inner.name in _WHOLE)
    if any(node.to.is_type(kind) for kind in _INTEGERS) and not (whole or isinstance(inner, exp.Null)):
        node.set("this", exp.cast(node.this.copy(), "DECIMAL(38,0)"))


def _seconds(node: exp.TimeToUnix) -> exp.Expr:
    """The seconds of an instant, with their fraction, as DuckDB has them; Spark's own are cut towards 1970."""
    micros = exp.cast(exp.Anonymous(this="UNIX_MICROS", expressions=[node.this.copy()]), "DOUBLE")
    return exp.paren(exp.Div(this=micros, expression=exp.Literal.number(1000000)))


def _is_whole(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_int
