"""One pass over a delivery: each row typed, hashed and judged by every rule of its contract.

The statement that this builds answers, per row of the relation it reads, in its order:
  the contract's columns that are asked for, typed
  _content   16 hex digits of the MD5 over all contract columns as received
  _broken    ids of the rules that hold the row or refuse the batch, sorted, joined by `; `; null: none
  _warned    ids of the rules that only warn; null: none
  _open      ids of the rules that hold it only under conditions (ratchets, waivers); there only if there are such rules
  _payload   the row as received, as JSON; only where _broken or _open is not null
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from charter.intake import value_sql
from charter.intake.action import Action
from charter.intake.contract import Contract, ContractColumn, RowRule
from charter.intake.value_sql import TextStyle, identifier, literal

_FLOATS = ("FLOAT", "DOUBLE")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def judging(
    contract: Contract,
    relation: str,
    physical: Mapping[str, str],
    style: TextStyle,
    needed: Iterable[str],
    rules: Sequence[RowRule],
    conditional: Collection[str] = (),
) -> str:
    """Answers the SELECT that judges `relation`.

    `physical` gives the SQL type of each column of the relation; `needed` the contract columns to keep; `conditional`
    are the ids of rules that hold a row only under conditions, which are known once it is mapped.
    """
    keep = set(needed)
    index = {column.name: at for at, column in enumerate(contract.columns)}
    flags = [f"{_condition(rule, index[rule.column])} AS b{at}" for at, rule in enumerate(rules)]
    opened = [(at, rule) for at, rule in enumerate(rules) if rule.id in conditional]
    holding = [(at, rule) for at, rule in enumerate(rules) if rule.action is not Action.WARN and rule.id not in conditional]
    warning = [(at, rule) for at, rule in enumerate(rules) if rule.action is Action.WARN and rule.id not in conditional]
    values = [f"t{index[column.name]} AS {identifier(column.name)}" for column in contract.columns if column.name in keep]
    broken = _names(holding)
    outputs = [
        *values,
        f"{_content(len(contract.columns))} AS _content",
        f"{broken} AS _broken",
        f"{_names(warning)} AS _warned",
        *([f"{_names(opened)} AS _open"] if conditional else []),
        f"CASE WHEN {_any([*holding, *opened])} THEN {_payload(contract)} END AS _payload",
    ]
    flagged = "".join(", " + flag for flag in flags)
    return (
        f"SELECT {', '.join(outputs)} FROM (SELECT *{flagged} FROM ({typed(contract.columns, relation, physical, style)}) AS settled) "
        "AS flagged"
    )


def typed(columns: Sequence[ContractColumn], relation: str, physical: Mapping[str, str], style: TextStyle) -> str:
    """Answers the SELECT of each column as received (r0, r1, ...) and by its type (t0, t1, ...; null: it is no such value)."""
    parsed, settled = [], []
    for at, column in enumerate(columns):
        source = f"d.{identifier(column.physical)}"
        parsed.append(f"{source} AS r{at}, {_parsed(column, source, physical[column.physical], style)} AS p{at}")
        settled.append(f"r{at}, {_settled(column, f'p{at}', style)} AS t{at}")
    return f"SELECT {', '.join(settled)} FROM (SELECT {', '.join(parsed)} FROM {relation} AS d) AS parsed"


def _parsed(column: ContractColumn, source: str, source_type: str, style: TextStyle) -> str:
    base = source_type.upper()
    if base != "VARCHAR" and (native := _native(column, source, base)):
        return native
    text = source if base == "VARCHAR" else f"CAST({source} AS VARCHAR)"
    numbers = style.numbers if base == "VARCHAR" else value_sql.NumberStyle()
    formats = style.formats.get(column.name) or column.formats
    match column.logical:
        case "integer":
            return value_sql.integer(text, numbers)
        case "number":
            return value_sql.number(text, numbers, column.sql_type)
        case "boolean":
            return value_sql.boolean(text)
        case "date":
            return value_sql.moment(text, formats or value_sql.ISO_DATES)
        case "timestamp" if is_zoned(column, style) and not formats:
            return value_sql.zoned_moment(text)
        case "timestamp":
            return value_sql.moment(text, formats or value_sql.ISO_TIMESTAMPS)
        case "time":
            return value_sql.time_of_day(text, formats)
    return text


def _native(column: ContractColumn, source: str, base: str) -> str | None:
    numeric = base in _WHOLE or base in _FLOATS or base.startswith("DECIMAL")
    if column.logical == "number" and numeric:
        return f"TRY_CAST({source} AS {column.sql_type})"
    if column.logical == "integer" and base in _WHOLE:
        return f"TRY_CAST({source} AS BIGINT)"
    if column.logical == "integer" and numeric:
        return f"CASE WHEN {source} = trunc({source}) THEN TRY_CAST({source} AS BIGINT) END"
    if column.logical == "boolean" and base == "BOOLEAN":
        return source
    if column.logical == "date" and base == "DATE":
        return f"CAST({source} AS TIMESTAMP)"
    if column.logical == "date" and base.startswith("TIMESTAMP") and "ZONE" not in base:
        return f"CASE WHEN {source} = date_trunc('day', {source}) THEN CAST({source} AS TIMESTAMP) END"
    if column.logical == "timestamp" and (base == "DATE" or base.startswith("TIMESTAMP")):
        return f"CAST({source} AS TIMESTAMPTZ)" if "ZONE" in base else f"CAST({source} AS TIMESTAMP)"
    return None


def is_zoned(column: ContractColumn, style: TextStyle) -> bool:
    """Answers whether the column's instants name their offset: by the contract, or as detected."""
    return column.zoned or column.name in style.zoned


