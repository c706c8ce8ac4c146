"""Rules of a set: what is measured over a delivery, as SQL, and whether the measure is what it must be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from charter.errors import CharterError
from charter.intake.contract import SetRule
from charter.intake.plan import EntityPlan
from charter.intake.value_sql import identifier, literal

_WORDS = {
    "mustBe": "",
    "mustNotBe": "not ",
    "mustBeGreaterThan": "more than ",
    "mustBeGreaterOrEqualTo": "at least ",
    "mustBeGreaterThanOrEqualTo": "at least ",
    "mustBeLessThan": "less than ",
    "mustBeLessOrEqualTo": "at most ",
    "mustBeLessThanOrEqualTo": "at most ",
    "mustBeBetween": "between ",
    "mustNotBeBetween": "not between ",
}


def measure_sql(rule: SetRule, plan: EntityPlan, table: str, extra_rows: int) -> str:
    """Answers the SELECT of one number over the judged table. ValueError: the rule asks for what is not run here.

    `extra_rows` are lines of the delivery that are no rows, which count as received.
    """
    rows = f"count(*) + {int(extra_rows)}"
    columns = [identifier(name) for name in rule.columns]
    match rule.measure:
        case "rowCount":
            return f"SELECT {rows} FROM {table}"
        case "duplicateValues":
            whole = f"({', '.join(columns)})" if len(columns) > 1 else columns[0]
            measure = f"count({whole}) - count(DISTINCT {whole})"
        case "required":
            measure = f"count(*) - count({columns[0]})"
        case "missing":
            measure = f"count(*) FILTER (WHERE {columns[0]} IS NULL OR {_within(columns[0], rule.arguments)})"
        case "enum":
            measure = f"count(*) FILTER (WHERE NOT {_within(columns[0], rule.arguments)})"
        case "pattern":
            pattern = literal(str(rule.arguments[0]))
            measure = f"count(*) FILTER (WHERE NOT regexp_matches(CAST({columns[0]} AS VARCHAR), {pattern}))"
        case "sql":
            return _own_sql(str(rule.arguments[0]), rule, plan, table)
        case _:
            raise ValueError(f"the measure {rule.measure} is not known")
    if rule.percent:
        return f"SELECT CASE WHEN {rows} = 0 THEN 0 ELSE CAST(100 * ({measure}) AS DECIMAL(18,4)) / ({rows}) END FROM {table}"
    return f"SELECT {measure} FROM {table}"


def why_not_run(rule: SetRule, plan: EntityPlan) -> str | None:
    """Answers why the rule cannot be run, or None if it can."""
    try:
        measure_sql(rule, plan, "rows", 0)
    except ValueError as error:
        return str(error)
    return None


def broken(rule: SetRule, measured: Any) -> bool:
    """Answers whether the measure is not what it must be; an unknown measure is broken."""
    if measured is None:
        return True
    value, bounds = _number(measured), [_number(bound) for bound in _operands(rule)]
    if value is None or None in bounds:
        return (str(measured) == str(rule.operand)) == (rule.operator == "mustNotBe")
    low, high = bounds[0], bounds[-1]
    assert low is not None
    assert high is not None
    kept = {
        "mustBe": value == low,
        "mustNotBe": value != low,
        "mustBeGreaterThan": value > low,
        "mustBeGreaterOrEqualTo": value >= low,
        "mustBeGreaterThanOrEqualTo": value >= low,
        "mustBeLessThan": value < low,
        "mustBeLessOrEqualTo": value <= low,
        "mustBeLessThanOrEqualTo": value <= low,
        "mustBeBetween": low <= value <= high,
        "mustNotBeBetween": not low <= value <= high,
    }
    return not kept[rule.operator]


def must_text(rule: SetRule) -> str:
    """Answers what the measure must be, in words."""
    unit = " %" if rule.percent else ""
    return _WORDS[rule.operator] + " and ".join(str(bound) for bound in _operands(rule)) + unit


def _operands(rule: SetRule) -> list[Any]:
    return list(rule.operand) if isinstance(rule.operand, list | tuple) else [rule.operand]


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _within(column: str, values: tuple[Any, ...]) -> str:
    listed = ", ".join(literal(str(value)) for value in values)
    return f"(CAST({column} AS VARCHAR) IN ({listed}))" if values else "false"


def _own_sql(query: str, rule: SetRule, plan: EntityPlan, table: str) -> str:
    """A contract's own SQL is run only as one aggregate over its one table: both parts pass the expression's allow-list."""
    import sqlglot
    from sqlglot import exp

    text = query.replace("${column}", f'"{rule.columns[0]}"' if rule.columns else "NULL")
    names = ("${table}", "${object}", "${model}", "{table}", "{object}", "{model}")
    for name in names:
        text = text.replace(name, "delivered")
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except sqlglot.errors.ParseError as error:
        raise ValueError("its SQL cannot be parsed") from error
    source = tree.find(exp.From)
    parts = {key for key, value in tree.args.items() if value}
    plain = isinstance(tree, exp.Select) and parts <= {"expressions", "from", "from_", "where", "kind"}
    tables = [found.name for found in tree.find_all(exp.Table)]
    if not plain or len(tree.expressions) != 1 or tables not in (["delivered"], [plan.contract.object]) or source is None:
        raise ValueError("its SQL is not one aggregate over ${table}, with or without WHERE")
    columns: Mapping[str, str] = plan.contract.types()
    where = tree.args.get("where")
    chosen = tree.expressions[0]
    chosen = chosen.this if isinstance(chosen, exp.Alias) else chosen
    try:
        measure = plan.compile(chosen.sql(dialect="duckdb"), columns, True).sql
        condition = plan.compile(where.this.sql(dialect="duckdb"), columns, False).sql if where else "true"
    except CharterError as error:
        raise ValueError(f"its SQL goes beyond what is allowed: {error.message}") from error
    return f"SELECT {measure} FROM {table} WHERE {condition}"
