"""What an expression may be, and what it may not."""

from __future__ import annotations

import re

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.errors import CharterError, Origin
from charter.expression import FUNCTIONS, check, parse, to_sql
from charter.expression.portable import portable_findings

COLUMNS = {
    "channel": "VARCHAR", "commit_class": "VARCHAR", "qty": "BIGINT", "net_amount": "DECIMAL(18,4)", "ordered_on": "DATE",
    "shipped_on": "DATE", "opened": "VARCHAR", "code": "VARCHAR", "sku": "VARCHAR", "at": "TIMESTAMP", "ref": "VARCHAR",
    "country": "VARCHAR", "a": "VARCHAR", "b": "VARCHAR", "invoice": "VARCHAR", "note": "VARCHAR", "quantity": "BIGINT",
    "price": "DECIMAL(18,4)", "d": "VARCHAR",
}  # fmt: skip


def row() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": "100MB", "enable_external_access": "false"})
    connection.execute(f"CREATE TABLE t AS SELECT {', '.join(f'CAST(NULL AS {kind}) AS {name}' for name, kind in COLUMNS.items())}")
    return connection


ONE_ROW = row()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_listed_function_runs_as_its_example_says(name: str) -> None:
    entry = FUNCTIONS[name]
    expression = parse(entry.example, columns=COLUMNS, aggregates=entry.aggregate)
    ONE_ROW.execute(f"SELECT {to_sql(expression)} FROM t").fetchall()


@pytest.mark.parametrize(
    "text",
    [
        "count(*) filter (where commit_class in ('C0', 'C1'))", "case channel when 'internet' then 'C1' end", "qty between 1 and 2",
        "not (qty > 1 or channel is null)", "cast(qty as decimal(18,4))", "qty::bigint", "'shop:' || channel", "channel like 'C%'",
        "date '2020-01-01'", "qty % 3 = 0", "-qty", "channel is not null", "true", "null",
    ],
)  # fmt: skip
def test_plain_expressions_are_accepted_and_print_to_what_reads_back_the_same(text: str) -> None:
    printed = to_sql(parse(text, columns=COLUMNS, aggregates=True))
    ONE_ROW.execute(f"SELECT {printed} FROM t").fetchall()
    again = sqlglot.parse_one(printed, read="duckdb").sql("duckdb")
    assert sqlglot.parse_one(again, read="duckdb") == sqlglot.parse_one(printed, read="duckdb")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("(select content from read_text('/etc/passwd'))", "EXP004", "a subquery is not allowed in an expression"),
        ("read_text('/etc/passwd')", "EXP003", "read_text is no function of expressions"),
        ("read_csv('x')", "EXP003", "read_csv is no function of expressions"),
        ("glob('*')", "EXP003", "glob is no function of expressions"),
        ("sqlite_scan('a', 'b')", "EXP003", "sqlite_scan is no function of expressions"),
        ("COPY t TO 'x'", "EXP004", "a statement (COPY) is not allowed in an expression"),
        ("ATTACH 'x'", "EXP004", "a statement (ATTACH) is not allowed in an expression"),
        ("rename x", "EXP004", "a statement (RENAME) is not allowed in an expression"),
        ("if qty then 1", "EXP004", "a statement (IF) is not allowed in an expression"),
        ("SET x = 1", "EXP004", "a statement (SET) is not allowed in an expression"),
        ("query('select 1')", "EXP003", "query is no function of expressions"),
        ("repeat('x', 1e9)", "EXP003", "repeat is no function of expressions"),
        ("range(1e12)", "EXP003", "range is no function of expressions"),
        ("getenv('HOME')", "EXP003", "getenv is no function of expressions"),
        ("qty in (select 1)", "EXP004", "a subquery is not allowed in an expression"),
        ("sum(qty) over ()", "EXP004", "a window is not allowed in an expression"),
        ("cast(qty as json)", "EXP008", "JSON is no type of expressions"),
        ("count(distinct channel)", "EXP004", "count(distinct ...) is not allowed in an expression"),
        ("commit_clas", "EXP002", "there is no column commit_clas"),
        ('"nope"', "EXP002", "there is no column nope"),
        ("a.b.c.d", "EXP002", "there is no column a.b.c.d"),
        ("*", "EXP004", "a star is not allowed in an expression"),
        ("qty; select 1", "EXP001", "qty; select 1 is not an expression: it is more than one"),
        ("", "EXP001", "an empty text is not an expression: there is nothing in it"),
        ("$1", "EXP004", "the parameter 1 is not allowed in an expression"),
        ("sum(sum(qty))", "EXP007", "sum is an aggregate; it is not allowed here"),
        ("regexp_matches(a, b)", "EXP006", "regexp_matches takes a text written out, of at most 200 characters; b given"),
        (
            "cast(a as varchar default (select 1) on conversion error)",
            "EXP004",
            "a cast with more than a type is not allowed in an expression",
        ),
        ("cast(qty as decimal((select 1), 2))", "EXP008", "DECIMAL((SELECT 1), 2) is no type of expressions"),
        ("cast(qty as decimal(100, 2))", "EXP008", "DECIMAL(100, 2) is no type of expressions"),
        ("count(* replace ((select 1) as a))", "EXP004", "a star is not allowed in an expression"),
        ("concat(a, *)", "EXP004", "a star is not allowed in an expression"),
        ("[1, 2]", "EXP004", "an array is not allowed in an expression"),
        ("current_date", "EXP004", "a current date is not allowed in an expression"),
        ("now()", "EXP003", "now is no function of expressions"),
        ("a in b", "EXP004", "IN without a list is not allowed in an expression"),
        ("a ~ 'x'", "EXP004", "the operator ~ is not allowed in an expression"),
        ("qty * 1e400", "EXP004", "the number 1e400 is not allowed in an expression"),
        ("regexp_extract(a, b)", "EXP006", "regexp_extract takes a text written out, of at most 200 characters; b given"),
        ("strptime('x', b)", "EXP006", "strptime takes a text written out, of at most 200 characters; b given"),
        (
            "date_trunc(a, ordered_on)",
            "EXP006",
            "date_trunc takes a unit (year, quarter, month, week, day, hour, minute, second); A given",
        ),
        ("regexp_matches(a, '(x')", "EXP006", "regexp_matches takes a regular expression, whose brackets are closed; '(x' given"),
        ("strptime(a, '%Q')", "EXP006", "strptime takes a format of directives such as %Y-%m-%d; '%Q' given"),
        ("timezone('Nowhere/Else', at)", "EXP006", "timezone takes a time zone, such as Europe/Berlin; 'Nowhere/Else' given"),
        ("at at time zone a", "EXP006", "AT TIME ZONE takes a time zone written out, such as 'Europe/Berlin'; a given"),
        (
            "replace(replace(a, 'x', '" + "x" * 100 + "'), 'x', '" + "x" * 100 + "')",
            "EXP005",
            "the expression is too greedy: texts grow 10000-fold; 1000 is allowed",
        ),
        ("a and", "EXP001", "a and is not an expression: something is missing at and"),
        ("not " * 900 + "true", "EXP005", "the expression is too deep: hundreds of levels; 20 is allowed"),
        ("(" * 200 + "1" + ")" * 200, "EXP005", "the expression is too deep: 200; 20 is allowed"),
        ("qty" + " + 1" * 1500, "EXP005", "the expression is too long: 6003 characters; 4000 is allowed"),
    ],
)
def test_what_an_expression_may_not_be_is_refused_with_the_reason(text: str, code: str, message: str) -> None:
    with pytest.raises(CharterError) as caught:
        parse(text, columns=COLUMNS, aggregates=True)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_misspelt_column_is_named_with_the_nearest_and_the_place() -> None:
    _, found = check("commit_clas = 'C1'", columns=COLUMNS, origin=Origin("m.yaml", 3, 9))
    assert [(str(f.origin), f.code, f.hint) for f in found] == [("m.yaml:3:9", "EXP002", "did you mean commit_class?")]


