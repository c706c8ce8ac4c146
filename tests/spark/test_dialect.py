"""What Spark is asked to count gives DuckDB's digits; what it would count otherwise is never asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charter.errors import CharterError
from charter.warehouse.codes import WHS011
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_writer
from charter.warehouse.spark.dialect import NotPortable, arguments, read, to_spark
from charter.warehouse.spark.lake import SparkLake
from charter.warehouse.store import Store

FACT = 'lake.main."fact_order"'
# Each is asked of both engines over rows with nulls, negative and huge values, instants before 1970, and odd texts.
ALIKE = (
    "SELECT f.root_key, CAST(f.net_amount AS BIGINT) FROM {f} AS f",
    "SELECT f.root_key, CAST(f.net_amount AS DECIMAL(18,1)), CAST(f.net_amount * f.net_amount AS DECIMAL(38,4)) FROM {f} AS f WHERE f.net_amount < 1000000",
    "SELECT SUM(f.net_amount), SUM(CAST(f.net_amount AS DECIMAL(38,4))), COUNT(f.net_amount), COUNT(*) FROM {f} AS f",
    "SELECT f.root_key, f.net_amount - f.net_amount * 3, ABS(f.net_amount), f.net_amount * f.line_count FROM {f} AS f WHERE f.net_amount < 1000000",
    "SELECT f.root_key, CAST(FLOOR(EPOCH(f.received_at)) AS BIGINT) FROM {f} AS f",
    "SELECT f.root_key, CAST(FLOOR(f.dwell_seconds / 86400) AS BIGINT) FROM {f} AS f WHERE ABS(f.dwell_seconds) < 1000000000000",
    "SELECT f.root_key, CAST(f.received_at AT TIME ZONE 'America/New_York' AS DATE), CAST(f.received_at AT TIME ZONE 'UTC' AS DATE) FROM {f} AS f",
    "SELECT f.root_key, CAST(DATEDIFF('day', f.ordered_on, f.shipped_on) AS BIGINT) * 86400 FROM {f} AS f",
    "SELECT f.root_key, CAST(DATE_TRUNC('month', f.ordered_on) AS DATE), CAST(DATE_TRUNC('year', f.ordered_on) AS DATE) FROM {f} AS f",
    "SELECT f.root_key, SUBSTRING(CAST(f.ordered_on AS VARCHAR), 1, 7), CAST(f.eligible AS VARCHAR), CAST(f.line_count AS VARCHAR) FROM {f} AS f",
    "SELECT COUNT(*) FILTER (WHERE f.eligible), SUM(f.net_amount) FILTER (WHERE NOT f.eligible), MAX(f.eligible), MIN(f.account_key) FROM {f} AS f",
    "SELECT COUNT(DISTINCT f.account_key), COUNT(DISTINCT CASE WHEN f.eligible THEN f.currency END) FROM {f} AS f",
    "SELECT f.root_key, f.eligible IS DISTINCT FROM FALSE, f.eligible AND f.confirmed, f.eligible OR f.confirmed, NOT f.eligible FROM {f} AS f",
    "SELECT f.root_key, GREATEST(f.dwell_seconds, f.line_count), LEAST(f.dwell_seconds, f.line_count, 3) FROM {f} AS f",
    "SELECT f.currency, STRING_AGG(f.account_key, '|' ORDER BY f.account_key) FROM {f} AS f GROUP BY f.currency",
    "SELECT f.root_key, ROW_NUMBER() OVER (PARTITION BY f.currency ORDER BY f.account_key, f.root_key) FROM {f} AS f",
    "SELECT f.root_key, ROW_NUMBER() OVER (ORDER BY f.dwell_seconds DESC, f.root_key DESC) FROM {f} AS f",
    "SELECT f.root_key, ROW_NUMBER() OVER (ORDER BY f.dwell_seconds NULLS FIRST, f.root_key) FROM {f} AS f",
    "SELECT f.root_key, LAST_VALUE(f.account_key IGNORE NULLS) OVER w, FIRST_VALUE(f.currency IGNORE NULLS) OVER w FROM {f} AS f "
    "WINDOW w AS (ORDER BY f.root_key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
    "SELECT f.root_key, LENGTH(f.account_key), LEFT(f.account_key, 2), RIGHT(f.account_key, 2), CONCAT(f.account_key, '-', f.currency) FROM {f} AS f",
    "SELECT f.root_key, STARTS_WITH(f.account_key, 'a'), CONTAINS(f.account_key, '\\'), f.account_key LIKE 'a_%' FROM {f} AS f",
    "SELECT f.root_key FROM {f} AS f WHERE f.account_key NOT IN (SELECT g.currency FROM {f} AS g WHERE g.currency IS NOT NULL)",
    "SELECT f.root_key FROM {f} AS f WHERE f.account_key NOT IN (SELECT g.currency FROM {f} AS g)",
    "SELECT f.account_key, f.currency FROM {f} AS f ORDER BY f.account_key DESC, f.currency, f.root_key",
    "SELECT YEAR(f.ordered_on), MONTH(f.ordered_on), DAY(f.ordered_on), COUNT(*) FROM {f} AS f GROUP BY 1, 2, 3",
    "SELECT 'it''s \\ \"', f.root_key FROM {f} AS f WHERE f.root_key = ? OR f.account_key = ?",
)  # fmt: skip
OTHERWISE = (
    "SELECT f.net_amount / 3 FROM {f} AS f",
    "SELECT CAST(f.received_at AS VARCHAR) FROM {f} AS f",
    "SELECT CAST(f.net_amount AS VARCHAR) FROM {f} AS f",
    "SELECT DATEDIFF('month', f.ordered_on, f.shipped_on) FROM {f} AS f",
    "SELECT UPPER(f.account_key) FROM {f} AS f",
    "SELECT regexp_matches(f.account_key, '^a') FROM {f} AS f",
    "SELECT CAST(f.line_count AS DOUBLE) FROM {f} AS f",
    "SELECT f.root_key FROM {f} AS f WHERE f.account_key LIKE 'a\\_%'",
    "SELECT SUBSTRING(f.account_key, -2, 2) FROM {f} AS f",
    "SELECT strptime(f.account_key, '%Y') FROM {f} AS f",
    "SELECT EPOCH(f.received_at) FROM {f} AS f",
    "SELECT f.line_count % 3 FROM {f} AS f",
    "SELECT TRY_CAST(f.account_key AS BIGINT) FROM {f} AS f",
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    names = (
        "root_key", "source", "document_count", "line_count", "received_at", "ordered_on", "shipped_on", "net_amount", "eligible",
        "confirmed", "dwell_seconds", "account_key", "currency",
    )  # fmt: skip
    rows = [
        ["o1", "s", 1, 0, "1969-12-31 23:59:59.999999+00", "0001-01-01", "0001-03-01", "2.5000", True, None, -1, "a\\b", "EUR"],
        [
            "o2",
            "s",
            1,
            7,
            "2026-03-29 01:30:00.5+00",
            "2026-02-28",
            "2026-03-01",
            "-2.5000",
            False,
            True,
            None,
            "Ångström 😀",
            None,
        ],
        ["o3", "s", 1, 2, "2026-11-01 05:30:00+00", "2024-02-29", "2023-02-28", "-0.5001", None, False, 86_399, "", "EUR"],
        ["o4", "s", 1, 3, None, None, None, None, None, None, -86_401, None, "USD"],
        [
            "o5",
            "s",
            1,
            4,
            "2026-01-01 00:00:00+00",
            "2026-12-31",
            "2027-01-01",
            "99999999999999.9999",
            True,
            True,
            2**62,
            "a\tb 'x'",
            "a\\b",
        ],
        ["o6", "s", 1, 4, "1900-01-01 00:00:00.000001+00", "1900-01-01", "1970-01-01", "0.4999", True, False, 0, "z", "USD"],
    ]
    with open_writer(Store(tmp_path_factory.mktemp("dialect") / "lake"), holder="test") as found:
        for row in rows:
            found.insert("fact_order", names, [row])
        found.execute(f"DELETE FROM {FACT} WHERE root_key = 'o3'")
        found.insert("fact_order", names, [rows[2]])
        yield found


@pytest.mark.parametrize("sql", ALIKE)
def test_both_engines_count_alike(lake: Lake, session: Any, sql: str) -> None:
    asked, given = sql.replace("{f}", FACT), ["o5", "a\\b"] if "?" in sql else None
    spark = SparkLake(lake, session)
    found, wanted = spark.rows(asked, given), lake.rows(asked, given)
    assert spark.stayed == {} and spark.counted == [asked]
    if "ORDER BY" not in sql.rpartition("FROM")[2]:
        found, wanted = sorted(found, key=repr), sorted(wanted, key=repr)
    assert found == wanted
    assert [[type(cell) for cell in row] for row in found] == [[type(cell) for cell in row] for row in wanted]


@pytest.mark.parametrize("sql", OTHERWISE)
def test_what_spark_would_count_otherwise_is_not_asked_of_it(sql: str) -> None:
    told = read(sql.replace("{f}", FACT))
    assert told.query is not None
    with pytest.raises(NotPortable):
        to_spark(told.query, {("lake", "fact_order"): "v"})


def test_what_is_not_asked_of_spark_is_answered_by_duckdb_and_told(lake: Lake, session: Any) -> None:
    spark, sql = SparkLake(lake, session), f"SELECT UPPER(f.account_key) FROM {FACT} AS f ORDER BY 1"
    assert spark.rows(sql) == lake.rows(sql)
    assert spark.counted == [] and spark.stayed == {sql: "the function upper"}


def test_an_overflow_is_an_error_with_both_engines_and_never_null(lake: Lake, session: Any) -> None:
    sql = f"SELECT f.dwell_seconds * 1000 FROM {FACT} AS f"
    for one in (lake, SparkLake(lake, session)):
        with pytest.raises(CharterError) as caught:
            one.rows(sql)
        assert caught.value.code == WHS011.code


def test_a_statement_without_a_heavy_table_is_none_of_sparks_business(lake: Lake, session: Any) -> None:
    spark = SparkLake(lake, session)
    assert spark.rows(f"SELECT COUNT(*) FROM {lake.table('dim_scope')} AS s") == [(0,)]
    assert spark.counted == []


def test_what_spark_made_can_be_written_to_read_and_made_again(lake: Lake, session: Any) -> None:
    spark = SparkLake(lake, session)
    with lake.transaction():
        for _ in range(2):
            spark.execute(f"CREATE OR REPLACE TEMP TABLE kept AS SELECT f.root_key, f.currency FROM {FACT} AS f")
        spark.execute("DELETE FROM temp.kept WHERE currency = 'USD'")
        spark.execute("INSERT INTO temp.kept (root_key) SELECT 'late'")
        assert sorted(spark.rows("SELECT k.root_key FROM temp.kept AS k")) == [("late",), ("o1",), ("o2",), ("o3",), ("o5",)]
        assert spark.keep("kept", f"SELECT f.root_key FROM {FACT} AS f WHERE f.currency = 'USD'") == "temp.kept"
        assert sorted(spark.rows("SELECT k.root_key FROM temp.kept AS k")) == [("o4",), ("o6",)]
        spark.load("kept", {"n": "BIGINT"}, [[1]])
        assert spark.rows("SELECT k.n FROM temp.kept AS k") == [(1,)]
    spark.leave()
    lake.execute("CREATE OR REPLACE TEMP TABLE kept (n BIGINT)")
    lake.execute("DROP TABLE temp.kept")


def test_question_marks_are_named_in_the_order_of_the_text_and_not_within_a_literal() -> None:
    told = read(f"SELECT '?', ? FROM {FACT} AS f WHERE f.root_key IN (?, ?) -- why?\n AND f.currency = ?")
    assert told.query is not None
    text = to_spark(told.query, {("lake", "fact_order"): "v"})
    assert [text.index(f":p{place}") for place in range(1, 5)] == sorted(text.index(f":p{place}") for place in range(1, 5))
    assert arguments(["a", "b", None]) == {"p1": "a", "p2": "b", "p3": None}


def test_the_engine_leaves_no_file_behind(lake: Lake, session: Any) -> None:
    spark = SparkLake(lake, session)
    spark.rows(f"SELECT f.root_key FROM {FACT} AS f")
    place = Path(lake.rows("SELECT current_setting('temp_directory')")[0][0])
    assert list(place.glob("spark-*"))
    spark.leave()
    assert spark._folder not in list(place.glob("spark-*"))
