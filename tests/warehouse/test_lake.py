"""The lake by itself: one writer, many readers, rows that go in come out, and a connection that reaches nothing else."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from charter.app.project import open_project
from charter.errors import CharterError, RefusedError, UnavailableError, UsageError
from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES

TABLE = "batch_exclusion"
COLUMNS = ("batch_id", "reason", "rows")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "it's a lake")


def _filled(store: Store, *names: str) -> None:
    with open_writer(store, holder="test") as lake, lake.transaction():
        lake.insert(TABLE, COLUMNS, [[name, 'a "b", ü\n[c]', 3] for name in names])


def test_rows_come_out_as_they_went_in(store: Store) -> None:
    _filled(store, "b1", "b2")
    with open_reader(store) as lake:
        found = lake.dicts(f"SELECT batch_id, reason, rows FROM {lake.table(TABLE)} ORDER BY batch_id")
    assert found == [{"batch_id": name, "reason": 'a "b", ü\n[c]', "rows": 3} for name in ("b1", "b2")]


def test_a_temporary_table_holds_just_its_rows_in_their_types(store: Store) -> None:
    with open_writer(store, holder="test") as lake:
        for rows in ([[1, None, Decimal("0.10")]], [[2, date(2026, 1, 1), None], [3, None, Decimal("12345678901234.5678")]]):
            lake.load("kept", {"a": "INTEGER", "b": "DATE", "c": "DECIMAL(18, 4)"}, rows)
            assert [list(row) for row in lake.rows("SELECT * FROM kept ORDER BY a")] == rows


def test_a_reader_sees_the_snapshot_of_its_opening_whatever_is_committed_meanwhile(store: Store) -> None:
    _filled(store, "b1")
    with open_reader(store) as before:
        count = f"SELECT count(*) FROM {before.table(TABLE)}"
        assert before.rows(count) == [(1,)]
        _filled(store, "b2")
        assert before.rows(f"{count} -- asked anew") == [(1,)]
    with open_reader(store) as after:
        assert after.rows(count) == [(2,)]


def test_what_a_block_that_fails_wrote_is_not_there(store: Store) -> None:
    _filled(store, "b1")
    with open_writer(store, holder="test") as lake:
        with pytest.raises(ZeroDivisionError), lake.transaction():
            lake.insert(TABLE, COLUMNS, [["b2", "x", 1]])
            raise ZeroDivisionError
        assert lake.rows(f"SELECT batch_id FROM {lake.table(TABLE)}") == [("b1",)]


def test_a_second_writer_is_told_who_writes_and_since_when(store: Store) -> None:
    with (
        open_writer(store, holder="the nightly run", since="2026-03-29"),
        pytest.raises(UnavailableError) as told,
        open_writer(store, holder="another", wait_seconds=0),
    ):
        pass
    assert told.value.message.startswith("another run holds the lake: the nightly run, process ")
    assert told.value.message.endswith(", since 2026-03-29")
    with open_writer(store, holder="another", wait_seconds=0) as lake:
        assert lake.snapshot() > 0


def test_a_reader_before_the_first_run_is_told_what_to_do(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no lake"), open_reader(store):
        pass


def test_readers_of_a_lake_that_is_being_made_find_none_or_one_with_all_its_tables(store: Store) -> None:
    script = (
        "import sys; from pathlib import Path; from charter.warehouse.opening import open_writer; "
        "from charter.warehouse.store import Store\nwith open_writer(Store(Path(sys.argv[1])), holder='first'): pass"
    )
    found, made = set(), False
    with subprocess.Popen([sys.executable, "-c", script, str(store.folder)]) as writer:
        while not made:
            made = writer.poll() is not None
            try:
                with open_reader(store) as lake:
                    found |= {row[0] for row in lake.rows("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake'")}
            except CharterError as error:
                found.add(error.code)
    assert found == {"WHS002", len(TABLES)}


def test_what_a_killed_process_left_of_a_new_lake_goes(store: Store) -> None:
    left = [store.folder / f"catalog.sqlite.new{ending}" for ending in ("", "-wal", "-shm")]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half a catalog")
    with open_writer(store, holder="second") as lake:
        assert lake.one(f"SELECT count(*) FROM {lake.table('batch')}") == (0,)
    assert [path for path in left if path.exists()] == []


def test_a_copied_lake_reads_its_own_files(store: Store, tmp_path: Path) -> None:
    _filled(store, "b1")
    copy = Store(tmp_path / "elsewhere")
    shutil.copytree(store.folder, copy.folder)
    shutil.rmtree(store.folder)
    with open_reader(copy) as lake:
        assert lake.rows(f"SELECT batch_id FROM {lake.table(TABLE)}") == [("b1",)]


def test_a_damaged_catalog_and_a_damaged_file_are_told_by_code(store: Store) -> None:
    _filled(store, "b1")
    for path in store.data.rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(CharterError, match="WHS005"), open_reader(store) as lake:
        lake.rows(f"SELECT reason FROM {lake.table(TABLE)}")
    store.catalog.write_bytes(b"no database" * 1000)
    with pytest.raises(CharterError, match="WHS005"), open_reader(store):
        pass


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('{outside}/secret.csv')",
        "SELECT * FROM glob('{outside}/*')",
        "SELECT * FROM '{outside}/secret.csv'",
        "COPY (SELECT 1) TO '{outside}/made.csv'",
        "ATTACH '{outside}/made.db' AS made",
        "EXPORT DATABASE '{outside}/made'",
        "INSTALL httpfs",
        "LOAD '{outside}/made.duckdb_extension'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "LOAD '{data}/made.duckdb_extension'",
        "SET allow_unsigned_extensions = true",
        "SET memory_limit = '100GB'",
        "SELECT * FROM read_csv('{data}/../../secret.csv')",
    ],
)
@pytest.mark.parametrize("writes", [True, False])
def test_a_connection_reaches_nothing_but_the_lake_and_the_declared_folders(
    store: Store, tmp_path: Path, statement: str, writes: bool
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for folder in (outside, tmp_path):
        (folder / "secret.csv").write_text("secret\n1\n")
    declared = tmp_path / "declared"
    declared.mkdir()
    (declared / "open.csv").write_text("a\n7\n")
    _filled(store, "b1")
    sql = statement.format(outside=outside, data=str(store.data).replace("'", "''"))
    opened = open_writer(store, holder="test", reads=[declared]) if writes else open_reader(store)
    with opened as lake:
        with pytest.raises((CharterError, duckdb.Error)) as told:
            lake.execute(sql)
        assert isinstance(told.value, RefusedError) or "locked" in str(told.value) or "No extension" in str(told.value), told.value
        if writes:
            assert lake.rows(f"SELECT * FROM read_csv('{declared}/open.csv')") == [(7,)]
    assert sorted(path.name for path in outside.iterdir()) == ["secret.csv"]


def test_a_reader_cannot_write(store: Store) -> None:
    _filled(store, "b1")
    with pytest.raises((CharterError, duckdb.Error), match="read-only"), open_reader(store) as lake:
        lake.execute(f"DELETE FROM {lake.table(TABLE)}")
    with sqlite3.connect(store.catalog) as catalog:
        assert catalog.execute("SELECT count(*) FROM ducklake_delete_file").fetchone() == (0,)


def test_work_beyond_the_limit_on_memory_and_spill_is_stopped_and_told(store: Store) -> None:
    _filled(store, "b1")
    with pytest.raises(UnavailableError, match="WHS008"), open_reader(store, memory_limit="40MB", temp_limit="1MB") as lake:
        lake.rows("SELECT count(DISTINCT md5(i::VARCHAR)) FROM range(8000000) AS t(i)")


def test_what_is_kept_is_read_back_in_its_types_until_the_lake_is_closed(store: Store) -> None:
    query = (
        "SELECT i AS n, CAST(i AS DECIMAL(18, 4)) / 3 AS share, DATE '2026-01-31' AS day, CASE WHEN i % 2 = 0 THEN 'ü' END AS word, "
        "TIMESTAMPTZ '2026-03-29 00:59:59.000001+00' AS at FROM range({}) AS r(i)"
    )
    with open_writer(store, holder="test") as lake, lake.transaction():
        for rows in (3, 0, 5000):
            view = lake.keep("kept", query.format(rows))
            told = lake.rows(f"SELECT * FROM {view} ORDER BY n")
            assert told == lake.rows(query.format(rows) + " ORDER BY n")
            assert lake.rows(f"DESCRIBE {view}") == lake.rows(f"DESCRIBE {query.format(rows)}")
            assert len(list(store.temp.rglob("kept-*.parquet"))) == 1
    assert not list(store.temp.rglob("*.parquet"))


def _memory(store: Store) -> float:
    """What the writer's connection may hold, in MiB."""
    with open_writer(store, holder="test") as lake:
        number, unit = lake.rows("SELECT current_setting('memory_limit')")[0][0].split()
    return float(number) * {"MiB": 1, "GiB": 1024}[unit]


def test_what_writes_holds_as_much_memory_as_is_declared(tmp_path: Path) -> None:
    (tmp_path / "charter.yaml").write_text(
        "apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: w}\nspec: {store: {memory: 300MB}}\n"
    )
    assert _memory(open_project(tmp_path).store) == pytest.approx(300e6 / 2**20, abs=0.1)


def test_without_a_word_it_is_four_gigabytes_or_half_of_the_machine(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for pages, meant in ((2**30, 4e9), (262_144, 262_144 * 4096 / 2)):
        told = {"SC_PHYS_PAGES": pages, "SC_PAGE_SIZE": 4096}
        monkeypatch.setattr("os.sysconf", told.__getitem__)
        assert float(store.memory_limit.removesuffix("MB")) == pytest.approx(meant / 1e6, abs=1)
