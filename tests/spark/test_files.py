"""Spark reads what DuckDB reads: at every snapshot, whatever was updated, deleted, added, renamed or merged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from charter.errors import CharterError
from charter.warehouse.codes import WHS032, WHS033
from charter.warehouse.inventory import CATALOG
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_writer
from charter.warehouse.spark.files import frame
from charter.warehouse.spark.lake import SparkLake
from charter.warehouse.spark.snapshot import refuse_unknown, table_files
from charter.warehouse.store import Store

TABLE = "batch_exclusion"
ROWS = ("batch_id", "reason", "rows")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with open_writer(Store(tmp_path / "lake"), holder="test") as found:
        yield found


def add(lake: Lake, batch: str, count: int = 3) -> None:
    lake.insert(TABLE, ROWS, [[batch, f"r{place}", place] for place in range(count)])


def by_spark(session: Any, lake: Lake, table: str = TABLE, snapshot: int | None = None) -> list[tuple[Any, ...]]:
    told = table_files(lake, table, lake.snapshot() if snapshot is None else snapshot)
    return sorted((tuple(row) for row in frame(session, told).collect()), key=repr)


def by_duckdb(lake: Lake, table: str = TABLE, snapshot: int | None = None) -> list[tuple[Any, ...]]:
    at = "" if snapshot is None else f" AT (VERSION => {snapshot})"
    return sorted(lake.connection.execute(f"SELECT * FROM lake.main.{table}{at}").fetchall(), key=repr)


def history(lake: Lake) -> list[int]:
    """Small batches, an update, deletes of a row, of a second one of its file, and of a whole file; answers the snapshots."""
    seen = []
    for place in range(3):
        with lake.transaction():
            add(lake, f"b{place}")
        seen.append(lake.snapshot())
    table = lake.table(TABLE)
    for statements in (
        [f"UPDATE {table} SET rows = 70 WHERE batch_id = 'b1' AND reason = 'r1'"],
        [f"DELETE FROM {table} WHERE batch_id = 'b0' AND reason = 'r0'"],
        [
            f"DELETE FROM {table} WHERE batch_id = 'b0' AND reason = 'r2'",
            f"DELETE FROM {table} WHERE batch_id = 'b1' AND reason = 'r0'",
        ],
        [f"DELETE FROM {table} WHERE batch_id = 'b2'"],
        [f"DELETE FROM {table} WHERE reason = 'r1'", f"INSERT INTO {table} VALUES ('b9', 'back', 1)"],
    ):
        with lake.transaction():
            for statement in statements:
                lake.execute(statement)
        seen.append(lake.snapshot())
    return seen


def test_every_snapshot_of_updates_and_deletes_is_read_as_duckdb_reads_it(lake: Lake, session: Any) -> None:
    seen = history(lake)
    assert len({str(by_duckdb(lake, snapshot=one)) for one in seen}) == len(seen)
    for one in seen:
        assert by_spark(session, lake, snapshot=one) == by_duckdb(lake, snapshot=one), one


def test_every_snapshot_is_read_from_merged_files_as_it_was_before_they_were_merged(lake: Lake, session: Any) -> None:
    seen = []
    for place in range(4):
        with lake.transaction():
            add(lake, f"b{place}")
        seen.append(lake.snapshot())
    before = {one: by_duckdb(lake, snapshot=one) for one in seen}
    lake.rows(f"CALL ducklake_merge_adjacent_files('lake', '{TABLE}', schema => 'main')")
    with lake.transaction():
        lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE batch_id = 'b1'")
    seen.append(lake.snapshot())
    before[seen[-1]] = by_duckdb(lake)
    told = [table_files(lake, TABLE, one) for one in seen]
    assert any(file.mixed for one in told for file in one.files)
    assert {one: by_spark(session, lake, snapshot=one) for one in seen} == before


def test_a_delete_file_that_a_later_delete_was_written_into_tells_which_positions_are_of_when(lake: Lake, session: Any) -> None:
    with lake.transaction():
        add(lake, "b", 5)
    seen = []
    for reason in ("r3", "r0", "r4"):
        with lake.transaction():
            lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE reason = '{reason}'")
        seen.append(lake.snapshot())
    told = [table_files(lake, TABLE, one) for one in seen]
    assert any(any(file.mixed_deletes) for one in told for file in one.files)
    for one in seen:
        assert by_spark(session, lake, snapshot=one) == by_duckdb(lake, snapshot=one), one


def test_rewritten_files_hold_what_was_left(lake: Lake, session: Any) -> None:
    history(lake)
    before = by_duckdb(lake)
    lake.rows(f"CALL ducklake_rewrite_data_files('lake', '{TABLE}', schema => 'main', delete_threshold => 0.0)")
    assert by_spark(session, lake) == before


def test_several_delete_files_of_one_data_file_all_count(lake: Lake, session: Any) -> None:
    with lake.transaction():
        add(lake, "b", 4)
    with lake.transaction():
        lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE reason = 'r1'")
    first = table_files(lake, TABLE, lake.snapshot()).files[0]
    with lake.transaction():
        lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE reason = 'r2'")
    told = table_files(lake, TABLE, lake.snapshot())
    both = type(first)(first.path, 4, (*first.deletes, *told.files[0].deletes), False, (False, *told.files[0].mixed_deletes))
    rows = frame(session, type(told)(told.table, told.snapshot, told.fields, (both,))).collect()
    assert sorted(row["reason"] for row in rows) == ["r0", "r3"]


def test_a_column_added_after_files_were_written_is_null_in_them(lake: Lake, session: Any) -> None:
    with lake.transaction():
        add(lake, "b0")
    lake.execute(f"ALTER TABLE {lake.table(TABLE)} ADD COLUMN later DECIMAL(18,4)")
    lake.execute(f"INSERT INTO {lake.table(TABLE)} VALUES ('b1', 'x', 1, 12.5)")
    assert by_spark(session, lake) == by_duckdb(lake)
    assert ("b1", "x", 1, Decimal("12.5000")) in by_spark(session, lake)


def test_a_renamed_column_is_read_by_its_id_and_another_one_that_takes_its_name_is_not_it(lake: Lake, session: Any) -> None:
    with lake.transaction():
        add(lake, "b0")
    lake.execute(f"ALTER TABLE {lake.table(TABLE)} RENAME COLUMN reason TO why")
    lake.execute(f"ALTER TABLE {lake.table(TABLE)} ADD COLUMN reason VARCHAR")
    lake.execute(f"INSERT INTO {lake.table(TABLE)} VALUES ('b1', 'because', 7, 'so')")
    assert by_spark(session, lake) == by_duckdb(lake)
    assert ("b0", "r1", 1, None) in by_spark(session, lake)


def test_a_column_that_was_dropped_and_added_again_holds_nothing_of_before(lake: Lake, session: Any) -> None:
    with lake.transaction():
        add(lake, "b0")
    lake.execute(f"ALTER TABLE {lake.table(TABLE)} DROP COLUMN reason")
    lake.execute(f"ALTER TABLE {lake.table(TABLE)} ADD COLUMN reason VARCHAR")
    assert by_spark(session, lake) == by_duckdb(lake) == [("b0", 0, None), ("b0", 1, None), ("b0", 2, None)]


def test_a_table_without_files_and_one_whose_rows_are_all_gone_are_empty(lake: Lake, session: Any) -> None:
    assert table_files(lake, TABLE, lake.snapshot()).files == ()
    assert by_spark(session, lake) == []
    with lake.transaction():
        add(lake, "b0")
    with lake.transaction():
        lake.execute(f"DELETE FROM {lake.table(TABLE)}")
    assert by_spark(session, lake) == by_duckdb(lake) == []


def test_all_types_come_back_as_duckdb_has_them(lake: Lake, session: Any) -> None:
    lake.insert(
        "fact_order",
        (
            "root_key",
            "source",
            "document_count",
            "line_count",
            "received_at",
            "ordered_on",
            "net_amount",
            "eligible",
            "dwell_seconds",
        ),
        [
            ["é \\ ' \" 😀", "s", 1, 0, "1969-12-31 23:59:59.999999+00", "0001-01-01", "99999999999999.9999", True, -(2**63)],
            ["", "s", 1, 0, "2026-03-29 01:30:00+00", "9999-12-31", "-0.0001", False, 2**63 - 1],
            ["null", "s", 1, 0, None, None, None, None, None],
            ["1582", "s", 1, 0, "1582-10-10 00:00:00+00", "1582-10-10", "0", None, 0],
        ],
    )
    spark = SparkLake(lake, session, heavy=frozenset({"fact_order"}))
    asked = (
        "SELECT f.root_key, f.received_at, f.ordered_on, f.net_amount, f.eligible, f.dwell_seconds, "
        f"CAST(FLOOR(EPOCH(f.received_at)) AS BIGINT) FROM {lake.table('fact_order')} AS f ORDER BY f.root_key"
    )
    assert spark.rows(asked) == lake.rows(asked)
    assert spark.counted == [asked]
    assert lake.rows(asked)[-1][1:3] == (datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), date(1, 1, 1))


def test_a_file_of_the_snapshot_that_is_gone_is_told(lake: Lake, session: Any) -> None:
    with lake.transaction():
        add(lake, "b0")
    Path(table_files(lake, TABLE, lake.snapshot()).files[0].path).unlink()
    spark = SparkLake(lake, session, heavy=frozenset({TABLE}))
    with pytest.raises(CharterError) as caught:
        spark.rows(f"SELECT COUNT(*) FROM {lake.table(TABLE)} AS b WHERE b.reason <> ''")
    assert caught.value.code == WHS032.code
    assert f"snapshot {lake.snapshot()}" in caught.value.message and ".parquet" in caught.value.message


def test_what_charter_never_writes_is_refused_instead_of_read_wrongly(lake: Lake) -> None:
    with lake.transaction():
        add(lake, "b0")
    at = lake.snapshot()

    def refused(statement: str, back: str) -> str:
        lake.connection.execute(statement)
        with pytest.raises(CharterError) as caught:
            refuse_unknown(lake)
            table_files(lake, TABLE, at)
        lake.connection.execute(back)
        assert caught.value.code == WHS033.code
        return caught.value.message

    data, meta = f"UPDATE {CATALOG}.ducklake_data_file SET ", f"UPDATE {CATALOG}.ducklake_metadata SET value = "
    assert "encrypted" in refused(f"{data}encryption_key = 'k'", f"{data}encryption_key = NULL")
    assert "by name" in refused(f"{data}mapping_id = 1", f"{data}mapping_id = NULL")
    assert "puffin" in refused(f"{data}file_format = 'puffin'", f"{data}file_format = 'parquet'")
    assert "outside" in refused(f"{data}path_is_relative = 0", f"{data}path_is_relative = 1")
    assert "format is 9.9" in refused(f"{meta}'9.9' WHERE key = 'version'", f"{meta}'1.0' WHERE key = 'version'")
    assert table_files(lake, TABLE, at).files


def test_a_value_that_files_before_an_added_column_are_meant_to_have_is_refused(lake: Lake) -> None:
    with lake.transaction():
        add(lake, "b0")
    lake.execute(f"ALTER TABLE {lake.table(TABLE)} ADD COLUMN later BIGINT DEFAULT 5")
    with pytest.raises(CharterError) as caught:
        table_files(lake, TABLE, lake.snapshot())
    assert caught.value.code == WHS033.code and "later is 5" in caught.value.message


def test_a_table_that_a_snapshot_did_not_have_yet_is_told(lake: Lake) -> None:
    with pytest.raises(CharterError) as caught:
        table_files(lake, TABLE, 0)
    assert caught.value.code == WHS033.code and "no table batch_exclusion at snapshot 0" in caught.value.message


def test_deletions_within_the_catalog_are_refused(lake: Lake) -> None:
    with lake.transaction():
        add(lake, "b0")
    lake.execute("CALL lake.set_option('data_inlining_row_limit', 10)")
    lake.execute(f"CALL lake.set_option('data_inlining_row_limit', 10, table_name => '{TABLE}', schema => 'main')")
    lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE reason = 'r1'")
    with pytest.raises(CharterError) as caught:
        table_files(lake, TABLE, lake.snapshot())
    assert caught.value.code == WHS033.code and "ducklake_inlined_delete" in caught.value.message


def test_rows_within_the_catalog_are_refused(lake: Lake) -> None:
    lake.execute("CALL lake.set_option('data_inlining_row_limit', 10)")
    lake.execute(f"CALL lake.set_option('data_inlining_row_limit', 10, table_name => '{TABLE}', schema => 'main')")
    with lake.transaction():
        add(lake, "b0")
    assert by_duckdb(lake)
    with pytest.raises(CharterError) as caught:
        table_files(lake, TABLE, lake.snapshot())
    assert caught.value.code == WHS033.code and "in the catalog itself" in caught.value.message