def test_aggregates_stand_in_components_only() -> None:
    with pytest.raises(CharterError, match="aggregate"):
        parse("sum(qty) > 0", columns=COLUMNS)


@pytest.mark.parametrize(
    ("text", "value"), [("qty / (qty - qty)", None), ("1 / 0", None), ("qty / 2", 2.5), ("qty / nullif(qty, 0)", 1.0)]
)
def test_a_division_by_nought_gives_no_value(text: str, value: float | None) -> None:
    printed = to_sql(parse(text, columns=COLUMNS))
    assert duckdb.sql(f"SELECT {printed} FROM (SELECT 5 AS qty) AS t").fetchall() == [(value,)]


def test_columns_can_be_renamed_when_printed() -> None:
    expression = parse("territory.scope || channel", columns=["territory.scope", "channel"])
    assert to_sql(expression, rename={"territory.scope": '"territory.scope"'}) == '"territory.scope" || "channel"'


_TEXT = (
    "qty channel at ( ) ' select from read_text + :: case when then end , * ; -- /* [ ] { -> sum count( where filter over 1 'x' \u202e in not null "
    "as json . at time zone default ignore nulls exclude replace interval ~ // ! := values union any exists cast( try_cast( 'month' limit"
)
PIECES = _TEXT.split(" ")
WORDS = [re.findall(r"\w+|'[^']*'|\S", entry.example) for entry in FUNCTIONS.values()]


@st.composite
def broken_calls(draw: st.DrawFn) -> str:
    """An example of a listed function with pieces put in or left out."""
    words = list(draw(st.sampled_from(WORDS)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(words) - 1))
        words[place : place + draw(st.integers(0, 1))] = [draw(st.sampled_from(PIECES))]
    return " ".join(words)


texts = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join), broken_calls())
MISFITS = (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException, duckdb.ParserException)


@settings(max_examples=4 * settings().max_examples)
@given(texts)
def test_no_text_raises_anything_but_our_errors_and_what_passes_reads_back_and_runs_without_files(text: str) -> None:
    """What runs may still not fit its types: then DuckDB says so, for want of a type, never for want of a file."""
    try:
        expression = parse(text, columns=COLUMNS, aggregates=True)
    except CharterError:
        return
    printed = to_sql(expression)
    sqlglot.parse_one(printed, read="duckdb")
    try:
        ONE_ROW.execute(f"SELECT {printed} FROM t").fetchall()
    except duckdb.Error as error:
        assert isinstance(error, MISFITS), text


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("SELECT a FROM t ASOF JOIN u ON t.a >= u.a", "ASOF join"),
        ("SELECT quantile_cont(a, 0.5) FROM t", "percentile_cont"),
        ("SELECT dayofweek(a) FROM t", "day_of_week"),
        ("SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "QUALIFY"),
        ("SELECT * FROM t", "SELECT *"),
        ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON"),
    ],
)
def test_known_traps_for_a_second_engine_are_found(sql: str, what: str) -> None:
    assert any(what.lower() in finding.message.lower() for finding in portable_findings(sql)), portable_findings(sql)


def test_plain_sql_is_portable() -> None:
    sql = "SELECT t.a, SUM(CASE WHEN t.b > 1 THEN 1 ELSE 0 END) AS n FROM t JOIN u ON u.a = t.a WHERE t.c IS NOT NULL GROUP BY t.a"
    assert portable_findings(sql) == ()
