"""Lakes of many small batches with updates and deletes, and what both engines make of them, as text."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "performance")]

from small_group import AT, write_group
from test_any_order import KEYS, Change, Story, story, take, tell
from tests.nordfrost.group import write_demo

from charter.model.model import Model
from charter.model.workspace import open_workspace
from charter.performance.measure import DERIVED
from charter.warehouse.lake import Lake
from charter.warehouse.spark.session import SparkPlace
from charter.warehouse.tables import TABLES

# Small statements over few rows: planning them anew while they run, and compiling each, takes most of the time.
PLACE = SparkPlace("local[2]", "1g", 2, {"spark.sql.adaptive.enabled": "false", "spark.sql.codegen.wholeStage": "false"})
__all__ = ["PLACE", "Change", "Story", "cube", "erase", "small_model", "story", "take", "write_demo"]


def small_model(folder: Path, *, later: bool) -> Model:
    write_group(folder, later=later)
    workspace = open_workspace(folder)
    assert not workspace.findings, workspace.findings
    return workspace.model(AT)


def erase(lake: Lake, chance: random.Random, share: float = 0.1) -> None:
    """Takes some rows out, as a batch that was withdrawn does; tells the cells that they lay in. After `take`, in its transaction."""
    for table, key in KEYS.items():
        rows = [row[0] for row in lake.rows(f'SELECT "{key}" FROM {lake.table(table)} ORDER BY 1')]
        gone = [one for one in rows if chance.random() < share]
        if gone and table != "fact_defect":
            tell(lake, table, gone)  # type: ignore[arg-type]
            marks = ", ".join("?" for _ in gone)
            lake.execute(f'DELETE FROM {lake.table(table)} WHERE "{key}" IN ({marks})', gone)


def cube(lake: Lake, tables: Iterable[str] = DERIVED) -> dict[str, list[tuple[str, ...]]]:
    """All that measuring makes, as sorted rows of text: so that 1.50 is not 1.5, and null is not ''."""
    return {table: sorted(tuple(map(_text, row)) for row in lake.rows(_all(lake, table))) for table in tables}


def _all(lake: Lake, table: str) -> str:
    return f"SELECT {', '.join(f'CAST(x.{chr(34)}{name}{chr(34)} AS VARCHAR)' for name in TABLES[table].column_names())} FROM {lake.table(table)} AS x"


def _text(value: Any) -> str:
    return "null" if value is None else f"= {value}"
