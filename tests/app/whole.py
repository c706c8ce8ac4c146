"""A lake as a whole: every row of every table, to hold two lakes against each other; and what holds at every instant."""

from __future__ import annotations

from typing import Any

from charter.app.project import Project
from charter.warehouse.opening import open_reader
from charter.warehouse.tables import TABLES


def everything(project: Project) -> dict[str, list[Any]]:
    """Answers every row of every table, sorted."""
    found = {}
    with open_reader(project.store) as lake:
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}"' for column in table.column_names())
            found[name] = sorted(map(repr, lake.rows(f"SELECT {columns} FROM {lake.table(name)}")))
    return found


def is_whole(project: Project) -> None:
    """What a reader sees, at any instant: accounts that balance, and a cube of just the orders that are there."""
    if not project.store.exists():
        return
    with open_reader(project.store) as lake:
        sums = "received <> accepted + unchanged + superseded + excluded + quarantined"
        assert lake.rows(f"SELECT * FROM {lake.table('batch')} WHERE {sums}") == []
        component = "metric = 'order-count' AND component = 'n'"
        placed = lake.rows(f"SELECT series, slot FROM {lake.table('cube_component')} WHERE {component}")
        facts = lake.rows(
            f"SELECT count(*) FROM {lake.table('fact_order')} WHERE eligible AND confirmed AND ordered_on IS NOT NULL"
        )
        counted = [(0,)]
        if placed:
            series, slot = placed[0]
            counted = lake.rows(f"SELECT coalesce(sum(value_{slot}), 0) FROM {lake.table('cube_value')} WHERE series = ?", [series])
        assert counted == facts
