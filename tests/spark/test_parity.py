"""Both engines make the same of the same facts, digit for digit: the cube after each batch, and every answer that is read."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from order_world import world
from tests.spark.world import cube, erase, story, take

from charter.app.number import number_as_dict
from charter.model.model import Model
from charter.performance.measure import rebuild, rebuild_all
from charter.performance.metric import find_metric, metric_names
from charter.performance.number import Asked, Number, number
from charter.performance.reading import known_breakdowns
from charter.performance.rules import Feeds
from charter.performance.scorecard import scorecard
from charter.performance.slo import open_ages
from charter.performance.worklist import worklist
from charter.values.period import Period
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.spark.lake import SparkLake, beside
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES

FEEDS = Feeds({("erp", "orders"): frozenset({"fact_order", "fact_order_line", "fact_invoice_line", "fact_case", "fact_defect"})})
# One metric of each form: a ratio, money, times, distinct members, dispersion.
FORMS = ("digital-order-ratio", "order-value", "average-order-time", "digital-customer-share", "price-dispersion", "invoiced-share")
MONTH = Period.parse("2026-03")
LARGE = frozenset(TABLES)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Lake, Lake]]:
    """Two empty lakes, one for each engine."""
    with (
        open_writer(Store(tmp_path / "one"), holder="test") as one,
        open_writer(Store(tmp_path / "other"), holder="test") as other,
    ):
        yield one, other


def test_after_each_of_many_small_batches_with_updates_and_deletes_both_cubes_are_equal(
    two: tuple[Lake, Lake], session: Any, group: Model, later_group: Model
) -> None:
    told = story(12, orders=40, cases=8, batches=3)
    models = (later_group, group, group)
    for place, (batch, model) in enumerate(zip(told.batches, models, strict=True)):
        for lake in two:
            with lake.transaction():
                take(lake, batch)  # type: ignore[arg-type]
                erase(lake, random.Random(place))
        by_duckdb, other = two
        with by_duckdb.transaction():
            rebuild(by_duckdb, model)
        with beside(other, session) as spark, other.transaction():
            rebuild(spark, model)
        assert cube(other) == cube(by_duckdb), place
        assert spark.counted and spark.stayed == {}
    assert all(cube(by_duckdb).values())


def test_a_rebuilding_from_scratch_gives_by_spark_what_duckdb_brought_up_batch_by_batch(
    two: tuple[Lake, Lake], session: Any, group: Model
) -> None:
    lake, _ = two
    for batch in story(11, orders=50, cases=5, batches=5).batches:
        with lake.transaction():
            take(lake, batch)  # type: ignore[arg-type]
            rebuild(lake, group)
    before = cube(lake)
    with beside(lake, session) as spark, lake.transaction():
        rebuild_all(spark, group)
    assert cube(lake) == before
    with_facts = [sql for sql in spark.counted if "fact_" in sql]
    assert {kind for kind in ("cube_value", "cube_duration", "cube_member", "cube_spread") if any(kind in sql for sql in spark.counted)} == {
        "cube_value", "cube_duration", "cube_member", "cube_spread",
    }  # fmt: skip
    assert with_facts and any('"fact_case"' in sql and sql.lstrip("-").count("INSERT") for sql in spark.counted)


def test_an_empty_lake_gives_an_empty_cube_by_both(two: tuple[Lake, Lake], session: Any, group: Model) -> None:
    by_duckdb, other = two
    with by_duckdb.transaction():
        rebuild_all(by_duckdb, group)
    with beside(other, session) as spark, other.transaction():
        rebuild_all(spark, group)
    assert cube(other) == cube(by_duckdb)
    assert cube(other)["cube_value"] == []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, group: Model) -> Store:
    """A lake of three currencies, built by DuckDB."""
    store = Store(tmp_path_factory.mktemp("golden") / "lake")
    with open_writer(store, holder="test") as lake:
        for table, rows in world(5, 120, ("EUR", "USD", "SEK")).items():
            columns = sorted({name for row in rows for name in row})
            with lake.transaction():
                lake.insert(table, columns, [[row.get(name) for name in columns] for row in rows])
        with lake.transaction():
            take(lake, [one for batch in story(5, 0, 12, 2).batches for one in batch])  # type: ignore[arg-type]
        told = (("USD", "2026-01-01", "0.9173"), ("SEK", "2026-01-01", "0.0871"), ("SEK", "2026-03-09", "0.0899"))
        names = ("source", "entity", "row_key", "content_hash", "batch_id", "rate_set", "currency", "rate_on", "rate")
        lake.insert("fx_rate", names, [["s", "e", f"{one}", "h", "b", "daily", *one] for one in told])
        with lake.transaction():
            rebuild_all(lake, group)
    return store


def answers(lake: Lake, group: Model) -> Iterator[tuple[str, str]]:
    """Every number, with each breakdown of one metric of each form, the scorecard, the worklist and the open cases: canonical JSON."""
    asked, today = Asked(FEEDS), Asked(FEEDS, org_as_of=date(2026, 4, 1))
    for name in metric_names(group):
        yield name, canonical(number(lake, group, name, "market/de", MONTH, asked=asked, beside=False))
    for name in FORMS:
        yield f"{name} today", canonical(number(lake, group, name, "branch/b2", MONTH, asked=today))
        for by in known_breakdowns(find_metric(group, name, "group").measured):
            yield f"{name} by {by}", canonical(number(lake, group, name, "group", MONTH, by=by, asked=asked, beside=False))
    yield "worklist", canonical(worklist(lake, "group", MONTH))
    yield "open cases", canonical(open_ages(lake, "group", datetime(2026, 4, 1, tzinfo=UTC)))


def canonical(value: Any) -> str:
    return json.dumps(number_as_dict(value) if isinstance(value, Number) else value, default=repr, sort_keys=True)


def test_every_answer_that_is_read_by_spark_is_that_of_duckdb(built: Store, session: Any, group: Model) -> None:
    with open_reader(built) as lake:
        wanted = dict(answers(lake, group))
    with open_reader(built) as lake:
        spark = SparkLake(lake, session, heavy=LARGE, pinned=True)
        for name, found in answers(spark, group):
            assert found == wanted[name], name
    assert spark.stayed == {}
    assert len(spark.counted) > len(wanted) > 50
    assert sum(bool(re.search(r'"value": "?[0-9]', one)) for one in wanted.values()) > 20


def test_the_scorecard_is_the_same_by_both(built: Store, session: Any, group: Model) -> None:
    with open_reader(built) as lake:
        wanted = canonical(scorecard(lake, group, "market/us", MONTH, asked=lambda _: Asked(FEEDS)))
    with open_reader(built) as lake:
        assert (
            canonical(
                scorecard(
                    SparkLake(lake, session, heavy=LARGE, pinned=True), group, "market/us", MONTH, asked=lambda _: Asked(FEEDS)
                )
            )
            == wanted
        )


def test_a_build_by_spark_reads_one_snapshot_whatever_is_committed_to_the_lake_afterwards(
    two: tuple[Lake, Lake], session: Any, group: Model
) -> None:
    lake, _ = two
    first, second = story(2, orders=12, cases=2, batches=2).batches
    with lake.transaction():
        take(lake, first)  # type: ignore[arg-type]
    spark = SparkLake(lake, session)
    asked = f"SELECT COUNT(*), SUM(f.net_amount) FROM {lake.table('fact_order')} AS f"
    before = lake.rows(asked)
    with lake.transaction():
        take(lake, second)  # type: ignore[arg-type]
    assert spark.rows(asked) == before != lake.rows(asked)
