"""What a table holds, in three numbers that do not depend on the order of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from charter.warehouse.lake import Lake
from charter.warehouse.tables import TABLES


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows, and two sums over the 64-bit hash of each row: equal tables give equal ones, whatever their files are."""

    rows: int
    total: int
    folded: int


def content(lake: Lake, name: str, version: int | None = None) -> Content:
    """Answers what a table of the registry holds now, or held at a snapshot.

    A sum finds what an exclusive-or does not (a row that stands twice more), and the other way round.
    """
    columns = ", ".join(f'"{column}"' for column in TABLES[name].column_names())
    at = "" if version is None else f" AT (VERSION => {version:d})"
    found = lake.one(
        "SELECT count(*), coalesce(sum(CAST(h AS HUGEINT)), 0), coalesce(bit_xor(h), 0) "
        f"FROM (SELECT hash({columns}) AS h FROM {lake.table(name)}{at}) AS hashed"
    ) or (0, 0, 0)
    return Content(int(found[0]), int(found[1]), int(found[2]))
