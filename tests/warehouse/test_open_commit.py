"""Commits whose end nobody heard: which stand, which are taken back, and by whom."""

from __future__ import annotations

import psycopg
import pytest
from tests.warehouse.served import COLUMNS, TABLE, filled, names

from charter.warehouse import inventory
from charter.warehouse.opening import open_beside, open_reader, open_writer
from charter.warehouse.store import Store


@pytest.mark.parametrize("lost", [True, False])
def test_a_commit_whose_end_nobody_heard_is_taken_back_where_its_files_are_gone(store: Store, lost: bool) -> None:
    """The server commits and goes away before it says so; DuckLake takes that for a failure, and deletes what it wrote."""
    filled(store, "a", "b")
    with open_reader(store) as lake:
        before = {one.place for one in inventory.named(lake)}
    with open_writer(store, holder="test") as lake, lake.transaction():
        lake.execute(f"UPDATE {lake.table(TABLE)} SET rows = 7 WHERE batch_id = 'a'")
        lake.insert(TABLE, COLUMNS, [["c", "x", 1]])
    with open_reader(store) as lake:
        after = lake.snapshot()
        fresh = {one.place for one in inventory.named(lake)} - before
    assert fresh
    with psycopg.connect(store.server.address if store.server else "", autocommit=True) as connection:
        connection.execute('INSERT INTO "it\'s a lake".charter_open_commit VALUES (%s)', [after - 1])
    for place in sorted(fresh)[: 1 if lost else 0]:
        (store.data / place).unlink()
    with open_writer(store, holder="test") as lake:
        rows = lake.rows(f"SELECT batch_id, rows FROM {lake.table(TABLE)} ORDER BY 1")
        assert rows == ([("a", 1), ("b", 1)] if lost else [("a", 7), ("b", 1), ("c", 1)])
        assert lake.snapshot() == (after - 1 if lost else after)
        with lake.transaction():
            lake.execute(f"UPDATE {lake.table(TABLE)} SET rows = 8 WHERE batch_id = 'a'")
            lake.insert(TABLE, COLUMNS, [["d", "x", 1]])
    with open_reader(store) as lake:
        rows = lake.rows(f"SELECT batch_id, rows FROM {lake.table(TABLE)} ORDER BY 1")
        assert rows == ([("a", 8), ("b", 1), ("d", 1)] if lost else [("a", 8), ("b", 1), ("c", 1), ("d", 1)])
        assert inventory.damaged(inventory.named(lake), inventory.lying(lake, store)) == ()


def test_a_commit_that_was_lost_while_another_writer_was_open_is_taken_back_before_that_one_writes(store: Store) -> None:
    """Nobody opens the lake in between: whoever is open already has to judge, and must not wipe the note away."""
    filled(store, "a")
    with open_beside(store, holder="other") as other:
        with open_reader(store) as lake:
            before = {one.place for one in inventory.named(lake)}
        filled(store, "lost")
        with open_reader(store) as lake:
            after, fresh = lake.snapshot(), {one.place for one in inventory.named(lake)} - before
        with psycopg.connect(store.server.address if store.server else "", autocommit=True) as connection:
            connection.execute('INSERT INTO "it\'s a lake".charter_open_commit VALUES (%s)', [after - 1])
        for place in fresh:
            (store.data / place).unlink()
        with other.transaction():
            other.insert(TABLE, COLUMNS, [["b", "x", 1]])
    assert fresh
    assert names(store) == ["a", "b"]
    with open_reader(store) as lake:
        assert inventory.damaged(inventory.named(lake), inventory.lying(lake, store)) == ()
