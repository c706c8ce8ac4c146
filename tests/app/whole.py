"""A lake as a whole: every row of every table, to hold two lakes against each other."""

from __future__ import annotations

from typing import Any

from charter.app.project import Project
from charter.warehouse.lake import open_reader
from charter.warehouse.tables import TABLES


def everything(project: Project) -> dict[str, list[Any]]:
    """Answers every row of every table, sorted."""
    found = {}
    with open_reader(project.store) as lake:
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}"' for column in table.column_names())
            found[name] = sorted(map(repr, lake.rows(f"SELECT {columns} FROM {lake.table(name)}")))
    return found
