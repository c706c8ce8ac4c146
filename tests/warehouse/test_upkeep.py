"""What keeps a lake small, step by step: what the files are, what is deleted, and what readers see meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from charter.errors import UnavailableError
from charter.warehouse import inventory, upkeep
from charter.warehouse.content import content
from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.restore_point import Recorded, RestorePoint
from charter.warehouse.store import Store
from charter.warehouse.turn import alone, reading

TABLE, COLUMNS = "batch_exclusion", ("batch_id", "reason", "rows")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "it's a lake")
    with open_writer(store, holder="test") as lake:
        for number in range(6):
            with lake.transaction():
                lake.insert(TABLE, COLUMNS, [[f"b{number}", "x", number], [f"c{number}", "y", number]])
        with lake.transaction():
            lake.execute(f"DELETE FROM {lake.table(TABLE)} WHERE batch_id IN ('b1', 'b2', 'c2')")
    return store


def test_content_knows_rows_that_stand_twice_or_swapped_their_values_but_no_order(store: Store) -> None:
    found = []
    with open_writer(store, holder="test") as lake:
        for rows in (
            [["a", "x", 1], ["b", "y", 2]],
            [["b", "y", 2], ["a", "x", 1]],
            [["a", "y", 1], ["b", "x", 2]],
            [["a", "x", 1], ["b", "y", 2], ["c", "z", 3], ["c", "z", 3]],
            [["a", "x", 1], ["b", "y", 2], ["d", "z", 3], ["d", "z", 3]],
            [["a", "", 1], ["b", "y", 2]],
        ):
            lake.execute(f"DELETE FROM {lake.table(TABLE)}")
            lake.insert(TABLE, COLUMNS, rows)
            found.append(content(lake, TABLE))
    assert found[0] == found[1]
    assert len(set(found)) == 5


def test_compaction_leaves_one_file_and_the_rows_at_each_snapshot(store: Store) -> None:
    with open_writer(store, holder="test") as lake:
        newest = lake.snapshot()
        asked = f"SELECT batch_id, reason, rows FROM {lake.table(TABLE)} AT (VERSION => {{}}) ORDER BY ALL"
        before = {at: lake.rows(asked.format(at)) for at in range(2, newest + 1)}
        files = inventory.by_table(inventory.named(lake))[TABLE]
        assert (files.data, files.deletes) == (5, 1)  # that of b2 and c2 has no row left
        upkeep.rewrite(lake, TABLE)
        upkeep.merge(lake, TABLE)
        files = inventory.by_table(inventory.named(lake))[TABLE]
        assert (files.data, files.deletes) == (1, 0)
        assert {at: lake.rows(asked.format(at)) for at in before} == before
        assert upkeep.newest_of_maintenance(lake, newest) == (lake.snapshot(), True)
        kept = lake.snapshot()
        lake.insert(TABLE, COLUMNS, [["z", "z", 1]])
        assert upkeep.newest_of_maintenance(lake, newest) == (kept, False)


def test_expiry_leaves_the_newest_snapshot_and_then_its_files_alone(store: Store) -> None:
    with open_writer(store, holder="test") as lake:
        before = content(lake, TABLE)
        upkeep.rewrite(lake, TABLE)
        upkeep.merge(lake, TABLE)
        assert upkeep.expirable(lake, LATER) == inventory.snapshot_count(lake) - 1
        assert upkeep.expire(lake, LATER) > 6
        assert inventory.snapshot_count(lake) == 1
        waiting = inventory.scheduled(lake)
        assert upkeep.delete_old(lake, LATER - timedelta(days=36500)) == ()
        assert sorted(str(store.data.resolve() / place) for place in waiting) == sorted(upkeep.delete_old(lake, None))
        assert content(lake, TABLE) == before
        known = inventory.named(lake)
        assert {store.data / one.place for one in known} == set(store.data.rglob("*.parquet"))
        assert inventory.damaged(known, inventory.lying(lake, store)) == ()


def test_a_file_that_went_before_it_was_deleted_stops_nothing(store: Store) -> None:
    with open_writer(store, holder="test") as lake:
        upkeep.rewrite(lake, TABLE)
        upkeep.merge(lake, TABLE)
        (store.data / inventory.scheduled(lake)[0]).unlink()
        assert upkeep.delete_old(lake, None)
        assert inventory.scheduled(lake) == ()


def test_orphans_go_when_they_are_old_and_nothing_else_does(store: Store) -> None:
    place = store.data / "main" / TABLE
    young, old, other = place / "young.parquet", place / "old.parquet", place / "notes.txt"
    for path in (young, old, other):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    for path in store.data.rglob("ducklake-*.parquet"):
        os.utime(path, (0, 0))
    with open_writer(store, holder="test") as lake:
        found = inventory.orphans(lake, inventory.lying(lake, store), inventory.named(lake))
        assert tuple(store.data / one.place for one in found) == (old, young)
        assert upkeep.delete_orphans(lake, store, datetime(2020, 1, 1, tzinfo=UTC)) == (str(old.resolve()),)
        assert len(lake.rows(f"SELECT * FROM {lake.table(TABLE)}")) == 9
    assert (young.exists(), old.exists(), other.exists()) == (True, False, True)


def test_a_missing_file_and_one_of_another_size_are_found(store: Store) -> None:
    paths = sorted((store.data / "main" / TABLE).glob("*.parquet"))
    paths[0].unlink()
    paths[1].write_bytes(b"short")
    with open_reader(store) as lake:
        bad = inventory.damaged(inventory.named(lake), inventory.lying(lake, store))
    assert sorted((store.data / one.place, size) for one, size in bad) == [(paths[0], None), (paths[1], 5)]


def test_whoever_is_alone_knows_of_readers_in_this_process_and_in_others(store: Store) -> None:
    with alone(store, 0) as is_alone:
        assert is_alone
    with open_reader(store), alone(store, 0) as is_alone:
        assert not is_alone
    script = f"import sys; from pathlib import Path; from charter.warehouse.lock import reading\nwith reading(Path({str(store.readers)!r})):\n  print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        with alone(store, 0.1) as is_alone:
            assert not is_alone
        other.kill()
    with alone(store, 1) as is_alone:
        assert is_alone


def test_a_lake_that_was_copied_without_its_lock_is_read(store: Store) -> None:
    store.readers.unlink()
    with reading(store), open_reader(store) as lake:
        assert content(lake, TABLE).rows == 9


def test_the_catalog_is_put_back_as_it_was(store: Store) -> None:
    point = RestorePoint(store)
    with open_reader(store) as lake:
        held, snapshot = content(lake, TABLE), lake.snapshot()
    point.take()
    assert not point.exists
    point.note(Recorded(snapshot, {TABLE: held}))
    assert point.read() == Recorded(snapshot, {TABLE: held})
    with open_writer(store, holder="test") as lake:
        lake.execute(f"DELETE FROM {lake.table(TABLE)}")
    point.put_back()
    point.drop()
    with open_reader(store) as lake:
        assert (content(lake, TABLE), lake.snapshot()) == (held, snapshot)
    assert (point.read(), point.copy.exists()) == (None, False)


def test_a_catalog_that_cannot_be_copied_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.catalog.write_bytes(b"no database" * 1000)
    with pytest.raises(UnavailableError, match="WHS005"):
        RestorePoint(store).take()


def test_rows_that_are_streamed_are_those_that_are_asked_for(store: Store) -> None:
    with open_reader(store) as lake:
        query = "SELECT i, CAST(i AS DECIMAL(18, 4)) / 2 FROM range($n) AS r(i) ORDER BY 1"
        found = list(lake.stream(query, {"n": 5001}))
        assert found == lake.rows(query, {"n": 5001})
        assert found[3] == (3, Decimal("1.5")) and len(found) == 5001
