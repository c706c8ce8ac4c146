"""A catalog in PostgreSQL: what its server refuses is told by a code and no password, who writes takes turns, and nothing else is reached."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from tests.postgres import PASSWORD, Postgres
from tests.warehouse.served import COLUMNS, TABLE, filled, names

from charter.errors import CharterError, RefusedError, UnavailableError, UsageError
from charter.warehouse import inventory, upkeep
from charter.warehouse.content import content
from charter.warehouse.lake import as_error
from charter.warehouse.opening import holding, open_beside, open_held, open_reader, open_writer
from charter.warehouse.restore_point import Recorded, restore_point
from charter.warehouse.server import redacted
from charter.warehouse.store import Server, Store
from charter.warehouse.turn import PEN, Locks, alone, reading


def _at(store: Store, address: str) -> Store:
    return Store(store.folder, Server(address, store.server.schema if store.server else ""), store.elsewhere)


# --- what the server refuses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ({"password": "verkehrt"}, "WHS025", "password authentication failed"),
        ({"role": "nobody"}, "WHS025", "nobody"),
        ({"database": "nowhere"}, "WHS025", 'database "nowhere" does not exist'),
        ({"role": "reader"}, "WHS021", "permission denied for schema"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("opening", [open_reader, lambda store: open_writer(store, holder="test")])
def test_what_the_server_refuses_is_told_by_its_code_and_without_the_password(
    postgres: Postgres, store: Store, wrong: dict[str, str], code: str, says: str, opening: Any
) -> None:
    filled(store, "a")
    begin = time.monotonic()
    with pytest.raises(CharterError) as caught, opening(_at(store, postgres.address(**wrong))):
        pass
    assert caught.value.code == code, caught.value
    assert says in caught.value.message
    assert caught.value.hint
    for told in (PASSWORD, "verkehrt", "geheim"):
        assert told not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"
    assert time.monotonic() - begin < 10
    assert names(store) == ["a"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://lake:geheim@127.0.0.1:1/lake", "WHS022"),
        ("host=/nowhere user=lake password=geheim", "WHS022"),
        ("postgresql://lake:geheim@h:port/lake", "WHS022"),
        ("mysql://lake:geheim@h/lake", "WHS025"),
        ("password='geheim", "WHS025"),
    ],
)
def test_a_server_that_is_not_there_and_an_address_that_is_none(store: Store, address: str, code: str) -> None:
    begin = time.monotonic()
    with pytest.raises(UnavailableError) as caught, open_reader(_at(store, address)):
        pass
    assert caught.value.code == code, caught.value
    assert "geheim" not in f"{caught.value!s} {caught.value!r}"
    assert "geheim" not in repr(_at(store, address))
    assert time.monotonic() - begin < 10


def test_a_reader_with_its_rights_reads_and_cannot_write(postgres: Postgres, store: Store) -> None:
    filled(store, "a")
    with postgres.admin("lake") as connection:
        for grant in ("USAGE ON SCHEMA {}", "SELECT ON ALL TABLES IN SCHEMA {}"):
            connection.execute(psycopg.sql.SQL(f"GRANT {grant} TO reader").format(psycopg.sql.Identifier("it's a lake")))
    reader = _at(store, postgres.address("reader"))
    assert names(reader) == ["a"]
    with pytest.raises(RefusedError, match="WHS021"), open_writer(reader, holder="test") as lake, lake.transaction():
        lake.insert(TABLE, COLUMNS, [["b", "x", 1]])
    assert names(store) == ["a"]


def test_a_lake_that_no_run_has_made_yet_is_told_as_such(store: Store) -> None:
    with pytest.raises(UsageError, match="WHS002"), open_reader(store):
        pass
    assert not store.exists()


@pytest.mark.parametrize("module", ["psycopg", "duckdb_extension_postgres_scanner"])
def test_a_package_that_is_missing_is_named_with_the_extra(store: Store, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store, "a")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv("HOME", str(store.folder))  # where DuckDB would keep what it installs; from here it cannot be reached
    with pytest.raises(UnavailableError) as caught, open_reader(store):
        pass
    assert (caught.value.code, caught.value.hint) == ("WHS023", "pip install 'charter-b2b[postgres]'")


def test_whatever_follows_password_is_taken_out_of_a_message() -> None:
    for text in ("a password=geheim b", "a password = 'ge heim' b", "x postgresql://lake:geheim@h/lake", "PASSWORD='ge\\'heim' z"):
        assert "heim" not in redacted(text)
    assert redacted("s3://bucket/a: no such key") == "s3://bucket/a: no such key"


@pytest.mark.parametrize(
    "kind", [duckdb.Error, duckdb.IOException, duckdb.CatalogException, duckdb.ConnectionException, duckdb.BinderException]
)
def test_a_connection_that_broke_is_told_as_such_whatever_was_asked(kind: type[duckdb.Error]) -> None:
    said = 'Failed to execute query "ROLLBACK": server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally'
    told = as_error(kind(said))
    assert told is not None and told.code == "WHS022"


# --- turns ------------------------------------------------------------------------------------------------------------


def test_who_holds_the_pen_is_told_to_whoever_waits_for_it(store: Store) -> None:
    filled(store, "a")
    with (
        holding(store, holder="the nightly run", since="2026-03-29T02:00:00"),
        pytest.raises(UnavailableError, match=r"WHS001 .*the nightly run 2026-03-29T02:00, "),
        holding(store, holder="another", wait_seconds=0),
    ):
        pass
    with holding(store, holder="another", wait_seconds=0):
        pass


def test_one_source_is_one_runs_and_two_sources_go_side_by_side(store: Store) -> None:
    with open_beside(store, holder="one") as one, open_beside(store, holder="other") as other:
        with one.source("erp", 0), other.source("shop", 0):
            with pytest.raises(UnavailableError, match=r"WHS024 .*takes erp in: one"), other.source("erp", 0):
                pass
            with one.transaction():
                one.insert(TABLE, COLUMNS, [["a", "x", 1]])
            with other.transaction():
                other.insert(TABLE, COLUMNS, [["b", "x", 1]])
        with other.source("erp", 0):
            pass
    assert names(store) == ["a", "b"]


def test_a_transaction_waits_for_the_one_before_and_sees_what_it_committed(store: Store) -> None:
    """Both add one to the same number, a hundred times: without turns some would be lost, or fail."""
    filled(store, "a")

    def count(times: int) -> None:
        with open_beside(store, holder="test") as lake:
            for _ in range(times):
                with lake.transaction():
                    number = lake.rows(f"SELECT rows FROM {lake.table(TABLE)}")[0][0]
                    lake.execute(f"UPDATE {lake.table(TABLE)} SET rows = ?", [number + 1])

    workers = [threading.Thread(target=count, args=(10,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with open_reader(store) as lake:
        assert lake.rows(f"SELECT rows FROM {lake.table(TABLE)}") == [(21,)]


def test_who_lost_the_pen_does_not_commit(postgres: Postgres, store: Store) -> None:
    filled(store, "a")
    with pytest.raises(UnavailableError, match="WHS022"), open_writer(store, holder="the lost one") as lake, lake.transaction():
        lake.insert(TABLE, COLUMNS, [["b", "x", 1]])
        with postgres.admin() as connection:
            ended = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'the lost one%'"
            ).fetchone()
        assert ended == (1,)
    assert names(store) == ["a"]


def test_readers_are_known_and_new_ones_wait_while_somebody_is_alone(store: Store) -> None:
    filled(store, "a")
    with open_reader(store), alone(store, 0) as is_alone:
        assert not is_alone
    with alone(store, 1) as is_alone:
        assert is_alone
        looked: list[list[str]] = []
        reader = threading.Thread(target=lambda: looked.append(names(store)))
        reader.start()
        reader.join(0.3)
        assert looked == []
    reader.join()
    assert looked == [["a"]]


def test_a_reader_sees_one_snapshot_while_others_write(store: Store) -> None:
    filled(store, "a")
    with open_reader(store) as lake:
        asked = f"SELECT batch_id FROM {lake.table(TABLE)} ORDER BY 1"
        assert lake.rows(asked) == [("a",)]
        filled(store, "b")
        assert lake.rows(f"{asked} ") == [("a",)]
    assert names(store) == ["a", "b"]


def test_readers_and_writers_whose_server_is_killed_say_so_and_go_on_when_it_is_back(postgres: Postgres, store: Store) -> None:
    filled(store, "a")
    try:
        with pytest.raises(UnavailableError, match="WHS022"), open_reader(store) as lake:
            assert lake.rows(f"SELECT batch_id FROM {lake.table(TABLE)}") == [("a",)]
            postgres.kill()
            lake.rows(f"SELECT reason FROM {lake.table(TABLE)}")
        with pytest.raises(UnavailableError, match="WHS022"), open_reader(store):
            pass
        postgres.start()
        with pytest.raises(UnavailableError, match="WHS022"), open_writer(store, holder="test") as lake, lake.transaction():
            lake.insert(TABLE, COLUMNS, [["b", "x", 1]])
            postgres.kill()
    finally:
        postgres.start()
    filled(store, "c")
    assert names(store) == ["a", "c"]


# --- upkeep -----------------------------------------------------------------------------------------------------------


def test_a_catalog_is_put_back_as_it_was(store: Store) -> None:
    filled(store, "a", "b")
    point = restore_point(store)
    with holding(store, holder="test") as locks:
        point.take()
        assert point.read() is None
        with open_held(store, locks=locks) as lake:
            before = {TABLE: content(lake, TABLE)}
            point.note(Recorded(lake.snapshot(), before))
            with lake.transaction():
                lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE batch_id = 'a'")
            upkeep.rewrite(lake, TABLE)
        recorded = point.read()
        assert point.exists and recorded is not None and recorded.tables == before
        point.put_back()
        with open_held(store, locks=locks) as lake:
            assert content(lake, TABLE) == before[TABLE]
            assert lake.snapshot() == recorded.snapshot
        point.drop()
        assert not point.exists
    assert names(store) == ["a", "b"]
    filled(store, "c")
    assert names(store) == ["a", "b", "c"]


def test_merging_expiring_and_deleting_lose_no_row(store: Store) -> None:
    filled(store, "a", "b", "c")
    with open_writer(store, holder="test") as lake:
        upkeep.merge(lake, TABLE)
        upkeep.expire(lake, datetime(2100, 1, 1, tzinfo=UTC))
        gone = upkeep.delete_old(lake, None)
        known, there = inventory.named(lake), inventory.lying(lake, store)
        assert {one.place for one in known} == {one.place for one in there}
        assert not {upkeep.below(store, place) for place in gone} & {one.place for one in there}
        assert inventory.damaged(known, there) == ()
    assert names(store) == ["a", "b", "c"]


# --- what statements reach --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('{outside}/secret.csv')",
        "SELECT * FROM read_text('http://127.0.0.1:1/x')",
        "SELECT * FROM read_text('s3://other/x')",
        "COPY (SELECT 1) TO '{outside}/made.csv'",
        "ATTACH '{address}' AS other (TYPE postgres)",
        "ATTACH '' AS other (TYPE postgres, SECRET catalog)",
        "ATTACH '{outside}/made.db' AS made",
        "SELECT * FROM postgres_scan('{address}', 'pg_catalog', 'pg_class')",
        "SELECT * FROM system.main.POSTGRES_SCAN('{address}', 'pg_catalog', 'pg_class')",
        "SELECT * FROM \"postgres_scan_pushdown\"('{address}', 'pg_catalog', 'pg_class')",
        "SELECT * FROM postgres_query('__ducklake_metadata_lake', 'SELECT pg_read_file(''/etc/passwd'')')",
        "CALL postgres_execute('__ducklake_metadata_lake', 'CREATE TABLE evil (a int)')",
        "CALL postgres_attach('{address}')",
        "SELECT * FROM query('SELECT * FROM post' || 'gres_scan(''{address}'', ''a'', ''b'')')",
        "SELECT * FROM query /* x */ ('SELECT 1')",
        "SELECT * FROM sqlite_scan('{outside}/other.sqlite', 'a')",
        "SELECT * FROM read_postgres_binary('{outside}/secret.csv')",
        "SELECT * FROM json_execute_serialized_sql('{{}}')",
        "LOAD httpfs",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ],
)
@pytest.mark.parametrize("writes", [True, False])
def test_a_connection_reaches_no_other_database_file_or_address(
    postgres: Postgres, store: Store, tmp_path: Path, statement: str, writes: bool
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("secret\n1\n")
    filled(store, "a")
    sql = statement.format(outside=outside, address=postgres.address("reader").replace("'", "''"))
    with open_writer(store, holder="test") if writes else open_reader(store) as lake:
        with pytest.raises((CharterError, duckdb.Error)) as told:
            lake.execute(sql)
        assert isinstance(told.value, RefusedError) or "locked" in str(told.value), told.value
    assert sorted(path.name for path in outside.iterdir()) == ["secret.csv"]


def test_no_secret_can_be_asked_for(store: Store) -> None:
    filled(store, "a")
    with open_reader(store) as lake:
        told = repr(lake.rows("SELECT * FROM duckdb_secrets()")) + repr(lake.rows("SELECT * FROM duckdb_databases()"))
    assert "geheim" not in told


def test_the_locks_of_two_lakes_in_one_database_are_not_the_same(postgres: Postgres) -> None:
    one, other = Server(postgres.address(), "one"), Server(postgres.address(), "other")
    with Locks.of(one, "a") as first, Locks.of(other, "b") as second, first.held(PEN, 0), second.held(PEN, 0):
        assert first.gone() is None
    with reading(Store(Path("x"), one)) as locks:
        assert locks is not None and not locks.has_lake()