def _settled(column: ContractColumn, parsed: str, style: TextStyle) -> str:
    if column.logical == "date":
        return value_sql.settled_moment(parsed, "DATE")
    if column.logical == "timestamp":
        return value_sql.settled_moment(parsed, "TIMESTAMPTZ" if is_zoned(column, style) else "TIMESTAMP")
    return parsed


def _condition(rule: RowRule, at: int) -> str:
    value, raw = f"t{at}", f"r{at}"
    match rule.test:
        case "type":
            return f"({raw} IS NOT NULL AND {value} IS NULL)"
        case "required":
            return f"({raw} IS NULL)"
        case "missing":
            return f"({raw} IS NULL OR {_within(f'CAST({raw} AS VARCHAR)', rule.arguments)})"
        case "minimum":
            return _compared(value, "<", rule.arguments[0])
        case "maximum":
            return _compared(value, ">", rule.arguments[0])
        case "exclusiveMinimum":
            return _compared(value, "<=", rule.arguments[0])
        case "exclusiveMaximum":
            return _compared(value, ">=", rule.arguments[0])
        case "multipleOf":
            return f"coalesce({value} % {_constant(rule.arguments[0])} <> 0, false)"
        case "minLength":
            return f"coalesce(length({value}) < {int(rule.arguments[0])}, false)"
        case "maxLength":
            return f"coalesce(length({value}) > {int(rule.arguments[0])}, false)"
        case "pattern":
            return f"coalesce(NOT regexp_matches(CAST({value} AS VARCHAR), {literal(str(rule.arguments[0]))}), false)"
        case "enum":
            return f"coalesce(NOT {_within(f'CAST({value} AS VARCHAR)', rule.arguments)}, false)"
    raise AssertionError(rule.test)


def _compared(value: str, operator: str, bound: Any) -> str:
    return f"coalesce({value} {operator} {_constant(bound)}, false)"


def _constant(bound: Any) -> str:
    text = str(bound)
    return text if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else literal(text)


def _within(text: str, values: Sequence[Any]) -> str:
    if not values:
        return "false"
    return f"({text} IN ({', '.join(literal(str(value)) for value in values)}))"


def _any(rules: Sequence[tuple[int, RowRule]]) -> str:
    return "(" + " OR ".join(f"b{at}" for at, _ in rules) + ")" if rules else "false"


def _names(rules: Sequence[tuple[int, RowRule]]) -> str:
    if not rules:
        return "CAST(NULL AS VARCHAR)"
    ordered = sorted(rules, key=lambda pair: pair[1].id)
    told = ", ".join(f"CASE WHEN b{at} THEN {literal(rule.id)} END" for at, rule in ordered)
    return f"CASE WHEN {_any(rules)} THEN concat_ws('; ', {told}) END"


def _content(count: int) -> str:
    # chr(30) for null and chr(31) between: so that ('a', null) and ('', 'a') differ.
    fields = ", ".join(f"coalesce(CAST(r{at} AS VARCHAR), chr(30))" for at in range(count))
    return f"left(md5(concat_ws(chr(31), {fields})), 16)"


def _payload(contract: Contract) -> str:
    fields = ", ".join(f"{literal(column.physical)}, CAST(r{at} AS VARCHAR)" for at, column in enumerate(contract.columns))
    return f"CAST(json_object({fields}) AS VARCHAR)"
